import { contentsOf } from '#domains/evidence'
import { governanceOf, ruleTitles } from '#domains/gates'
import type { Governance } from '#domains/packs'
import { assessmentRecords } from '#domains/risk'
import { policyAttachments } from '#kernel/policy'
import type { Services } from './modules.ts'

/** Changes whose assessments and evidence are looked for at once. */
const changesAtOnce = 1000

/** What risk, gate and evidence add to reports and packs. */
export function createGovernance({ db, ledger, service }: Pick<Services, 'db' | 'ledger' | 'service'>): Governance {
  const policyOf = (targets: readonly string[]) =>
    policyAttachments(db, ledger, service('packer').organizationId, targets)
  return {
    of: (changeIds) => governanceOf(db, changeIds),
    ruleTitles,
    attachments: async (repositoryId) => [
      ...(await policyOf([`repository:${repositoryId}`])).attachments,
      ...(await contentsOf(db, service('packer'), { repositoryId })).contents,
    ],
    about: async (repositoryId, changes) => {
      const records: string[] = []
      const contents = new Map<string, Awaited<ReturnType<typeof contentsOf>>['contents'][number]>()
      for (let from = 0; from < changes.length; from += changesAtOnce) {
        const some = changes.slice(from, from + changesAtOnce)
        const ids = some.map((one) => one.id)
        records.push(...(await assessmentRecords(db, ids)))
        const commits = some.flatMap((one) => one.commits)
        const evidence = await contentsOf(db, service('packer'), { repositoryId, commits })
        records.push(...evidence.records)
        for (const one of evidence.contents) contents.set(one.sha256, one)
      }
      const policy = await policyOf(changes.map((one) => `change:${one.id}`))
      // one digest is one file, whoever brings it
      const files = new Map([...policy.attachments, ...contents.values()].map((one) => [one.sha256, one]))
      return { records: [...new Set([...records, ...policy.records])], attachments: [...files.values()] }
    },
  }
}

import { contentsOf } from '#domains/evidence'
import { governanceOf, ruleTitles } from '#domains/gates'
import type { Governance } from '#domains/packs'
import { policyAttachments } from '#kernel/policy'
import type { Services } from './modules.ts'

/** What risk, gate and evidence add to reports and packs. */
export function createGovernance({ db, ledger, service }: Pick<Services, 'db' | 'ledger' | 'service'>): Governance {
  return {
    of: (changeIds) => governanceOf(db, changeIds),
    ruleTitles,
    attachments: async (repositoryId) => {
      const ctx = service('packer')
      return [
        ...(await policyAttachments(db, ledger, ctx.organizationId, `repository:${repositoryId}`)),
        ...(await contentsOf(db, ctx, repositoryId)),
      ]
    },
  }
}

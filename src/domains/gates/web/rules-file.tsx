import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { A, oneLine, PageHead, ProblemNote, Skeleton, useAnswer, useList, useParam } from '#console'
import { RulesEditor } from './rules-editor.tsx'
import { RulesPaths } from './rules-paths.tsx'
import { RulesSay } from './rules-say.tsx'
import { useFiles } from './use-files.ts'
import { useGatePreview, useJudged } from './use-preview.ts'

/** How long typing rests before what it changes is asked for. */
const restMs = 400

/** What the rules file of a repository says, which of its paths each rule matches, and what another text would change. */
export function Page() {
  const id = useParam('id')
  const repositories = useList('GET /v1/repositories', { query: { limit: 200 } }, { kinds: ['repository'] })
  const repository = repositories.items.find((one) => one.id === id)
  const query = { repositoryId: id }
  const file = useAnswer('GET /v1/risk/rules/file', { query }, { kinds: ['repository'] })
  const rules = useAnswer('GET /v1/risk/rules', { query }, { kinds: ['repository'] })
  const gate = useAnswer('GET /v1/gates/merge/rules', { query }, { kinds: ['repository'] })
  const problem = file.error ?? rules.error ?? gate.error
  const name = repository === undefined ? 'Rules file' : `Rules file of ${oneLine(repository.name)}`
  return (
    <>
      <PageHead
        title={name}
        about={
          <>
            What <code>.countersign.yaml</code> says at the newest commit that was read, which paths it is about, and
            what another text would change.
          </>
        }
        actions={
          <>
            <A to="/repositories">repositories</A>
            <A to="/policy/packs" query={query}>
              rules of the gate
            </A>
          </>
        }
      />
      {problem !== null && (
        <ProblemNote problem={problem} retry={() => void [file, rules, gate].map((one) => one.refetch())} />
      )}
      {problem === null && (file.data === undefined || rules.data === undefined || gate.data === undefined) && (
        <Skeleton height={480} />
      )}
      {file.data !== undefined && rules.data !== undefined && gate.data !== undefined && (
        <RulesFile id={id} branch={repository?.branch ?? null} file={file.data} rules={rules.data} gate={gate.data} />
      )}
    </>
  )
}

type Answered<K extends Parameters<typeof useAnswer>[0]> = NonNullable<ReturnType<typeof useAnswer<K>>['data']>

interface RulesFileProps {
  readonly id: string
  readonly branch: string | null
  readonly file: Answered<'GET /v1/risk/rules/file'>
  readonly rules: Answered<'GET /v1/risk/rules'>
  readonly gate: Answered<'GET /v1/gates/merge/rules'>
}

function RulesFile({ id, branch, file, rules, gate }: RulesFileProps) {
  const inForce = file.text ?? undefined
  // undefined: follows what is committed
  const [edited, setEdited] = useState<string>()
  const text = edited ?? inForce ?? ''
  const [rested] = useDebouncedValue(text, restMs)
  const isEdited = rested !== (inForce ?? '')
  const files = useFiles(id, isEdited)
  const before = useJudged(files.paths, inForce, true)
  const after = useJudged(files.paths, rested, isEdited)
  const gateAfter = useGatePreview(id, rested, isEdited)
  return (
    <div className="stack">
      <RulesSay rules={rules} gate={gate} commit={file.commit} repositoryId={id} />
      <RulesEditor
        text={text}
        onText={(next) => setEdited(next === (inForce ?? '') ? undefined : next)}
        inForce={inForce}
        isResting={rested === text}
        branch={branch}
        preview={isEdited ? { before, after, gateBefore: gate.items, gateAfter } : undefined}
        files={files}
      />
      <RulesPaths
        repositoryId={id}
        files={files}
        judged={before}
        rules={rules.rules}
        commit={file.commit}
        inForce={inForce}
      />
    </div>
  )
}

import { useState } from 'react'
import { ApiProblem } from '#client'
import {
  A,
  Digest,
  More,
  oneLine,
  ProblemNote,
  Skeleton,
  Status,
  Time,
  useAct,
  useAnswer,
  useList,
  useParam,
} from '#console'
import { stateOf, titleOf, told } from './summary.ts'

/** The reports about the commits of the change of this page, and the place to drop more of them. */
export function Part() {
  const id = useParam('id')
  const change = useAnswer('GET /v1/changes/{id}', { params: { id } })
  const list = useList('GET /v1/evidence', { query: { changeId: id, limit: 50 } }, { kinds: ['evidence'] })
  const subject = change.data && { repositoryId: change.data.repositoryId, commit: change.data.headOid }
  return (
    <section className="card" aria-labelledby="evidence">
      <h2 id="evidence">Evidence of its commits</h2>
      {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
      {list.isLoading && list.error === null && <Skeleton height={60} />}
      {!list.isLoading && list.items.length === 0 && (
        <p className="quiet">
          No report is attached yet. Scans, tests, coverage, components and the record of the pull request make known
          what the gate asks for.
        </p>
      )}
      <ul className="list">
        {list.items.map((one) => {
          const [status, word] = stateOf(one.summary)
          return (
            <li key={one.id} className="spread">
              <span>
                <A to={`/assurance/evidence/${one.id}`}>{titleOf(one.format)}</A>{' '}
                <span className="quiet small">
                  {oneLine(one.summary.tool?.name ?? '')} {told(one.summary)}
                </span>
              </span>
              <span className="row small">
                <Status status={status} word={word} />
                {one.commit !== null && <Digest value={one.commit} keep={8} label="commit" />}
                <span className="quiet">
                  <Time at={one.addedAt} />
                </span>
              </span>
            </li>
          )
        })}
      </ul>
      <More list={list} word="Show older ones" />
      {subject !== undefined && <Drop subject={subject} />}
    </section>
  )
}

interface DropProps {
  readonly subject: { readonly repositoryId: string; readonly commit: string }
}

interface Sent {
  readonly name: string
  readonly word?: string
  readonly problem?: ApiProblem
}

/** Files that are dropped, or chosen, are attached to the commit as they are; each says what became of it. */
function Drop({ subject }: DropProps) {
  const attach = useAct('POST /v1/evidence', ['evidence'])
  const [isOver, setOver] = useState(false)
  const [sent, setSent] = useState<readonly Sent[]>([])
  const take = async (files: readonly File[]) => {
    setSent([])
    for (const file of files) {
      const result = await send(() => attach.mutateAsync({ body: file, query: { ...subject, name: file.name } }))
      setSent((before) => [...before, { name: oneLine(file.name), ...result }])
    }
  }
  return (
    <section
      className={isOver ? 'drop over stack rule-group' : 'drop stack rule-group'}
      aria-label="Attach reports"
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        void take([...event.dataTransfer.files])
      }}
    >
      <label>
        Drop reports here, or choose them{' '}
        <input
          type="file"
          id="evidence-file"
          multiple
          disabled={attach.isPending}
          onChange={(event) => {
            const files = [...(event.currentTarget.files ?? [])]
            event.currentTarget.value = ''
            void take(files)
          }}
        />
      </label>
      <p className="small quiet">
        Secrets in them are taken out first. They speak of commit {subject.commit.slice(0, 10)}; the gate judges the
        change again by itself. In a pipeline:{' '}
        <code>countersign evidence add FILE --commit {subject.commit.slice(0, 10)}</code>
      </p>
      <ul className="list" aria-live="polite">
        {sent.map(({ name, word, problem }) => (
          <li key={name}>
            {problem === undefined ? (
              <>
                <Status status="pass" word={word} /> {name}
              </>
            ) : (
              <>
                <b>{name}</b>
                <ProblemNote problem={problem} />
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

async function send(
  attach: () => Promise<{ readonly format: string; readonly isNew: boolean }>,
): Promise<Pick<Sent, 'word' | 'problem'>> {
  try {
    const { format, isNew } = await attach()
    return { word: isNew ? `attached, read as ${titleOf(format)}` : 'was attached before' }
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error
    return { problem: error }
  }
}

import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import {
  A,
  bytes,
  ChoiceField,
  Command,
  counted,
  DayField,
  Digest,
  Empty,
  Facts,
  grouped,
  type Item,
  More,
  oneLine,
  ProblemNote,
  Progress,
  Skeleton,
  Status,
  Time,
  useAct,
  useFilters,
  useList,
} from '#console'

type PeriodPack = Item<'GET /v1/packs/made'>

interface Governed {
  readonly repositoryId: string
  readonly name: string
}

/** Packs of a period: what was changed then, and nothing else. */
export function PeriodPacks({ repositories }: { readonly repositories: readonly Governed[] }) {
  const list = useList(
    'GET /v1/packs/made',
    { query: { limit: 20 } },
    { kinds: ['pack'], refetchMs: (items) => (items.some(isUnfinished) ? 1000 : false) },
  )
  return (
    <section className="card stack" aria-label="Packs for a period">
      <h2>Packs for a period</h2>
      <p className="quiet">
        For an audit of a quarter or a release: the changes of one repository that were merged in a period, with their
        assessments, decisions and evidence, each record with its proof. The rest of the log is not handed over; that
        nothing was left out is then your word, and the pack says so. To download one is to read its records, and is
        recorded.
      </p>
      <MakePeriodPack repositories={repositories} />
      {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
      {list.isLoading && list.error === null && <Skeleton height={80} />}
      {!list.isLoading && list.error === null && list.items.length === 0 && (
        <Empty title="No pack for a period was made yet">
          <p>Choose a repository and a period above. Without days it is of all changes that were read.</p>
        </Empty>
      )}
      <ul className="list">
        {list.items.map((one) => (
          <Made key={one.id} pack={one} />
        ))}
      </ul>
      <More list={list} />
    </section>
  )
}

function isUnfinished({ state }: PeriodPack): boolean {
  return state === 'queued' || state === 'making'
}

function MakePeriodPack({ repositories }: { readonly repositories: readonly Governed[] }) {
  const [asked, ask] = useFilters(['repository', 'from', 'to', 'people'])
  const make = useAct('POST /v1/packs', ['pack'])
  const repositoryId = asked.repository ?? (repositories.length === 1 ? repositories[0]?.repositoryId : undefined)
  const { from, to } = asked
  const people = asked.people === 'include' ? 'include' : 'omit'
  const options = `${from === undefined ? '' : ` --from ${from}`}${to === undefined ? '' : ` --to ${to}`}`
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (repositoryId === undefined) return
        const period = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
        make.mutate({ body: { repositoryId, people, ...period } })
      }}
    >
      <div className="filters">
        <ChoiceField
          label="Repository"
          value={repositoryId}
          onChange={(repository) => ask({ repository })}
          any="Choose one"
          choices={repositories.map((one) => [one.repositoryId, oneLine(one.name)] as const)}
        />
        <DayField label="Merged from" value={from} onChange={(day) => ask({ from: day })} />
        <DayField label="and before" value={to} onChange={(day) => ask({ to: day })} />
        <ChoiceField
          label="Figures of individuals"
          value={people === 'include' ? people : undefined}
          onChange={(value) => ask({ people: value })}
          any="left out"
          choices={[['include', 'in the report']]}
        />
        <Button type="submit" size="xs" disabled={repositoryId === undefined} loading={make.isPending}>
          Make a pack
        </Button>
      </div>
      {make.error !== null && <ProblemNote problem={make.error} />}
      <p className="small quiet">
        Days begin at midnight in UTC; the second day itself is not part of it.{' '}
        <Command>{`countersign pack make --repository ${repositoryId ?? 'ID'}${options}`}</Command>
      </p>
    </form>
  )
}

function Made({ pack }: { readonly pack: PeriodPack }) {
  const [isAsked, setAsked] = useState(false)
  const remove = useAct('DELETE /v1/packs/{id}', ['pack'])
  const { id, repository, state, problem } = pack
  const name = `${oneLine(repository)}, ${periodOf(pack)}`
  const close = () => {
    remove.reset()
    setAsked(false)
  }
  return (
    <li className="stack">
      <div className="spread">
        <h3>{name}</h3>
        <span className="row">
          {state === 'made' && (
            <Button
              size="xs"
              variant="default"
              component="a"
              href={`/v1/packs/${id}/evidence-pack.zip`}
              aria-label={`Download ${name}`}
              download
            >
              Download
            </Button>
          )}
          <button type="button" className="plain" aria-label={`Delete ${name}`} onClick={() => setAsked(true)}>
            Delete
          </button>
        </span>
      </div>
      {isUnfinished(pack) && <Making pack={pack} name={name} />}
      {state === 'failed' && (
        <p>
          <Status status="fail" word="could not be made" /> <span className="wrap">{oneLine(problem ?? '')}</span>
        </p>
      )}
      {state === 'made' && <Contents pack={pack} />}
      <Modal opened={isAsked} onClose={close} title={isUnfinished(pack) ? 'Stop making it?' : 'Delete this pack?'}>
        <div className="stack">
          <p>
            It can no longer be downloaded here. Copies that were handed over stay valid, and the records that it was
            made, read and deleted stay in the ledger. The same pack can be made anew, at the log as it is then.
          </p>
          {remove.error !== null && <ProblemNote problem={remove.error} />}
          <Button
            color="red"
            loading={remove.isPending}
            onClick={() => remove.mutate({ params: { id } }, { onSuccess: close })}
          >
            Delete it
          </Button>
        </div>
      </Modal>
    </li>
  )
}

const words = {
  collecting: (done: number) => `${counted(done, 'change')} read`,
  proving: (done: number, total: number) => `${grouped(done)} of ${counted(total, 'record')} proved`,
  writing: (done: number, total: number) => `${grouped(done)} of ${counted(total, 'file')} written`,
}

function Making({ pack, name }: { readonly pack: PeriodPack; readonly name: string }) {
  const { state, progress } = pack
  const told = progress === null ? undefined : words[progress.what](progress.done, progress.total)
  const part = progress === null || progress.total === 0 ? undefined : progress.done / progress.total
  return (
    <div>
      <Progress label={`Making the pack of ${name}`} part={part} />
      <p className="small quiet">
        {state === 'queued' ? 'About to be made' : (told ?? 'Being made')}. It goes on when you leave this page.
      </p>
    </div>
  )
}

function Contents({ pack }: { readonly pack: PeriodPack }) {
  const { headline, changes, records, treeSize, madeAt, sha256, recordId } = pack
  return (
    <>
      {headline !== null && <p>{oneLine(headline)}</p>}
      <Facts
        facts={[
          [
            'Carries',
            `${counted(changes ?? 0, 'change')}, ${counted(records ?? 0, 'chosen record')}, ${bytes(pack.bytes ?? 0)}`,
          ],
          ['Proved', `in the log of ${counted(treeSize ?? 0, 'record')}`],
          ['Made', madeAt === null ? '' : <Time key="at" at={madeAt} />],
          ['SHA-256', <Digest key="sha" value={sha256 ?? ''} keep={16} />],
          [
            'Recorded as',
            <A key="record" to={`/ledger/records/${recordId}`}>
              pack.made
            </A>,
          ],
        ]}
      />
    </>
  )
}

/** Days where it begins and ends with days, else moments. */
function periodOf({ from, to }: PeriodPack): string {
  const told = (moment: string) => moment.replace('T00:00:00.000Z', '')
  if (from === null && to === null) return 'all changes'
  if (from === null) return `before ${told(to ?? '')}`
  return to === null ? `from ${told(from)}` : `${told(from)} to before ${told(to)}`
}

import { Button } from '@mantine/core'
import {
  A,
  Command,
  counted,
  Empty,
  Facts,
  type Item,
  More,
  oneLine,
  PageHead,
  ProblemNote,
  Progress,
  Skeleton,
  Status,
  Time,
  useAct,
  useFilters,
  useList,
} from '#console'
import { AddRepository } from './add-repository.tsx'
import { Clones } from './clones.tsx'

type Repository = Item<'GET /v1/repositories'>

/** What is governed, how far each is read, and what keeps one from being read. */
export function Page() {
  const [filters, set] = useFilters(['add'])
  const list = useList(
    'GET /v1/repositories',
    { query: { limit: 50 } },
    {
      kinds: ['repository', 'change', 'clone'],
      refetchMs: (items) => (items.some((one) => one.reading !== null) ? 2000 : false),
    },
  )
  return (
    <>
      <PageHead
        title="Repositories"
        about="Each history is read without running anything of it, and every change of it becomes a record."
        actions={
          <Button size="xs" onClick={() => set({ add: '1' })}>
            Add a repository
          </Button>
        }
      />
      {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
      <div className="stack">
        <Clones />
        {list.isLoading && list.error === null && <Skeleton height={180} />}
        {!list.isLoading && list.error === null && list.items.length === 0 && (
          <div className="card">
            <Empty title="No repository is governed yet">
              <p>Give the folder of a git repository on the machine of the server, or an address to fetch one from.</p>
              <p>
                <button type="button" className="plain" onClick={() => set({ add: '1' })}>
                  Add a repository
                </button>
                , or run <Command>countersign repository add PATH</Command>
              </p>
            </Empty>
          </div>
        )}
        {list.items.map((one) => (
          <Card key={one.id} repository={one} />
        ))}
        <More list={list} />
      </div>
      <AddRepository isOpen={filters.add === '1'} onClose={() => set({ add: undefined })} />
    </>
  )
}

function Card({ repository }: { readonly repository: Repository }) {
  const again = useAct('POST /v1/repositories/{id}/import', ['repository'])
  const { id, name, path, url, branch, headOid, importedAt, changesRead, problem, reading } = repository
  return (
    <section className="card stack" aria-label={oneLine(name)}>
      <div className="spread">
        <h2>
          <A to="/changes" query={{ repositoryId: id }}>
            {oneLine(name)}
          </A>
        </h2>
        <Button
          size="xs"
          variant="default"
          disabled={reading !== null}
          loading={again.isPending}
          onClick={() => again.mutate({ params: { id } })}
        >
          {url === null ? 'Read what is new' : 'Fetch and read what is new'}
        </Button>
      </div>
      {reading !== null && (
        <div>
          <Progress label={`Reading ${oneLine(name)}`} />
          <p className="small quiet">
            {reading === 'queued' ? 'About to be read.' : `${counted(changesRead, 'change')} read.`} It goes on when you
            leave this page.
          </p>
        </div>
      )}
      {problem !== null && (
        <p>
          <Status status="fail" word="could not be read" /> <span className="wrap">{oneLine(problem)}</span>
        </p>
      )}
      <Facts
        facts={[
          [
            'Read',
            <span key="read">
              {counted(changesRead, 'change')}
              {importedAt !== null && (
                <>
                  , last <Time at={importedAt} />
                </>
              )}
            </span>,
          ],
          [
            url === null ? 'Lies at' : 'Fetched from',
            <span key="at" className="mono small">
              {oneLine(url ?? path)}
            </span>,
          ],
          ['Branch', oneLine(branch?.replace(/^refs\/heads\//, '') ?? 'none')],
          [
            'Head',
            headOid === null ? (
              'no commit'
            ) : (
              <span key="head" className="mono small">
                {headOid.slice(0, 12)}
              </span>
            ),
          ],
          [
            'Report',
            <span key="report">
              <a href={`/v1/repositories/${id}/report.html`}>the report</a> · <A to="/packs">evidence pack</A>
            </span>,
          ],
          [
            'Rules',
            <span key="rules">
              <A to={`/repositories/${id}/rules`}>rules file and paths</A> ·{' '}
              <A to="/policy/packs" query={{ repositoryId: id }}>
                rules of the gate
              </A>
            </span>,
          ],
        ]}
      />
      {again.error !== null && <ProblemNote problem={again.error} />}
    </section>
  )
}

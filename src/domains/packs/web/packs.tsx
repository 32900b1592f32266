import { Button } from '@mantine/core'
import {
  A,
  bytes,
  Command,
  counted,
  Digest,
  Empty,
  Facts,
  type Item,
  More,
  oneLine,
  PageHead,
  ProblemNote,
  Progress,
  Skeleton,
  Time,
  useAct,
  useList,
} from '#console'
import { PeriodPacks } from './period-packs.tsx'
import { VerifyPack } from './verify-pack.tsx'

type Pack = Item<'GET /v1/packs'>

/** Evidence packs: make one, hand it over, check one. */
export function Page() {
  const list = useList(
    'GET /v1/packs',
    { query: { limit: 200 } },
    {
      kinds: ['pack', 'repository'],
      refetchMs: (items) => (items.some((one) => one.making !== null) ? 1500 : false),
    },
  )
  return (
    <>
      <PageHead
        title="Evidence packs"
        about="A pack proves to somebody who does not trust us what was recorded: the whole log or the records of a period, their proofs, and a verifier in one file."
      />
      {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
      <div className="stack">
        {list.isLoading && list.error === null && <Skeleton height={160} />}
        {!list.isLoading && list.error === null && list.items.length === 0 && (
          <div className="card">
            <Empty title="There is nothing to prove yet">
              <p>
                A pack is made after a repository was read.{' '}
                <A to="/repositories" query={{ add: '1' }}>
                  Add a repository
                </A>
              </p>
            </Empty>
          </div>
        )}
        {list.items.map((one) => (
          <PackCard key={one.repositoryId} pack={one} />
        ))}
        <More list={list} />
        {list.items.length > 0 && <PeriodPacks repositories={list.items} />}
        <VerifyPack />
      </div>
    </>
  )
}

function PackCard({ pack }: { readonly pack: Pack }) {
  const make = useAct('POST /v1/repositories/{id}/pack', ['pack'])
  const { repositoryId: id, name, headline, madeAt, treeSize, sha256, making, recordId } = pack
  return (
    <section className="card stack" aria-label={oneLine(name)}>
      <div className="spread">
        <h2>{oneLine(name)}</h2>
        <div className="row">
          <Button
            size="xs"
            variant="default"
            disabled={making !== null}
            loading={make.isPending}
            onClick={() => make.mutate({ params: { id } })}
          >
            Make it anew
          </Button>
          {madeAt !== null && (
            <Button size="xs" component="a" href={`/v1/repositories/${id}/evidence-pack.zip`} download>
              Download
            </Button>
          )}
        </div>
      </div>
      {headline !== null && <p>{oneLine(headline)}</p>}
      {making !== null && (
        <div>
          <Progress label={`Making the pack of ${oneLine(name)}`} />
          <p className="small quiet">
            {making === 'queued' ? 'About to be made.' : 'Being made.'} It goes on when you leave this page.
          </p>
        </div>
      )}
      {madeAt === null || sha256 === null || recordId === null ? (
        <p className="quiet">There is none yet; it is made after the history was read.</p>
      ) : (
        <Facts
          facts={[
            ['Made', <Time key="at" at={madeAt} />],
            ['Proves', `the whole log of ${counted(treeSize ?? 0, 'record')}, ${bytes(pack.bytes ?? 0)}`],
            ['SHA-256', <Digest key="sha" value={sha256} keep={16} />],
            [
              'Recorded as',
              <A key="record" to={`/ledger/records/${recordId}`}>
                pack.made
              </A>,
            ],
            [
              'With it',
              <span key="with">
                <a href={`/v1/repositories/${id}/report.html`}>report</a> ·{' '}
                <a href={`/v1/repositories/${id}/report.json`}>report as JSON</a> ·{' '}
                <a href={`/v1/repositories/${id}/keys.json`} download>
                  keys to pin
                </a>
              </span>,
            ],
          ]}
        />
      )}
      {make.error !== null && <ProblemNote problem={make.error} />}
      <p className="small quiet">
        To download it is to read every record in it, and is recorded. Check it with{' '}
        <Command>countersign verify PACK --keys keys.json</Command>
      </p>
    </section>
  )
}

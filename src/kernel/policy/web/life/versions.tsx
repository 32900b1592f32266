import { Button } from '@mantine/core'
import { useState } from 'react'
import {
  A,
  counted,
  Empty,
  oneLine,
  PageHead,
  ProblemNote,
  SideScroll,
  Skeleton,
  Time,
  useAnswer,
  useFilters,
  useList,
  useMay,
} from '#console'
import { MakeDraft } from './make-draft.tsx'
import { MakePack } from './make-pack.tsx'
import { PackDetails } from './pack-details.tsx'
import { isReviewDue, lifeKinds, type Pack, ReviewBy, RolloutState, VersionState, versionPath } from './words.tsx'

/** Policies as they live: what is in force of each pack, what is being written, and what is being rolled out. */
export function Page() {
  const [asked, ask] = useFilters(['make', 'draft', 'from', 'details'])
  const found = useAnswer('GET /v1/policy-packs', {}, { kinds: lifeKinds })
  const may = useMay()
  const packs = found.data?.items ?? []
  const drafted = packs.find((one) => one.id === asked.draft)
  const detailed = packs.find((one) => one.id === asked.details)
  return (
    <>
      <PageHead
        title="Policy versions"
        about="What is in force of each policy pack, what is being written, and what is being rolled out. A version is checked, tested, discussed, tried on past decisions and reviewed before it is published."
        actions={
          may('policy:write') && (
            <Button size="xs" onClick={() => ask({ make: '1' })}>
              Make a pack
            </Button>
          )
        }
      />
      {found.error !== null && <ProblemNote problem={found.error} retry={() => void found.refetch()} />}
      {found.isPending && <Skeleton height={360} />}
      {found.data !== undefined && (
        <div className="cards">
          <Due packs={packs} />
          <Running packs={packs} />
          {packs.map((pack) => (
            <PackCard
              key={pack.id}
              pack={pack}
              onDraft={may('policy:write') ? () => ask({ draft: pack.id }) : undefined}
              onDetails={may('policy:write') ? () => ask({ details: pack.id }) : undefined}
            />
          ))}
        </div>
      )}
      {detailed !== undefined && <PackDetails pack={detailed} onClose={() => ask({ details: undefined })} />}
      {asked.make === '1' && <MakePack onClose={() => ask({ make: undefined })} />}
      {drafted !== undefined && (
        <MakeDraft pack={drafted} from={asked.from} onClose={() => ask({ draft: undefined, from: undefined })} />
      )}
    </>
  )
}

/** Packs that somebody should have looked at again by now. */
function Due({ packs }: { readonly packs: readonly Pack[] }) {
  const due = packs.filter(isReviewDue)
  if (due.length === 0) return null
  return (
    <section className="card stack" aria-label="Review due">
      <h2>{counted(due.length, 'pack')} to be looked at again</h2>
      <ul className="list flat small">
        {due.map((pack) => (
          <li key={pack.id} className="spread">
            <span>
              {pack.inForce === null ? (
                oneLine(pack.title)
              ) : (
                <A to={versionPath(pack.id, pack.inForce.version)}>{oneLine(pack.title)}</A>
              )}{' '}
              <span className="quiet">answered for by {oneLine(pack.owner)}</span>
            </span>
            <ReviewBy pack={pack} />
          </li>
        ))}
      </ul>
      <p className="quiet small">
        Read it, make a draft where it is to change, and set the next day under its details.
      </p>
    </section>
  )
}

function Running({ packs }: { readonly packs: readonly Pack[] }) {
  const list = useList('GET /v1/policy-rollouts', { query: { limit: 20 } }, { kinds: [...lifeKinds, 'decision'] })
  const running = list.items.filter((one) => one.state === 'running')
  const over = list.items.filter((one) => one.state !== 'running').slice(0, 5)
  const titleOf = (id: string) => oneLine(packs.find((one) => one.id === id)?.title ?? id)
  return (
    <section className="card stack" aria-label="Roll-outs">
      <h2>{running.length === 0 ? 'Nothing is being rolled out' : `${counted(running.length, 'roll-out')} running`}</h2>
      {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
      {list.items.length === 0 && (
        <p className="quiet small">A published version is rolled out from its page: stage by stage, within limits.</p>
      )}
      <ul className="list small">
        {[...running, ...over].map((one) => (
          <li key={one.id} className="spread">
            <A to={`/policy/rollouts/${one.id}`}>
              {titleOf(one.packId)} {one.version}
              {one.state === 'running' && `, stage ${one.stage + 1} of ${one.stages.length}`}
            </A>
            <span className="row">
              <RolloutState state={one.state} />
              <span className="quiet">
                <Time at={one.endedAt ?? one.stageSince} />
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

interface PackCardProps {
  readonly pack: Pack
  /** Absent where whoever looks may write none. */
  readonly onDraft: (() => void) | undefined
  readonly onDetails: (() => void) | undefined
}

function PackCard({ pack, onDraft, onDetails }: PackCardProps) {
  const { id, title, category, owner, inForce, rolloutId, drafts, isBuiltIn, versions } = pack
  return (
    <section className="card half stack" aria-label={`Pack ${id}`}>
      <div className="spread">
        <h2>{oneLine(title)}</h2>
        <span className="tag">{category}</span>
      </div>
      <p className="small quiet wrap">
        <span className="mono">{id}</span>, {isBuiltIn ? 'of the product' : 'of the organization'}, answered for by{' '}
        {oneLine(owner)}
      </p>
      <p className="small">
        To be looked at again: <ReviewBy pack={pack} />
      </p>
      <p>
        {inForce === null ? (
          'Nothing of it is in force. '
        ) : (
          <>
            In force: <A to={versionPath(id, inForce.version)}>{inForce.version}</A>.{' '}
          </>
        )}
        {rolloutId !== null && <A to={`/policy/rollouts/${rolloutId}`}>A version is being rolled out.</A>}
      </p>
      {drafts.length > 0 && (
        <p>
          {drafts.length === 1 ? 'Draft: ' : 'Drafts: '}
          {drafts.map((version) => (
            <span key={version}>
              <A to={versionPath(id, version)}>{version}</A>{' '}
            </span>
          ))}
        </p>
      )}
      {versions > 0 && <Versions id={id} count={versions} />}
      {versions === 0 && (
        <Empty title="It has no version yet">
          <p>Make a draft: it begins with one rule that shows how they are written.</p>
        </Empty>
      )}
      {onDraft !== undefined && (
        <div className="row">
          <Button size="xs" variant="default" onClick={onDraft}>
            Make a draft
          </Button>
          <Button size="xs" variant="default" onClick={onDetails}>
            Change its details
          </Button>
        </div>
      )}
    </section>
  )
}

/** Every version of a pack, asked for when somebody wants to see them. */
function Versions({ id, count }: { readonly id: string; readonly count: number }) {
  const [isOpen, setOpen] = useState(false)
  const found = useAnswer(
    'GET /v1/policy-packs/{id}/versions',
    { params: { id } },
    { kinds: lifeKinds, enabled: isOpen },
  )
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{counted(count, 'version')}</summary>
      {found.error !== null && <ProblemNote problem={found.error} retry={() => void found.refetch()} />}
      {isOpen && found.isPending && <Skeleton height={60} />}
      {found.data !== undefined && (
        <SideScroll label={`Table: Versions of ${id}`}>
          <table className="twin">
            <thead>
              <tr>
                <th>Version</th>
                <th>State</th>
                <th>Written in</th>
                <th>Changed</th>
              </tr>
            </thead>
            <tbody>
              {found.data.items.map((one) => (
                <tr key={one.version}>
                  <td>
                    <A to={versionPath(id, one.version)}>{one.version}</A>
                  </td>
                  <td>
                    <VersionState state={one.state} />
                  </td>
                  <td>{sources[one.source]}</td>
                  <td>{one.changedAt === null ? 'with the product' : <Time at={one.changedAt} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </SideScroll>
      )}
    </details>
  )
}

const sources = { 'built-in': 'the product', console: 'the console', git: 'git' } as const

import { Button } from '@mantine/core'
import { useState } from 'react'
import { A, Digest, Facts, oneLine, PageHead, ProblemNote, Skeleton, Time, useAnswer, useMay, useParam } from '#console'
import { Consultation } from './consultation.tsx'
import { Diff } from './diff.tsx'
import { PackDetails } from './pack-details.tsx'
import { Replayed } from './replayed.tsx'
import { Retire } from './retire.tsx'
import { Reviews } from './reviews.tsx'
import { RollOut } from './roll-out.tsx'
import { Steps } from './steps.tsx'
import { Tests } from './tests.tsx'
import { Text } from './text.tsx'
import { lifeKinds, type Pack, Person, Recorded, ReviewBy, type Version, VersionState, versionPath } from './words.tsx'

/** One version of a policy pack: its text, and everything between its first line and the day it is in force everywhere. */
export function Page() {
  const [id, version] = [useParam('pack'), useParam('version')]
  const pack = useAnswer('GET /v1/policy-packs/{id}', { params: { id } }, { kinds: lifeKinds })
  const found = useAnswer(
    'GET /v1/policy-packs/{id}/versions/{version}',
    { params: { id, version } },
    { kinds: lifeKinds },
  )
  if (found.error !== null)
    return (
      <>
        <PageHead title="Policy version" actions={<A to="/policy/versions">all versions</A>} />
        <ProblemNote problem={found.error} retry={() => void found.refetch()} />
      </>
    )
  if (found.data === undefined || pack.isPending) return <Skeleton height={480} />
  return <Shown one={found.data} pack={pack.data} />
}

interface ShownProps {
  readonly one: Version
  /** Absent when it could not be read. */
  readonly pack: Pack | undefined
}

function Shown({ one, pack }: ShownProps) {
  const may = useMay()
  const { packId: id, version, state } = one
  const rolloutId = pack?.rolloutId ?? null
  const [isDetailed, setDetailed] = useState(false)
  return (
    <>
      <PageHead
        title={`${oneLine(pack?.title ?? id)} ${version}`}
        about={pack === undefined ? undefined : `Policy pack ${id}, answered for by ${oneLine(pack.owner)}`}
        actions={
          <>
            <A to="/policy/versions">all versions</A>
            {may('policy:write') && (
              <A to="/policy/versions" query={{ draft: id, from: version }}>
                make a draft from it
              </A>
            )}
            {one.id !== null && <Recorded of={`policy-version:${id}@${version}`} />}
          </>
        }
      />
      <div className="cards">
        <section className="card half" aria-label="The version">
          <About one={one} inForce={pack?.inForce?.version} rolloutId={rolloutId} />
        </section>
        {pack !== undefined && (
          <OfPack pack={pack} onChange={may('policy:write') ? () => setDetailed(true) : undefined} />
        )}
        {isDetailed && pack !== undefined && <PackDetails pack={pack} onClose={() => setDetailed(false)} />}
        <Steps one={one} />
        {(state === 'published' || state === 'superseded') && one.id !== null && (
          <RollOut key={version} one={one} rolloutId={rolloutId} />
        )}
        <Text key={`${id} ${version}`} one={one} />
        <Diff one={one} />
        {one.id !== null && <Work one={one} />}
      </div>
    </>
  )
}

interface OfPackProps {
  readonly pack: Pack
  /** Absent where whoever looks may not. */
  readonly onChange: (() => void) | undefined
}

/** What is of the pack, and the same for all of its versions. */
function OfPack({ pack, onChange }: OfPackProps) {
  return (
    <section className="card half stack" aria-label="The pack">
      <Facts
        facts={[
          ['Title', oneLine(pack.title)],
          ['Answered for by', oneLine(pack.owner)],
          ['Category', pack.category],
          ['Looked at again', <ReviewBy key="review" pack={pack} />],
        ]}
      />
      <p className="quiet small">These are of the pack: the title and owner in a text are those of its version.</p>
      {onChange !== undefined && (
        <p>
          <Button size="xs" variant="default" onClick={onChange}>
            Change its details
          </Button>
        </p>
      )}
    </section>
  )
}

/** What people and machines do to a version that the product does not ship. */
function Work({ one }: Pick<ShownProps, 'one'>) {
  return (
    <>
      <Tests one={one} />
      <Consultation one={one} />
      <Replayed one={one} />
      <Reviews one={one} />
      {(one.state === 'published' || one.state === 'superseded') && <Retire one={one} />}
    </>
  )
}

interface AboutProps {
  readonly one: Version
  readonly inForce: string | undefined
  readonly rolloutId: string | null
}

function About({ one, inForce, rolloutId }: AboutProps) {
  const { packId, version, digest, authors, names, changedAt, publishedAt, source } = one
  return (
    <Facts
      facts={[
        ['State', <VersionState key="state" state={one.state} />],
        [
          'In force',
          inForce === undefined ? (
            'nothing of this pack'
          ) : inForce === version ? (
            'this one'
          ) : (
            <A key="force" to={versionPath(packId, inForce)}>
              {inForce}
            </A>
          ),
        ],
        ...(rolloutId === null
          ? []
          : [
              [
                'Roll-out',
                <A key="rollout" to={`/policy/rollouts/${rolloutId}`}>
                  the one of this pack that runs
                </A>,
              ] as const,
            ]),
        [
          'Written by',
          authors.length === 0 ? (
            'the product'
          ) : (
            <span key="authors" className="row">
              {authors.map((author) => (
                <Person key={author} names={names} id={author} />
              ))}
            </span>
          ),
        ],
        ['Comes from', { 'built-in': 'the product', console: 'the console', git: 'git' }[source]],
        ...(changedAt === null ? [] : [['Changed', <Time key="changed" at={changedAt} />] as const]),
        ...(publishedAt === null ? [] : [['Published', <Time key="published" at={publishedAt} />] as const]),
        ['Digest', <Digest key="digest" value={digest} label="digest" />],
      ]}
    />
  )
}

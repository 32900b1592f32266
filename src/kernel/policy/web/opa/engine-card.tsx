import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import { A, Digest, Facts, oneLine, ProblemNote, Status, Time, useAct, useAnswer, useMay } from '#console'
import { RefusedChange } from './approve-change.tsx'
import { ChangeEngine } from './change-engine.tsx'
import { type Bundle, bundleName, type Engine, modes, opaKinds, owners } from './engine-words.ts'

interface EngineCardProps {
  readonly engine: Engine
  readonly bundles: readonly Bundle[]
}

/** One engine: where it is, whether it answers now, and what can be done with it. */
export function EngineCard({ engine, bundles }: EngineCardProps) {
  const may = useMay()
  const [asked, ask] = useState<'change' | 'remove'>()
  const check = useAnswer(
    'POST /v1/policy-engines/{id}/check',
    { params: { id: engine.id } },
    { kinds: ['policy-engine'] },
  )
  const close = () => ask(undefined)
  return (
    <section className="card half stack" aria-label={oneLine(engine.name)}>
      <div className="spread">
        <h2>{oneLine(engine.name)}</h2>
        <span className="tag">{engine.mode}</span>
      </div>
      <Health check={check} mode={engine.mode} />
      <Facts facts={factsOf(engine, bundles)} />
      <div className="row">
        <Button size="xs" variant="default" loading={check.isFetching} onClick={() => void check.refetch()}>
          Check now
        </Button>
        {may('opa:write') && (
          <>
            <Button size="xs" variant="default" onClick={() => ask('change')}>
              Change
            </Button>
            <Button size="xs" variant="default" onClick={() => ask('remove')}>
              Remove
            </Button>
          </>
        )}
        {may('ledger:read') && (
          <A to="/ledger" query={{ target: `policy-engine:${engine.id}` }}>
            records
          </A>
        )}
      </div>
      {asked === 'change' && <ChangeEngine engine={engine} bundles={bundles} onClose={close} />}
      {asked === 'remove' && <Remove engine={engine} onClose={close} />}
    </section>
  )
}

interface HealthProps {
  readonly check: ReturnType<typeof useAnswer<'POST /v1/policy-engines/{id}/check'>>
  readonly mode: Engine['mode']
}

/** What it said when it was last asked about an empty document, and what follows where it does not answer. */
function Health({ check, mode }: HealthProps) {
  if (check.error !== null) return <ProblemNote problem={check.error} />
  if (check.data === undefined) return <p className="quiet small">Asking it about an empty document…</p>
  const { ok, error, revision, violations, took } = check.data
  return (
    <div role="status" className="stack small" aria-label="Health">
      <p>
        <Status status={ok ? 'pass' : 'fail'} word={ok ? 'it answers' : 'no answer that counts'} />{' '}
        <span className="quiet">in {took.milliseconds} ms</span>
      </p>
      {error !== null && <p className="wrap">{oneLine(error)}</p>}
      {!ok && <p className="quiet">{afterFailure[mode]}</p>}
      {revision !== null && revision !== '' && <p className="quiet wrap">Revision: {oneLine(revision)}</p>}
      {ok && violations.length === 0 && <p className="quiet">An empty document breaks none of its rules.</p>}
      {violations.length > 0 && (
        <p className="wrap">
          An empty document does not meet{' '}
          {violations.map((one, at) => (
            <span key={one}>
              {at > 0 && ', '}
              <code>{oneLine(one)}</code>
            </span>
          ))}
        </p>
      )}
    </div>
  )
}

const afterFailure: Readonly<Record<Engine['mode'], string>> = {
  off: 'It is not asked, so nothing waits for it.',
  audit: 'Decisions record the error, and go on without it.',
  warn: 'Decisions tell the error, and go on without it.',
  enforce: 'It is enforced: changes that it is asked about are denied until it answers.',
}

function repositoryCount(count: number): string {
  return count === 1 ? 'one repository' : `${count} repositories`
}

function factsOf(engine: Engine, bundles: readonly Bundle[]) {
  const { kind, url, bundle, gate, mode, category, owner, repositories, path, isReplayable } = engine
  const kept = bundles.find((one) => one.digest === bundle)
  return [
    ['Kind', kind === 'opa-remote' ? 'an OPA elsewhere (REST)' : 'a bundle that runs in this server'],
    ...(url === null
      ? []
      : [
          [
            'Address',
            <code key="url" className="wrap">
              {oneLine(url)}
            </code>,
          ] as const,
          ['Answers within', `${engine.timeoutMs} ms`] as const,
          ['Token', engine.hasToken ? 'kept, encrypted' : 'none'] as const,
          ['Expected revision', oneLine(engine.expectedRevision ?? 'any')] as const,
        ]),
    ...(bundle === null
      ? []
      : [
          [
            'Bundle',
            <span key="bundle" className="row">
              {kept !== undefined && oneLine(bundleName(kept))}
              <Digest value={bundle} label="digest of the bundle" />
            </span>,
          ] as const,
        ]),
    ['Document', <code key="path">{oneLine(path)}</code>],
    ['Gate', gate],
    ['Mode', modes.find(([one]) => one === mode)?.[1] ?? mode],
    [
      'Its rules',
      <span key="rules">
        <code>opa.{oneLine(engine.name)}.*</code>, {category}; mended by{' '}
        {owners.find(([one]) => one === owner)?.[1] ?? owner}
      </span>,
    ],
    ['Asked about', repositories === null ? 'every repository' : repositoryCount(repositories.length)],
    ['Can be made again', isReplayable ? 'yes, with the same bundle' : 'no: what it said stands as recorded'],
    ['Changed', <Time key="changed" at={engine.changedAt} />],
  ] as const
}

function Remove({ engine, onClose }: { readonly engine: Engine; readonly onClose: () => void }) {
  const remove = useAct('DELETE /v1/policy-engines/{id}', opaKinds)
  return (
    <Modal opened onClose={onClose} title="Remove this engine?">
      <div className="stack">
        <p>
          “{oneLine(engine.name)}” is not asked at the {engine.gate} gate from now on, and its rules hold nothing back.
          What was decided stays. It can be bound again.
        </p>
        {remove.error !== null && <RefusedChange problem={remove.error} engine={engine} body={null} />}
        <Button
          color="red"
          loading={remove.isPending}
          onClick={() => remove.mutate({ params: { id: engine.id } }, { onSuccess: onClose })}
        >
          Remove it
        </Button>
      </div>
    </Modal>
  )
}

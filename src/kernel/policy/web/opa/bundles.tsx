import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import { bytes, Digest, oneLine, ProblemNote, Time, useAct, useMay } from '#console'
import { type Bundle, bundleName, type Engine, opaKinds } from './engine-words.ts'
import { SendBundle } from './send-bundle.tsx'

interface BundlesProps {
  readonly bundles: readonly Bundle[]
  readonly engines: readonly Engine[]
  readonly onBind: (digest: string) => void
}

/** Bundles that were sent, and which engine runs which. */
export function Bundles({ bundles, engines, onBind }: BundlesProps) {
  const may = useMay()
  return (
    <section className="card stack" aria-label="Bundles">
      <h2>Bundles</h2>
      {bundles.length === 0 && (
        <p className="quiet">
          None was sent. A bundle is run in this server, without a network, and gives the same answer to the same
          question.
        </p>
      )}
      <ul className="list">
        {bundles.map((one) => (
          <Row
            key={one.digest}
            bundle={one}
            usedBy={engines.filter(({ bundle }) => bundle === one.digest).map(({ name }) => name)}
            mayWrite={may('opa:write')}
            onBind={() => onBind(one.digest)}
          />
        ))}
      </ul>
      {may('opa:write') && <SendBundle />}
    </section>
  )
}

interface RowProps {
  readonly bundle: Bundle
  /** Names of engines. */
  readonly usedBy: readonly string[]
  readonly mayWrite: boolean
  readonly onBind: () => void
}

function Row({ bundle, usedBy, mayWrite, onBind }: RowProps) {
  const [isAsked, setAsked] = useState(false)
  return (
    <li className="spread">
      <span className="wrap">
        <b>{oneLine(bundleName(bundle))}</b> <Digest value={bundle.digest} label="digest" />{' '}
        <span className="quiet small">
          {bytes(bundle.bytes)}, sent <Time at={bundle.addedAt} />, answers for{' '}
          {bundle.entrypoints.map(oneLine).join(', ')};{' '}
          {usedBy.length === 0 ? 'no engine has it' : `run by ${usedBy.map(oneLine).join(', ')}`}
        </span>
      </span>
      {mayWrite && (
        <span className="row">
          <button type="button" className="plain" onClick={onBind}>
            Bind it
          </button>
          {usedBy.length === 0 && (
            <button type="button" className="plain" onClick={() => setAsked(true)}>
              Remove
            </button>
          )}
        </span>
      )}
      {isAsked && <Remove bundle={bundle} onClose={() => setAsked(false)} />}
    </li>
  )
}

function Remove({ bundle, onClose }: { readonly bundle: Bundle; readonly onClose: () => void }) {
  const remove = useAct('DELETE /v1/policy-bundles/{digest}', opaKinds)
  return (
    <Modal opened onClose={onClose} title="Remove this bundle?">
      <div className="stack">
        <p>Decisions that “{oneLine(bundleName(bundle))}” took part in stay, and are not made again without it.</p>
        {remove.error !== null && <ProblemNote problem={remove.error} />}
        <Button
          color="red"
          loading={remove.isPending}
          onClick={() => remove.mutate({ params: { digest: bundle.digest } }, { onSuccess: onClose })}
        >
          Remove it
        </Button>
      </div>
    </Modal>
  )
}

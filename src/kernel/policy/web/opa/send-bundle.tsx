import { type ChangeEvent, useId } from 'react'
import { counted, ProblemNote, Progress, Status, useAct } from '#console'
import { type Bundle, opaKinds } from './engine-words.ts'

/** Takes a file that `opa build` wrote; the same bytes are kept once. */
export function SendBundle({ onSent }: { readonly onSent?: (bundle: Bundle) => void }) {
  const send = useAct('POST /v1/policy-bundles', opaKinds)
  const id = useId()
  const take = (event: ChangeEvent<HTMLInputElement>) => {
    const field = event.currentTarget
    const file = field.files?.[0]
    if (file === undefined) return
    // the same file can be chosen again, after it was mended
    send.mutate(
      { body: file },
      {
        onSuccess: (kept) => onSent?.(kept),
        onSettled: () => {
          field.value = ''
        },
      },
    )
  }
  return (
    <div className="stack small">
      <label htmlFor={id}>
        <b>Send a bundle</b>
      </label>
      <p className="quiet">
        As <code className="wrap">opa build -t wasm -e countersign/gate/merge</code> writes it, at most 8 MiB.
      </p>
      <input id={id} type="file" accept=".gz,.tgz,application/gzip" disabled={send.isPending} onChange={take} />
      {send.isPending && <Progress label="sending the bundle" />}
      {send.error !== null && <ProblemNote problem={send.error} />}
      {send.data !== undefined && (
        <p role="status">
          <Status status="pass" word="It is kept" />, with {counted(send.data.entrypoints.length, 'entrypoint')}.
        </p>
      )}
    </div>
  )
}

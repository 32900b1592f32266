import { useAct, useMay } from '#console'
import { ReasonForm } from './reason-form.tsx'
import { lifeKinds, type Version } from './words.tsx'

/** Takes a published version out of use for good. */
export function Retire({ one }: { readonly one: Version }) {
  const may = useMay()
  const retire = useAct('POST /v1/policy-packs/{id}/versions/{version}/retire', lifeKinds)
  if (!may('policy:publish')) return null
  return (
    <section className="card stack" aria-label="Retirement">
      <h2>Retire it</h2>
      <ReasonForm
        label="Why it is retired"
        about="It can then not be rolled out any more; what it decided stays."
        action="Retire it"
        isBusy={retire.isPending}
        problem={retire.error}
        onSend={(reason) => retire.mutate({ params: { id: one.packId, version: one.version }, body: { reason } })}
      />
    </section>
  )
}

import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import { ProblemNote, useAct } from '#console'
import { PackNames, PackReview, type PackTerms } from './pack-fields.tsx'
import { lifeKinds, type Pack } from './words.tsx'

interface PackDetailsProps {
  readonly pack: Pack
  readonly onClose: () => void
}

/** Gives a pack another title, owner or day by which somebody looks at it again. They are of the pack, and in no version's text. */
export function PackDetails({ pack, onClose }: PackDetailsProps) {
  const change = useAct('PATCH /v1/policy-packs/{id}', lifeKinds)
  const [terms, setTerms] = useState<PackTerms>({
    title: pack.title,
    owner: pack.owner,
    reviewBy: pack.reviewBy ?? '',
  })
  const edit = (next: Partial<PackTerms>) => setTerms({ ...terms, ...next })
  const { title, owner, reviewBy } = terms
  const day = reviewBy === '' ? null : reviewBy
  const body = {
    ...(title.trim() === pack.title ? {} : { title: title.trim() }),
    ...(owner.trim() === pack.owner ? {} : { owner: owner.trim() }),
    ...(day === pack.reviewBy ? {} : { reviewBy: day }),
  }
  return (
    <Modal opened onClose={onClose} title={`Details of ${pack.id}`}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate({ params: { id: pack.id }, body }, { onSuccess: onClose })
        }}
      >
        <p className="quiet small">
          They are of the pack: no version changes by them, and nothing is reviewed anew. Each change is a record.
        </p>
        <PackNames terms={terms} change={edit} isFirst />
        <PackReview terms={terms} change={edit} />
        {change.error !== null && <ProblemNote problem={change.error} />}
        <Button
          type="submit"
          disabled={Object.keys(body).length === 0 || title.trim() === '' || owner.trim() === ''}
          loading={change.isPending}
        >
          Save the details
        </Button>
      </form>
    </Modal>
  )
}

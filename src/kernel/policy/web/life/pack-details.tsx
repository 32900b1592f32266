import { Button, Modal, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ProblemNote, useAct } from '#console'
import { lifeKinds, type Pack } from './words.tsx'

interface PackDetailsProps {
  readonly pack: Pack
  readonly onClose: () => void
}

/** Gives a pack another title, owner or day by which somebody looks at it again. They are of the pack, and in no version's text. */
export function PackDetails({ pack, onClose }: PackDetailsProps) {
  const change = useAct('PATCH /v1/policy-packs/{id}', lifeKinds)
  const [title, setTitle] = useState(pack.title)
  const [owner, setOwner] = useState(pack.owner)
  const [reviewBy, setReviewBy] = useState(pack.reviewBy ?? '')
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
        <TextInput
          label="Title"
          maxLength={200}
          required
          data-autofocus
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        <TextInput
          label="Who answers for it"
          placeholder="team:platform"
          maxLength={200}
          required
          value={owner}
          onChange={(event) => setOwner(event.currentTarget.value)}
        />
        <TextInput
          type="date"
          label="To be looked at again by"
          description="From the day after, its review is due. Empty: never."
          value={reviewBy}
          onChange={(event) => setReviewBy(event.currentTarget.value)}
        />
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

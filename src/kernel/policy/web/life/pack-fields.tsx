import { TextInput } from '@mantine/core'

/** What a pack has besides its versions. */
export interface PackTerms {
  readonly title: string
  readonly owner: string
  /** A day, or nothing. */
  readonly reviewBy: string
}

interface PackFieldsProps {
  readonly terms: PackTerms
  readonly change: (next: Partial<PackTerms>) => void
}

interface PackNamesProps extends PackFieldsProps {
  /** Whether they stand first, where one begins to write. */
  readonly isFirst?: boolean
}

/** What a pack is called, and who answers for it. */
export function PackNames({ terms: { title, owner }, change, isFirst = false }: PackNamesProps) {
  return (
    <>
      <TextInput
        label="Title"
        placeholder="House rules"
        maxLength={200}
        required
        data-autofocus={isFirst || undefined}
        value={title}
        onChange={(event) => change({ title: event.currentTarget.value })}
      />
      <TextInput
        label="Who answers for it"
        placeholder="team:platform"
        maxLength={200}
        required
        value={owner}
        onChange={(event) => change({ owner: event.currentTarget.value })}
      />
    </>
  )
}

export function PackReview({ terms: { reviewBy }, change }: PackFieldsProps) {
  return (
    <TextInput
      type="date"
      label="To be looked at again by"
      description="From the day after, its review is due. Empty: never."
      value={reviewBy}
      onChange={(event) => change({ reviewBy: event.currentTarget.value })}
    />
  )
}

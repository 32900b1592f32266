import { Button, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ProblemNote, useAct, useGo } from '#console'
import { PackNames, PackReview, type PackTerms } from './pack-fields.tsx'
import { lifeKinds } from './words.tsx'

const categories = [
  { value: 'quality', label: 'quality' },
  { value: 'security', label: 'security' },
  { value: 'compliance', label: 'compliance' },
] as const
type Category = (typeof categories)[number]['value']

/** Makes a pack, and goes on to its first draft. */
export function MakePack({ onClose }: { readonly onClose: () => void }) {
  const go = useGo()
  const make = useAct('POST /v1/policy-packs', lifeKinds)
  const [id, setId] = useState('')
  const [terms, setTerms] = useState<PackTerms>({ title: '', owner: '', reviewBy: '' })
  const edit = (next: Partial<PackTerms>) => setTerms({ ...terms, ...next })
  const [category, setCategory] = useState<Category>('quality')
  const send = () => {
    const body = { id, ...terms, category, reviewBy: terms.reviewBy === '' ? null : terms.reviewBy }
    make.mutate({ body }, { onSuccess: (pack) => go('/policy/versions', { draft: pack.id }) })
  }
  return (
    <Modal opened onClose={onClose} title="Make a policy pack" size="lg">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          send()
        }}
      >
        <TextInput
          label="Name in rules"
          description="Small letters, digits and hyphens; the ids of its rules begin with it"
          placeholder="house-rules"
          pattern="[a-z][a-z0-9]*(-[a-z0-9]+)*"
          maxLength={64}
          required
          data-autofocus
          value={id}
          onChange={(event) => setId(event.currentTarget.value)}
        />
        <PackNames terms={terms} change={edit} />
        <div className="row">
          <NativeSelect
            label="Category"
            value={category}
            data={[...categories]}
            onChange={(event) =>
              setCategory(categories.find((one) => one.value === event.currentTarget.value)?.value ?? 'quality')
            }
          />
          <PackReview terms={terms} change={edit} />
        </div>
        {make.error !== null && <ProblemNote problem={make.error} />}
        <Button type="submit" loading={make.isPending}>
          Make it
        </Button>
      </form>
    </Modal>
  )
}

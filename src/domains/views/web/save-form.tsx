import { Button } from '@mantine/core'
import { useState } from 'react'
import { useAct, useShownList } from '#console'
import { NameForm } from './name-form.tsx'
import type { View } from './view.ts'

interface SaveFormProps {
  readonly views: readonly View[]
  readonly onSaved: () => void
  readonly onCancel: () => void
}

/** Saves the filters of the list under a name; of a name that is taken, the filters can be replaced. */
export function SaveForm({ views, onSaved, onCancel }: SaveFormProps) {
  const { path, filters } = useShownList()
  const [name, setName] = useState('')
  const save = useAct('POST /v1/views', ['view'])
  const replace = useAct('PATCH /v1/views/{id}', ['view'])
  const taken = save.error?.code === 'view_name_taken' ? views.find((view) => view.name === name.trim()) : undefined
  const query = { ...filters }
  return (
    <NameForm
      name={name}
      action="Save"
      problem={replace.error ?? save.error}
      isBusy={save.isPending}
      onChange={(next) => {
        setName(next)
        save.reset()
        replace.reset()
      }}
      onSubmit={() => save.mutate({ body: { page: path, name, query } }, { onSuccess: onSaved })}
      onCancel={onCancel}
    >
      {taken !== undefined && (
        <Button
          size="xs"
          loading={replace.isPending}
          onClick={() => replace.mutate({ params: { id: taken.id }, body: { query } }, { onSuccess: onSaved })}
        >
          Replace its filters
        </Button>
      )}
    </NameForm>
  )
}

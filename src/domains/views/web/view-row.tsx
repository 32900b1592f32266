import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import { Icon, oneLine, ProblemNote, useAct } from '#console'
import { NameForm } from './name-form.tsx'
import type { View } from './view.ts'

interface ViewRowProps {
  readonly view: View
  /** Whether the list shows just this. */
  readonly isCurrent: boolean
  readonly onApply: () => void
  readonly onRemoved: () => void
}

/** One view, and what can be done with it. */
export function ViewRow({ view, isCurrent, onApply, onRemoved }: ViewRowProps) {
  const [asked, setAsked] = useState<'rename' | 'remove'>()
  const apply = useRef<HTMLButtonElement>(null)
  const name = oneLine(view.name)
  const close = () => {
    setAsked(undefined)
    apply.current?.focus()
  }
  return (
    <li>
      <div className="view-row">
        <button
          ref={apply}
          type="button"
          className="view-apply"
          aria-current={isCurrent ? 'true' : undefined}
          onClick={onApply}
        >
          <span className="view-mark">{isCurrent && <Icon name="check" />}</span>
          <span className="clip" title={name}>
            {name}
          </span>
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={`Rename ${name}`}
          title="Rename"
          onClick={() => setAsked('rename')}
        >
          <Icon name="pencil" />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={`Delete ${name}`}
          title="Delete"
          onClick={() => setAsked('remove')}
        >
          <Icon name="bin" />
        </button>
      </div>
      {asked !== undefined && (
        <div className="view-asked">
          {asked === 'rename' ? (
            <Rename view={view} onDone={close} />
          ) : (
            <Remove view={view} onRemoved={onRemoved} onCancel={close} />
          )}
        </div>
      )}
    </li>
  )
}

function Rename({ view, onDone }: { readonly view: View; readonly onDone: () => void }) {
  const [name, setName] = useState(view.name)
  const rename = useAct('PATCH /v1/views/{id}', ['view'])
  return (
    <NameForm
      name={name}
      action="Rename"
      problem={rename.error}
      isBusy={rename.isPending}
      onChange={setName}
      onSubmit={() => rename.mutate({ params: { id: view.id }, body: { name } }, { onSuccess: onDone })}
      onCancel={onDone}
    />
  )
}

interface RemoveProps {
  readonly view: View
  readonly onRemoved: () => void
  readonly onCancel: () => void
}

function Remove({ view, onRemoved, onCancel }: RemoveProps) {
  const remove = useAct('DELETE /v1/views/{id}', ['view'])
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => button.current?.focus(), [])
  return (
    <div className="stack">
      <p className="small">This forgets its name and filters for good; what it shows stays.</p>
      {remove.error !== null && <ProblemNote problem={remove.error} />}
      <div className="row">
        <Button
          ref={button}
          size="xs"
          color="red"
          loading={remove.isPending}
          onClick={() => {
            // the row goes with the view, and what was told of it with the row
            onRemoved()
            remove.mutate({ params: { id: view.id } })
          }}
        >
          Delete it
        </Button>
        <Button size="xs" variant="default" onClick={onCancel}>
          Keep it
        </Button>
      </div>
    </div>
  )
}

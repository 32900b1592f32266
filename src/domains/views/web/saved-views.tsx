import { Button, Popover } from '@mantine/core'
import { type KeyboardEvent, useRef, useState } from 'react'
import { Icon, oneLine, ProblemNote, useAnswer, useGo, useShownList } from '#console'
import { SaveForm } from './save-form.tsx'
import './saved-views.css'
import { isSame, type View } from './view.ts'
import { ViewRow } from './view-row.tsx'

/** What the signed-in person saved of this list: applied by a press, renamed, deleted, and the filters of now saved. */
export function Part() {
  const { path, filters } = useShownList()
  const [isOpen, setOpen] = useState(false)
  const found = useAnswer('GET /v1/views', { query: { page: path, limit: 200 } }, { kinds: ['view'] })
  const views = (found.data?.items ?? []).toSorted((a, b) => a.name.localeCompare(b.name))
  const current = views.find((view) => isSame(view.query, filters))
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="bottom-end"
      width={320}
      shadow="md"
      trapFocus
      returnFocus
      transitionProps={{ duration: 0 }}
    >
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          data-views=""
          rightSection={<Icon name="down" />}
          onClick={() => setOpen(!isOpen)}
        >
          <span className="views-button clip">
            {current === undefined ? 'Views' : `View: ${oneLine(current.name)}`}
          </span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        {found.error === null ? (
          <Views views={views} current={current} onClose={() => setOpen(false)} />
        ) : (
          <ProblemNote problem={found.error} retry={() => void found.refetch()} />
        )}
      </Popover.Dropdown>
    </Popover>
  )
}

interface ViewsProps {
  readonly views: readonly View[]
  readonly current: View | undefined
  readonly onClose: () => void
}

function Views({ views, current, onClose }: ViewsProps) {
  const { path, filters } = useShownList()
  const go = useGo()
  const [isSaving, setSaving] = useState(false)
  const panel = useRef<HTMLDivElement>(null)
  const isSet = Object.keys(filters).length > 0
  return (
    <div ref={panel} className="views" tabIndex={-1}>
      <b>Your views of this list</b>
      {views.length > 0 && (
        <ul className="views-list" onKeyDown={moveOn}>
          {views.map((view) => (
            <ViewRow
              key={view.id}
              view={view}
              isCurrent={view.id === current?.id}
              onApply={() => {
                onClose()
                go(path, view.query)
              }}
              onRemoved={() => panel.current?.focus()}
            />
          ))}
        </ul>
      )}
      {isSaving && <SaveForm views={views} onSaved={onClose} onCancel={() => setSaving(false)} />}
      {!isSaving && isSet && current === undefined && (
        <Button size="xs" variant="default" onClick={() => setSaving(true)}>
          Save this view…
        </Button>
      )}
      {!isSet && (
        <p className="quiet small">
          Set filters, then save them here under a name. You find them again on any device; nobody else sees them.
        </p>
      )}
    </div>
  )
}

/** The arrows go from view to view. */
function moveOn(event: KeyboardEvent<HTMLUListElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined || event.target instanceof HTMLInputElement) return
  const applies = [...event.currentTarget.querySelectorAll<HTMLElement>('.view-apply')]
  const row = (event.target as HTMLElement).closest('li')
  const at = applies.findIndex((one) => row?.contains(one) === true)
  event.preventDefault()
  applies[at + step]?.focus()
}

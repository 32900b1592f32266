import { Modal, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useGo } from '../kit/address.tsx'
import { type Item, useAnswer } from '../kit/api.tsx'
import { oneLine } from '../kit/figures.ts'
import { useSignOut } from './account.tsx'
import { isOpen, places } from './map.ts'
import { useSession } from './session.tsx'

interface Hit {
  readonly group: string
  readonly text: string
  readonly about: string
  readonly act: () => void
}

/** One box that finds pages, saved views, actions, repositories and changes, and leads on to the records. */
export function Palette({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      withCloseButton={false}
      size={600}
      yOffset="10vh"
      transitionProps={{ duration: 0 }}
      title="Find"
      classNames={{ header: 'hidden-text' }}
    >
      {isOpen && <Search onClose={onClose} />}
    </Modal>
  )
}

function Search({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const hits = useHits(text.trim())
  const list = useRef<HTMLDivElement>(null)
  const input = useRef<HTMLInputElement>(null)
  // before the next key comes: whoever types on must not lose the first letters
  useLayoutEffect(() => input.current?.focus(), [])
  const chosen = Math.min(at, hits.length - 1)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the choice, which it reads from the page
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  const open = (hit: Hit | undefined) => {
    if (hit === undefined) return
    onClose()
    hit.act()
  }
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) setAt(Math.max(0, Math.min(hits.length - 1, chosen + step)))
    else if (event.key === 'Enter') open(hits[chosen])
    else return
    event.preventDefault()
  }
  return (
    <>
      <TextInput
        ref={input}
        data-autofocus
        role="combobox"
        aria-expanded
        aria-controls="palette"
        aria-activedescendant={hits.length > 0 ? `hit-${chosen}` : undefined}
        aria-label="Find a change, record, page or action"
        placeholder="Find a change, record, page or action"
        value={text}
        onKeyDown={press}
        onChange={(event) => {
          setText(event.currentTarget.value)
          setAt(0)
        }}
      />
      <div id="palette" ref={list} className="palette-list" role="listbox" aria-label="Found">
        {hits.map((hit, index) => (
          <div key={`${hit.group}${hit.text}${hit.about}`} role="presentation">
            {hit.group !== hits[index - 1]?.group && (
              <div className="palette-group" role="presentation">
                {hit.group}
              </div>
            )}
            <div
              id={`hit-${index}`}
              role="option"
              aria-selected={index === chosen}
              tabIndex={-1}
              className="palette-item"
              onMouseMove={() => setAt(index)}
              onClick={() => open(hit)}
              onKeyDown={() => undefined}
            >
              <span className="clip">{hit.text}</span>
              <span className="quiet small clip">{hit.about}</span>
            </div>
          </div>
        ))}
        {hits.length === 0 && (
          <p className="palette-group">
            Nothing of that name. Words of a title, an author, a commit or an id find more.
          </p>
        )}
      </div>
    </>
  )
}

function useHits(text: string): Hit[] {
  const go = useGo()
  const signOut = useSignOut()
  const { scopes } = useSession()
  const [asked] = useDebouncedValue(text, 180)
  const isAsking = asked.length >= 2
  const changes = useAnswer('GET /v1/changes', { query: { q: asked, limit: 8 } }, { enabled: isAsking })
  const repositories = useAnswer('GET /v1/repositories', { query: { limit: 200 } }, { kinds: ['repository', 'clone'] })
  const views = useAnswer('GET /v1/views', { query: { limit: 200 } }, { kinds: ['view'] })
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const isHit = (name: string) => words.every((word) => name.toLowerCase().includes(word))
  const actions: [string, string, () => void][] = [
    ['Add a repository', 'govern its history', () => go('/repositories', { add: '1' })],
    ['Make an evidence pack', 'prove it to somebody', () => go('/packs')],
    ['Verify an evidence pack', 'in this browser', () => go('/packs', { verify: '1' })],
    ['Make an API token', 'for programs', () => go('/settings/tokens', { make: '1' })],
    ['Register a passkey', 'to sign in without a link', () => go('/settings/sign-in')],
    ['Sign out', '', () => void signOut()],
  ]
  return [
    ...recordHits(text, go),
    ...places
      .filter((place) => isHit(place.title) && isOpen(place, scopes))
      .slice(0, text === '' ? 30 : 6)
      .map((place) => ({
        group: 'Pages',
        text: place.title,
        about: place.later === undefined ? '' : 'later',
        act: () => go(place.to),
      })),
    ...(text === '' ? [] : viewHits(views.data?.items ?? [], isHit, go)),
    ...(repositories.data?.items ?? [])
      .filter((one) => text !== '' && isHit(one.name))
      .slice(0, 6)
      .map((one) => ({
        group: 'Repositories',
        text: oneLine(one.name),
        about: 'changes of it',
        act: () => go('/changes', { repositoryId: one.id }),
      })),
    ...(isAsking && text !== '' ? (changes.data?.items ?? []) : []).map((one) => ({
      group: 'Changes',
      text: oneLine(one.title),
      about: `${oneLine(one.author)} ${one.mergedAt.slice(0, 10)}`,
      act: () => go(`/changes/${one.id}`),
    })),
    ...actions
      .filter(([name]) => isHit(name))
      .map(([name, about, act]) => ({ group: 'Actions', text: name, about, act })),
    ...(text === ''
      ? []
      : [
          {
            group: 'Records',
            text: `Records that say “${text}”`,
            about: 'this read is recorded',
            act: () => go('/ledger', { q: text }),
          },
        ]),
  ]
}

/** Saved views by the word “view”, their name or their page; of pages that are there. */
function viewHits(
  views: readonly Item<'GET /v1/views'>[],
  isHit: (name: string) => boolean,
  go: ReturnType<typeof useGo>,
): Hit[] {
  return views
    .flatMap((view) => {
      const place = places.find((one) => one.to === view.page)
      return place !== undefined && isHit(`view ${view.name} ${place.title}`) ? [{ view, place }] : []
    })
    .slice(0, 8)
    .map(({ view, place }) => ({
      group: 'Saved views',
      text: oneLine(view.name),
      about: `of ${place.title}`,
      act: () => go(view.page, view.query),
    }))
}

/** What is an id needs no search. */
function recordHits(text: string, go: (to: string) => void): Hit[] {
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text))
    return [{ group: 'Records', text, about: 'open this record', act: () => go(`/ledger/records/${text}`) }]
  const page = { dec: '/policy/decisions', evd: '/assurance/evidence', chg: '/changes' }[text.slice(0, 3)]
  if (page !== undefined && /^[a-z]{3}_[A-Za-z0-9_-]{8,}$/.test(text))
    return [{ group: 'Records', text, about: 'open what has this id', act: () => go(`${page}/${text}`) }]
  return []
}

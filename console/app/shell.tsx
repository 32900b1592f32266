import { useMantineColorScheme } from '@mantine/core'
import { useNetwork } from '@mantine/hooks'
import { Outlet, useRouterState } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { A } from '../kit/address.tsx'
import { Icon } from '../kit/icons.tsx'
import { IntervalDefinitions } from '../kit/interval.tsx'
import { AccountMenu } from './account.tsx'
import { useKeys } from './keys.ts'
import { KeysHelp } from './keys-help.tsx'
import { Live } from './live.tsx'
import { openAreas } from './map.ts'
import { CharterReminder, pastGuard } from './pages.ts'
import { Palette } from './palette.tsx'
import { useSession } from './session.tsx'

const PastGuard = lazy(() => pastGuard().then((found) => ({ default: found.PastGuard })))

/** What stands around every page. */
export function Shell() {
  const [isNavOpen, setNavOpen] = useState(false)
  const [surface, setSurface] = useState<'palette' | 'keys'>()
  useKeys({ onPalette: () => setSurface('palette'), onHelp: () => setSurface('keys'), isPaused: surface !== undefined })
  useNewPage(() => setNavOpen(false))
  const { online } = useNetwork()
  const close = () => setSurface(undefined)
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <IntervalDefinitions />
      <Nav isOpen={isNavOpen} />
      {isNavOpen && <Scrim onClose={() => setNavOpen(false)} />}
      <div className="grow">
        <header className="top">
          <button
            type="button"
            className="icon-button menu-button"
            aria-label="Menu"
            aria-expanded={isNavOpen}
            onClick={() => setNavOpen(!isNavOpen)}
          >
            <Icon name="menu" />
          </button>
          <button type="button" className="find" onClick={() => setSurface('palette')}>
            <Icon name="search" />
            <span>Find a change, record, page or action</span>
            <kbd>{/Mac/.test(navigator.platform) ? '⌘K' : 'Ctrl K'}</kbd>
          </button>
          <div className="grow" />
          <Live />
          <ColorScheme />
          <button type="button" className="icon-button wide" aria-label="Keyboard" onClick={() => setSurface('keys')}>
            <Icon name="question" />
          </button>
          <AccountMenu />
        </header>
        {!online && (
          <div className="notice" role="status">
            This browser is offline. What you see was true when it was read; it goes on by itself.
          </div>
        )}
        <NoRole />
        <CharterReminder />
        <main id="main" className="main" tabIndex={-1}>
          <Suspense fallback={null}>
            <PastGuard />
          </Suspense>
          <Outlet />
        </main>
      </div>
      <Palette isOpen={surface === 'palette'} onClose={close} />
      <KeysHelp isOpen={surface === 'keys'} onClose={close} />
    </div>
  )
}

/** Whom nobody has given a role yet. */
function NoRole() {
  const { roles } = useSession()
  if (roles.some((one) => one !== 'member' && one !== 'guest')) return null
  return (
    <div className="notice" role="status">
      You hold no role yet, so most pages are closed to you. Ask whoever administers Countersign to propose one for you,
      or for a group that you are in.
    </div>
  )
}

/** Beside the open menu of a narrow screen: pressing it, or Escape, closes the menu. */
function Scrim({ onClose }: { readonly onClose: () => void }) {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [onClose])
  return <button type="button" className="scrim" aria-label="Close the menu" onClick={onClose} />
}

function Nav({ isOpen }: { readonly isOpen: boolean }) {
  const { scopes } = useSession()
  return (
    <nav className={isOpen ? 'nav open' : 'nav'} aria-label="Console">
      <A to="/" className="brand">
        <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="var(--accent)" />
          <path
            d="M8.5 16.5l4.6 4.6L23.5 10.7"
            fill="none"
            stroke="var(--on-accent)"
            strokeWidth="3.4"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </svg>
        Countersign
      </A>
      {openAreas(scopes).map((area) => (
        <div key={area.title} role="group" aria-label={area.title}>
          {area.places.length > 1 && <div className="nav-area">{area.title}</div>}
          {area.places.map((place) => (
            <A key={place.to} to={place.to} className={place.later === undefined ? 'nav-link' : 'nav-link later'}>
              {place.title}
              {place.later !== undefined && <span className="small">later</span>}
            </A>
          ))}
        </div>
      ))}
    </nav>
  )
}

const schemes = { auto: 'light', light: 'dark', dark: 'auto' } as const
const schemeWords = { auto: 'as the system', light: 'light', dark: 'dark' } as const

function ColorScheme() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const next = schemes[colorScheme]
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={`Colours: ${schemeWords[colorScheme]}; change to ${schemeWords[next]}`}
      title={`Colours: ${schemeWords[colorScheme]}`}
      onClick={() => setColorScheme(next)}
    >
      <Icon name="sun" />
    </button>
  )
}

/** After a page was changed, who uses no eyes is put at its head. */
function useNewPage(onChange: () => void): void {
  const path = useRouterState({ select: (state) => state.location.pathname })
  const [known, setKnown] = useState(path)
  useEffect(() => {
    if (path === known) return
    setKnown(path)
    onChange()
    window.scrollTo(0, 0)
    document.getElementById('main')?.focus({ preventScroll: true })
  }, [path, known, onChange])
}

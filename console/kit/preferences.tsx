import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react'

interface Preferences {
  /** IANA name of the zone that exact times are shown in. */
  readonly zone: string
  setZone(zone: string): void
  /** The present, moved on every half minute: relative times follow it together. */
  readonly nowMs: number
}

const Context = createContext<Preferences | undefined>(undefined)
const key = 'countersign.zone'

export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const [zone, setZone] = useState(() => knownZone(localStorage.getItem(key)) ?? localZone())
  const [nowMs, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000)
    return () => clearInterval(timer)
  }, [])
  const value = useMemo(
    () => ({
      zone,
      nowMs,
      setZone: (next: string) => {
        localStorage.setItem(key, next)
        setZone(next)
      },
    }),
    [zone, nowMs],
  )
  return <Context value={value}>{children}</Context>
}

export function usePreferences(): Preferences {
  const found = use(Context)
  if (found === undefined) throw new Error('a page was shown outside of the console')
  return found
}

function knownZone(zone: string | null): string | undefined {
  try {
    if (zone !== null) Intl.DateTimeFormat('en', { timeZone: zone })
    return zone ?? undefined
  } catch {
    return undefined
  }
}

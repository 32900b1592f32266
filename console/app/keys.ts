import { useEffect, useRef } from 'react'
import { useGo } from '../kit/address.tsx'
import { places } from './map.ts'

interface KeyUses {
  readonly onPalette: () => void
  readonly onHelp: () => void
  /** While something else has the keyboard. */
  readonly isPaused: boolean
}

const chordMs = 1200

/** Keys that work on every page: ⌘K or Ctrl K, `/`, `v`, `?`, and `g` followed by the letter of a place. */
export function useKeys({ onPalette, onHelp, isPaused }: KeyUses): void {
  const go = useGo()
  const chordAt = useRef(0)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() === 'k' && (event.metaKey || event.ctrlKey)) {
        event.preventDefault()
        onPalette()
        return
      }
      if (isPaused || isTyping(event)) return
      if (act(event)) event.preventDefault()
    }
    const uses: Readonly<Record<string, (event: KeyboardEvent) => void>> = {
      g: (event) => {
        chordAt.current = event.timeStamp
      },
      j: () => document.querySelector<HTMLElement>('.tbody [data-index] a')?.focus(),
      v: () => {
        const button = document.querySelector<HTMLElement>('button[data-views]')
        // where the focus goes back to
        button?.focus()
        button?.click()
      },
      '?': onHelp,
      '/': () => document.querySelector<HTMLElement>('input[data-search]')?.focus(),
    }
    const act = (event: KeyboardEvent): boolean => {
      const isChord = event.timeStamp - chordAt.current < chordMs
      chordAt.current = 0
      const place = isChord ? places.find((one) => one.key === event.key) : undefined
      const use = place === undefined ? uses[event.key] : () => go(place.to)
      use?.(event)
      return use !== undefined
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [go, onPalette, onHelp, isPaused])
}

/** Whether the key is for what has the focus: a field takes all of them, a table its own. */
function isTyping(event: KeyboardEvent): boolean {
  if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return true
  if (!(event.target instanceof HTMLElement)) return false
  return event.target.closest('input, textarea, select, [contenteditable]') !== null
}

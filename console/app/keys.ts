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

/** Keys that work on every page: ⌘K or Ctrl K, `/`, `?`, and `g` followed by the letter of a place. */
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
    const act = (event: KeyboardEvent): boolean => {
      const isChord = event.timeStamp - chordAt.current < chordMs
      chordAt.current = 0
      const place = isChord ? places.find((one) => one.key === event.key) : undefined
      if (place !== undefined) go(place.to)
      else if (event.key === 'g') chordAt.current = event.timeStamp
      else if (event.key === '?') onHelp()
      else if (event.key === '/') focusSearch()
      else if (event.key === 'j') document.querySelector<HTMLElement>('.tbody [data-index] a')?.focus()
      else return false
      return true
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [go, onPalette, onHelp, isPaused])
}

function isTyping(event: KeyboardEvent): boolean {
  if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return true
  const target = event.target
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, [role="table"], [contenteditable]') !== null &&
    event.key !== 'Escape' &&
    !(event.key === 'g' && target.closest('input, textarea, select') === null)
  )
}

function focusSearch(): void {
  document.querySelector<HTMLElement>('input[data-search]')?.focus()
}

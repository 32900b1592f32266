import { NativeSelect, TextInput } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'

/** Words to look for: the address follows when the typing rests. `/` comes here from anywhere. */
export function SearchField({ label, value, onChange, placeholder }: SearchFieldProps) {
  const [text, setText] = useState(value ?? '')
  const sent = useRef(value ?? '')
  useEffect(() => {
    // the address was changed by something else
    if ((value ?? '') !== sent.current) setText(value ?? '')
    sent.current = value ?? ''
  }, [value])
  useEffect(() => {
    if (text === sent.current) return undefined
    const timer = setTimeout(() => {
      sent.current = text
      onChange(text === '' ? undefined : text)
    }, 250)
    return () => clearTimeout(timer)
  }, [text, onChange])
  return (
    <TextInput
      className="search"
      size="xs"
      type="search"
      label={label}
      placeholder={placeholder}
      value={text}
      data-search=""
      onChange={(event) => setText(event.currentTarget.value)}
    />
  )
}

interface SearchFieldProps {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
  readonly placeholder?: string
}

/** One of a few values, or any. */
export function ChoiceField({ label, value, onChange, any, choices }: ChoiceFieldProps) {
  return (
    <NativeSelect
      size="xs"
      label={label}
      value={value ?? ''}
      onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
      data={[{ value: '', label: any }, ...choices.map(([one, word]) => ({ value: one, label: word }))]}
    />
  )
}

interface ChoiceFieldProps {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
  /** The word for no filter. */
  readonly any: string
  readonly choices: readonly (readonly [value: string, word: string])[]
}

/** A day (UTC) as `2027-03-01`. */
export function DayField({ label, value, onChange }: Omit<ChoiceFieldProps, 'any' | 'choices'>) {
  return (
    <TextInput
      size="xs"
      type="date"
      label={label}
      value={value ?? ''}
      onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
    />
  )
}

/** The first moment of a day, `days` later; undefined for what is no day. */
export function dayStart(day: string | undefined, days = 0): string | undefined {
  const time = Date.parse(`${day}T00:00:00Z`)
  return day === undefined || Number.isNaN(time) ? undefined : new Date(time + days * 86_400_000).toISOString()
}

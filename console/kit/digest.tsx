import { useClipboard } from '@mantine/hooks'
import { Icon } from './icons.tsx'

/** A long id or digest: its ends, and a button that copies the whole. */
export function Digest({ value, keep = 8, label = 'digest' }: DigestProps) {
  return (
    <span className="digest">
      <span title={value}>{shortDigest(value, keep)}</span>
      <Copy value={value} label={label} />
    </span>
  )
}

interface DigestProps {
  readonly value: string
  /** How many of its first characters are shown, after a prefix such as `sha256:`. */
  readonly keep?: number
  /** What it is, for who cannot see it. */
  readonly label?: string
}

export function Copy({ value, label }: { readonly value: string; readonly label: string }) {
  const clipboard = useClipboard({ timeout: 1500 })
  return (
    <button
      type="button"
      className="icon-button copy"
      aria-label={clipboard.copied ? 'copied' : `copy ${label}`}
      onClick={() => clipboard.copy(value)}
    >
      <Icon name={clipboard.copied ? 'check' : 'copy'} />
    </button>
  )
}

export function shortDigest(value: string, keep: number): string {
  const [, prefix = '', rest = ''] = /^((?:[a-z0-9-]+:|[a-z]{2,5}_)?)(.*)$/.exec(value) ?? []
  return rest.length <= keep + 2 ? value : `${prefix}${rest.slice(0, keep)}…`
}

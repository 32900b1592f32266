import { hash } from 'node:crypto'

/** `sha256:<hex>` of bytes, or of a text in UTF-8. */
export function digestOf(text: string | Uint8Array): string {
  return `sha256:${hash('sha256', text)}`
}

import type { Json } from '#platform/canonical-json.ts'

export type ToRunner =
  | { readonly kind: 'load'; readonly digest: string; readonly bytes: Uint8Array }
  | { readonly kind: 'unload'; readonly digest: string }
  | { readonly kind: 'ask'; readonly digest: string; readonly entrypoint: string; readonly input: string }
  | { readonly kind: 'probe' }

export type FromRunner =
  | { readonly kind: 'runner-ready' }
  /** `error` says why it cannot be used. */
  | {
      readonly kind: 'bundle-loaded'
      readonly error: string | null
      readonly revision: string
      readonly entrypoints: readonly string[]
    }
  /** `isDefined` is false where the document has no value. */
  | { readonly kind: 'bundle-answered'; readonly isDefined: boolean; readonly result: Json }
  | { readonly kind: 'runner-probed' }

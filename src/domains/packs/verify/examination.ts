import { type Json, parseStrict } from '#platform/canonical-json.ts'
import { DomainError } from '#platform/errors.ts'
import type { Keys, Manifest } from '../pack-format.ts'
import { type Shape, ShapeWrong } from '../shape.ts'
import type { Zip } from '../zip/read-zip.ts'
import type { Problem } from './verdict.ts'

/** A pack under examination: its members, and what the checks have established so far for those after them. */
export interface Examination {
  readonly zip: Zip
  /** `page`: the copy that `index.html` carries, which cannot hold the page itself. */
  readonly form: 'archive' | 'page'
  readonly pinned: Keys | undefined
  readonly found: (problem: Problem) => void
  manifest?: Manifest
  /** The keys to verify with: the pinned ones, or else the pack's own. */
  keys?: Keys
  checkpoint?: { readonly size: number; readonly root: Uint8Array; readonly text: string }
}

/** Answers what was checked, in a sentence; undefined when something it needs is missing. */
export type Examine = (examination: Examination) => Promise<string | undefined>

const LARGEST_JSON = { maxBytes: 256 * 1024 * 1024, maxDepth: 64 } as const

/** The JSON of a member in the one shape it must have; undefined when it has not, which is then a problem. */
export async function readJson<T>(examination: Examination, member: string, shape: Shape<T>): Promise<T | undefined> {
  if (!examination.zip.has(member)) return undefined
  const bytes = await examination.zip.readUnchecked(member)
  return parseJson(examination, member, bytes, shape)
}

export function parseJson<T>(
  { found }: Pick<Examination, 'found'>,
  member: string,
  bytes: Uint8Array,
  shape: Shape<T>,
): T | undefined {
  try {
    return shape(parseStrict(bytes, LARGEST_JSON), '')
  } catch (error) {
    found({ code: ShapeWrong.is(error) ? 'member_shape' : 'member_json', member, message: reasonOf(error) })
    return undefined
  }
}

export async function readText(examination: Examination, member: string): Promise<string | undefined> {
  if (!examination.zip.has(member)) return undefined
  try {
    const bytes = await examination.zip.readUnchecked(member)
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    examination.found({ code: 'member_text', member, message: 'it is not valid UTF-8' })
    return undefined
  }
}

/** Any JSON, for members whose shape another part fixes. */
export const anyJson: Shape<Json> = (value) => value as Json

/** The text of a declared error; anything else is a fault of the verifier and must stop it. */
export function reasonOf(error: unknown): string {
  if (error instanceof DomainError) return error.message
  throw error
}

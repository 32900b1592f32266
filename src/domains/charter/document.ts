import { canonicalize, type Json, sha256, toHex, utf8 } from '#kernel/ledger/core'
import { CharterInvalid } from './errors.ts'
import type { Charter, CharterDiff, Clause } from './model.ts'

/** A record that adopts it holds it whole. */
const bytesMax = 24 * 1024

/** The one text of a document, and its digest. */
export function written(document: Charter): { readonly text: string; readonly digest: string } {
  const text = canonicalize(document as unknown as Json)
  return { text, digest: `sha256:${toHex(sha256(utf8(text)))}` }
}

/**
 * What its schema does not say: each id is there once, and no clause is gone that built-in rules enforce.
 *
 * @throws charter_invalid
 */
export function checkDocument(document: Charter, enforced: ReadonlySet<string>): void {
  const ids = document.clauses.map((one) => one.id)
  const twice = ids.find((id, at) => ids.indexOf(id) !== at)
  if (twice !== undefined) throw CharterInvalid({ reason: `the clause \`${twice}\` stands in it twice` })
  const gone = [...enforced].find((id) => !ids.includes(id))
  if (gone !== undefined)
    throw CharterInvalid({ reason: `rules that are always there enforce the clause \`${gone}\`, so it stays` })
  if (utf8(written(document).text).length > bytesMax)
    throw CharterInvalid({ reason: `it is longer than ${bytesMax} bytes` })
}

/** What `after` changes in `before`, clause by clause. */
export function diffOf(before: Charter, after: Charter): CharterDiff {
  const old = new Map(before.clauses.map((one) => [one.id, one]))
  const ids = new Set(after.clauses.map((one) => one.id))
  const kept = after.clauses.filter((one) => old.has(one.id))
  return {
    title: before.title === after.title ? null : { before: before.title, after: after.title },
    added: after.clauses.filter((one) => !old.has(one.id)),
    removed: before.clauses.filter((one) => !ids.has(one.id)),
    changed: kept.flatMap((one) => {
      const was = old.get(one.id)
      return was === undefined || isSame(was, one) ? [] : [{ before: was, after: one }]
    }),
    isReordered:
      kept.map((one) => one.id).join() !==
      before.clauses
        .filter((one) => ids.has(one.id))
        .map((one) => one.id)
        .join(),
  }
}

function isSame(one: Clause, other: Clause): boolean {
  return canonicalize(one as unknown as Json) === canonicalize(other as unknown as Json)
}

import { utf8 } from './bytes.ts'
import { sha256 } from './hash.ts'

/**
 * Many ids in 16 bytes each, at most 43 with the free room while it grows: 430 MB for ten million at the peak and 270 MB
 * after, where a Set takes over a gigabyte. An id is kept as 128 bits of its SHA-256, so that whoever chooses the ids can
 * make neither two of them look alike nor many fall together.
 */
export class IdSet {
  #words = new Uint32Array(wordsPerId * 1024)
  #count = 0

  /** Whether `id` was new. */
  add(id: string): boolean {
    const words = wordsOf(id)
    const at = this.#find(words)
    if (this.#words[at] !== 0) return false
    this.#words.set(words, at)
    this.#count++
    if (this.#count * wordsPerId > this.#words.length * fullest) this.#grow()
    return true
  }

  /** Where the words stand, or the free slot where they would. */
  #find(words: Uint32Array): number {
    const slots = this.#words.length / wordsPerId
    for (let slot = (words[1] ?? 0) % slots; ; slot = (slot + 1) % slots) {
      const at = slot * wordsPerId
      if (this.#words[at] === 0 || words.every((word, i) => this.#words[at + i] === word)) return at
    }
  }

  #grow(): void {
    const old = this.#words
    this.#words = new Uint32Array(old.length * 2)
    for (let at = 0; at < old.length; at += wordsPerId) {
      const words = old.subarray(at, at + wordsPerId)
      if (words[0] !== 0) this.#words.set(words, this.#find(words))
    }
  }
}

const wordsPerId = 4
const fullest = 0.75

/** A first word of 0 marks a free slot, so no id has it. */
function wordsOf(id: string): Uint32Array {
  const words = new Uint32Array(sha256(utf8(id)).buffer, 0, wordsPerId)
  words[0] = words[0] || 1
  return words
}

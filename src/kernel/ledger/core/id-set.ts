import { utf8 } from './bytes.ts'
import { sha256 } from './hash.ts'

/** Many UUIDs in 16 bytes each, at most 27 with the free room: 270 MB for ten million, where a Set takes over a gigabyte. */
export class IdSet {
  #words = new Uint32Array(wordsPerId * 1024)
  #count = 0

  /** Whether `id`, a UUID in lower case, was new. */
  add(id: string): boolean {
    const words = wordsOf(id)
    const at = this.#find(words, hashOf(words))
    if (this.#words[at] !== 0) return false
    this.#words.set(words, at)
    this.#count++
    if (this.#count * wordsPerId > this.#words.length * fullest) this.#grow()
    return true
  }

  /** Where the words stand, or the free slot where they would. */
  #find(words: Uint32Array, hash: number): number {
    const slots = this.#words.length / wordsPerId
    for (let slot = hash % slots; ; slot = (slot + 1) % slots) {
      const at = slot * wordsPerId
      if (this.#words[at] === 0 || words.every((word, i) => this.#words[at + i] === word)) return at
    }
  }

  #grow(): void {
    const old = this.#words
    this.#words = new Uint32Array(old.length * 2)
    for (let at = 0; at < old.length; at += wordsPerId) {
      const words = old.subarray(at, at + wordsPerId)
      if (words[0] !== 0) this.#words.set(words, this.#find(words, hashOf(words)))
    }
  }
}

const wordsPerId = 4
const fullest = 0.75

/** The 128 bits of a UUID, the word with the version first: it is never 0, which marks a free slot. */
function wordsOf(id: string): Uint32Array {
  const hex = id.replaceAll('-', '')
  return Uint32Array.of(...[8, 0, 16, 24].map((at) => Number.parseInt(hex.slice(at, at + 8), 16)))
}

/** By SHA-256, so that whoever chooses the ids cannot choose them to collide. */
function hashOf(words: Uint32Array): number {
  return new DataView(sha256(utf8(words.join())).buffer).getUint32(0)
}

import { RepositoryUnreadable } from '../errors.ts'
import { type GitPlace, type GitProcess, startGit } from './git.ts'

interface GitObject {
  readonly type: string
  /** The object's size in bytes; larger than `content.length` when it was cut. */
  readonly size: number
  /** May be part of a larger buffer: take what is needed from it, do not keep it. */
  readonly content: Buffer
}

/** One long-lived `git cat-file --batch`. Reads may overlap: answers come in the order of the questions. */
export interface ObjectReader {
  /**
   * The object of that id, or what a `rev:path` names; undefined when there is none. No more than `maxBytes` of it are
   * kept, the rest is read past.
   */
  read(name: string, maxBytes: number): Promise<GitObject | undefined>
  close(): void
}

export function openObjects(place: GitPlace, signal?: AbortSignal): ObjectReader {
  const process = startGit(place, ['cat-file', '--batch'], signal)
  const waiting: Question[] = []
  const answers = receive(process, waiting)
  let failure: unknown
  let questions = ''
  // what is asked in one go is one write
  const ask = (question: string) => {
    if (questions === '') queueMicrotask(send)
    questions += question
  }
  const send = () => {
    process.child.stdin.write(questions)
    questions = ''
  }
  answers.catch((error: unknown) => {
    failure = error
    for (const question of waiting.splice(0)) question.reject(error)
  })
  return {
    read: (name, maxBytes) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure)
        // A line break would be a second question; such a path is answered as absent.
        if (name.includes('\n')) return resolve(undefined)
        waiting.push({ maxBytes, resolve, reject })
        ask(`${name}\n`)
      }),
    close: () => process.stop(),
  }
}

interface Question {
  readonly maxBytes: number
  resolve(answer: GitObject | undefined): void
  reject(error: unknown): void
}

async function receive(process: GitProcess, waiting: Question[]): Promise<void> {
  const decoder = createDecoder(waiting)
  for await (const chunk of process.chunks) decoder(chunk)
  await process.finish()
  throw RepositoryUnreadable({ path: '', reason: 'git cat-file ended early' })
}

function createDecoder(waiting: Question[]): (chunk: Buffer) => void {
  let head = ''
  let open: { type: string; size: number; left: number; kept: Buffer[]; room: number } | undefined

  const answer = (value: GitObject | undefined) => waiting.shift()?.resolve(value)

  const readHead = (chunk: Buffer, at: number): number => {
    const end = chunk.indexOf(10, at)
    head += chunk.toString('latin1', at, end < 0 ? chunk.length : end)
    if (end < 0) return chunk.length
    const found = /^[0-9a-f]+ (\w+) (\d+)$/.exec(head)
    head = ''
    if (found === null) answer(undefined)
    else {
      const size = Number(found[2])
      open = { type: found[1] ?? '', size, left: size + 1, kept: [], room: Math.min(size, waiting[0]?.maxBytes ?? 0) }
    }
    return end + 1
  }

  const readBody = (object: NonNullable<typeof open>, chunk: Buffer, at: number): number => {
    const taken = Math.min(object.left, chunk.length - at)
    const kept = Math.min(object.room, taken)
    if (kept > 0) object.kept.push(chunk.subarray(at, at + kept))
    object.room -= kept
    object.left -= taken
    if (object.left === 0) {
      answer({ type: object.type, size: object.size, content: joined(object.kept) })
      open = undefined
    }
    return at + taken
  }

  return (chunk) => {
    for (let at = 0; at < chunk.length; ) at = open === undefined ? readHead(chunk, at) : readBody(open, chunk, at)
  }
}

function joined(parts: readonly Buffer[]): Buffer {
  const [first] = parts
  return first !== undefined && parts.length === 1 ? first : Buffer.concat(parts)
}

/** One long-lived `git cat-file --batch-check`: sizes without contents. */
export interface SizeReader {
  /** Bytes of the object; undefined when there is none. */
  sizeOf(oid: string): Promise<number | undefined>
  close(): void
}

export function openSizes(place: GitPlace, signal?: AbortSignal): SizeReader {
  let process: GitProcess | undefined
  let answers: AsyncIterator<string> | undefined
  let last: Promise<unknown> = Promise.resolve()
  const ask = async (oid: string): Promise<number | undefined> => {
    // Started when first needed: most histories have few binary files.
    process ??= startGit(place, ['cat-file', '--batch-check=%(objectsize)'], signal)
    answers ??= linesOf(process)
    process.child.stdin.write(`${oid}\n`)
    const { value } = await answers.next()
    const size = Number(value)
    return Number.isSafeInteger(size) ? size : undefined
  }
  return {
    sizeOf(oid) {
      if (!/^[0-9a-f]{40,64}$/.test(oid)) return Promise.resolve(undefined)
      const answer = last.then(() => ask(oid))
      last = answer.catch(() => undefined)
      return answer
    },
    close: () => process?.stop(),
  }
}

async function* linesOf(process: GitProcess): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of process.chunks) {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

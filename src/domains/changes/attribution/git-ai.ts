import { z } from 'zod'
import { type LineRecord, normalizeRanges, type Records } from './records.ts'
import { recordedTool } from './tools.ts'

const Agent = z.object({ tool: z.string().max(200), model: z.string().max(200).optional() })
const Author = z.object({ agent_id: Agent })
const Metadata = z.object({
  schema_version: z.string().regex(/^authorship\/3\./),
  sessions: z.record(z.string().max(100), Author).optional(),
  prompts: z.record(z.string().max(100), Author).optional(),
  humans: z.record(z.string().max(100), z.unknown()).optional(),
})

/** Largest note that is read, in bytes. */
export const noteBytesMax = 4 * 1024 * 1024

/**
 * Reads a git-ai authorship note, version 3: attestations, a line `---`, then JSON. Keys `s_<hex>::t_<hex>` are
 * sessions, `h_<hex>` humans, bare hex the prompts of older writers. Lines without a key say nothing.
 *
 * Never throws: a note that is not well formed, or a key that the metadata does not explain, gives a problem.
 */
export function readGitAiNote(bytes: Buffer): Records {
  const divider = dividerOf(bytes)
  const metadata = divider === undefined ? undefined : readMetadata(bytes.toString('utf8', divider.end))
  if (metadata === undefined) return { lines: [], problems: ['note_malformed'] }
  const lines: LineRecord[] = []
  const problems: string[] = []
  let path: string | undefined
  // the two parts are decoded apart: paths are slices of the first, and would keep all of the second, which is large
  for (const line of bytes.toString('utf8', 0, divider?.start).split('\n').filter(Boolean)) {
    if (!line.startsWith('  ')) path = readPath(line)
    else {
      const entry = readEntry(path, line.slice(2), metadata)
      if (typeof entry === 'string') problems.push(entry)
      else lines.push(entry)
    }
  }
  return { lines, problems }
}

/** The first line that is `---`, with the line break before it. */
function dividerOf(bytes: Buffer): { start: number; end: number } | undefined {
  if (bytes.toString('latin1', 0, 4) === '---\n') return { start: 0, end: 4 }
  const start = bytes.indexOf('\n---\n')
  return start < 0 ? undefined : { start, end: start + 5 }
}

type Metadata = z.infer<typeof Metadata>

function readMetadata(text: string): Metadata | undefined {
  try {
    return Metadata.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function readPath(line: string): string | undefined {
  if (!line.startsWith('"')) return line
  // A path with spaces stands in quotes, without escapes.
  return line.length > 2 && line.endsWith('"') ? line.slice(1, -1) : undefined
}

/** A record, or the problem with it. */
function readEntry(path: string | undefined, entry: string, metadata: Metadata): LineRecord | string {
  const space = entry.indexOf(' ')
  const key = entry.slice(0, Math.max(space, 0))
  const ranges = readRanges(entry.slice(space + 1))
  if (path === undefined || key === '' || ranges === undefined) return 'note_entry_malformed'
  if (/^h_[0-9a-f]+$/.test(key)) {
    const known = find(metadata.humans, key) !== undefined
    return known ? { source: 'git-ai-note', who: 'human', tool: 'human', path, ranges } : 'note_key_unexplained'
  }
  const author = find(metadata.sessions, key.split('::')[0] ?? '') ?? find(metadata.prompts, key)
  if (author === undefined) return 'note_key_unexplained'
  return { source: 'git-ai-note', who: 'ai', tool: recordedTool(author.agent_id.tool), path, ranges }
}

function find<T>(values: Record<string, T> | undefined, key: string): T | undefined {
  return values !== undefined && Object.hasOwn(values, key) ? values[key] : undefined
}

function readRanges(text: string): [number, number][] | undefined {
  const ranges: [number, number][] = []
  for (const part of text.split(',', 20_001)) {
    const found = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part)
    if (found === null) return undefined
    ranges.push([Number(found[1]), Number(found[2] ?? found[1])])
  }
  return normalizeRanges(ranges)
}

import type { Message } from '../message.ts'
import { parseCommit } from '../repository/commit.ts'
import type { ObjectReader } from '../repository/objects.ts'
import type { OpenRepository } from '../repository/open.ts'
import { readTree, type TreeEntry } from '../repository/tree.ts'
import { readAgentTraces, traceBytesMax } from './agent-trace.ts'
import type { Statement } from './detect.ts'
import { noteBytesMax, readGitAiNote } from './git-ai.ts'
import type { LineRecord, Records } from './records.ts'
import { recordedTool } from './tools.ts'

/** The AI records that a repository keeps beside its commits. */
export interface Evidence {
  readonly keepsRecords: boolean
  readonly recordsSigned: boolean
  recordsOf(oid: string): Promise<Records>
  /** Says which agent stood behind a checkpoint of Entire, where its branch is there. */
  refine(statements: readonly Statement[], message: Message): Promise<readonly Statement[]>
  /** Whether reading was cut: `notes` or `traces`. */
  readonly limitsHit: readonly string[]
}

const notesMax = 1_000_000
const none: Records = { lines: [], problems: [] }

export async function openEvidence(
  repository: OpenRepository,
  objects: ObjectReader,
  options: { traceFiles: readonly TreeEntry[]; signal?: AbortSignal | undefined },
): Promise<Evidence> {
  const limitsHit = new Set<string>()
  const notes = await listNotes(repository, limitsHit, options.signal)
  const traces = await readTraces(objects, options.traceFiles, limitsHit)
  const tip = notes.size === 0 ? undefined : await objects.read('refs/notes/ai', 1_048_576)
  return {
    keepsRecords: notes.size + traces.size > 0,
    recordsSigned: tip !== undefined && parseCommit('', tip.content).signature !== 'none',
    limitsHit: [...limitsHit],
    async recordsOf(oid) {
      const note = notes.get(oid)
      const traced = traces.get(oid) ?? []
      if (note === undefined) return traced.length === 0 ? none : { lines: traced, problems: [] }
      const { lines, problems } = await readNote(objects, note)
      return { lines: [...lines, ...traced], problems }
    },
    refine: (statements, message) => refine(objects, statements, message),
  }
}

async function listNotes(
  { info, place }: OpenRepository,
  limitsHit: Set<string>,
  signal: AbortSignal | undefined,
): Promise<Map<string, TreeEntry>> {
  const notes = new Map<string, TreeEntry>()
  if (!info.notesRefs.includes('refs/notes/ai')) return notes
  for await (const entry of readTree(place, 'refs/notes/ai', signal)) {
    // Notes fan out by the first digits of the commit they belong to.
    const oid = entry.path.replaceAll('/', '')
    if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(oid)) continue
    if (notes.size >= notesMax) limitsHit.add('notes')
    else notes.set(oid, entry)
  }
  return notes
}

async function readNote(objects: ObjectReader, note: TreeEntry): Promise<Records> {
  if (note.bytes > noteBytesMax) return { lines: [], problems: ['note_too_large'] }
  const found = await objects.read(note.oid, noteBytesMax)
  return found === undefined ? { lines: [], problems: ['note_missing'] } : readGitAiNote(found.content)
}

async function readTraces(
  objects: ObjectReader,
  files: readonly TreeEntry[],
  limitsHit: Set<string>,
): Promise<Map<string, LineRecord[]>> {
  const traces = new Map<string, LineRecord[]>()
  for (const file of files) {
    if (file.bytes > traceBytesMax) {
      limitsHit.add('traces')
      continue
    }
    const found = await objects.read(file.oid, traceBytesMax)
    for (const trace of readAgentTraces(found?.content.toString('utf8') ?? '').traces) {
      if (trace.revision === undefined) continue
      traces.set(trace.revision, [...(traces.get(trace.revision) ?? []), ...trace.lines])
    }
  }
  return traces
}

async function refine(
  objects: ObjectReader,
  statements: readonly Statement[],
  message: Message,
): Promise<readonly Statement[]> {
  if (!statements.some((each) => each.source === 'checkpoint-trailer')) return statements
  const checkpoint = message.trailers.find(({ key }) => key === 'entire-checkpoint')?.value.slice(0, 12) ?? ''
  const tool = await agentOf(objects, checkpoint)
  if (tool === undefined) return statements
  return statements.map((each) => (each.source === 'checkpoint-trailer' ? { ...each, tool } : each))
}

async function agentOf(objects: ObjectReader, checkpoint: string): Promise<string | undefined> {
  const folder = `${checkpoint.slice(0, 2)}/${checkpoint.slice(2)}`
  for (const ref of ['refs/heads', 'refs/remotes/origin']) {
    for (const name of ['metadata.json', '0/metadata.json']) {
      const found = await objects.read(`${ref}/entire/checkpoints/v1:${folder}/${name}`, 262_144)
      const agent = /"agent"\s*:\s*"([^"\\]{1,100})"/.exec(found?.content.toString('utf8') ?? '')?.[1]
      // "Agent" is what Entire writes for one that it does not know.
      if (agent !== undefined && agent !== 'Agent') return recordedTool(agent)
    }
  }
  return undefined
}

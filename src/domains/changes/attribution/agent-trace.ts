import { z } from 'zod'
import { type LineRecord, normalizeRanges } from './records.ts'
import { recordedTool } from './tools.ts'

const Contributor = z.object({
  type: z.enum(['human', 'ai', 'mixed', 'unknown']),
  model_id: z.string().max(250).optional(),
})
const Range = z.object({
  start_line: z.int().min(1),
  end_line: z.int().min(1),
  contributor: Contributor.optional(),
})
const Conversation = z.object({ contributor: Contributor.optional(), ranges: z.array(Range).max(20_000) })
const TraceRecord = z.object({
  version: z.string().regex(/^[0-9]+\.[0-9]+(\.[0-9]+)?$/),
  id: z.string().max(100),
  timestamp: z.string().max(100),
  vcs: z.object({ type: z.string(), revision: z.string() }).optional(),
  tool: z.object({ name: z.string().max(200).optional() }).optional(),
  files: z.array(z.object({ path: z.string().max(4096), conversations: z.array(Conversation).max(1000) })).max(10_000),
})

/** Lines that a trace record names, at the commit where its positions hold. */
export interface Trace {
  /** The commit's id, when the record names one of git. */
  readonly revision: string | undefined
  readonly lines: readonly LineRecord[]
}

/** Largest file of trace records that is read, in bytes. */
export const traceBytesMax = 4 * 1024 * 1024

/**
 * Reads Agent Trace 0.1.0 records (agent-trace.dev): one JSON document, an array of them, or one a line.
 * `mixed` and `unknown` contributors say nothing about a line. `content_hash` is not checked: the specification names
 * no algorithm; that a range lies on lines which its commit added is checked when it is used.
 */
export function readAgentTraces(text: string): { traces: readonly Trace[]; problems: readonly string[] } {
  const traces: Trace[] = []
  const problems: string[] = []
  for (const value of readDocuments(text)) {
    const record = TraceRecord.safeParse(value).data
    if (record === undefined) problems.push('trace_malformed')
    else traces.push(toTrace(record))
  }
  return { traces, problems }
}

function readDocuments(text: string): unknown[] {
  const whole = parse(text)
  if (whole !== undefined) return Array.isArray(whole) ? whole : [whole]
  return text
    .split('\n', 100_000)
    .filter((line) => line.trim() !== '')
    .map((line) => parse(line))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

type TraceRecord = z.infer<typeof TraceRecord>

function toTrace(record: TraceRecord): Trace {
  const lines = record.files.flatMap((file) =>
    file.conversations.flatMap((conversation) =>
      (['ai', 'human'] as const).flatMap((who) => linesOf(record, file.path, conversation, who)),
    ),
  )
  return { revision: record.vcs?.type === 'git' ? record.vcs.revision.toLowerCase() : undefined, lines }
}

function linesOf(
  record: TraceRecord,
  path: string,
  conversation: z.infer<typeof Conversation>,
  who: 'ai' | 'human',
): LineRecord[] {
  const named = conversation.ranges.filter((range) => (range.contributor ?? conversation.contributor)?.type === who)
  const ranges = normalizeRanges(named.map((range) => [range.start_line, range.end_line]))
  if (ranges === undefined || ranges.length === 0) return []
  const name = record.tool?.name ?? conversation.contributor?.model_id ?? 'AI (unnamed)'
  return [{ source: 'agent-trace', who, tool: who === 'human' ? 'human' : recordedTool(name), path, ranges }]
}

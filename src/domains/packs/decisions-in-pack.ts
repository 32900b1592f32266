import { createHash } from 'node:crypto'
import { decodeBundle, parseEntry } from '#kernel/ledger'
import { type PolicyEngine, type Replay, replay } from '#kernel/policy'
import { DecisionNotInPack, PackNotVerified } from './errors.ts'
import { withVerified } from './verify/run-verify.ts'
import { readZip, type Zip } from './zip/read-zip.ts'

export interface PackReplay {
  readonly pack: string
  /** File with pinned keys. */
  readonly keys: string | undefined
  /** One decision; all of them when absent. */
  readonly decisionId?: string | undefined
}

export interface ReplayedDecision extends Pick<Replay, 'same' | 'replayable' | 'reason'> {
  readonly decisionId: string
}

/**
 * Makes the decisions of an evidence pack again, from nothing but the pack: the record of each, the question it answered and
 * the policy set, all of which the pack carries. The pack is verified before anything in it is believed.
 *
 * @throws pack_unreadable, keys_unreadable, pack_not_verified, decision_not_in_pack
 */
export async function replayFromPack(engine: PolicyEngine, request: PackReplay): Promise<ReplayedDecision[]> {
  const { pack, keys, decisionId } = request
  return withVerified({ pack, keys }, async (verdict, source) => {
    const [problem] = verdict.problems
    if (verdict.result !== 'verified') throw PackNotVerified({ pack, problem: problem?.message ?? 'a check failed' })
    const zip = await readZip(source)
    const wanted = (await decisionsIn(zip)).filter((one) => decisionId === undefined || one.decisionId === decisionId)
    if (wanted.length === 0 && decisionId !== undefined) throw DecisionNotInPack({ decisionId })
    const questions = await questionsIn(zip)
    const snapshots = await snapshotsIn(zip, wanted)
    return Promise.all(wanted.map((one) => replayOne(engine, one, { questions, snapshots })))
  })
}

interface Recorded {
  readonly decisionId: string
  readonly data: Readonly<Record<string, unknown>>
}

async function replayOne(
  engine: PolicyEngine,
  { decisionId, data }: Recorded,
  { questions, snapshots }: Texts,
): Promise<ReplayedDecision> {
  const question = questions.get(String(data['questionDigest']))
  const snapshot = snapshots.get(String(data['policyRevision']))
  if (question === undefined)
    return { decisionId, same: false, replayable: false, reason: 'the pack does not carry its question' }
  if (snapshot === undefined)
    return { decisionId, same: false, replayable: false, reason: 'the pack does not carry its policy set' }
  const { same, replayable, reason } = await replay(engine, { data, question, snapshot })
  return { decisionId, same, replayable, reason }
}

/** The records of decisions, in the order of the log. */
async function decisionsIn(zip: Zip): Promise<Recorded[]> {
  const found: Recorded[] = []
  for (const name of zip.names.filter((one) => /^(log\/tile\/entries|entries)\//.test(one))) {
    const bytes = await zip.read(name)
    for (const entry of name.startsWith('entries/') ? [bytes] : decodeBundle(bytes, widthOf(name))) {
      const { type, data } = parseEntry(entry).p
      if (type === 'decision.made') found.push({ decisionId: String(data['decisionId']), data })
    }
  }
  return found
}

/** C2SP tlog-tiles: a bundle that is not full says how many entries it has. */
function widthOf(name: string): number {
  return Number(/\.p\/(\d+)$/.exec(name)?.[1] ?? 256)
}

/** Both by digest. */
interface Texts {
  readonly questions: ReadonlyMap<string, string>
  readonly snapshots: ReadonlyMap<string, string>
}

const questionMark = '{"exceptions":'

/** Questions stand in bundles, a line each. */
async function questionsIn(zip: Zip): Promise<Map<string, string>> {
  const questions = new Map<string, string>()
  for (const name of zip.names.filter((one) => one.startsWith('evidence/'))) {
    const text = Buffer.from(await zip.read(name)).toString()
    if (!text.startsWith(questionMark)) continue
    for (const line of text.split('\n')) if (line !== '') questions.set(digestOf(line), line)
  }
  return questions
}

async function snapshotsIn(zip: Zip, decisions: readonly Recorded[]): Promise<Map<string, string>> {
  const snapshots = new Map<string, string>()
  for (const revision of new Set(decisions.map((one) => String(one.data['policyRevision'])))) {
    const name = revision.replace(/^sha256:/, 'evidence/')
    if (zip.has(name)) snapshots.set(revision, Buffer.from(await zip.read(name)).toString())
  }
  return snapshots
}

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}

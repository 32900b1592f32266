import { createPolicySource, mergeGround } from '#domains/gates'
import { transact } from '#kernel/ledger'
import {
  assessImpact,
  checkPack,
  createAuthority,
  createPolicyEngine,
  createRollouts,
  type Pack,
  type PolicyEngine,
  type Question,
  recordDecisions,
} from '#kernel/policy'
import type { Json } from '#platform/canonical-json.ts'
import { silentLog } from '#platform/log.ts'
import { describeModules } from '#server'
import { atMost, type Bench, type Figure, type Line } from './figure.ts'
import { openWorld, type World } from './world.ts'

const decisions = 2000
const batch = 100

/** A stricter version of a built-in pack, replayed over recorded decisions whose facts are all different. */
export const policyReplay: Figure = {
  name: 'policy-replay',
  about: `replay of a version of a policy over ${decisions} recorded decisions, from the database and the sealed facts`,
  run: async (bench) => {
    const world = await openWorld(bench, undefined, describeModules())
    const engine = createPolicyEngine({ timeoutMs: 5000, log: silentLog })
    try {
      bench.say(`  ${decisions} decisions are made and recorded`)
      await recordAll(world, engine)
      return await replayAll(bench, world, engine)
    } finally {
      await engine.close()
      await world.close()
    }
  },
}

async function recordAll({ core }: World, engine: PolicyEngine): Promise<void> {
  const { set } = await createPolicySource().rulesFor({ params: {}, modes: {} })
  const ctx = core.service('gate')
  for (let from = 0; from < decisions; from += batch) {
    const questions = Array.from({ length: batch }, (_, i) => question(from + i))
    const verdicts = await engine.decideMany(set, questions)
    await transact(core.db, ctx, (tx, record) =>
      recordDecisions(
        tx,
        record,
        ctx.clock(),
        verdicts.map((verdict, i) => ({
          set,
          question: questions[i] as Question,
          verdict,
          mode: 'enforce' as const,
          targets: [
            { type: 'commit', id: `c${from + i}` },
            { type: 'repository', id: `repo_${(from + i) % 20}` },
          ],
          refs: [],
        })),
      ),
    )
  }
}

async function replayAll({ say }: Bench, world: World, policy: PolicyEngine): Promise<Line[]> {
  const { db, ledger, clock, service, folder } = world.core
  const authority = createAuthority({ db, engine: policy, clock, sources: describeModules })
  const ground = mergeGround()
  const { life } = createRollouts({ db, ledger, policy, authority, keysFolder: folder.keys, service, ground })
  const pack = stricter(ground)
  const before = world.cpuSeconds()
  const impact = await assessImpact(life, service('bench'), pack, { days: 7, limit: 20_000 })
  const after = world.cpuSeconds()
  say(`  ${JSON.stringify(impact.flips)} of ${impact.replayed}`)
  // every fourth change has 85 % of its lines covered: enough for 80 and not for 90
  if (impact.replayed !== decisions || impact.flips.toDeny !== decisions / 4) throw new Error('the replay is wrong')
  const seconds = impact.tookMs / 1000
  return [
    {
      what: 'replay of 1,000 recorded decisions',
      measured: (seconds * 1000) / decisions,
      unit: 's',
      ...atMost(10),
      note: `CPU of this process ${(((after.node - before.node) * 1000) / decisions).toFixed(2)} s`,
    },
    { what: `replay of ${decisions} recorded decisions`, measured: seconds, unit: 's' },
  ]
}

function stricter(ground: ReturnType<typeof mergeGround>): Pack {
  const quality = ground.builtIns().find((one) => one.id === 'quality')
  const text = quality?.text.replaceAll('default: 80.0', 'default: 90.0').replace('version: 1.0.0', 'version: 1.1.0')
  const { pack } = checkPack(ground, text ?? '', 'quality.yaml')
  if (pack === undefined) throw new Error('the stricter pack is wrong')
  return pack
}

/** No two alike; what is 85 % covered is denied by the stricter pack. */
function question(i: number): Question {
  const example = mergeGround().exampleFacts() as { readonly [name: string]: Json }
  const { change, evidence } = example as { readonly [name: string]: { readonly [name: string]: Json } }
  const head = i.toString(16).padStart(40, '0')
  const percent = i % 4 === 0 ? 85 : 95
  const facts = {
    ...example,
    change: { ...change, head, files: 3 + (i % 7) },
    evidence: { ...evidence, coverage: { lines: 200, hit: percent * 2, percent } },
  }
  const principal = { type: 'Countersign::User', id: 'p2' }
  const resource = { type: 'Countersign::Change', id: head }
  return {
    gate: 'merge',
    facts,
    exceptions: [],
    request: {
      principal,
      action: 'Countersign::Action::"change:merge"',
      resource,
      entities: [
        { uid: principal, attrs: {}, parents: [] },
        { uid: resource, attrs: { author: 'p1', risk: 'high' }, parents: [] },
      ],
      context: { approvers: ['p2', 'p3'] },
    },
  }
}

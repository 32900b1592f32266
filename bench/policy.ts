import { createPolicyEngine, type PolicyEngine, type PolicySet } from '#kernel/policy'
import { silentLog } from '#platform/log.ts'
import { createAuthorizer } from '../src/kernel/policy/cedar/authorize.ts'
import { createDecider } from '../src/kernel/policy/evaluate/decide.ts'
import { questionText, readTrustedQuestion } from '../src/kernel/policy/question.ts'
import { atLeast, atMost, type Bench, type Figure, type Line } from './figure.ts'
import { type Opa, startOpa } from './opa.ts'
import { benchFacts, benchQuestion, benchSet } from './policy-world.ts'
import { cpuSecondsOf } from './processes.ts'
import { percentile, timed } from './statistics.ts'

/** Answers of the policy engine in this process, through its threads, and of an OPA with the same rules. */
export const policy: Figure = {
  name: 'policy',
  about: 'decisions of Cedar, whole merge gates, and the same rules in OPA over loopback',
  run: async (bench) => {
    const set = await benchSet(bench.root)
    return [...authorizations(set), ...gates(set), ...(await engineLines(bench, set))]
  },
}

const warmUp = 300
const rounds = 3000

/** One Cedar decision with schema and request validation, no two requests alike. */
function authorizations(set: PolicySet): Line[] {
  const authorizer = createAuthorizer()
  const loaded = authorizer.load(set.cedar)
  const gate = { result: 'pass', failed: [], unknown: [] }
  const measured = measure((i) => {
    const { request } = benchQuestion(i, 'good')
    const answer = authorizer.authorize(loaded, { ...request, context: { ...request.context, gate } })
    if (answer.decision !== 'allow') throw new Error(`Cedar denies: ${JSON.stringify(answer)}`)
  })
  return [
    { what: 'policy decision, in process', measured: measured.perCpuSecond, unit: '/s/core', ...atLeast(3000) },
    { what: 'policy decision p50', measured: measured.p50, unit: 'ms' },
    { what: 'policy decision p99', measured: measured.p99, unit: 'ms', ...atMost(2), note: measured.note },
  ]
}

/** A whole gate from its text: reading and checking the facts, eight rules, Cedar. Nothing is remembered of the one before. */
function gates(set: PolicySet): Line[] {
  return (['good', 'bad'] as const).flatMap((outcome) => {
    const decider = createDecider(createAuthorizer())
    const loaded = decider.load(set)
    const wanted = outcome === 'good' ? 'allow' : 'deny'
    const measured = measure((i) => {
      const { text } = questionText(benchQuestion(i, outcome))
      const { decision } = decider.decide(loaded, readTrustedQuestion(text))
      if (decision !== wanted) throw new Error(`a ${outcome} change is not ${wanted}`)
    })
    const name = outcome === 'good' ? 'that passes' : 'that fails six rules'
    return [
      { what: `merge gate ${name}`, measured: measured.perCpuSecond, unit: '/s/core' },
      { what: `merge gate ${name} p50`, measured: measured.p50, unit: 'ms' },
      { what: `merge gate ${name} p99`, measured: measured.p99, unit: 'ms', ...atMost(5), note: measured.note },
    ]
  })
}

interface Measured {
  readonly perCpuSecond: number
  readonly p50: number
  readonly p99: number
  /** On a machine that does other things as well, the clock tells of those; this does not. */
  readonly note: string
}

function measure(work: (i: number) => void): Measured {
  for (let i = 0; i < warmUp; i++) work(-i - 1)
  const [took, cpu]: [number[], number[]] = [[], []]
  for (let i = 0; i < rounds; i++) {
    const startedAt = performance.now()
    const before = process.cpuUsage()
    work(i)
    const { user, system } = process.cpuUsage(before)
    took.push(performance.now() - startedAt)
    cpu.push((user + system) / 1000)
  }
  const total = cpu.reduce((sum, one) => sum + one, 0)
  return {
    perCpuSecond: rounds / (total / 1000),
    p50: percentile(took, 0.5),
    p99: percentile(took, 0.99),
    note: `in CPU time p50 ${percentile(cpu, 0.5).toFixed(2)} ms, p99 ${percentile(cpu, 0.99).toFixed(2)} ms`,
  }
}

async function engineLines(bench: Bench, set: PolicySet): Promise<Line[]> {
  const engine = createPolicyEngine({ timeoutMs: 5000, log: silentLog })
  const opa = await startOpa(bench)
  try {
    return [...(await ours(engine, set)), ...('why' in opa ? [notRun(opa.why)] : await theirs(engine, set, opa))]
  } finally {
    await engine.close()
    if (!('why' in opa)) await opa.close()
  }
}

async function ours(engine: PolicyEngine, set: PolicySet): Promise<Line[]> {
  for (let i = 0; i < warmUp; i++) await engine.decide(set, benchQuestion(-i - 1, 'good'))
  const took: number[] = []
  for (let i = 0; i < 1000; i++) took.push((await timed(() => engine.decide(set, benchQuestion(i, 'good')))).ms)
  const history = Array.from({ length: 5000 }, (_, i) => benchQuestion(i % 50, i % 3 === 0 ? 'bad' : 'good'))
  const imported = await timed(() => engine.decideMany(set, history))
  return [
    { what: 'merge gate through a thread p50', measured: percentile(took, 0.5), unit: 'ms' },
    { what: 'merge gate through a thread p99', measured: percentile(took, 0.99), unit: 'ms', ...atMost(5) },
    {
      what: '5,000 merge gates of a history, facts much alike',
      measured: imported.ms / 1000,
      unit: 's',
      note: 'rules whose facts do not change are not asked again',
    },
  ]
}

/** One after the other, in turns: the same facts to both, and both say the same. */
async function theirs(engine: PolicyEngine, set: PolicySet, opa: Opa): Promise<Line[]> {
  for (const outcome of ['good', 'bad'] as const) {
    const { violations } = await opa.decide(benchFacts(0, outcome))
    const { rules } = await engine.decide(set, benchQuestion(0, outcome))
    const failed = rules.filter((one) => one.status === 'fail').map((one) => one.id.replace('bench.', ''))
    if (
      violations
        .map((one) => one.id)
        .sort()
        .join() !== failed.sort().join()
    )
      throw new Error(`OPA says ${JSON.stringify(violations)}, and here ${failed.join()} fail`)
  }
  const [own, other]: [number[], number[]] = [[], []]
  for (let i = 0; i < warmUp; i++) await opa.decide(benchFacts(i, 'good'))
  const before = cpuSecondsOf(opa.pid) ?? 0
  for (let i = 0; i < 1000; i++) {
    own.push((await timed(() => engine.decide(set, benchQuestion(10_000 + i, 'good')))).ms)
    other.push((await timed(() => opa.decide(benchFacts(10_000 + i, 'good')))).ms)
  }
  const cpu = ((cpuSecondsOf(opa.pid) ?? 0) - before) / 1000
  return [
    { what: 'OPA over loopback, same rules p50', measured: percentile(other, 0.5), unit: 'ms' },
    {
      what: 'OPA over loopback, same rules p99',
      measured: percentile(other, 0.99),
      unit: 'ms',
      note: `its own CPU ${(cpu * 1000).toFixed(2)} ms a decision`,
    },
    {
      what: 'ours in the same turns, Cedar included p50',
      measured: percentile(own, 0.5),
      unit: 'ms',
      ...atMost(percentile(other, 0.5)),
    },
  ]
}

function notRun(why: string): Line {
  return { what: 'OPA over loopback, same rules p50', measured: undefined, unit: 'ms', note: why }
}

import { execFile } from 'node:child_process'
import { statfs } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Ledger } from '#kernel/ledger'
import { engines, type PolicyEngine } from '#kernel/policy'

/** One thing that `countersign doctor` and the health page look at. */
export interface Finding {
  readonly what: string
  readonly status: 'pass' | 'fail' | 'unknown'
  readonly detail: string
  /** What to do. */
  readonly fix?: string
}

export function runtimeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isEnough = major > 20 || (major === 20 && minor >= 19)
  const detail = `Node ${process.versions.node} on ${process.platform} ${process.arch}`
  return isEnough ? pass('runtime', detail) : fail('runtime', detail, 'use Node 20.19 or newer')
}

export async function gitFinding(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)('git', ['--version'], { timeout: 10_000 })
    const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(stdout) ?? []
    const isEnough = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 30)
    return isEnough ? pass('git', stdout.trim()) : fail('git', stdout.trim(), 'install git 2.30 or newer')
  } catch {
    return fail('git', 'cannot be run', 'install git 2.30 or newer and put it on the search path')
  }
}

/** Asks the engine what it must allow and what it must deny. */
export async function policyFinding(engine: Pick<PolicyEngine, 'isWell'>): Promise<Finding> {
  return (await engine.isWell())
    ? pass('policy engine', `answers: ${engines.cel}, ${engines.cedar}`)
    : fail('policy engine', 'does not answer, so every decision is a denial', 'install the package again with `npm ci`')
}

const gibibyte = 2 ** 30

export async function diskFinding(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder)
  const free = `${((bavail * bsize) / gibibyte).toFixed(1)} GiB free at ${folder}`
  return bavail * bsize > gibibyte
    ? pass('disk', free)
    : fail('disk', free, 'free some space: without it nothing can be recorded')
}

export async function ledgerFindings(log: Ledger): Promise<Finding[]> {
  const { origin, published, sequenced } = await log.status()
  const { lag, deadLetters } = await log.follower.status()
  const checkpoint = await log.published.checkpoint()
  return [
    pass('database', 'answers, and keeps what it acknowledges'),
    pass(
      'ledger',
      `${origin}: ${published} records published, ${sequenced - published} on their way, checkpoint signed at ${checkpoint.size}`,
    ),
    deadLetters === 0
      ? pass('search index', `${lag} records behind`)
      : fail(
          'search index',
          `${deadLetters} records could not be indexed`,
          'look for `follower` in the log of the server',
        ),
  ]
}

function pass(what: string, detail: string): Finding {
  return { what, status: 'pass', detail }
}

function fail(what: string, detail: string, fix: string): Finding {
  return { what, status: 'fail', detail, fix }
}

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { Config } from '#platform/config.ts'
import { DomainError } from '#platform/errors.ts'
import type { Attached } from '#server'
import { type Command, flagOption, type Terminal, textOption } from './command.ts'

interface Finding {
  readonly what: string
  readonly status: 'pass' | 'fail' | 'unknown'
  readonly detail: string
  readonly fix?: string
}

/** Says what runs, what is wrong and what to do. It starts the database of a stopped server for as long as it looks. */
export const doctor: Command = {
  name: 'doctor',
  usage: 'doctor [--data DIR] [--config FILE]',
  about: 'tells what runs, what is wrong and what to do: exit code 0 healthy, 1 not',
  options: {
    data: { type: 'string', about: 'data folder (default: .countersign)' },
    config: { type: 'string', about: 'configuration file (default: config.yaml in the data folder)' },
  },
  run: async (args, terminal) => {
    const findings = [
      runtime(),
      await git(),
      await policyEngine(),
      ...(await installation({ data: textOption(args, 'data'), config: textOption(args, 'config') }, terminal)),
    ]
    const { version } = await import('#server')
    const isHealthy = findings.every((one) => one.status !== 'fail')
    if (flagOption(args, 'json')) terminal.out(`${JSON.stringify({ version, healthy: isHealthy, findings })}\n`)
    else terminal.out(`countersign ${version}\n${findings.map(asText).join('')}`)
    return isHealthy ? 0 : 1
  },
}

function asText({ what, status, detail, fix }: Finding): string {
  return `${status.padEnd(8)} ${what.padEnd(14)} ${detail}\n${fix === undefined ? '' : `${' '.repeat(24)}do: ${fix}\n`}`
}

function runtime(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isEnough = major > 20 || (major === 20 && minor >= 19)
  const detail = `Node ${process.versions.node} on ${process.platform} ${process.arch}`
  return isEnough ? pass('runtime', detail) : fail('runtime', detail, 'use Node 20.19 or newer')
}

async function git(): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)('git', ['--version'], { timeout: 10_000 })
    const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(stdout) ?? []
    const isEnough = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 30)
    return isEnough ? pass('git', stdout.trim()) : fail('git', stdout.trim(), 'install git 2.30 or newer')
  } catch {
    return fail('git', 'cannot be run', 'install git 2.30 or newer and put it on the search path')
  }
}

/** Starts a thread of the engine and asks it what it must allow and what it must deny. */
async function policyEngine(): Promise<Finding> {
  const [{ createPolicyEngine, engines }, { createLog }] = await Promise.all([
    import('#kernel/policy'),
    import('#platform/log.ts'),
  ])
  const engine = createPolicyEngine({ workers: 1, log: createLog('silent') })
  try {
    return (await engine.isWell())
      ? pass('policy engine', `answers: ${engines.cel}, ${engines.cedar}`)
      : fail(
          'policy engine',
          'does not answer, so every decision is a denial',
          'install the package again with `npm ci`',
        )
  } finally {
    await engine.close()
  }
}

async function installation(
  flags: { data: string | undefined; config: string | undefined },
  terminal: Terminal,
): Promise<Finding[]> {
  try {
    const { loadConfig } = await import('#platform/config.ts')
    const config = loadConfig(flags, terminal.env)
    const folder = resolve(terminal.cwd, config.data)
    const settings = pass('configuration', 'every setting is valid')
    if (!existsSync(join(folder, 'keys'))) {
      return [
        settings,
        {
          what: 'data folder',
          status: 'unknown',
          detail: `there is none at ${folder} yet`,
          fix: 'run `countersign start`',
        },
      ]
    }
    return [settings, await disk(folder), ...(await ledger({ ...config, data: folder }, terminal))]
  } catch (error) {
    return [failed('configuration', error)]
  }
}

const gibibyte = 2 ** 30

async function disk(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder)
  const free = `${((bavail * bsize) / gibibyte).toFixed(1)} GiB free at ${folder}`
  return bavail * bsize > gibibyte
    ? pass('disk', free)
    : fail('disk', free, 'free some space: without it nothing can be recorded')
}

async function ledger(config: Config, terminal: Terminal): Promise<Finding[]> {
  let attached: Attached | undefined
  try {
    const [{ createLog }, { attach, describeModules }] = await Promise.all([
      import('#platform/log.ts'),
      import('#server'),
    ])
    const runtimeDir = terminal.env['XDG_RUNTIME_DIR']
    attached = await attach({
      config,
      log: createLog('silent'),
      dataWasNamed: false,
      runtimeDir,
      modules: describeModules(),
    })
    return await lookAt(attached)
  } catch (error) {
    return [failed('ledger', error)]
  } finally {
    await attached?.stop()
  }
}

async function lookAt({ ledger: log }: Attached): Promise<Finding[]> {
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

function failed(what: string, error: unknown): Finding {
  const hint = error instanceof DomainError ? error.hint : undefined
  const detail = error instanceof Error ? error.message : String(error)
  return { what, status: 'fail', detail, ...(hint === undefined ? {} : { fix: hint }) }
}

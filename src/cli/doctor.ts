import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Config } from '#platform/config.ts'
import { DomainError } from '#platform/errors.ts'
import type { Attached, Finding } from '#server'
import { type Command, flagOption, type Terminal, textOption } from './command.ts'

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
    const { gitFinding, runtimeFinding, version } = await import('#server')
    const findings = [
      runtimeFinding(),
      await gitFinding(),
      await policyEngine(),
      ...(await installation({ data: textOption(args, 'data'), config: textOption(args, 'config') }, terminal)),
    ]
    const isHealthy = findings.every((one) => one.status !== 'fail')
    if (flagOption(args, 'json')) terminal.out(`${JSON.stringify({ version, healthy: isHealthy, findings })}\n`)
    else terminal.out(`countersign ${version}\n${findings.map(asText).join('')}`)
    return isHealthy ? 0 : 1
  },
}

function asText({ what, status, detail, fix }: Finding): string {
  return `${status.padEnd(8)} ${what.padEnd(14)} ${detail}\n${fix === undefined ? '' : `${' '.repeat(24)}do: ${fix}\n`}`
}

/** Starts a thread of the engine for the question. */
async function policyEngine(): Promise<Finding> {
  const [{ createPolicyEngine }, { createLog }, { policyFinding }] = await Promise.all([
    import('#kernel/policy'),
    import('#platform/log.ts'),
    import('#server'),
  ])
  const engine = createPolicyEngine({ workers: 1, log: createLog('silent') })
  try {
    return await policyFinding(engine)
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
    const settings: Finding = { what: 'configuration', status: 'pass', detail: 'every setting is valid' }
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
    const { diskFinding } = await import('#server')
    return [settings, await diskFinding(folder), ...(await ledger({ ...config, data: folder }, terminal))]
  } catch (error) {
    return [failed('configuration', error)]
  }
}

async function ledger(config: Config, terminal: Terminal): Promise<Finding[]> {
  let attached: Attached | undefined
  try {
    const [{ createLog }, { attach, describeModules, ledgerFindings }] = await Promise.all([
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
    return await ledgerFindings(attached.ledger)
  } catch (error) {
    return [failed('ledger', error)]
  } finally {
    await attached?.stop()
  }
}

function failed(what: string, error: unknown): Finding {
  const hint = error instanceof DomainError ? error.hint : undefined
  const detail = error instanceof Error ? error.message : String(error)
  return { what, status: 'fail', detail, ...(hint === undefined ? {} : { fix: hint }) }
}

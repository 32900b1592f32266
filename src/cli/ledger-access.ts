import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Config } from '#platform/config.ts'
import { defineError } from '#platform/errors.ts'
import type { Attached } from '#server'
import { type Arguments, type Terminal, textOption } from './command.ts'

export const NoDataFolder = defineError<{ path: string }>(
  'no_data_folder',
  404,
  ({ path }) => `there is no data folder of Countersign at \`${path}\``,
  'name it with `--data DIR`; `countersign start` makes one',
)

export const dataOption = { data: { type: 'string', about: 'data folder (default: .countersign)' } } as const

/** The configuration of a data folder that is there; commands that read never make one. */
export async function existingData(args: Arguments, terminal: Terminal): Promise<{ config: Config; folder: string }> {
  const { loadConfig } = await import('#platform/config.ts')
  const config = loadConfig({ data: textOption(args, 'data') }, terminal.env)
  const folder = resolve(terminal.cwd, config.data)
  if (!existsSync(join(folder, 'keys'))) throw NoDataFolder({ path: folder })
  return { config: { ...config, data: folder }, folder }
}

/** Runs `work` with the ledger of a data folder, whether or not a server runs on it. */
export async function withLedger<R>(
  args: Arguments,
  terminal: Terminal,
  work: (attached: Attached) => Promise<R>,
): Promise<R> {
  const { config } = await existingData(args, terminal)
  const [{ createLog }, { attach, describeModules }] = await Promise.all([
    import('#platform/log.ts'),
    import('#server'),
  ])
  const attached = await attach({
    config,
    log: createLog('error'),
    dataWasNamed: false,
    runtimeDir: terminal.env['XDG_RUNTIME_DIR'],
    modules: describeModules(),
  })
  try {
    return await work(attached)
  } finally {
    await attached.stop()
  }
}

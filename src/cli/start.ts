import { type Command, textOption } from './command.ts'

/** Runs the server until it is told to stop. The last line on standard output is the ready line. */
export const start: Command = {
  name: 'start',
  usage: 'start [--repo PATH] [--data DIR] [--port N] [--host A] [--config FILE]',
  about: 'runs the server: governs a repository from its history, serves the ledger, writes report and evidence pack',
  options: {
    repo: { type: 'string', about: 'git repository to govern (default: the current folder when it is one)' },
    data: { type: 'string', about: 'data folder (default: .countersign)' },
    port: { type: 'string', about: 'port to listen on; 0 picks a free one (default: 7420)' },
    host: { type: 'string', about: 'address to listen on (default: 127.0.0.1)' },
    config: { type: 'string', about: 'configuration file (default: config.yaml in the data folder)' },
  },
  run: async (args, terminal) => {
    const [{ loadConfig }, { createLog }, { startProduct }] = await Promise.all([
      import('#platform/config.ts'),
      import('#platform/log.ts'),
      import('#server'),
    ])
    const flags = Object.fromEntries(
      ['repo', 'data', 'port', 'host', 'config'].map((name) => [name, textOption(args, name)]),
    )
    const config = loadConfig(flags, terminal.env)
    const log = createLog(config.logLevel)
    const product = await startProduct({
      config,
      log,
      cwd: terminal.cwd,
      dataWasNamed: flags['data'] !== undefined || terminal.env['COUNTERSIGN_DATA'] !== undefined,
      runtimeDir: terminal.env['XDG_RUNTIME_DIR'],
      say: terminal.err,
      signal: terminal.signal,
    })
    try {
      if (!terminal.signal.aborted) {
        terminal.out(`${JSON.stringify({ event: 'ready', url: product.url, signInUrl: product.signInUrl })}\n`)
      }
      const reason = await Promise.race([aborted(terminal.signal), product.failed])
      if (reason !== undefined) log.error({ event: 'server.failed', reason })
      return reason === undefined ? 0 : 1
    } finally {
      await product.stop()
    }
  },
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

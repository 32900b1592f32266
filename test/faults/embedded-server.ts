import { openDataFolder } from '#platform/data-folder.ts'
import { createLog } from '#platform/log.ts'
import { type EmbeddedOptions, startEmbedded } from '#platform/postgres/embedded.ts'

/**
 * A server that is nothing but its database, for tests that kill it: `embedded-server.ts DATA [OPTIONS as JSON]`.
 * Prints one line of JSON when the database is ready or cannot be, and stops it when standard input ends.
 */
const [path = '', options = '{}'] = process.argv.slice(2)
const given: Partial<EmbeddedOptions> = JSON.parse(options)

try {
  const folder = await openDataFolder(path)
  const running = await startEmbedded({ folder, whenUnreachable: 'refuse', log: createLog('info'), ...given })
  running.onExit((reason) => say({ exited: reason }))
  say({ pid: running.pid, connection: running.connection })
  process.stdin.resume().on('end', () => {
    void running
      .stop()
      .then(() => folder.release())
      .then(() => process.exit(0))
  })
} catch (error) {
  say({ refused: error instanceof Error ? error.message : String(error) })
  process.exit(1)
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

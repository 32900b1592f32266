import { addRepository } from '#domains/changes'
import { DomainError } from '#platform/errors.ts'
import { governed, type Services } from './modules.ts'

interface First {
  readonly services: Services
  /** What to govern; nothing when undefined. */
  readonly path: string | undefined
  readonly say: (text: string) => void
  readonly signal: AbortSignal
}

/** A small history is done by then; a large one goes on while the server is used. */
const patienceMs = 60_000
const lookEveryMs = 200

/**
 * Governs the repository that the server was started in or pointed at, and waits for its report. What cannot be read is
 * said and does not keep the server from starting.
 */
export async function governFirst({ services, path, say, signal }: First): Promise<void> {
  if (path === undefined) {
    say('no repository here: govern one with `countersign repository add PATH`\n')
    return
  }
  try {
    const id = await addRepository(services.db, services.jobs, services.service('start'), path)
    await waitForReport(services, id, say, signal)
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
    say(`${error.message}\n${error.hint === undefined ? '' : `hint: ${error.hint}\n`}`)
  }
}

async function waitForReport(services: Services, id: string, say: First['say'], signal: AbortSignal): Promise<void> {
  const startedAt = services.clock()
  const before = await find(services, id)
  let told = ''
  while (!signal.aborted && services.clock() - startedAt < patienceMs) {
    const now = await find(services, id)
    if (now !== undefined && now.madeAtMs !== before?.madeAtMs) {
      say(
        `${now.name}: ${now.headline ?? now.state}\n  report: ${now.folder}/report.html\n  evidence pack: ${now.folder}/evidence-pack.zip\n`,
      )
      return
    }
    if (now !== undefined && now.state !== told) {
      told = now.state
      say(`${now.name}: ${told}\n`)
    }
    if (now?.problem !== undefined) return
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  if (!signal.aborted) say('the history is still being read; its report appears when it is done\n')
}

async function find(services: Services, id: string) {
  return (await governed(services, { limit: 1, id }))[0]
}

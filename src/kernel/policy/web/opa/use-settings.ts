import { useState } from 'react'
import type { Engine } from './engine-words.ts'

/** What both kinds of engine have, as it stands in a form. */
export interface Settings {
  readonly mode: Engine['mode']
  readonly category: Engine['category']
  readonly owner: Engine['owner']
  readonly repositories: Engine['repositories']
}

export interface SettingsForm {
  readonly settings: Settings
  change(next: Partial<Settings>): void
}

export function useSettings(from: Settings): SettingsForm {
  const [settings, setSettings] = useState<Settings>({
    mode: from.mode,
    category: from.category,
    owner: from.owner,
    repositories: from.repositories,
  })
  return { settings, change: (next) => setSettings((before) => ({ ...before, ...next })) }
}

/** Where an OPA elsewhere is, as it stands in a form. */
export interface Remote {
  readonly url: string
  readonly path: string
  readonly token: string
  readonly timeoutMs: string
  readonly expectedRevision: string
}

export interface RemoteForm {
  readonly remote: Remote
  change(next: Partial<Remote>): void
  /** For the server, without the token, which is not always said. */
  body(): { url: string; path: string; timeoutMs: number; expectedRevision: string | null }
}

export function useRemote(engine?: Engine): RemoteForm {
  const [remote, setRemote] = useState<Remote>({
    url: engine?.url ?? '',
    path: engine?.path ?? 'countersign/gate/merge',
    token: '',
    timeoutMs: String(engine?.timeoutMs ?? 500),
    expectedRevision: engine?.expectedRevision ?? '',
  })
  return {
    remote,
    change: (next) => setRemote((before) => ({ ...before, ...next })),
    body: () => {
      const { url, path, timeoutMs, expectedRevision } = remote
      const expected = expectedRevision.trim()
      return {
        url: url.trim(),
        path: path.trim(),
        timeoutMs: Number(timeoutMs),
        expectedRevision: expected === '' ? null : expected,
      }
    },
  }
}

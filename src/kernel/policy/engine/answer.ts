import type { MessagePort } from 'node:worker_threads'
import { getCedarSDKVersion } from '@cedar-policy/cedar-wasm/nodejs'
import { CedarBroken, createAuthorizer } from '../cedar/authorize.ts'
import { createDecider, type Decider, type LoadedSet } from '../evaluate/decide.ts'
import { openPolicySet } from '../policy-set.ts'
import { readTrustedQuestion } from '../question.ts'
import type { FromThread, ToThread } from './messages.ts'
import { createProbe } from './probe.ts'

/** Answers questions over the policy sets that it is given, until the thread is ended. */
export function answer(port: MessagePort, send: (message: FromThread) => void): void {
  const authorizer = createAuthorizer()
  const decider = createDecider(authorizer)
  const probe = createProbe(authorizer)
  const loaded = new Map<string, LoadedSet>()
  port.on('message', (message: ToThread) => {
    if (message.kind === 'load') send(load(decider, loaded, message))
    else if (message.kind === 'probe') send({ kind: 'probed', isWell: probe() })
    else if (message.kind === 'ask') ask(decider, loaded, message, send)
    else unload(decider, loaded, message.revision)
  })
  send({ kind: 'ready', cedar: getCedarSDKVersion() })
}

function load(
  decider: Decider,
  loaded: Map<string, LoadedSet>,
  { revision, snapshot }: Extract<ToThread, { kind: 'load' }>,
): FromThread {
  try {
    loaded.set(revision, decider.load(openPolicySet(snapshot)))
    return { kind: 'loaded', revision, error: undefined }
  } catch (error) {
    if (error instanceof CedarBroken) throw error
    return { kind: 'loaded', revision, error: error instanceof Error ? error.message : String(error) }
  }
}

function unload(decider: Decider, loaded: Map<string, LoadedSet>, revision: string): void {
  const set = loaded.get(revision)
  if (set !== undefined) decider.unload(set)
  loaded.delete(revision)
}

function ask(
  decider: Decider,
  loaded: Map<string, LoadedSet>,
  { revision, questions }: Extract<ToThread, { kind: 'ask' }>,
  send: (message: FromThread) => void,
): void {
  const set = loaded.get(revision)
  if (set === undefined) throw new Error('a question came before its policy set')
  // each is told at once, so that the host knows which one a thread that hangs is at
  for (const text of questions) {
    const given = decider.decide(set, readTrustedQuestion(text))
    send({ kind: 'answered', answer: given, forgotten: decider.forgotten })
  }
}

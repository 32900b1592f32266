import type { MessagePort } from 'node:worker_threads'
import { getCedarSDKVersion } from '@cedar-policy/cedar-wasm/nodejs'
import { readAccessSet } from '../authority/access-set.ts'
import { type Authorizer, CedarBroken, createAuthorizer, type LoadedPolicies } from '../cedar/authorize.ts'
import { type Answer, createDecider, type Decider, type LoadedSet } from '../evaluate/decide.ts'
import type { Question } from '../model.ts'
import { openPolicySet } from '../policy-set.ts'
import { readTrustedQuestion } from '../question.ts'
import type { FromThread, ToThread } from './messages.ts'
import { createProbe } from './probe.ts'

type Loaded =
  | { readonly of: 'rules'; readonly set: LoadedSet }
  | { readonly of: 'access'; readonly policies: LoadedPolicies }

interface Tools {
  readonly authorizer: Authorizer
  readonly decider: Decider
  readonly loaded: Map<string, Loaded>
}

/** Answers questions over the sets that it is given, until the thread is ended. */
export function answer(port: MessagePort, send: (message: FromThread) => void): void {
  const authorizer = createAuthorizer()
  const probe = createProbe(authorizer)
  const tools: Tools = { authorizer, decider: createDecider(authorizer), loaded: new Map() }
  port.on('message', (message: ToThread) => {
    if (message.kind === 'load') send(load(tools, message))
    else if (message.kind === 'probe') send({ kind: 'probed', isWell: probe() })
    else if (message.kind === 'ask') ask(tools, message, send)
    else unload(tools, message.revision)
  })
  send({ kind: 'ready', cedar: getCedarSDKVersion() })
}

function load(tools: Tools, { revision, snapshot, of }: Extract<ToThread, { kind: 'load' }>): FromThread {
  try {
    tools.loaded.set(revision, open(tools, snapshot, of))
    return { kind: 'loaded', revision, error: undefined }
  } catch (error) {
    if (error instanceof CedarBroken) throw error
    return { kind: 'loaded', revision, error: error instanceof Error ? error.message : String(error) }
  }
}

function open({ authorizer, decider }: Tools, snapshot: string, of: Loaded['of']): Loaded {
  return of === 'rules'
    ? { of, set: decider.load(openPolicySet(snapshot)) }
    : { of, policies: authorizer.load(readAccessSet(snapshot)) }
}

function unload({ authorizer, decider, loaded }: Tools, revision: string): void {
  const known = loaded.get(revision)
  if (known?.of === 'rules') decider.unload(known.set)
  if (known?.of === 'access') authorizer.unload(known.policies)
  loaded.delete(revision)
}

function ask(
  tools: Tools,
  { revision, questions }: Extract<ToThread, { kind: 'ask' }>,
  send: (message: FromThread) => void,
): void {
  const { decider, loaded } = tools
  const known = loaded.get(revision)
  if (known === undefined) throw new Error('a question came before its policy set')
  // each is told at once, so that the host knows which one a thread that hangs is at
  for (const text of questions) {
    const given =
      known.of === 'rules' ? decider.decide(known.set, readTrustedQuestion(text)) : explain(tools, known, text)
    send({ kind: 'answered', answer: given, forgotten: decider.forgotten })
  }
}

function explain({ authorizer }: Tools, { policies }: Extract<Loaded, { of: 'access' }>, text: string): Answer {
  // written by ourselves, of values that were checked
  const { missing, ...authorization } = authorizer.explain(policies, JSON.parse(text) as Question['request'])
  const { decision } = authorization
  return { decision, result: 'pass', rules: [], authorization: { value: authorization }, errors: [], missing }
}

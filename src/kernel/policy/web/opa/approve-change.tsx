import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import type { ApiProblem, Input } from '#client'
import { A, oneLine, ProblemNote, useAct, useFilters, useStepUp } from '#console'
import { type Engine, opaKinds } from './engine-words.ts'

type Approval = Input<'POST /v1/policy-engines/{id}/approvals'>['body']
type Change = Approval['change']

/** What decides how much an engine lets through, in the words of the page. */
const terms = {
  mode: 'Mode',
  url: 'Address',
  path: 'Document',
  bundle: 'Bundle',
  expectedRevision: 'Expected revision',
  repositories: 'Asked about',
} as const
type Term = keyof typeof terms
const termNames = ['mode', 'url', 'path', 'bundle', 'expectedRevision', 'repositories'] as const satisfies Term[]

/** What an address carries to whoever approves: the engine, what it becomes, and the digest of exactly that. */
interface Asked {
  readonly engine: Engine
  readonly change: Change
  readonly digest: string
}

/** The approval that the address of the page asks for, if it asks for one. */
export function AskedApproval({ engines }: { readonly engines: readonly Engine[] }) {
  const [filters, set] = useFilters(['approve', 'change', 'digest'])
  const asked = askedApproval(filters, engines)
  if (asked !== undefined)
    return (
      <ApproveChange asked={asked} onClose={() => set({ approve: undefined, change: undefined, digest: undefined })} />
    )
  if (filters.approve === undefined) return null
  return (
    <section className="card" aria-label="Approval">
      <p>
        The address is of a change that cannot be approved: its engine is not bound any more, or the address is not
        whole. Ask whoever sent it for another one.
      </p>
    </section>
  )
}

/** Undefined where the address asks for none, or for what is not there. */
function askedApproval(
  filters: { readonly approve?: string; readonly change?: string; readonly digest?: string },
  engines: readonly Engine[],
): Asked | undefined {
  const engine = engines.find((one) => one.id === filters.approve)
  const change = changeOf(filters.change)
  if (engine === undefined || filters.digest === undefined || change === undefined) return undefined
  return { engine, change, digest: filters.digest }
}

function changeOf(text = ''): Change | undefined {
  try {
    const read: unknown = JSON.parse(text)
    // the server takes only what the digest is of
    return typeof read === 'object' ? (read as Change) : undefined
  } catch {
    return undefined
  }
}

interface RefusedProps {
  readonly problem: ApiProblem
  readonly engine: Engine
  /** As it was asked for; null where it was to be removed. */
  readonly body: Input<'PATCH /v1/policy-engines/{id}'>['body'] | null
}

/** Why a change was refused; where it takes another person's approval, with the address at which they give it. */
export function RefusedChange({ problem, engine, body }: RefusedProps) {
  const digest = /sha256:[0-9a-f]{64}/.exec(problem.message)?.[0]
  if (problem.code !== 'policy_engine_approval_needed' || digest === undefined) return <ProblemNote problem={problem} />
  const change =
    body === null ? null : Object.fromEntries(termNames.flatMap((name) => (name in body ? [[name, body[name]]] : [])))
  return (
    <div role="alert" className="stack small">
      <p>
        It is enforced, and this could let more through. Somebody else of security, or the owner, approves exactly this
        with a passkey: send them{' '}
        <A to="/policy/engines" query={{ approve: engine.id, change: JSON.stringify(change), digest }}>
          the address of this change
        </A>
        , and do it again once they have.
      </p>
    </div>
  )
}

/** Where somebody else says yes to exactly one change of an engine that is enforced. */
function ApproveChange({ asked, onClose }: { readonly asked: Asked; readonly onClose: () => void }) {
  const { engine, change, digest } = asked
  const act = useAct('POST /v1/policy-engines/{id}/approvals', opaKinds)
  const { approve, isBusy, problem } = useStepUp()
  const [isDone, setDone] = useState(false)
  const subject = { type: 'policy-engine-change', id: engine.id, digest, decision: 'approve' } as const
  return (
    <Modal opened onClose={onClose} title={`A change of ${oneLine(engine.name)}`} size="lg">
      <div className="stack">
        {change === null ? (
          <p>It would be removed, and hold nothing back any more.</p>
        ) : (
          <Differences engine={engine} change={change} />
        )}
        {isDone ? (
          <p role="status">You approved it. Whoever makes the change does it again now.</p>
        ) : (
          <>
            <p className="quiet small">
              The engine is enforced, so this may let through what it holds back now. Your passkey signs exactly this,
              and it counts once, for the engine as it is now.
            </p>
            {problem !== undefined && <ProblemNote problem={problem} />}
            {problem?.code === 'passkey_needed' && <A to="/settings/sign-in">Register a passkey</A>}
            <Button
              size="xs"
              loading={isBusy}
              onClick={() =>
                void approve({
                  subject,
                  send: (assertion) =>
                    act.mutateAsync({ params: { id: engine.id }, body: { change, digest, assertion } }),
                  onDone: () => setDone(true),
                })
              }
            >
              Approve with a passkey
            </Button>
          </>
        )}
      </div>
    </Modal>
  )
}

function Differences({ engine, change }: { readonly engine: Engine; readonly change: NonNullable<Change> }) {
  const other = termNames.filter(
    (name) => name in change && JSON.stringify(change[name]) !== JSON.stringify(engine[name]),
  )
  if (other.length === 0) return <p>It is like that already: nothing would change.</p>
  return (
    <table className="twin" aria-label="What would change">
      <thead>
        <tr>
          <th scope="col">Setting</th>
          <th scope="col">Now</th>
          <th scope="col">After it</th>
        </tr>
      </thead>
      <tbody>
        {other.map((name) => (
          <tr key={name}>
            <td>{terms[name]}</td>
            <td className="wrap">{said(engine[name])}</td>
            <td className="wrap">{said(change[name])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function said(value: Engine[Term] | undefined): string {
  if (value === null || value === undefined) return 'any'
  return oneLine(typeof value === 'string' ? value : value.join(', '))
}

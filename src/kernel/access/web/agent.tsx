import { Button, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import {
  A,
  Copy,
  counted,
  Digest,
  Empty,
  Facts,
  oneLine,
  PageHead,
  ProblemNote,
  Skeleton,
  Time,
  useAct,
  useAnswer,
  useParam,
} from '#console'
import { AgentActions } from './agent-actions.tsx'
import { AgentState } from './agent-state.tsx'

/** One agent: who answers for it, what it may do, its keys and tokens. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/agents/{id}', { params: { id } }, { kinds: ['agent', 'user'] })
  const own = useAnswer('GET /v1/session', {})
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={360} />
  const agent = found.data
  const isSponsor = agent.sponsor.id === own.data?.userId
  const names = (list: readonly string[]) => (list.length === 0 ? 'none' : list.join(', '))
  return (
    <>
      <PageHead
        title={oneLine(agent.name)}
        about={oneLine(agent.purpose)}
        actions={
          <>
            <A to="/ledger" query={{ target: `agent:${agent.id}` }}>
              records
            </A>
            <a href={`/v1/agents/${agent.id}`}>as JSON</a>
          </>
        }
      />
      <div className="cards">
        <section className="card half" aria-label="Agent">
          <Facts
            facts={[
              ['State', <AgentState key="state" state={agent.state} />],
              ['Sponsor', oneLine(agent.sponsor.name ?? agent.sponsor.id)],
              [
                'Asked to take over',
                agent.handover === null ? 'nobody' : oneLine(agent.handover.name ?? agent.handover.id),
              ],
              ['Autonomy', agent.autonomy],
              ['May at most', names(agent.scopes)],
              ['Tools', names(agent.tools)],
              ['Signs by itself', agent.hasPublicKey ? 'yes' : 'no'],
              ['Registered', <Time key="created" at={agent.createdAt} />],
              ['Ends', <Time key="ends" at={agent.expiresAt} />],
              ['Id', <Digest key="id" value={agent.id} keep={30} label="id" />],
            ]}
          />
        </section>
        <AgentActions agent={agent} isSponsor={isSponsor} ownId={own.data?.userId} />
        <Tokens id={agent.id} canMake={isSponsor && agent.state === 'active'} />
      </div>
    </>
  )
}

function Tokens({ id, canMake }: { readonly id: string; readonly canMake: boolean }) {
  const found = useAnswer('GET /v1/agents/{id}/tokens', { params: { id } }, { kinds: ['agent', 'token'] })
  const end = useAct('DELETE /v1/agents/{id}/tokens/{tokenId}', ['agent', 'token'])
  const [isMaking, setMaking] = useState(false)
  const items = found.data?.items ?? []
  return (
    <section className="card flush" aria-label="Keys and tokens">
      <div className="spread">
        <h2>Keys and tokens</h2>
        {canMake && (
          <Button size="xs" onClick={() => setMaking(true)}>
            Make a key
          </Button>
        )}
      </div>
      {found.error !== null && <ProblemNote problem={found.error} />}
      {end.error !== null && <ProblemNote problem={end.error} />}
      {found.data !== undefined && items.length === 0 && (
        <Empty title="It has no key">
          <p>Without one it can do nothing. Its sponsor makes keys, here or by countersign agent key.</p>
        </Empty>
      )}
      <ul className="list">
        {items.map((one) => (
          <li key={one.id} className="spread">
            <span>
              <b>{oneLine(one.name)}</b> <span className="tag">{one.kind === 'key' ? 'key' : 'of minutes'}</span>{' '}
              <span className="quiet small">
                made <Time at={one.createdAt} />,{' '}
                {one.revokedAt === null ? (
                  <>
                    ends <Time at={one.expiresAt} />
                  </>
                ) : (
                  <>
                    ended <Time at={one.revokedAt} />
                  </>
                )}
                : {one.scopes.join(', ')}
              </span>
            </span>
            {one.revokedAt === null && (
              <button type="button" className="plain" onClick={() => end.mutate({ params: { id, tokenId: one.id } })}>
                End it
              </button>
            )}
          </li>
        ))}
      </ul>
      {isMaking && <MakeKey id={id} onClose={() => setMaking(false)} />}
    </section>
  )
}

const days = [7, 30, 90, 365]

function MakeKey({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const make = useAct('POST /v1/agents/{id}/keys', ['agent', 'token'])
  const [name, setName] = useState('')
  const [life, setLife] = useState(30)
  if (make.data !== undefined)
    return (
      <Modal opened onClose={onClose} title="Its key, shown this once">
        <div className="stack">
          <p className="row">
            <code className="wrap">{make.data.key}</code>
            <Copy value={make.data.key} label="key" />
          </p>
          <p className="quiet small">Only its hash is kept. Whoever has it acts in your name.</p>
          <Button onClick={onClose}>I have kept it</Button>
        </div>
      </Modal>
    )
  return (
    <Modal opened onClose={onClose} title="Make a key">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate({ params: { id }, body: { name, expiresInDays: life } })
        }}
      >
        <TextInput
          label="Where it is used"
          value={name}
          maxLength={100}
          required
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <NativeSelect
          label="Ends in"
          value={String(life)}
          data={days.map((one) => ({ value: String(one), label: counted(one, 'day') }))}
          onChange={(event) => setLife(Number(event.currentTarget.value))}
        />
        {make.error !== null && <ProblemNote problem={make.error} />}
        <Button type="submit" disabled={name.trim() === ''} loading={make.isPending}>
          Make it
        </Button>
      </form>
    </Modal>
  )
}

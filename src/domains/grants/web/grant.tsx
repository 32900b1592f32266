import { Button } from '@mantine/core'
import { useState } from 'react'
import {
  A,
  Digest,
  Facts,
  oneLine,
  PageHead,
  ProblemNote,
  type Reply,
  Skeleton,
  Time,
  useAct,
  useAnswer,
  useParam,
} from '#console'
import { GrantStatus, tierWords } from './grant-words.tsx'
import { ReasonModal } from './reason-modal.tsx'

type Grant = Reply<'GET /v1/grants/{id}'>

/** One grant: where it holds and until when, and what can be done with it. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/grants/{id}', { params: { id } }, { kinds: ['grant', 'ai-free-period', 'user'] })
  const session = useAnswer('GET /v1/session', {})
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined || session.data === undefined) return <Skeleton height={320} />
  const grant = found.data
  const isOwn = grant.userId === session.data.userId
  return (
    <>
      <PageHead
        title={grant.tool}
        about={oneLine(grant.purpose)}
        actions={
          <>
            <A to="/grants">all grants</A>
            <A to="/ledger" query={{ target: `grant:${grant.id}` }}>
              records
            </A>
          </>
        }
      />
      <div className="cards">
        <About grant={grant} />
        <section className="card half stack" aria-label="What can be done">
          <h2>What can be done</h2>
          {isOwn ? <OwnActs grant={grant} /> : <p className="quiet">It is not yours.</p>}
          <SecurityActs grant={grant} isOwn={isOwn} />
        </section>
      </div>
    </>
  )
}

function About({ grant }: { readonly grant: Grant }) {
  const where =
    grant.repositoryId !== null
      ? `repository ${grant.repositoryId}`
      : grant.teamId !== null
        ? `team ${oneLine(grant.teamName ?? grant.teamId)}`
        : 'nowhere in particular'
  return (
    <section className="card half" aria-label="The grant">
      <Facts
        facts={[
          ['State', <GrantStatus key="state" state={grant.state} />],
          ['Whose', oneLine(grant.userName ?? grant.userId)],
          ['Kind of tool', tierWords[grant.tier]],
          ['Where', where],
          ['Issued', <Time key="issued" at={grant.issuedAt} exact />],
          ['Ends', <Time key="ends" at={grant.endedAt ?? grant.expiresAt} exact />],
          ...(grant.extendedAt === null ? [] : [['Extended', <Time key="ext" at={grant.extendedAt} exact />] as const]),
          ...(grant.rescindedAt === null
            ? []
            : [
                ['Taken away', <Time key="taken" at={grant.rescindedAt} exact />] as const,
                ['Because', oneLine(grant.rescindReason ?? '')] as const,
              ]),
          ...(grant.restoredAt === null
            ? []
            : [['Restored', <Time key="rest" at={grant.restoredAt} exact />] as const]),
          ['Id', <Digest key="id" value={grant.id} keep={30} label="id" />],
        ]}
      />
    </section>
  )
}

function OwnActs({ grant }: { readonly grant: Grant }) {
  const extend = useAct('POST /v1/grants/{id}/extension', ['grant'])
  const revoke = useAct('DELETE /v1/grants/{id}', ['grant'])
  const problem = extend.error ?? revoke.error
  const { id, state, extendedAt } = grant
  if (state !== 'running' && state !== 'suspended')
    return (
      <p className="quiet">
        It does not run.{' '}
        <A to="/grants" query={{ ask: '1' }}>
          Ask for a tool
        </A>
      </p>
    )
  return (
    <>
      {problem !== null && <ProblemNote problem={problem} />}
      <div className="row">
        {extendedAt === null && (
          <Button size="xs" loading={extend.isPending} onClick={() => extend.mutate({ params: { id } })}>
            Extend it once
          </Button>
        )}
        <Button
          size="xs"
          variant="default"
          loading={revoke.isPending}
          onClick={() => revoke.mutate({ params: { id } })}
        >
          Give it back
        </Button>
      </div>
    </>
  )
}

/** For security; whoever is not is told so by the server. */
function SecurityActs({ grant, isOwn }: { readonly grant: Grant; readonly isOwn: boolean }) {
  const rescind = useAct('POST /v1/grants/{id}/rescission', ['grant'])
  const restore = useAct('POST /v1/grants/{id}/restoration', ['grant'])
  const [isAsked, setAsked] = useState(false)
  const { id, tool } = grant
  const isTaken = grant.rescindedAt !== null && grant.restoredAt === null
  const act = isTaken ? restore : rescind
  if (isOwn) return null
  const close = () => {
    setAsked(false)
    act.reset()
  }
  return (
    <>
      <p className="quiet small">
        Security can take a grant away: its holder gets no other of this tool until security restores it.
      </p>
      <p>
        <Button size="xs" color={isTaken ? 'blue' : 'red'} variant="light" onClick={() => setAsked(true)}>
          {isTaken ? 'Restore it' : 'Take it away'}
        </Button>
      </p>
      {isAsked && (
        <ReasonModal
          title={isTaken ? 'Restore this grant?' : 'Take this grant away?'}
          about={
            isTaken
              ? `Its holder may use ${tool} again until its time is over, and may ask for it.`
              : `Its holder may not use ${tool} from now on, and gets no other grant of it.`
          }
          button={isTaken ? 'Restore it' : 'Take it away'}
          problem={act.error}
          isBusy={act.isPending}
          onSend={(reason) => act.mutate({ params: { id }, body: { reason } }, { onSuccess: close })}
          onClose={close}
        />
      )}
    </>
  )
}

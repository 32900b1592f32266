import { Textarea } from '@mantine/core'
import { useEffect, useState } from 'react'
import {
  A,
  Decide,
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
import { DecisionStatus } from './decision-words.tsx'

type Decision = Reply<'GET /v1/architecture-decisions/{id}'>

/** One decision: what was asked, what was answered, and the answer of whoever may give it. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer(
    'GET /v1/architecture-decisions/{id}',
    { params: { id } },
    { kinds: ['architecture-decision'] },
  )
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={360} />
  const decision = found.data
  return (
    <>
      <PageHead
        title={oneLine(decision.title)}
        about={<DecisionStatus state={decision.state} />}
        actions={
          <>
            <A to="/architecture-decisions">all decisions</A>
            <A to="/ledger" query={{ target: `architecture-decision:${decision.id}` }}>
              records
            </A>
          </>
        }
      />
      <div className="cards">
        <Asked decision={decision} />
        <Standing decision={decision} />
        {decision.state === 'requested' && <Answer decision={decision} />}
      </div>
    </>
  )
}

function Asked({ decision }: { readonly decision: Decision }) {
  const { scope, text, link } = decision
  return (
    <section className="card half stack" aria-label="What was asked">
      <h2>Scope</h2>
      <p className="wrap">{scope}</p>
      {text !== null && (
        <>
          <h2>Text</h2>
          <p className="wrap" style={{ whiteSpace: 'pre-wrap' }}>
            {text}
          </p>
        </>
      )}
      {link !== null && (
        <p className="wrap">
          <a href={link} rel="noreferrer noopener" target="_blank">
            {link}
          </a>
        </p>
      )}
    </section>
  )
}

function Standing({ decision }: { readonly decision: Decision }) {
  const { repositories, decidedAt, conditions, supersedes, supersededBy, state } = decision
  return (
    <section className="card half stack" aria-label="Where it stands">
      <Facts
        facts={[
          ['Team', oneLine(decision.teamName ?? decision.teamId)],
          ['Repositories', repositories.length === 0 ? 'every one of the team' : repositories.join(', ')],
          ['Holds until', <Time key="until" at={decision.validUntil} exact />],
          ['Asked', <Time key="asked" at={decision.requestedAt} />],
          ...(decidedAt === null ? [] : [['Answered', <Time key="at" at={decidedAt} />] as const]),
          ...(conditions === null
            ? []
            : [[state === 'rejected' ? 'Would have to change' : 'Conditions', oneLine(conditions)] as const]),
          ...(supersedes === null ? [] : [['Replaces', <Other key="old" id={supersedes} />] as const]),
          ...(supersededBy === null ? [] : [['Replaced by', <Other key="new" id={supersededBy} />] as const]),
          ['Digest', <Digest key="digest" value={decision.digest} label="digest" />],
          ['Id', <Digest key="id" value={decision.id} keep={30} label="id" />],
        ]}
      />
      <p className="quiet small">
        A change cites it by a line of a commit message: <code className="wrap">AI-Decision: {decision.id}</code>
      </p>
    </section>
  )
}

function Other({ id }: { readonly id: string }) {
  return <A to={`/architecture-decisions/${id}`}>{id}</A>
}

/** The answer, with a passkey over what was asked and the conditions together. */
function Answer({ decision }: { readonly decision: Decision }) {
  const { id } = decision
  const decide = useAct('POST /v1/architecture-decisions/{id}/decision', ['architecture-decision'])
  const withdraw = useAct('DELETE /v1/architecture-decisions/{id}', ['architecture-decision'])
  const [text, setText] = useState('')
  const conditions = text.trim() === '' ? null : text.trim()
  const digest = useAnswerDigest(decision.digest, conditions)
  return (
    <Decide
      label="Answer"
      about="A tech lead of the team, who did not ask. Your passkey signs exactly what was asked together with what you write here; the ledger keeps the assertion, and anyone can check it."
      subject={digest === undefined ? undefined : { type: 'architecture-decision', id, digest }}
      send={async (choice, assertion) => {
        if (digest === undefined) return
        await decide.mutateAsync({ params: { id }, body: { decision: choice, conditions, digest, assertion } })
      }}
      withdraw={{
        text: 'I asked for it: withdraw',
        act: () => withdraw.mutate({ params: { id } }),
        ...{ isPending: withdraw.isPending, error: withdraw.error },
      }}
    >
      <Textarea
        label="Conditions"
        description="Of an approval; of a rejection, what would have to change"
        value={text}
        maxLength={4000}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </Decide>
  )
}

/** What is signed: the digest of what was asked, or with conditions that of both in canonical form; undefined until it is known. */
function useAnswerDigest(request: string, conditions: string | null): string | undefined {
  const [known, setKnown] = useState<{ readonly of: string | null; readonly digest: string }>()
  useEffect(() => {
    if (conditions === null) return undefined
    const state = { isGone: false }
    // the members of RFC 8785 are sorted by name, and its texts are those of JSON
    const bytes = new TextEncoder().encode(JSON.stringify({ conditions, request }))
    void crypto.subtle.digest('SHA-256', bytes).then((hash) => {
      const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
      if (!state.isGone) setKnown({ of: conditions, digest: `sha256:${hex}` })
    })
    return () => {
      state.isGone = true
    }
  }, [request, conditions])
  if (conditions === null) return request
  return known?.of === conditions ? known.digest : undefined
}

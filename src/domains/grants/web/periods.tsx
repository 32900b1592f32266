import { Button } from '@mantine/core'
import { useState } from 'react'
import {
  A,
  ChoiceField,
  Empty,
  exactTime,
  type Item,
  More,
  oneLine,
  PageHead,
  ProblemNote,
  Skeleton,
  Status,
  useAct,
  useFilters,
  useList,
  usePreferences,
} from '#console'
import { PlanPeriod } from './plan-period.tsx'
import { ReasonModal } from './reason-modal.tsx'

type Period = Item<'GET /v1/ai-free-periods'>

/** The calendar of time without AI tools, as a list by date. */
export function Page() {
  const [filters, set] = useFilters(['when', 'of', 'plan'])
  const when = filters.when === 'past' ? 'past' : 'coming'
  const list = useList(
    'GET /v1/ai-free-periods',
    { query: { when, of: filters.of === 'me' ? 'me' : 'all', limit: 100 } },
    { kinds: ['ai-free-period', 'team'] },
  )
  return (
    <>
      <PageHead
        title="AI-free periods"
        about="Time in which a team or a person works without AI tools: grants that run are suspended, and none are issued."
        actions={
          <>
            <A to="/grants">AI tools</A>
            <Button size="xs" onClick={() => set({ plan: '1' })}>
              Plan a period
            </Button>
          </>
        }
      />
      <div className="filters">
        <ChoiceField
          label="When"
          any="now and coming"
          value={filters.when}
          onChange={(value) => set({ when: value })}
          choices={[['past', 'past and cancelled']]}
        />
        <ChoiceField
          label="Whose"
          any="all"
          value={filters.of}
          onChange={(value) => set({ of: value })}
          choices={[['me', 'mine']]}
        />
      </div>
      <section className="card flush" aria-label="Calendar">
        {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
        {list.isLoading && list.error === null && <Skeleton height={80} />}
        {!list.isLoading && list.error === null && list.items.length === 0 && (
          <Empty title={when === 'past' ? 'None is past' : 'None is planned'}>
            <p>Tech leads plan them for their team, security and compliance officers for anybody.</p>
          </Empty>
        )}
        <ul className="list">
          {list.items.map((one) => (
            <Row key={one.id} period={one} />
          ))}
        </ul>
        <More list={list} />
      </section>
      {filters.plan === '1' && <PlanPeriod onClose={() => set({ plan: undefined })} />}
    </>
  )
}

const states = {
  planned: ['unknown', 'planned'],
  running: ['pass', 'running'],
  over: ['not_applicable', 'over'],
  cancelled: ['not_applicable', 'cancelled'],
} as const

function Row({ period }: { readonly period: Period }) {
  const { zone } = usePreferences()
  const cancel = useAct('POST /v1/ai-free-periods/{id}/cancellation', ['ai-free-period', 'grant'])
  const [isAsked, setAsked] = useState(false)
  const { id, state, startsAt, endsAt, cancelReason } = period
  const [status, word] = states[state]
  const whose =
    period.userId === null
      ? `team ${oneLine(period.teamName ?? period.teamId ?? '')}`
      : oneLine(period.userName ?? period.userId)
  const close = () => {
    setAsked(false)
    cancel.reset()
  }
  return (
    <li>
      <div className="spread">
        <span>
          <b>
            <time dateTime={startsAt}>{exactTime(startsAt, zone)}</time> to{' '}
            <time dateTime={endsAt}>{exactTime(endsAt, zone)}</time>
          </b>
        </span>
        <Status status={status} word={word} />
      </div>
      <div className="spread">
        <span className="quiet small">
          {whose}: {oneLine(period.reason)}
          {cancelReason !== null && <>; cancelled: {oneLine(cancelReason)}</>}
        </span>
        <span className="row">
          <A to="/ledger" query={{ target: `ai-free-period:${id}` }}>
            records
          </A>
          {(state === 'planned' || state === 'running') && (
            <button type="button" className="plain" onClick={() => setAsked(true)}>
              Cancel it
            </button>
          )}
        </span>
      </div>
      {isAsked && (
        <ReasonModal
          title="Cancel this period?"
          about="AI tools may be used again from now on, by whoever has a grant. It stays in the list of the past."
          button="Cancel it"
          problem={cancel.error}
          isBusy={cancel.isPending}
          onSend={(reason) => cancel.mutate({ params: { id }, body: { reason } }, { onSuccess: close })}
          onClose={close}
        />
      )}
    </li>
  )
}

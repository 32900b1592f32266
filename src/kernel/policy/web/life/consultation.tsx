import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { oneLine, ProblemNote, Status, type StatusName, Time, useAct, useAnswer, useMay } from '#console'
import { lifeKinds, Person, type Version } from './words.tsx'

const answers = [
  ['agree', 'I agree'],
  ['concern', 'I have a concern'],
  ['comment', 'I only say something'],
] as const
type Answer = (typeof answers)[number][0]
const marks: Readonly<Record<string, StatusName>> = { agree: 'pass', concern: 'error', comment: 'not_applicable' }

/** Whom the draft concerns, and what they say to it. */
export function Consultation({ one }: { readonly one: Version }) {
  const may = useMay()
  const me = useAnswer('GET /v1/session', {}).data?.userId
  const current = one.steps.filter((step) => step.isCurrent)
  const asked = [...new Set(current.filter(({ kind }) => kind === 'asked').flatMap(({ detail }) => idsIn(detail)))]
  const isDraft = one.state === 'draft'
  return (
    <section className="card half stack" aria-label="Consultation">
      <h2>Those whom it concerns</h2>
      {asked.length === 0 && (
        <p className="quiet">
          Nobody was asked about this text{isDraft ? ' yet: somebody who did not write it has to answer' : ''}.
        </p>
      )}
      <ul className="list flat" aria-label="Answers">
        {asked.map((id) => (
          <li key={id}>
            <div className="spread">
              <Person names={one.names} id={id} />
              {!current.some(({ kind, by }) => kind === 'answered' && by === id) && (
                <Status status="unknown" word="no answer yet" />
              )}
            </div>
            {current
              .filter(({ kind, by }) => kind === 'answered' && by === id)
              .map((step) => (
                <Said key={step.id} step={step} />
              ))}
          </li>
        ))}
      </ul>
      {isDraft && me !== undefined && asked.includes(me) && may('policy:review') && <AnswerForm one={one} />}
      {isDraft && may('policy:write') && <AskForm one={one} asked={asked} />}
    </section>
  )
}

function idsIn(detail: Version['steps'][number]['detail']): string[] {
  const { asked } = detail
  return Array.isArray(asked) ? asked.filter((id) => typeof id === 'string') : []
}

function Said({ step }: { readonly step: Version['steps'][number] }) {
  const comment = step.detail['comment']
  const word = answers.find(([name]) => name === step.outcome)?.[0] ?? step.outcome
  return (
    <div className="small">
      <span className="row">
        <Status status={marks[step.outcome] ?? 'not_applicable'} word={word} />
        <span className="quiet">
          <Time at={step.at} />
        </span>
      </span>
      {typeof comment === 'string' && <p className="wrap">{oneLine(comment)}</p>}
    </div>
  )
}

function AnswerForm({ one }: { readonly one: Version }) {
  const answer = useAct('POST /v1/policy-packs/{id}/versions/{version}/answers', lifeKinds)
  const [given, setGiven] = useState<Answer>('agree')
  const [comment, setComment] = useState('')
  const send = () =>
    answer.mutate(
      {
        params: { id: one.packId, version: one.version },
        body: { answer: given, comment: comment.trim() === '' ? null : comment },
      },
      { onSuccess: () => setComment('') },
    )
  return (
    <form
      className="stack"
      aria-label="Your answer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <h3>You were asked</h3>
      <NativeSelect
        label="Your answer"
        value={given}
        data={answers.map(([value, label]) => ({ value, label }))}
        onChange={(event) => setGiven(answers.find(([name]) => name === event.currentTarget.value)?.[0] ?? 'comment')}
      />
      <Textarea
        label="Comment"
        description="Its authors read it; the ledger commits to it"
        value={comment}
        maxLength={1000}
        required={given !== 'agree'}
        onChange={(event) => setComment(event.currentTarget.value)}
      />
      {answer.error !== null && <ProblemNote problem={answer.error} />}
      <p>
        <Button type="submit" size="xs" loading={answer.isPending}>
          Answer
        </Button>
      </p>
    </form>
  )
}

function AskForm({ one, asked }: { readonly one: Version; readonly asked: readonly string[] }) {
  const may = useMay()
  const ask = useAct('POST /v1/policy-packs/{id}/versions/{version}/consultations', lifeKinds)
  const [userId, setUserId] = useState('')
  const send = () =>
    ask.mutate(
      { params: { id: one.packId, version: one.version }, body: { userIds: [userId] } },
      { onSuccess: () => setUserId('') },
    )
  return (
    <form
      className="stack"
      aria-label="Ask somebody"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <h3>Ask somebody</h3>
      {may('people:read') ? (
        <FindPerson value={userId} onChange={setUserId} without={[...asked, ...one.authors]} />
      ) : (
        <TextInput
          label="Id of a person"
          description="They see it on their own page, under their name"
          placeholder="usr_…"
          maxLength={100}
          value={userId}
          onChange={(event) => setUserId(event.currentTarget.value)}
        />
      )}
      {ask.error !== null && <ProblemNote problem={ask.error} />}
      <p>
        <Button type="submit" size="xs" variant="default" disabled={userId === ''} loading={ask.isPending}>
          Ask
        </Button>
      </p>
    </form>
  )
}

interface FindPersonProps {
  readonly value: string
  readonly onChange: (id: string) => void
  readonly without: readonly string[]
}

function FindPerson({ value, onChange, without }: FindPersonProps) {
  const [words, setWords] = useState('')
  const q = words.trim() === '' ? undefined : words.trim()
  const people = useAnswer('GET /v1/people', { query: { q, state: 'active', limit: 50 } })
  const open = (people.data?.items ?? []).filter((who) => !without.includes(who.id))
  return (
    <>
      {people.error !== null && <ProblemNote problem={people.error} />}
      <div className="row">
        <TextInput
          label="Find a person"
          placeholder="name"
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <NativeSelect
          label="Person"
          value={value}
          data={[
            { value: '', label: open.length === 0 ? 'nobody else is like that' : 'choose one' },
            ...open.map((who) => ({
              value: who.id,
              label: oneLine(who.displayName ?? who.userName ?? `the ${who.role} of this installation`),
            })),
          ]}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </div>
    </>
  )
}

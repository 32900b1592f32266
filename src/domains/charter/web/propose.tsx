import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { PageHead, ProblemNote, type Reply, Skeleton, useAct, useAnswer, useGo } from '#console'
import { type Clause, clauseKinds } from './clause-words.ts'

type Charter = Reply<'GET /v1/charter'>

/** The version in force as a form: what is changed in it is proposed as the next. */
export function Page() {
  const found = useAnswer('GET /v1/charter', {})
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={480} />
  return (
    <>
      <PageHead
        title="Propose a change of the charter"
        about="Change what it is to say. Two other people approve it before it is in force, and everybody then acknowledges it."
      />
      <Form key={found.data.number} charter={found.data} />
    </>
  )
}

/** A clause as it is edited; `key` stays while its id changes. */
interface Edited extends Clause {
  readonly key: string
}

function Form({ charter }: { readonly charter: Charter }) {
  const go = useGo()
  const propose = useAct('POST /v1/charter/proposals', ['charter'])
  const [title, setTitle] = useState(charter.title)
  const [clauses, setClauses] = useState<readonly Edited[]>(() => charter.clauses.map(edited))
  const [reason, setReason] = useState('')
  const change = (key: string, next: Partial<Clause>) =>
    setClauses(clauses.map((one) => (one.key === key ? { ...one, ...next } : one)))
  const send = () => {
    const document = { title, clauses: clauses.map(({ key: _, ...clause }) => clause) }
    propose.mutate({ body: { document, reason } }, { onSuccess: ({ id }) => go(`/policy/charter/proposals/${id}`) })
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <TextInput
        label="Title"
        value={title}
        maxLength={200}
        required
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      {clauses.map((one) => (
        <ClauseFields
          key={one.key}
          clause={one}
          onChange={(next) => change(one.key, next)}
          onRemove={() => setClauses(clauses.filter(({ key }) => key !== one.key))}
        />
      ))}
      <p>
        <Button variant="default" size="xs" onClick={() => setClauses([...clauses, newClause(clauses)])}>
          Add a clause
        </Button>
      </p>
      <Textarea
        label="Reason"
        description="Whoever decides reads it; the ledger commits to it"
        value={reason}
        maxLength={1000}
        required
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {propose.error !== null && <ProblemNote problem={propose.error} />}
      <p>
        <Button type="submit" loading={propose.isPending} disabled={reason.trim() === ''}>
          Propose it
        </Button>
      </p>
    </form>
  )
}

function edited({ id, kind, title, text, controls }: Clause): Edited {
  return { key: id, id, kind, title, text, controls }
}

function newClause(clauses: readonly Clause[]): Edited {
  const numbers = clauses.map((one) => Number(/\d+/.exec(one.id)?.[0] ?? 0))
  const id = `CH-${Math.max(...numbers, 0) + 1}`
  return { key: `${id} ${clauses.length}`, id, kind: 'principle', title: '', text: '', controls: [] }
}

interface ClauseFieldsProps {
  readonly clause: Clause
  readonly onChange: (next: Partial<Clause>) => void
  readonly onRemove: () => void
}

function ClauseFields({ clause, onChange, onRemove }: ClauseFieldsProps) {
  const { id, kind, title, text, controls } = clause
  return (
    <fieldset className="card stack">
      <legend className="mono">{id}</legend>
      <div className="row">
        <TextInput
          label={`Title of ${id}`}
          value={title}
          maxLength={100}
          required
          onChange={(event) => onChange({ title: event.currentTarget.value })}
        />
        <NativeSelect
          label={`Kind of ${id}`}
          value={kind}
          data={clauseKinds.map(([value, , label]) => ({ value, label }))}
          onChange={(event) => {
            const next = clauseKinds.find(([one]) => one === event.currentTarget.value)?.[0]
            if (next !== undefined) onChange({ kind: next })
          }}
        />
        <Button variant="subtle" color="red" size="xs" onClick={onRemove} aria-label={`Remove ${id}`}>
          Remove
        </Button>
      </div>
      <Textarea
        label={`Text of ${id}`}
        value={text}
        maxLength={1000}
        autosize
        required
        onChange={(event) => onChange({ text: event.currentTarget.value.replaceAll('\n', ' ') })}
      />
      <TextInput
        label={`Controls that ${id} serves`}
        description="With commas, such as ISO42001:A.2.2"
        defaultValue={controls.join(', ')}
        onChange={(event) => onChange({ controls: listed(event.currentTarget.value) })}
      />
    </fieldset>
  )
}

function listed(text: string): string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
}

import { Button, Modal, Textarea } from '@mantine/core'
import { useState } from 'react'
import {
  type Column,
  Empty,
  type Item,
  ListPage,
  oneLine,
  ProblemNote,
  type Query,
  Status,
  type StatusName,
  Time,
  useAct,
  useFilters,
  useGo,
  useList,
} from '#console'

type Row = Item<'GET /v1/gates/merge/overrides'>

const words: Readonly<Record<Row['state'], readonly [StatusName, string]>> = {
  asked: ['unknown', 'waiting'],
  approved: ['excepted', 'to be used'],
  rejected: ['fail', 'rejected'],
  used: ['pass', 'used'],
  lapsed: ['not_applicable', 'lapsed'],
}

export function OverrideState({ state }: Pick<Row, 'state'>) {
  const [status, word] = words[state]
  return <Status status={status} word={word} />
}

const columns: readonly Column<Row>[] = [
  { name: 'Override', width: 'minmax(0, 1fr)', cell: () => null },
  { name: 'State', width: '130px', cell: (row) => <OverrideState state={row.state} /> },
  {
    name: 'Asked for',
    width: '130px',
    align: 'end',
    narrow: 'drop',
    cell: (row) => (
      <span className="quiet">
        <Time at={row.askedAt} />
      </span>
    ),
  },
]

/** Failed runs of the merge gate that somebody asked to let through once. */
export function Page() {
  const [asked, ask] = useFilters(['ask', 'repository', 'commit', 'decision'])
  const list = useList('GET /v1/gates/merge/overrides', { query: { limit: 100 } }, { kinds: ['override'] })
  return (
    <>
      <ListPage
        title="Overrides"
        about="One failed run of the merge gate, let through once: asked for by one person, approved by two others, over after 24 hours."
        filters={{}}
        list={list}
        columns={columns}
        keyOf={(row) => row.id}
        link={(row) => ({
          to: `/policy/overrides/${row.id}`,
          text: `${row.commit.slice(0, 12)}: ${oneLine(row.reason)}`,
        })}
        noMatch={{ title: 'No override is like that', all: 'Look at all overrides' }}
        nothing={
          <Empty title="No override was asked for yet">
            <p>
              Where the gate denies a commit that cannot wait, its change has a link that asks for one, after it was
              judged again. What is to last is an exception.
            </p>
          </Empty>
        }
      >
        {null}
      </ListPage>
      {asked.ask === '1' && (
        <AskOverride
          given={asked}
          onClose={() => ask({ ask: undefined, repository: undefined, commit: undefined, decision: undefined })}
        />
      )}
    </>
  )
}

function AskOverride({ given, onClose }: { readonly given: Query; readonly onClose: () => void }) {
  const go = useGo()
  const ask = useAct('POST /v1/gates/merge/overrides', ['override'])
  const [reason, setReason] = useState('')
  const { repository: repositoryId = '', commit = '', decision: decisionId = '' } = given
  return (
    <Modal opened onClose={onClose} title="Ask for an override" size="lg">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          const body = { repositoryId, commit, decisionId, reason }
          ask.mutate({ body }, { onSuccess: ({ id }) => go(`/policy/overrides/${id}`) })
        }}
      >
        <p>
          The merge gate denied <span className="mono">{oneLine(commit.slice(0, 12))}</span>. When two others have
          approved it, one of security or a tech lead of the team, the next run of the gate lets this commit through,
          once. The decision says what it says all the same.
        </p>
        <Textarea
          label="Reason"
          description="Whoever decides reads it; the ledger commits to it"
          value={reason}
          maxLength={2000}
          required
          data-autofocus
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {ask.error !== null && <ProblemNote problem={ask.error} />}
        <Button type="submit" disabled={reason.trim() === ''} loading={ask.isPending}>
          Ask for it
        </Button>
      </form>
    </Modal>
  )
}

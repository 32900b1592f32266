import { Button } from '@mantine/core'
import { useState } from 'react'
import { A, ProblemNote, Skeleton, Time, useAnswer } from '#console'

/** What was recorded of a change, oldest first; asked for only when somebody wants it, for the reading is recorded. */
export function Records({ changeId }: { readonly changeId: string }) {
  const [isOpen, setOpen] = useState(false)
  const found = useAnswer(
    'GET /v1/ledger/records',
    { query: { target: `change:${changeId}`, limit: '100' } },
    { enabled: isOpen },
  )
  return (
    <section className="card" aria-label="Records">
      <div className="spread">
        <h2>What was recorded of it</h2>
        {!isOpen && (
          <Button size="xs" variant="default" onClick={() => setOpen(true)}>
            Show the records (recorded)
          </Button>
        )}
      </div>
      {found.error !== null && <ProblemNote problem={found.error} />}
      {isOpen && found.error === null && found.data === undefined && <Skeleton height={80} />}
      <ol className="list">
        {(found.data?.items ?? []).toReversed().map(({ record, index }) => (
          <li key={record.id} className="spread">
            <span>
              <A to={`/ledger/records/${record.id}`}>{record.type}</A>{' '}
              <span className="quiet small">
                record {index}, by {record.actor.role}
              </span>
            </span>
            <span className="quiet small">
              <Time at={record.at} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  )
}

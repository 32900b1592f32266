import { Button } from '@mantine/core'
import { useState } from 'react'
import { A, More, ProblemNote, Skeleton, Time, useList, useParam } from '#console'
import { Replay } from './replay.tsx'
import { Result } from './result.tsx'

/** The decisions about the change of this page, newest first; asked for on request, for the reading is recorded. */
export function Part() {
  const id = useParam('id')
  const [isOpen, setOpen] = useState(false)
  const list = useList(
    'GET /v1/decisions',
    { query: { target: `change:${id}`, limit: 20 } },
    { enabled: isOpen, kinds: ['decision'] },
  )
  return (
    <section className="card" aria-label="Decisions">
      <div className="spread">
        <h2>What was decided about it</h2>
        {!isOpen && (
          <Button size="xs" variant="default" onClick={() => setOpen(true)}>
            Show the decisions (recorded)
          </Button>
        )}
      </div>
      {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
      {isOpen && list.isLoading && list.error === null && <Skeleton height={80} />}
      {isOpen && !list.isLoading && list.items.length === 0 && list.error === null && (
        <p className="quiet">Nothing has been decided about it yet.</p>
      )}
      <ol className="list">
        {list.items.map((one) => (
          <li key={one.id} className="spread">
            <span className="row">
              <Result {...one} />
              <A to={`/policy/decisions/${one.id}`}>{one.gate} gate</A>
              <span className="quiet small">
                <Time at={one.decidedAt} />
              </span>
            </span>
            <Replay id={one.id} />
          </li>
        ))}
      </ol>
      <More list={list} word="Show older ones" />
    </section>
  )
}

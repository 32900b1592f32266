import {
  A,
  grouped,
  More,
  oneLine,
  PageHead,
  ProblemNote,
  Skeleton,
  Time,
  useAnswer,
  useList,
  useParam,
} from '#console'
import { PersonState } from './people.tsx'
import { nameOfPerson } from './person-name.ts'

/** One group with its people. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer('GET /v1/groups/{id}', { params: { id } }, { kinds: ['group', 'user'] })
  const members = useList('GET /v1/people', { query: { group: id, limit: 100 } }, { kinds: ['group', 'user'] })
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={240} />
  const group = found.data
  return (
    <>
      <PageHead
        title={oneLine(group.name)}
        about={
          <>
            {grouped(group.members)} {group.members === 1 ? 'person' : 'people'}, changed <Time at={group.modifiedAt} />
          </>
        }
        actions={
          <>
            <A to="/ledger" query={{ target: `group:${group.id}` }}>
              records
            </A>
            <a href={`/v1/groups/${group.id}`}>as JSON</a>
          </>
        }
      />
      <section className="card flush" aria-label="People of the group">
        {members.error !== null && <ProblemNote problem={members.error} retry={members.retry} />}
        {members.isLoading && members.error === null && <Skeleton height={60} />}
        {group.members === 0 && <p className="quiet">Nobody is in it.</p>}
        <ul className="list">
          {members.items.map((one) => (
            <li key={one.id} className="spread">
              <A to={`/people/users/${one.id}`}>{nameOfPerson(one)}</A>
              <PersonState isActive={one.isActive} />
            </li>
          ))}
        </ul>
        <More list={members} />
      </section>
    </>
  )
}

import { A, Digest, Facts, oneLine, PageHead, ProblemNote, Skeleton, Time, useAnswer, useMay, useParam } from '#console'
import { PersonState } from './people.tsx'
import { nameOfPerson } from './person-name.ts'
import { AskRecovery } from './recovery-ask.tsx'
import { roleWords } from './role-words.ts'

type Person = NonNullable<ReturnType<typeof useAnswer<'GET /v1/people/{id}'>>['data']>

/** One person: what the directory says, groups, and what would end with them. */
export function Page() {
  const id = useParam('id')
  const found = useAnswer(
    'GET /v1/people/{id}',
    { params: { id } },
    { kinds: ['user', 'group', 'session', 'token', 'passkey', 'roles'] },
  )
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={360} />
  const person = found.data
  return (
    <>
      <PageHead
        title={nameOfPerson(person)}
        about={
          person.isProvisioned
            ? 'Kept by your identity provider: it is changed there, not here.'
            : 'Made at the first start: no identity provider changes or removes them.'
        }
        actions={
          <>
            <A to="/ledger" query={{ target: `user:${person.id}` }}>
              records
            </A>
            <a href={`/v1/people/${person.id}`}>as JSON</a>
          </>
        }
      />
      <div className="cards">
        <Profile person={person} />
        <Access person={person} />
        <Roles person={person} />
        <Groups person={person} />
      </div>
    </>
  )
}

function Profile({ person }: { readonly person: Person }) {
  const said = (value: string | null) => (value === null ? <span className="quiet">not said</span> : oneLine(value))
  return (
    <section className="card half" aria-label="Profile">
      <Facts
        facts={[
          ['State', <PersonState key="state" isActive={person.isActive} />],
          ['User name', said(person.userName)],
          ['Mail address', said(person.email)],
          ['Title', said(person.title)],
          ['Department', said(person.department)],
          ['External id', said(person.externalId)],
          ['Id', <Digest key="id" value={person.id} keep={30} label="id" />],
          ['Came', <Time key="came" at={person.createdAt} />],
        ]}
      />
    </section>
  )
}

function Access({ person }: { readonly person: Person }) {
  const { sessions, tokens, links, passkeys } = person.access
  const may = useMay()
  const me = useAnswer('GET /v1/session', {}).data?.userId
  return (
    <section className="card half stack" aria-label="Access">
      <h2>{person.isActive ? 'Would end if deactivated' : 'Access has ended'}</h2>
      <Facts
        facts={[
          ['Last sign-in', person.lastSignInAt === null ? 'never' : <Time key="last" at={person.lastSignInAt} />],
          ['Open sessions', String(sessions)],
          ['API tokens', String(tokens)],
          ['Unused sign-in links', String(links)],
          [
            'Passkeys',
            passkeys === 0 ? '0' : `${passkeys}, which ${person.isActive ? 'would stay and sign' : 'sign'} nobody in`,
          ],
        ]}
      />
      <p className="quiet small">
        {person.isActive
          ? 'Deactivation ends all of it in one transaction, on every node; open pages of theirs stop within a second.'
          : 'Who is activated again signs in anew; what ended does not come back.'}
      </p>
      {person.isActive && me !== undefined && me !== person.id && may('people:recover') && (
        <>
          <p className="quiet small">
            All passkeys lost? Two others let them back in. <A to={`/people/recoveries/${person.id}`}>Earlier ones</A>
          </p>
          <AskRecovery personId={person.id} />
        </>
      )}
    </section>
  )
}

const sources = { account: 'by the first start', assignment: 'given to them', mapping: 'by a group' } as const

function Roles({ person }: { readonly person: Person }) {
  return (
    <section className="card half stack" aria-label="Roles">
      <h2>Roles</h2>
      {person.roles.length === 0 && (
        <p className="quiet">
          None yet. <A to="/people/role-holdings">Propose one</A>
        </p>
      )}
      <ul className="list">
        {person.roles.map((one) => (
          <li key={`${one.role} ${one.teamId} ${one.source}`}>
            {roleWords(one.role)}{' '}
            <span className="quiet small">
              in {one.teamName === null ? 'the whole organisation' : oneLine(one.teamName)}, {sources[one.source]}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Groups({ person }: { readonly person: Person }) {
  return (
    <section className="card half stack" aria-label="Groups">
      <h2>Groups</h2>
      {person.groups.length === 0 && <p className="quiet">In no group.</p>}
      <div className="row">
        {person.groups.map((one) => (
          <A key={one.id} to={`/people/groups/${one.id}`}>
            {oneLine(one.name)}
          </A>
        ))}
      </div>
    </section>
  )
}

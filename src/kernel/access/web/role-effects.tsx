import { A, oneLine, type Reply } from '#console'
import { roleWords } from './role-words.ts'

type Effects = Reply<'POST /v1/role-changes/preview'>
type Effect = Effects['people'][number]

/** Who gains and loses what. */
export function RoleEffects({ effects }: { readonly effects: Effects }) {
  const { people, total, isPartial } = effects
  return (
    <section className="stack" aria-label="What it would do">
      <p>
        <b>
          {people.length} {people.length === 1 ? 'person' : 'people'}
        </b>{' '}
        would gain or lose something, of {total} named
        {isPartial && '; there are more than were worked out'}.
      </p>
      <ul className="list">
        {people.slice(0, 50).map((one) => (
          <li key={one.userId}>
            <p>
              <A to={`/people/users/${one.userId}`}>{oneLine(one.name ?? one.userId)}</A>: {say(one)}
            </p>
            <Permissions effect={one} />
          </li>
        ))}
      </ul>
      {people.length > 50 && <p className="quiet small">And {people.length - 50} more.</p>}
    </section>
  )
}

function say({ gains, loses }: Effect): string {
  const name = (one: Effect['gains'][number]) =>
    `${roleWords(one.role)}${one.teamName === null ? '' : ` in ${oneLine(one.teamName)}`}`
  return [
    gains.length === 0 ? '' : `gains ${gains.map(name).join(', ')}`,
    loses.length === 0 ? '' : `loses ${loses.map(name).join(', ')}`,
  ]
    .filter((one) => one !== '')
    .join('; ')
}

function Permissions({ effect }: { readonly effect: Effect }) {
  const { permissionsGained, permissionsLost } = effect
  if (permissionsGained.length + permissionsLost.length === 0)
    return <p className="quiet small">No permission comes or goes with that.</p>
  return (
    <p className="quiet small">
      {permissionsGained.length > 0 && <>May then: {permissionsGained.join(', ')}. </>}
      {permissionsLost.length > 0 && <>May no more: {permissionsLost.join(', ')}.</>}
    </p>
  )
}

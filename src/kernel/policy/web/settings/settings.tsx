import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import {
  A,
  counted,
  Empty,
  type Item,
  oneLine,
  PageHead,
  ProblemNote,
  Skeleton,
  Time,
  useAnswer,
  useFilters,
} from '#console'
import { lifeKinds, Person, Recorded } from '../life/words.tsx'
import { Change } from './change.tsx'
import { Params } from './params.tsx'
import { Proposal } from './proposal.tsx'
import { RuleModes } from './rule-modes.tsx'
import { type Edits, noEdits, type Settings } from './strict.ts'
import './settings.css'

const kinds = [...lifeKinds, 'policy-settings', 'team'] as const
type Listed = Item<'GET /v1/policy-settings'>

/** What the organization and its teams make stricter than the packs in force. */
export function Page() {
  const [{ scope = 'organization' }, ask] = useFilters(['scope'])
  const list = useAnswer('GET /v1/policy-settings', {}, { kinds })
  const found = useAnswer('GET /v1/policy-settings/{scope}', { params: { scope } }, { kinds })
  return (
    <>
      <PageHead
        title="Policy settings"
        about="How strict rules are at least, for the whole organization and for a team: never looser than what is above. What a repository sets below it has no effect."
        actions={
          <>
            <A to="/policy/packs">rules in force</A>
            <Recorded of={`policy-settings:${scope}`} />
          </>
        }
      />
      {list.error !== null && <ProblemNote problem={list.error} retry={() => void list.refetch()} />}
      {list.data !== undefined && (
        <Scopes items={list.data.items} scope={scope} onChoose={(next) => ask({ scope: next })} />
      )}
      {found.error !== null && <ProblemNote problem={found.error} retry={() => void found.refetch()} />}
      {found.error === null && found.data === undefined && <Skeleton height={480} />}
      {found.data !== undefined && found.data.scope === scope && (
        // what is being edited is of one revision of one scope
        <Scope key={`${scope} ${found.data.revision}`} found={found.data} />
      )}
    </>
  )
}

interface ScopesProps {
  readonly items: readonly Listed[]
  readonly scope: string
  readonly onChoose: (scope: string | undefined) => void
}

function Scopes({ items, scope, onChoose }: ScopesProps) {
  const hasTeams = items.some((one) => one.scope !== 'organization')
  return (
    <div className="row fields filters">
      <NativeSelect
        label="Whose settings"
        value={scope}
        data={items.map((one) => ({ value: one.scope, label: labelOf(one) }))}
        onChange={(event) => {
          const { value } = event.currentTarget
          onChoose(value === 'organization' ? undefined : value)
        }}
      />
      {!hasTeams && (
        <p className="small quiet">
          There is no team yet: <A to="/people/teams">make one</A>, and its tech lead can be stricter for its
          repositories.
        </p>
      )}
    </div>
  )
}

function labelOf({ scope, teamName, rules, params, isProposed }: Listed): string {
  const name = scope === 'organization' ? 'The organization' : `Team ${oneLine(teamName ?? scope)}`
  const set = rules + params === 0 ? 'nothing set' : counted(rules + params, 'setting')
  return `${name}: ${set}${isProposed ? ', a proposal waits' : ''}`
}

function Scope({ found }: { readonly found: Settings }) {
  const [edits, setEdits] = useState<Edits>(noEdits)
  const edit = (next: Partial<Edits>) => setEdits((now) => ({ ...now, ...next }))
  return (
    <div className="stack">
      <State found={found} />
      {found.proposal !== null && <Proposal scope={found.scope} proposal={found.proposal} names={found.names} />}
      <RuleModes found={found} edits={edits} edit={edit} />
      <Params found={found} edits={edits} edit={edit} />
      {found.mayChange && <Change found={found} edits={edits} edit={edit} onDone={() => setEdits(noEdits)} />}
    </div>
  )
}

function State({ found }: { readonly found: Settings }) {
  const { scope, teamName, revision, settings, changedAt, changedBy, names, idle, mayChange } = found
  const whose = scope === 'organization' ? 'The organization' : `Team ${oneLine(teamName ?? scope)}`
  const count = Object.keys(settings.modes).length + Object.values(settings.params).flatMap(Object.keys).length
  return (
    <section className="card stack" aria-label="As it is now">
      {count === 0 ? (
        <Empty title={`${whose} sets nothing`}>
          <p>
            {scope === 'organization'
              ? 'Rules are as their packs say. A mode that is chosen below holds for every repository.'
              : 'Rules are as packs and organization say. A mode that is chosen below holds for the repositories of the team.'}
          </p>
        </Empty>
      ) : (
        <p>
          {whose} has {counted(count, 'setting')}: each makes a rule or a parameter stricter, or pins it.
        </p>
      )}
      {!settings.repositoriesMayLower && <p>A repository&apos;s own settings may only be stricter.</p>}
      {changedAt !== null && (
        <p className="small quiet">
          Revision {revision}, <Time at={changedAt} />
          {changedBy !== null && (
            <>
              {' '}
              by <Person names={names} id={changedBy} />
            </>
          )}
        </p>
      )}
      {idle.length > 0 && (
        <>
          <h2>{counted(idle.length, 'setting')} without effect</h2>
          <ul className="list flat small">
            {idle.map(({ setting, why }) => (
              <li key={setting} className="wrap">
                <span className="mono">{oneLine(setting)}</span>: {oneLine(why)}
              </li>
            ))}
          </ul>
        </>
      )}
      {!mayChange && (
        <p className="small quiet">
          {scope === 'organization'
            ? 'Security, compliance officers and platform administrators change it.'
            : 'The tech leads of the team change it, and security, compliance officers and platform administrators.'}
        </p>
      )}
    </section>
  )
}

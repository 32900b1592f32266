import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import {
  A,
  capital,
  oneLine,
  PageHead,
  ProblemNote,
  type Reply,
  SideScroll,
  Skeleton,
  useAnswer,
  useFilters,
} from '#console'
import './roles.css'
import { Why } from './why.tsx'

type Matrix = Reply<'GET /v1/roles'>
type Action = Matrix['actions'][number]

/** What each role may do, as the policies that decide say it, and why somebody may or may not. */
export function Page() {
  const found = useAnswer('GET /v1/roles', {})
  const [filters, set] = useFilters(['action', 'role'])
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  return (
    <>
      <PageHead
        title="Roles"
        about="What each role may do. Routes, gates and this page ask the same policies."
        actions={
          <>
            <A to="/people/role-holdings">who holds what</A>
            <A to="/people/teams">teams</A>
            <a href="/v1/roles">as JSON</a>
          </>
        }
      />
      {found.data === undefined ? (
        <Skeleton height={480} />
      ) : (
        <div className="stack">
          <Why matrix={found.data} action={filters.action} />
          <MatrixTable
            matrix={found.data}
            role={filters.role}
            chosen={filters.action}
            onRole={(role) => set({ role })}
            onChoose={(action) => set({ action })}
          />
        </div>
      )}
    </>
  )
}

const words = { allow: 'yes', conditions: 'by case', deny: 'no' } as const
const marks = { allow: '✓', conditions: '◐', deny: '·' } as const

interface MatrixTableProps {
  readonly matrix: Matrix
  readonly role: string | undefined
  readonly chosen: string | undefined
  readonly onRole: (role: string | undefined) => void
  readonly onChoose: (action: string | undefined) => void
}

function MatrixTable({ matrix, role, chosen, onRole, onChoose }: MatrixTableProps) {
  const roles = role === undefined ? matrix.roles : matrix.roles.filter((one) => one === role)
  const actions =
    role === undefined
      ? matrix.actions
      : matrix.actions.filter((one) => one.cells[matrix.roles.indexOf(role)] !== 'deny')
  return (
    <section className="card flush" aria-label="Matrix">
      <div className="spread">
        <h2>Who may do what</h2>
        <NativeSelect
          size="xs"
          aria-label="Role"
          value={role ?? ''}
          onChange={(event) => onRole(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
          data={[
            { value: '', label: 'all roles' },
            ...matrix.roles.map((one) => ({ value: one, label: roleWords(one) })),
          ]}
        />
      </div>
      <p className="quiet small role-legend">
        {marks.allow} yes, {marks.conditions} by case: what is acted on decides, {marks.deny} no. A role held in a team
        counts for the things of that team.
      </p>
      {chosen !== undefined && <Policies matrix={matrix} action={chosen} />}
      <SideScroll label="Matrix of roles and actions">
        <table className="role-matrix">
          <thead>
            <tr>
              <th scope="col">Action</th>
              {roles.map((one) => (
                <th key={one} scope="col">
                  {roleWords(one)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {actions.map((one) => (
              <Row
                key={one.name}
                action={one}
                cells={roles.map((name) => one.cells[matrix.roles.indexOf(name)] ?? 'deny')}
                isChosen={one.name === chosen}
                onChoose={onChoose}
              />
            ))}
          </tbody>
        </table>
      </SideScroll>
    </section>
  )
}

interface RowProps {
  readonly action: Action
  readonly cells: readonly Action['cells'][number][]
  readonly isChosen: boolean
  readonly onChoose: (action: string | undefined) => void
}

function Row({ action, cells, isChosen, onChoose }: RowProps) {
  return (
    <tr className={isChosen ? 'chosen' : undefined}>
      <th scope="row">
        <button
          type="button"
          className="plain"
          aria-expanded={isChosen}
          onClick={() => onChoose(isChosen ? undefined : action.name)}
        >
          {action.name}
        </button>
        <span className="quiet small role-about">{oneLine(action.about)}</span>
      </th>
      {cells.map((cell, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the columns stay where they are
        <td key={at} className={`cell-${cell}`}>
          <span role="img" aria-label={words[cell]}>
            {marks[cell]}
          </span>
        </td>
      ))}
    </tr>
  )
}

/** The policies about one action, in their own words. */
function Policies({ matrix, action }: { readonly matrix: Matrix; readonly action: string }) {
  const of = matrix.policies.filter((one) => one.actions.includes(action) && one.id !== 'role.owner')
  const [isOpen, setOpen] = useState(false)
  return (
    <section className="stack role-legend" aria-label={`Policies about ${action}`}>
      <h3>
        Policies about <code>{action}</code>
      </h3>
      {of.length === 0 && <p className="quiet">Only the owner of the installation may do it.</p>}
      <ul className="list">
        {of.map((one) => (
          <li key={one.id}>
            <b>{one.effect === 'permit' ? 'Permits' : 'Forbids'}</b> {oneLine(one.title)}{' '}
            <code className="quiet">{one.id}</code>
            {isOpen && <pre className="role-cedar">{one.text}</pre>}
          </li>
        ))}
      </ul>
      {of.length > 0 && (
        <button type="button" className="plain" onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Hide the Cedar text' : 'Show the Cedar text'}
        </button>
      )}
    </section>
  )
}

function roleWords(role: string): string {
  return capital(role.replaceAll('-', ' '))
}

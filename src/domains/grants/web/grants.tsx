import { Button } from '@mantine/core'
import {
  A,
  ChoiceField,
  type Column,
  Empty,
  type Item,
  ListPage,
  oneLine,
  SearchField,
  Time,
  useFilters,
  useList,
} from '#console'
import { AskGrant } from './ask-grant.tsx'
import { GrantStatus } from './grant-words.tsx'
import { MyPeriods } from './my-periods.tsx'

type Row = Item<'GET /v1/grants'>

const states = [
  ['running', 'running'],
  ['rescinded', 'taken away'],
  ['over', 'over'],
] as const

const columns: readonly Column<Row>[] = [
  { name: 'Tool', width: 'minmax(0, 1fr)', cell: () => null },
  {
    name: 'For',
    width: 'minmax(0, 1fr)',
    narrow: 'drop',
    cell: (row) => <span className="quiet">{oneLine(row.purpose)}</span>,
  },
  { name: 'State', width: '120px', cell: (row) => <GrantStatus state={row.state} /> },
  { name: 'Team', width: '120px', narrow: 'drop', cell: (row) => oneLine(row.teamName ?? 'any') },
  {
    name: 'Ends',
    width: '110px',
    align: 'end',
    cell: (row) => (
      <span className="quiet">
        <Time at={row.endedAt ?? row.expiresAt} />
      </span>
    ),
  },
]

const ofOthers: Column<Row> = {
  name: 'Who',
  width: 'minmax(0, 1fr)',
  narrow: 'drop',
  cell: (row) => oneLine(row.userName ?? row.userId),
}

/** Grants of AI tools: one's own, and for whoever may read people those of others. */
export function Page() {
  const [{ ask, ...filters }, change] = useFilters(['of', 'state', 'tool', 'ask'])
  const of = filters.of === 'all' ? 'all' : 'me'
  const tool = /^[a-z0-9][a-z0-9._-]{0,63}$/.exec(filters.tool ?? '')?.[0]
  const list = useList(
    'GET /v1/grants',
    { query: { of, state: states.find(([one]) => one === filters.state)?.[0], tool, limit: 100 } },
    { kinds: ['grant', 'ai-free-period', 'user'] },
  )
  return (
    <>
      <MyPeriods />
      <ListPage
        title="AI tools"
        about="Grants to use an AI tool for some hours, asked for and answered by the policies at once."
        actions={
          <>
            <A to="/grant-settings">approved tools</A>
            <Button size="xs" onClick={() => change({ ask: '1' })}>
              Ask for a tool
            </Button>
          </>
        }
        label="Grants"
        filters={filters}
        list={list}
        columns={of === 'all' ? [...columns.slice(0, 1), ofOthers, ...columns.slice(1)] : columns}
        keyOf={(row) => row.id}
        link={(row) => ({ to: `/grants/${row.id}`, text: row.tool })}
        noMatch={{ title: 'No grant is like that', all: 'Look at all of yours' }}
        nothing={
          <Empty title="You have no grant yet">
            <p>
              Ask for a tool here, or run{' '}
              <code>countersign grant ask TOOL --team TEAM --purpose "what you will use it for"</code>
            </p>
          </Empty>
        }
      >
        <SearchField
          label="Tool"
          placeholder="its name"
          value={filters.tool}
          onChange={(value) => change({ tool: value })}
        />
        <ChoiceField
          label="Of"
          any="me"
          value={filters.of}
          onChange={(value) => change({ of: value })}
          choices={[['all', 'everybody']]}
        />
        <ChoiceField
          label="State"
          any="any"
          value={filters.state}
          onChange={(state) => change({ state })}
          choices={states}
        />
      </ListPage>
      {ask === '1' && <AskGrant onClose={() => change({ ask: undefined })} />}
    </>
  )
}

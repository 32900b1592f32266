import { Button } from '@mantine/core'
import { ChoiceField, type Column, Empty, ListPage, oneLine, Time, useAnswer, useFilters, useList } from '#console'
import { AskException } from './ask-exception.tsx'
import { type ExceptionRow, ExceptionState, states } from './exception-words.tsx'

const orders = [
  ['oldest', 'the oldest first'],
  ['ending', 'what ends next'],
  ['most-used', 'the most used first'],
] as const
const ends = [
  ['1', 'within a day'],
  ['7', 'within 7 days'],
  ['14', 'within 14 days'],
] as const
const uses = [
  ['never', 'never'],
  ['some', 'at least once'],
] as const

const columns: readonly Column<ExceptionRow>[] = [
  { name: 'Exception', width: 'minmax(0, 1fr)', cell: () => null },
  { name: 'State', width: '230px', cell: (row) => <ExceptionState one={row} /> },
  { name: 'Uses', width: '70px', align: 'end', narrow: 'drop', cell: (row) => row.uses },
  {
    name: 'Ends',
    width: '130px',
    align: 'end',
    narrow: 'drop',
    cell: (row) => (
      <span className="quiet">
        <Time at={row.expiresAt} />
      </span>
    ),
  },
]

/** Every departure from a rule: who asked, until when, and whether anything needs it. */
export function Page() {
  const [filters, change] = useFilters(['state', 'rule', 'repository', 'use', 'ends', 'order'])
  const [asked, ask] = useFilters(['ask', 'rule', 'repository', 'finding', 'renews'])
  const list = useList('GET /v1/exceptions', { query: { ...queryOf(filters), limit: 100 } }, { kinds: ['exception'] })
  const close = () =>
    ask({ ask: undefined, rule: undefined, repository: undefined, finding: undefined, renews: undefined })
  return (
    <>
      <ListPage
        title="Exceptions"
        about="Departures from rules: each asked for by one person, approved by another, over at a time, and made up for by something."
        actions={
          <Button size="xs" onClick={() => ask({ ask: '1' })}>
            Ask for an exception
          </Button>
        }
        filters={filters}
        list={list}
        columns={columns}
        keyOf={(row) => row.id}
        link={(row) => ({ to: `/policy/exceptions/${row.id}`, text: `${row.ruleId}: ${oneLine(row.reason)}` })}
        noMatch={{ title: 'No exception is like that', all: 'Look at all exceptions' }}
        nothing={
          <Empty title="No exception was asked for yet">
            <p>Where a change fails a rule that cannot be met in time, its page has a link that asks for one.</p>
          </Empty>
        }
      >
        <Filters filters={filters} change={change} />
      </ListPage>
      {asked.ask === '1' && <AskException given={asked} onClose={close} />}
    </>
  )
}

type Filter = Readonly<Partial<Record<'state' | 'rule' | 'repository' | 'use' | 'ends' | 'order', string>>>

/** What an address may say that the list does not know is left out. */
function queryOf({ state, rule, repository, use, ends: within, order }: Filter) {
  const one = <T extends string>(choices: readonly (readonly [T, string])[], value: string | undefined) =>
    choices.find(([name]) => name === value)?.[0]
  const endsWithinDays = one(ends, within)
  return {
    state: one(states, state),
    rule: rule !== undefined && /^[a-z0-9][a-z0-9._-]{0,139}$/.test(rule) ? rule : undefined,
    repositoryId: repository?.slice(0, 100),
    use: one(uses, use),
    ...(endsWithinDays === undefined ? {} : { endsWithinDays: Number(endsWithinDays) }),
    order: one(orders, order),
  }
}

interface FiltersProps {
  readonly filters: Filter
  readonly change: (next: Filter | Readonly<Record<string, undefined>>) => void
}

function Filters({ filters, change }: FiltersProps) {
  const rules = useAnswer('GET /v1/gates/merge/rules', { query: {} })
  const repositories = useAnswer('GET /v1/repositories', { query: { limit: 200 } })
  const governed = (repositories.data?.items ?? []).map((one) => [one.id, oneLine(one.name)] as const)
  const choices = (rules.data?.items ?? []).map((one) => [one.id, one.id] as const)
  const set = (name: keyof Filter) => (value: string | undefined) => change({ [name]: value } as Filter)
  return (
    <>
      <ChoiceField label="State" any="any" value={filters.state} onChange={set('state')} choices={states} />
      <ChoiceField label="Rule" any="any" value={filters.rule} onChange={set('rule')} choices={choices} />
      <ChoiceField
        label="Repository"
        any="any"
        value={filters.repository}
        onChange={set('repository')}
        choices={governed}
      />
      <ChoiceField label="Used" any="or not" value={filters.use} onChange={set('use')} choices={uses} />
      <ChoiceField label="Ends" any="at any time" value={filters.ends} onChange={set('ends')} choices={ends} />
      <ChoiceField
        label="Order"
        any="the newest first"
        value={filters.order}
        onChange={set('order')}
        choices={orders}
      />
    </>
  )
}

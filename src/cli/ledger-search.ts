import { type Arguments, type Command, flagOption, textOption, UsageWrong } from './command.ts'
import { dataOption, withLedger } from './ledger-access.ts'

const tags = ['type', 'actor', 'tool', 'model', 'operation', 'decision', 'target', 'ref', 'correlation'] as const

export const ledgerSearch: Command = {
  name: 'ledger search',
  usage:
    'ledger search [WORDS] [--type T] [--from D] [--to D] [--target T:ID] [--field PATH=VALUE] [--limit N] [--cursor C]',
  about: 'searches audit records, newest first; the read is recorded',
  options: {
    ...dataOption,
    ...Object.fromEntries(tags.map((tag) => [tag, { type: 'string', about: `only records of this ${tag}` } as const])),
    from: { type: 'string', about: 'recorded at or after this time' },
    to: { type: 'string', about: 'recorded before this time' },
    field: { type: 'string', about: '`path=value` of a scalar in `data`' },
    limit: { type: 'string', about: 'most records to show (default: 20, at most 100)' },
    cursor: { type: 'string', about: 'goes on where the last answer said `next`' },
  },
  run: (args, terminal) =>
    withLedger(args, terminal, async ({ db, ledger, organizationId, service }) => {
      const { noteRead } = await import('#kernel/ledger')
      const filter = filterOf(args)
      const page = { limit: limitOf(args), cursor: textOption(args, 'cursor') }
      const { items, next } = await ledger.records.find(organizationId, filter, page)
      const described = [...filter.tags.map(([name, value]) => `${name}=${value}`), ...timesOf(args)]
      await noteRead(db, service('cli'), {
        filter: described,
        query: filter.query,
        indexes: items.map((one) => one.index),
      })
      if (flagOption(args, 'json')) terminal.out(`${JSON.stringify({ items, next: next ?? null })}\n`)
      else {
        const lines = items.map(
          ({ index, record }) =>
            `${String(index).padStart(8)}  ${record.at}  ${record.type.padEnd(22)}  ${record.actor.id}  ${record.targets.map((one) => `${one.type}:${one.id}`).join(' ')}  ${record.id}\n`,
        )
        terminal.out(lines.length === 0 ? 'no record matches\n' : lines.join(''))
        if (next !== undefined) terminal.out(`older ones: add --cursor ${next}\n`)
      }
      return 0
    }),
}

function filterOf(args: Arguments) {
  const given = tags.flatMap((tag): [string, string][] => {
    const value = textOption(args, tag)
    return value === undefined ? [] : [[tag, value]]
  })
  const [path, ...rest] = textOption(args, 'field')?.split('=') ?? []
  if (path !== undefined) given.push([`data.${path}`, rest.join('=')])
  const query = args.positionals.length === 0 ? undefined : args.positionals.join(' ').slice(0, 200)
  return { query, from: textOption(args, 'from'), to: textOption(args, 'to'), tags: given }
}

function timesOf(args: Arguments): string[] {
  return ['from', 'to'].flatMap((name) => {
    const value = textOption(args, name)
    if (value !== undefined && Number.isNaN(Date.parse(value)))
      throw UsageWrong({ message: `\`--${name}\` is not a time`, usage: ledgerSearch.usage })
    return value === undefined ? [] : [`${name}=${value}`]
  })
}

function limitOf(args: Arguments): number {
  const text = textOption(args, 'limit') ?? '20'
  if (!/^([1-9][0-9]?|100)$/.test(text))
    throw UsageWrong({ message: '`--limit` must be 1 to 100', usage: ledgerSearch.usage })
  return Number(text)
}

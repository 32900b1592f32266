import { NativeSelect } from '@mantine/core'
import { A, oneLine } from '#console'
import { LevelTable } from './level-table.tsx'
import { type Edits, isLower, type Mode, modeAbove, modes, type Rule, type Settings } from './strict.ts'

interface RuleModesProps {
  readonly found: Settings
  readonly edits: Edits
  readonly edit: (next: Partial<Edits>) => void
}

/** Every rule in force with its mode by pack, organization and team; that of the scope is chosen here. */
export function RuleModes({ found, edits, edit }: RuleModesProps) {
  const isTeam = found.scope !== 'organization'
  return (
    <LevelTable of="Rule" isTeam={isTeam}>
      {found.rules.map((rule) => (
        <tr key={rule.id}>
          <td className="wrap">
            <A to={`/policy/packs/${rule.id}`}>{oneLine(rule.title)}</A>
            <div className="mono quiet small">{rule.id}</div>
          </td>
          <td>
            <Own rule={rule} found={found} edits={edits} edit={edit} />
          </td>
          <td>
            <b>{rule.holds}</b>
          </td>
          {isTeam && <td>{rule.organization ?? <span className="quiet">as the pack</span>}</td>}
          <td>{rule.packMode}</td>
        </tr>
      ))}
    </LevelTable>
  )
}

const unset = ''

function Own({ rule, found, edits, edit }: RuleModesProps & { readonly rule: Rule }) {
  const isTeam = found.scope !== 'organization'
  const saved = isTeam ? rule.team : rule.organization
  if (rule.isFixed) return <span className="quiet small">always enforced</span>
  if (!found.mayChange) return saved ?? <span className="quiet">as above</span>
  const above = modeAbove(rule, isTeam)
  const change = edits.modes[rule.id]
  const chosen = change === undefined ? saved : change
  const choose = (text: string) => {
    const mode = modes.find((one) => one === text) ?? null
    edit({ modes: { ...edits.modes, [rule.id]: mode } })
  }
  return (
    <NativeSelect
      size="xs"
      className="own-setting"
      aria-label={`Mode of ${rule.id}`}
      value={chosen ?? unset}
      data={[
        { value: unset, label: `as above: ${above.value}` },
        ...modes.map((mode) => ({
          value: mode,
          label: labelOf(mode, above),
          // one that was set before the level above became stricter can stay
          disabled: isLower(mode, above.value) && mode !== saved,
        })),
      ]}
      onChange={(event) => choose(event.currentTarget.value)}
    />
  )
}

function labelOf(mode: Mode, { value, by }: ReturnType<typeof modeAbove>): string {
  if (isLower(mode, value)) return `${mode}: looser than ${value}, by ${by}`
  return mode === value ? `${mode}: pinned` : mode
}

import { TextInput } from '@mantine/core'
import { oneLine } from '#console'
import { LevelTable } from './level-table.tsx'
import {
  type Edits,
  keyOf,
  type Param,
  type Settings,
  sideOf,
  textOf,
  typedValue,
  type Value,
  valueAbove,
  whyLooser,
} from './strict.ts'

interface ParamsProps {
  readonly found: Settings
  readonly edits: Edits
  readonly edit: (next: Partial<Edits>) => void
}

/** Every parameter of the packs in force, and which way it is stricter. */
export function Params({ found, edits, edit }: ParamsProps) {
  const isTeam = found.scope !== 'organization'
  if (found.params.length === 0) return null
  return (
    <LevelTable of="Parameter" isTeam={isTeam}>
      {found.params.map((param) => (
        <tr key={keyOf(param)}>
          <td className="wrap">
            <span className="mono small">{keyOf(param)}</span>
            <div className="quiet small">
              {param.about === null ? '' : `${oneLine(param.about)}; `}
              {sideOf(param)}
            </div>
          </td>
          <td>
            <Own param={param} found={found} edits={edits} edit={edit} />
          </td>
          <Shown value={param.holds} />
          {isTeam && <Shown value={param.organization} />}
          <Shown value={param.packValue} />
        </tr>
      ))}
    </LevelTable>
  )
}

function Shown({ value }: { readonly value: Value | null }) {
  return (
    <td className="wrap">{value === null ? <span className="quiet">as the pack</span> : oneLine(textOf(value))}</td>
  )
}

function Own({ param, found, edits, edit }: ParamsProps & { readonly param: Param }) {
  const isTeam = found.scope !== 'organization'
  const saved = isTeam ? param.team : param.organization
  if (!found.mayChange || param.stricter === null)
    return saved === null ? <span className="quiet">as above</span> : oneLine(textOf(saved))
  const key = keyOf(param)
  const above = valueAbove(param, isTeam)
  const text = edits.params[key] ?? (saved === null ? '' : textOf(saved))
  const isEdited = edits.params[key] !== undefined && text.trim() !== ''
  const why = isEdited ? whyLooser(param, typedValue(param, text), above.value) : undefined
  return (
    <TextInput
      size="xs"
      className="own-setting"
      aria-label={`Value of ${key}`}
      placeholder={`as above: ${textOf(above.value)}`}
      value={text}
      maxLength={2000}
      error={why === undefined ? undefined : `looser than ${textOf(above.value)}, by ${above.by}: ${why}`}
      onChange={(event) => edit({ params: { ...edits.params, [key]: event.currentTarget.value } })}
    />
  )
}

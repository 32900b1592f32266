import { Button, NativeSelect, TextInput } from '@mantine/core'
import type { Input } from '#client'
import { oneLine } from '#console'
import { type Stage, stageModes, type usePlaces } from './words.tsx'
import './life.css'

type StageBody = Input<'POST /v1/policy-packs/{id}/versions/{version}/rollouts'>['body']['stages'][number]

/** A stage as it is being written; numbers are text until it is sent. */
export interface StageDraft {
  readonly key: number
  readonly mode: Stage['mode']
  readonly repositories: readonly string[]
  readonly teams: readonly string[]
  readonly percent: string
  readonly minDecisions: string
  readonly soakMinutes: string
  readonly maxFlips: string
  readonly maxErrorPercent: string
  readonly promotion: Stage['promotion']
}

/** A stage to begin with: what the server would take too; after another one, the same places with the version deciding. */
export function firstStage(before?: StageDraft): StageDraft {
  if (before !== undefined) return { ...before, key: before.key + 1, mode: 'enforce' }
  return {
    ...{ key: 0, mode: 'audit', repositories: [], teams: [], percent: '100' },
    ...{ minDecisions: '20', soakMinutes: '60', maxFlips: '10', maxErrorPercent: '0', promotion: 'automatic' },
  }
}

export function stageBody(stage: StageDraft): StageBody {
  const { mode, repositories, teams, percent, minDecisions, soakMinutes, maxFlips, maxErrorPercent, promotion } = stage
  return {
    mode,
    promotion,
    scope: { repositories: [...repositories], teams: [...teams], percent: Number(percent) },
    limits: {
      minDecisions: Number(minDecisions),
      soakMinutes: Number(soakMinutes),
      maxFlips: Number(maxFlips),
      maxErrorRate: Number(maxErrorPercent) / 100,
    },
  }
}

interface StageFieldsProps {
  readonly number: number
  readonly stage: StageDraft
  readonly places: ReturnType<typeof usePlaces>
  readonly onChange: (next: StageDraft) => void
  /** Absent for the only one. */
  readonly onRemove: (() => void) | undefined
}

export function StageFields({ number, stage, places, onChange, onRemove }: StageFieldsProps) {
  const set = (next: Partial<StageDraft>) => onChange({ ...stage, ...next })
  return (
    <fieldset className="stage stack">
      <legend>Stage {number}</legend>
      <div className="row fields">
        <NativeSelect
          label="Mode"
          value={stage.mode}
          data={stageModes.map(([value, label]) => ({ value, label }))}
          onChange={(event) =>
            set({ mode: stageModes.find(([mode]) => mode === event.currentTarget.value)?.[0] ?? 'audit' })
          }
        />
        <NativeSelect
          label="Then"
          value={stage.promotion}
          data={[
            { value: 'automatic', label: 'goes on by itself' },
            { value: 'manual', label: 'waits for somebody' },
          ]}
          onChange={(event) => set({ promotion: event.currentTarget.value === 'manual' ? 'manual' : 'automatic' })}
        />
        {onRemove !== undefined && (
          <Button size="xs" variant="default" onClick={onRemove}>
            Remove stage {number}
          </Button>
        )}
      </div>
      <Scope stage={stage} places={places} set={set} />
      <Limits stage={stage} set={set} />
    </fieldset>
  )
}

interface PartProps {
  readonly stage: StageDraft
  readonly set: (next: Partial<StageDraft>) => void
}

function Scope({ stage, places, set }: PartProps & Pick<StageFieldsProps, 'places'>) {
  const { repositories, teams } = stage
  return (
    <div className="row fields scope">
      <PickSome
        label="Repositories"
        none={teams.length === 0 ? 'all' : 'none by name'}
        chosen={repositories}
        choices={places.repositories}
        nameOf={places.nameOf}
        onChange={(next) => set({ repositories: next })}
      />
      {places.teams.length > 0 && (
        <PickSome
          label="Teams"
          none={repositories.length === 0 ? 'all' : 'none'}
          chosen={teams}
          choices={places.teams}
          nameOf={places.nameOf}
          onChange={(next) => set({ teams: next })}
        />
      )}
      <Figure
        label="Of them, %"
        min="0.01"
        max="100"
        step="any"
        value={stage.percent}
        onChange={(percent) => set({ percent })}
      />
    </div>
  )
}

function Limits({ stage, set }: PartProps) {
  return (
    <div className="row fields">
      <Figure
        label="At least so many decisions"
        min="0"
        max="1000000"
        value={stage.minDecisions}
        onChange={(minDecisions) => set({ minDecisions })}
      />
      <Figure
        label="At least so many minutes"
        min="0"
        max="129600"
        value={stage.soakMinutes}
        onChange={(soakMinutes) => set({ soakMinutes })}
      />
      <Figure
        label="Most that come out otherwise"
        min="0"
        max="1000000"
        value={stage.maxFlips}
        onChange={(maxFlips) => set({ maxFlips })}
      />
      <Figure
        label="Most errors, %"
        min="0"
        max="100"
        step="any"
        value={stage.maxErrorPercent}
        onChange={(maxErrorPercent) => set({ maxErrorPercent })}
      />
    </div>
  )
}

interface FigureProps {
  readonly label: string
  readonly min: string
  readonly max: string
  readonly step?: string
  readonly value: string
  readonly onChange: (value: string) => void
}

function Figure({ onChange, ...rest }: FigureProps) {
  return <TextInput type="number" required {...rest} onChange={(event) => onChange(event.currentTarget.value)} />
}

interface PickSomeProps {
  readonly label: string
  /** The word for nothing chosen. */
  readonly none: string
  readonly chosen: readonly string[]
  readonly choices: readonly { readonly id: string; readonly name: string }[]
  readonly nameOf: (id: string) => string
  readonly onChange: (chosen: readonly string[]) => void
}

/** Some of many: chosen one after the other, and taken out again by pressing them. */
function PickSome({ label, none, chosen, choices, nameOf, onChange }: PickSomeProps) {
  const left = choices.filter((one) => !chosen.includes(one.id))
  return (
    <div>
      <NativeSelect
        label={label}
        value=""
        data={[
          { value: '', label: chosen.length === 0 ? none : 'one more' },
          ...left.map((one) => ({ value: one.id, label: oneLine(one.name) })),
        ]}
        onChange={(event) => event.currentTarget.value !== '' && onChange([...chosen, event.currentTarget.value])}
      />
      {chosen.map((id) => (
        <button
          key={id}
          type="button"
          className="plain"
          aria-label={`Leave out ${nameOf(id)}`}
          onClick={() => onChange(chosen.filter((one) => one !== id))}
        >
          {nameOf(id)} ✕
        </button>
      ))}
    </div>
  )
}

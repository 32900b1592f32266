import { Button } from '@mantine/core'
import { useState } from 'react'
import { A, ProblemNote, useAct, useGo, useMay } from '#console'
import { firstStage, type StageDraft, StageFields, stageBody } from './stage-fields.tsx'
import { lifeKinds, usePlaces, type Version } from './words.tsx'

const stagesMax = 12

interface RollOutProps {
  readonly one: Version
  /** Of the pack, while one runs. */
  readonly rolloutId: string | null
}

/** Rolls a published version out, stage by stage. */
export function RollOut({ one, rolloutId }: RollOutProps) {
  const may = useMay()
  if (!may('policy:roll-out')) return null
  return (
    <section className="card stack" aria-label="Roll it out">
      <h2>Roll it out</h2>
      {rolloutId === null ? (
        <Form one={one} />
      ) : (
        <p>
          <A to={`/policy/rollouts/${rolloutId}`}>A version of this pack is being rolled out.</A> Another one begins
          when that has ended.
        </p>
      )}
    </section>
  )
}

function Form({ one }: { readonly one: Version }) {
  const go = useGo()
  const start = useAct('POST /v1/policy-packs/{id}/versions/{version}/rollouts', lifeKinds)
  const places = usePlaces()
  const [stages, setStages] = useState<readonly StageDraft[]>(() => [firstStage()])
  // the form goes once the pack has a roll-out, so what follows does not hang on it
  const send = () =>
    start
      .mutateAsync({ params: { id: one.packId, version: one.version }, body: { stages: stages.map(stageBody) } })
      .then(
        ({ id }) => go(`/policy/rollouts/${id}`),
        () => undefined,
      )
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <p className="small quiet">
        Each stage is for some repositories, in a mode, within limits. Beyond its limits the version is taken back by
        itself; after the last stage it is in force everywhere.
      </p>
      {stages.map((stage, at) => (
        <StageFields
          key={stage.key}
          number={at + 1}
          stage={stage}
          places={places}
          onChange={(next) => setStages(stages.map((known) => (known.key === stage.key ? next : known)))}
          onRemove={
            stages.length === 1 ? undefined : () => setStages(stages.filter((known) => known.key !== stage.key))
          }
        />
      ))}
      {start.error !== null && <ProblemNote problem={start.error} />}
      <div className="row">
        <Button
          size="xs"
          variant="default"
          disabled={stages.length >= stagesMax}
          onClick={() => setStages([...stages, firstStage(stages.at(-1))])}
        >
          Add a stage
        </Button>
        <Button type="submit" size="xs" loading={start.isPending}>
          Begin the roll-out
        </Button>
      </div>
    </form>
  )
}

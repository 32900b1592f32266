import { Button } from '@mantine/core'
import { ProblemNote, Status, sentence, useAct } from '#console'

/** Makes a decision again from the recorded facts and policies, and says whether it is the same. */
export function Replay({ id }: { readonly id: string }) {
  const replay = useAct('POST /v1/decisions/{id}/replay')
  return (
    <div className="row">
      <Button
        size="xs"
        variant="default"
        loading={replay.isPending}
        onClick={() => replay.mutate({ params: { id } })}
        aria-label={`Replay decision ${id} (recorded)`}
      >
        Replay (recorded)
      </Button>
      <span role="status">
        {replay.data !== undefined && (
          <Status
            status={replay.data.same ? 'pass' : 'fail'}
            word={
              replay.data.same ? sameWord(replay.data) : sentence(`not the same: ${replay.data.reason ?? 'no reason'}`)
            }
          />
        )}
      </span>
      {replay.error !== null && <ProblemNote problem={replay.error} />}
    </div>
  )
}

function sameWord({ replayable, reason }: { readonly replayable: boolean; readonly reason: string | null }): string {
  return replayable
    ? 'the same, byte for byte'
    : sentence(`the same as far as it can be made again: ${reason ?? 'no reason'}`)
}

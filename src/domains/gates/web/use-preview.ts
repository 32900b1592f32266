import { useEffect, useState } from 'react'
import { ApiProblem, type Reply } from '#client'
import { useApi } from '#console'

type Preview = Reply<'POST /v1/risk/rules/preview'>
export type JudgedPath = Preview['paths'][number]

export interface Judged {
  /** What a file of rules says of each path that was asked about so far. */
  readonly known: ReadonlyMap<string, JudgedPath>
  /** Of the file itself, once the first answer has come. */
  readonly file: Pick<Preview, 'state' | 'problems'> | undefined
  readonly problem: ApiProblem | undefined
}

export interface Judging extends Judged {
  /** Asks again after a problem. */
  retry(): void
}

const nothing: Judged = { known: new Map(), file: undefined, problem: undefined }

/** One question is below what the server takes, whatever the names: escaped, a character may take six bytes. */
const batchMax = { paths: 1000, characters: 100_000 }
/** One more than a file may have, so that the answer is the same. */
const textCharactersMax = 65_537

/**
 * What a file of rules would say of paths, asked in batches, the first ones first. Nothing changes on the server.
 *
 * @param text of the file; undefined where there is none
 */
export function useJudged(paths: readonly string[], text: string | undefined, isWanted: boolean): Judging {
  const api = useApi()
  const [state, setState] = useState({ text, judged: nothing })
  const judged = state.text === text ? state.judged : nothing
  useEffect(() => {
    const batch = nextBatch(paths, judged.known)
    if (!isWanted || judged.problem !== undefined || (batch.length === 0 && judged.file !== undefined)) return undefined
    const stop = new AbortController()
    const given = text === undefined ? {} : { text: text.slice(0, textCharactersMax) }
    const note = (next: Judged) => {
      if (!stop.signal.aborted) setState({ text, judged: next })
    }
    api.call('POST /v1/risk/rules/preview', { body: { ...given, paths: batch } }, stop.signal).then(
      ({ state: fileState, problems, paths: answers }) => {
        const known = new Map(judged.known)
        for (const one of answers) known.set(one.path, one)
        note({ known, file: { state: fileState, problems }, problem: undefined })
      },
      (error: unknown) => {
        if (error instanceof ApiProblem) note({ ...judged, problem: error })
      },
    )
    return () => stop.abort()
  }, [api, paths, text, judged, isWanted])
  return { ...judged, retry: () => setState({ text, judged: { ...judged, problem: undefined } }) }
}

function nextBatch(paths: readonly string[], known: ReadonlyMap<string, JudgedPath>): string[] {
  const batch: string[] = []
  let characters = 0
  for (const path of paths) {
    if (known.has(path)) continue
    characters += path.length
    if (batch.length === batchMax.paths || (batch.length > 0 && characters > batchMax.characters)) break
    batch.push(path)
  }
  return batch
}

type GatePreview = Reply<'POST /v1/gates/merge/rules/preview'>

/** How a file of rules would set the merge gate of a repository; undefined until it is known. */
export function useGatePreview(repositoryId: string, text: string, isWanted: boolean): GatePreview | undefined {
  const api = useApi()
  const [state, setState] = useState<{ readonly text: string; readonly preview: GatePreview }>()
  useEffect(() => {
    if (!isWanted) return undefined
    const stop = new AbortController()
    const note = (preview: GatePreview) => {
      if (!stop.signal.aborted) setState({ text, preview })
    }
    // what went wrong is told by the question about paths
    api
      .call(
        'POST /v1/gates/merge/rules/preview',
        { body: { repositoryId, text: text.slice(0, textCharactersMax) } },
        stop.signal,
      )
      .then(note, () => undefined)
    return () => stop.abort()
  }, [api, repositoryId, text, isWanted])
  return state?.text === text && isWanted ? state.preview : undefined
}

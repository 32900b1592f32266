import type { GateRun } from '../gate-run.ts'
import { toAnnotations } from './annotations.ts'
import { toJunit } from './junit.ts'
import { toSarif } from './sarif.ts'
import { toText } from './text.ts'

export const presentations = ['text', 'json', 'sarif', 'junit', 'annotations'] as const
export type Presentation = (typeof presentations)[number]

const makers: Readonly<Record<Presentation, (run: GateRun, version: string) => string>> = {
  text: toText,
  json: (run) => `${JSON.stringify(run)}\n`,
  sarif: (run, version) => `${JSON.stringify(toSarif(run, version))}\n`,
  junit: toJunit,
  annotations: toAnnotations,
}

/** A gate run for a person, an agent, a forge or a test report; `version` is the product's. */
export function present(run: GateRun, as: Presentation, version: string): string {
  return makers[as](run, version)
}

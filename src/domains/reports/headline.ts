import { atLeast, percent } from './figures.ts'
import type { Report } from './model.ts'

/** The headline of the report's page, as one line of text. */
export function headlineOf({ share }: Report): string {
  const { declared, unknown } = share
  if (declared === null || unknown === null) return 'No lines were counted, so there is no share to state.'
  return `At least ${atLeast(declared)} AI-assisted; ${percent(unknown)} carry no statement.`
}

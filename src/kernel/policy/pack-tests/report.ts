import { z } from 'zod'

/** What running the tests of a pack showed. */
export const TestReport = z
  .object({
    /** Whether every case holds, every rule passes and fails somewhere, and no mutant survives. */
    ok: z.boolean(),
    /** Why nothing could be run. */
    problem: z.string().nullable(),
    cases: z.array(
      z.object({
        name: z.string(),
        ok: z.boolean(),
        wrong: z.array(z.object({ rule: z.string(), expected: z.string(), got: z.string(), message: z.string() })),
      }),
    ),
    /** Rules that no case has seen pass, or fail. */
    untested: z.array(z.object({ rule: z.string(), missing: z.enum(['pass', 'fail']) })),
    mutants: z.object({
      total: z.int(),
      /** Names of those that no case told from the pack, and that the file does not call equivalent. */
      survived: z.array(z.string()),
      /** Whether there are more than were tried. */
      isLimited: z.boolean(),
    }),
  })
  .meta({ id: 'PolicyTestReport' })
export type TestReport = z.infer<typeof TestReport>

export function failedRun(problem: string): TestReport {
  return { ok: false, problem, cases: [], untested: [], mutants: { total: 0, survived: [], isLimited: false } }
}

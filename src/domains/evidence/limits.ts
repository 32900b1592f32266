/** What bounds the reading of one report. Going beyond one is an error that names it. */
export const limits = {
  /** Largest report, in bytes as it was sent. */
  bytes: 50 * 1024 * 1024,
  /** Deepest nesting of JSON or XML. */
  depth: 100,
  /** Findings, components, test cases, statements and files that one report may list. */
  entities: 200_000,
  /** Lines with a count of executions, in all files of one coverage report. */
  coverageLines: 2_000_000,
  /** How long reading may take before its thread is ended. */
  timeMs: 10_000,
  /** Heap of the thread that reads, in MiB. */
  heapMb: 1024,
} as const

/** What is kept of one report; the totals count the rest too. */
export const kept = {
  findings: 2_000,
  components: 20_000,
  vexStatements: 5_000,
  problems: 20,
  /** Commits or artifacts that a report says it is about. */
  named: 100,
  licenses: 20,
  title: 200,
  name: 200,
} as const

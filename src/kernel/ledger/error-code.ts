/** The code that the system, PostgreSQL or a declared error gave an error: `ENOSPC`, `23505`, `tile_conflict`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

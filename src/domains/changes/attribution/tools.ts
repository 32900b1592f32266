import { clean, shorten } from '../repository/commit.ts'
import { toolNames } from './detectors.ts'

/** Our name for the tool that a record calls `name`, so that `claude` and `Claude Code` are one; else the name itself. */
export function recordedTool(name: string): string {
  return (
    toolNames.find(([pattern, tool]) => tool !== 'AI (unnamed)' && pattern.test(name.replaceAll(/[_-]/g, ' ')))?.[1] ??
    // JSON may hold half a character, which is no text
    shorten(clean(name.replaceAll(/\p{Surrogate}/gu, '\uFFFD')), 100)
  )
}

import { clean } from '../repository/commit.ts'
import { toolNames } from './detectors.ts'

/** Our name for the tool that a record calls `name`, so that `claude` and `Claude Code` are one; else the name itself. */
export function recordedTool(name: string): string {
  return (
    toolNames.find(([pattern, tool]) => tool !== 'AI (unnamed)' && pattern.test(name.replaceAll(/[_-]/g, ' ')))?.[1] ??
    clean(name).slice(0, 100)
  )
}

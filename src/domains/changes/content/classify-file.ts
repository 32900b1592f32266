import type { FileClass } from '../model.ts'
import type { FileDiff } from '../repository/diff-parser.ts'
import type { AttributeClasses } from './attributes.ts'
import { setAsideByName } from './generated.ts'

/** Which kind of file this is; only the lines of `counted` ones are counted as work. */
export function classifyFile(file: FileDiff, attributes: AttributeClasses): FileClass {
  const mode = file.status === 'D' ? file.oldMode : file.newMode
  if (mode === '160000') return 'submodule'
  if (mode === '120000') return 'symlink'
  if (file.missing) return 'missing'
  // What a repository says of its own files goes before our rules, and is shown apart like them.
  const said = attributes(file.path)
  if (said === 'lfs') return 'lfs'
  if (file.binary) return 'binary'
  return said ?? setAsideByName(file.path) ?? 'counted'
}

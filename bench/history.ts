import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'

const folders = ['api', 'core', 'web', 'jobs', 'docs']
const people = ['Ada Byron <ada@example.com>', 'Grace Hopper <grace@example.com>', 'Alan Turing <alan@example.com>']
const robot = 'dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>'
/** What commits say of how they were made; most say nothing. */
const trailers = [
  '',
  '',
  '',
  '\n\nCo-Authored-By: Claude <noreply@anthropic.com>',
  '\n\nCo-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>',
  '\n\nSigned-off-by: Ada Byron <ada@example.com>',
  '',
]

/**
 * Makes a git repository of so many commits, always the same: source files that grow and change by hunks, one change in five
 * a merge of a branch of four commits, some with trailers of tools, some by a robot.
 */
export async function makeHistory(path: string, commits: number): Promise<void> {
  await mkdir(path)
  await git(path, ['init', '--quiet', '--initial-branch=main', '.'])
  const child = spawn('git', ['fast-import', '--quiet'], { cwd: path, stdio: ['pipe', 'ignore', 'inherit'] })
  for (const text of stream(commits)) {
    if (!child.stdin.write(text)) await once(child.stdin, 'drain')
  }
  child.stdin.end()
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`)
}

function* stream(commits: number): Generator<string> {
  const files = new Map<string, string[]>()
  let main = 0
  for (let mark = 1, change = 1; mark <= commits; change++) {
    const isBranch = change % 5 === 0 && mark + 4 <= commits
    if (!isBranch) {
      yield commit(mark, 'refs/heads/main', main, undefined, edits(files, mark))
      main = mark++
      continue
    }
    const changed = []
    for (let i = 0, from = main; i < 4; i++) {
      const edit = edits(files, mark)
      changed.push(...edit)
      yield commit(mark, 'refs/heads/topic', from, undefined, edit)
      from = mark++
    }
    yield commit(mark, 'refs/heads/main', main, mark - 1, changed)
    main = mark++
  }
}

interface Edit {
  readonly path: string
  readonly text: string
}

function commit(mark: number, ref: string, from: number, merged: number | undefined, edits: readonly Edit[]): string {
  const person = mark % 17 === 0 ? robot : people[mark % people.length]
  const subject =
    merged === undefined
      ? `Change ${mark} of the ${folders[mark % folders.length]}`
      : `Merge pull request #${mark} from org/topic`
  const message = `${subject}${merged === undefined ? trailers[mark % trailers.length] : ''}\n`
  const when = `${1_600_000_000 + mark * 3600} +0000`
  const parents = from === 0 ? '' : `from :${from}\n${merged === undefined ? '' : `merge :${merged}\n`}`
  const changes = edits.map(({ path, text }) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`)
  return `commit ${ref}\nmark :${mark}\nauthor ${person} ${when}\ncommitter ${person} ${when}\ndata ${Buffer.byteLength(message)}\n${message}${parents}${changes.join('')}\n`
}

/** Changes one to three files: some lines rewritten, some added, none ever longer than 400 lines. */
function edits(files: Map<string, string[]>, mark: number): Edit[] {
  return Array.from({ length: 1 + (mark % 3) }, (_, i) => {
    const number = (mark * 31 + i * 97) % 400
    const path = `${folders[number % folders.length]}/file-${number}.ts`
    const lines = files.get(path) ?? []
    files.set(path, lines)
    const at = (mark * 7) % Math.max(lines.length, 1)
    const fresh = Array.from(
      { length: 3 + (mark % 20) },
      (_, line) => `export const value${mark}x${line} = ${mark * line}`,
    )
    lines.splice(at, lines.length > 380 ? fresh.length + 20 : 2, ...fresh)
    return { path, text: `${lines.join('\n')}\n` }
  })
}

async function git(cwd: string, args: readonly string[]): Promise<void> {
  const [code] = await once(spawn('git', args, { cwd, stdio: 'inherit' }), 'exit')
  if (code !== 0) throw new Error(`git ${args[0]} ended with ${code}`)
}

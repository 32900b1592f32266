import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { readHistory } from '../history.ts'
import type { Change } from '../model.ts'
import {
  lines,
  type ScriptedCommit,
  type ScriptedRepository,
  scriptRepository,
} from '../testing/scripted-repository.ts'
import { readAgentTraces } from './agent-trace.ts'
import { readGitAiNote } from './git-ai.ts'

const claude = '\n\nCo-Authored-By: Claude <noreply@anthropic.com>\n'
const made: ScriptedRepository[] = []

afterEach(() => {
  for (const repository of made.splice(0)) repository.remove()
})

function script(commits: readonly ScriptedCommit[]): ScriptedRepository {
  const repository = scriptRepository(commits)
  made.push(repository)
  return repository
}

function note(attestations: string, extra: object = {}): string {
  const agent_id = { tool: 'claude', id: 'x', model: 'claude-opus-4-6' }
  const metadata = {
    schema_version: 'authorship/3.0.0',
    base_commit_sha: '0'.repeat(40),
    prompts: { '0123456789abcdef': { agent_id: { ...agent_id, tool: 'cursor' } } },
    sessions: { s_0123456789abcd: { agent_id, human_author: 'Ada <ada@example.com>' } },
    humans: { h_0123456789abcd: { author: 'Ada <ada@example.com>' } },
    ...extra,
  }
  return `${attestations}---\n${JSON.stringify(metadata, undefined, 2)}\n`
}

function annotate(repository: ScriptedRepository, name: string, text: string): void {
  const blob = repository.gitWith(text, 'hash-object', '-w', '--stdin')
  repository.git(
    '-c',
    'user.name=N',
    '-c',
    'user.email=n@example.com',
    'notes',
    '--ref=ai',
    'add',
    '-f',
    '-C',
    blob,
    repository.oid(name),
  )
}

async function read(repository: ScriptedRepository): Promise<Change[]> {
  const changes: Change[] = []
  for await (const change of readHistory({ path: repository.path })) changes.push(change)
  return changes
}

function parts(attested: number, declared: number, hinted: number, humanAttested: number, unknown: number) {
  return {
    attested,
    declared,
    hinted,
    humanAttested,
    unknown,
    total: attested + declared + hinted + humanAttested + unknown,
  }
}

const root: ScriptedCommit = { name: 'root', message: 'Begin', files: { 'base.ts': 'base\n' } }

test('a note attests the lines that it names and leaves the others to what the commit declares', async () => {
  const repository = script([
    root,
    {
      name: 'ai',
      parents: ['root'],
      message: `Write${claude}`,
      files: { 'a.ts': lines('a', 10), 'b.ts': lines('b', 3) },
    },
  ])
  // 4 lines of a session, 1 of an old prompt, 2 of a person; the 3 others of a.ts and b.ts are only declared.
  annotate(
    repository,
    'ai',
    note('a.ts\n  s_0123456789abcd::t_0123456789abcd 1-3,5\n  0123456789abcdef 6\n  h_0123456789abcd 9-10\n'),
  )
  const [, change] = await read(repository)
  expect(change?.attribution).toMatchObject({
    lines: parts(5, 6, 0, 2, 0),
    commits: parts(1, 0, 0, 0, 0),
    disagreements: [],
  })
  expect(change?.attribution.share).toMatchObject({ attested: 5 / 13, declared: 11 / 13, high: 11 / 13, unknown: 0 })
  expect(
    change?.attribution.sources.map(({ source, tool, lines: count, assurance }) => [source, tool, count, assurance]),
  ).toEqual([
    ['co-author-trailer', 'Claude Code', 13, 'said in the commit'],
    ['git-ai-note', 'Claude Code', 4, 'record, unsigned'],
    ['git-ai-note', 'Cursor', 1, 'record, unsigned'],
    ['git-ai-note', 'human', 2, 'record, unsigned'],
  ])
})

test('a note on a commit of a branch attests its lines in the merge, wherever they end up', async () => {
  const repository = script([
    root,
    { name: 'ai', parents: ['root'], message: 'Write', files: { 'a.ts': lines('a', 4) } },
    { name: 'top', parents: ['ai'], message: 'Header', files: { 'a.ts': `head\n${lines('a', 4)}` } },
    { name: 'merge', parents: ['root', 'top'], message: 'Merge', files: { 'a.ts': `head\n${lines('a', 4)}` } },
  ])
  annotate(repository, 'ai', note('a.ts\n  s_0123456789abcd::t_0123456789abcd 1-2\n'))
  const [, change] = await read(repository)
  expect(change?.attribution.lines).toEqual(parts(2, 0, 0, 0, 3))
  expect(change?.attribution.disagreements).toEqual([
    {
      kind: 'record_without_statement',
      detail: 'records attest AI lines, the commit declares none',
      commits: [repository.oid('ai')],
    },
  ])
})

test('a note cannot claim lines that its commit did not add', async () => {
  const repository = script([
    { name: 'root', message: 'Begin', files: { 'a.ts': lines('a', 5) } },
    { name: 'next', parents: ['root'], message: 'Next', files: { 'a.ts': `${lines('a', 5)}new\n` } },
  ])
  annotate(
    repository,
    'next',
    note('a.ts\n  s_0123456789abcd::t_0123456789abcd 1-100000000\nother.ts\n  0123456789abcdef 1-9\n'),
  )
  const [, change] = await read(repository)
  expect(change?.attribution.lines).toEqual(parts(1, 0, 0, 0, 0))
})

test('a commit whose lines the change no longer holds keeps the grade that its record gives', async () => {
  const repository = script([
    root,
    { name: 'ai', parents: ['root'], message: 'Write', files: { 'a.ts': lines('a', 4) } },
    { name: 'again', parents: ['ai'], message: 'Write anew', files: { 'a.ts': lines('b', 2) } },
    { name: 'merge', parents: ['root', 'again'], message: 'Merge', files: { 'a.ts': lines('b', 2) } },
  ])
  // lines 3 and 4 are its own, the file of the second record is not
  annotate(repository, 'ai', note('a.ts\n  s_0123456789abcd::t_0123456789abcd 3-4\n'))
  annotate(repository, 'again', note('other.ts\n  s_0123456789abcd::t_0123456789abcd 1-4\n'))
  const [, change] = await read(repository)
  expect(change?.attribution.lines).toEqual(parts(0, 0, 0, 0, 2))
  expect(change?.attribution.commits).toEqual(parts(1, 0, 0, 0, 1))
  expect(change?.commits.map(({ grade }) => grade)).toEqual(['attested', 'unknown', 'unknown'])
})

test('sources that disagree are findings', async () => {
  const repository = script([
    root,
    { name: 'noted', parents: ['root'], message: `A${claude}`, files: { 'a.ts': 'a\n' } },
    { name: 'person', parents: ['noted'], message: `B${claude}`, files: { 'b.ts': 'b\n' } },
    { name: 'other', parents: ['person'], message: `C${claude}`, files: { 'c.ts': 'c\n' } },
    { name: 'bare', parents: ['other'], message: `D${claude}`, files: { 'd.ts': 'd\n' } },
    { name: 'both', parents: ['bare'], message: `E${claude}`, files: { 'e.ts': 'e\n' } },
  ])
  annotate(repository, 'noted', note('a.ts\n  s_0123456789abcd::t_0123456789abcd 1\n'))
  annotate(repository, 'person', note('b.ts\n  h_0123456789abcd 1\n'))
  annotate(repository, 'other', note('c.ts\n  0123456789abcdef 1\n'))
  annotate(repository, 'both', note('e.ts\n  s_0123456789abcd::t_0123456789abcd 1\n  h_0123456789abcd 1\n'))
  const changes = await read(repository)
  expect(changes.map(({ attribution }) => attribution.disagreements.map((each) => each.kind))).toEqual([
    [],
    [],
    ['human_record_ai_statement'],
    ['tools_differ'],
    ['statement_without_record'],
    ['records_conflict'],
  ])
})

test.each([
  ['no divider', 'a.ts\n  s_0123456789abcd::t_0 1\n', ['note_malformed']],
  ['no JSON', 'a.ts\n  s_0123456789abcd::t_0 1\n---\n{', ['note_malformed']],
  ['another version', note('', { schema_version: 'authorship/9.0.0' }), ['note_malformed']],
  ['an entry before any path', note('  s_0123456789abcd::t_0 1\n'), ['note_entry_malformed']],
  ['a range backwards', note('a.ts\n  s_0123456789abcd::t_0 5-2\n'), ['note_entry_malformed']],
  ['line zero', note('a.ts\n  s_0123456789abcd::t_0 0\n'), ['note_entry_malformed']],
  ['a key that nothing explains', note('a.ts\n  s_ffffffffffffff::t_0 1\n'), ['note_key_unexplained']],
  ['the name of a built-in', note('a.ts\n  constructor 1\n'), ['note_key_unexplained']],
  ['a person that nothing explains', note('a.ts\n  h_ffffffffffffff 1\n'), ['note_key_unexplained']],
])('a note with %s attests nothing and is counted', (_name, text, problems) => {
  expect(readGitAiNote(Buffer.from(text))).toEqual({ lines: [], problems })
})

test('a trace record attests lines of the commit that it names', async () => {
  const first = script([root, { name: 'ai', parents: ['root'], message: 'Write', files: { 'a.ts': lines('a', 6) } }])
  const trace = {
    version: '0.1.0',
    id: '550e8400-e29b-41d4-a716-446655440000',
    timestamp: '2026-01-23T14:30:00Z',
    vcs: { type: 'git', revision: first.oid('ai') },
    tool: { name: 'cursor', version: '2.4.0' },
    files: [
      {
        path: 'a.ts',
        conversations: [
          {
            contributor: { type: 'ai', model_id: 'anthropic/claude-opus-4-5' },
            ranges: [
              { start_line: 1, end_line: 3 },
              { start_line: 5, end_line: 5, contributor: { type: 'human' } },
              { start_line: 6, end_line: 6, contributor: { type: 'mixed' } },
            ],
          },
        ],
      },
    ],
  }
  const files = { 'a.ts': lines('a', 6) }
  const repository = script([
    root,
    { name: 'ai', parents: ['root'], message: 'Write', files },
    {
      name: 'trace',
      parents: ['ai'],
      message: 'Trace',
      files: { '.agent-trace/traces.jsonl': `${JSON.stringify(trace)}\nnot json\n` },
    },
  ])
  expect(repository.oid('ai')).toBe(first.oid('ai'))
  const [, change] = await read(repository)
  expect(change?.attribution.lines).toEqual(parts(3, 0, 0, 1, 2))
  expect(change?.attribution.tools).toEqual([{ tool: 'Cursor', commits: 1, lines: 3 }])
})

test('the agent behind a checkpoint of Entire is taken from its branch', async () => {
  const repository = script([
    {
      name: 'meta',
      message: 'Checkpoint',
      files: { 'a3/b2c4d5e6f7/metadata.json': '{"checkpoint_id":"a3b2c4d5e6f7","agent":"Claude Code"}' },
    },
    root,
    { name: 'next', parents: ['root'], message: 'Next\n\nEntire-Checkpoint: a3b2c4d5e6f7\n', files: { 'a.ts': 'a\n' } },
  ])
  repository.git('update-ref', 'refs/heads/entire/checkpoints/v1', repository.oid('meta'))
  const [, change] = await read(repository)
  expect(change?.attribution).toMatchObject({
    lines: parts(0, 1, 0, 0, 0),
    tools: [{ tool: 'Claude Code', commits: 1, lines: 1 }],
  })
})

test('what a merge says of its whole request only hints at each commit', async () => {
  const repository = script([
    root,
    { name: 'one', parents: ['root'], message: 'One', files: { 'a.ts': lines('a', 2) } },
    {
      name: 'merge',
      parents: ['root', 'one'],
      message: 'Merge pull request #3 from octo/codex/fix',
      files: { 'a.ts': lines('a', 2) },
    },
  ])
  expect((await read(repository))[1]?.attribution).toMatchObject({
    lines: parts(0, 0, 2, 0, 0),
    commits: parts(0, 0, 1, 0, 0),
  })
})

test('no bytes make the record parsers fail', () => {
  const text = fc.string({ unit: 'binary', maxLength: 400 })
  fc.assert(
    fc.property(text, text, (first, second) => {
      const { lines: found, problems } = readGitAiNote(Buffer.from(note(`${first}\n  ${second}\n`)))
      expect(found.length + problems.length).toBeLessThan(500)
      expect(readAgentTraces(first).traces).toEqual([])
    }),
  )
})

test('the name of a tool is whole characters, whatever a note says', () => {
  const named = (tool: string) =>
    readGitAiNote(
      Buffer.from(note('a.ts\n  0123456789abcdef 1\n', { prompts: { '0123456789abcdef': { agent_id: { tool } } } })),
    ).lines.map((line) => line.tool)
  expect(named('zed \ud83d x')).toEqual(['zed \ufffd x'])
  expect(named(`${'z'.repeat(99)}\u{1F600}`)).toEqual(['z'.repeat(99)])
})

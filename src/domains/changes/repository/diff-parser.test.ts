import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FileDiff, parseDiffs } from './diff-parser.ts'
import { printOf } from './line-print.ts'

const [one, two] = ['1'.repeat(40), '2'.repeat(40)]
const oids = `${'a'.repeat(40)} ${'b'.repeat(40)}`

/** As `git diff-tree --stdin -z --raw --patch --unified=1` writes it (git-diff-tree(1), "Raw output format"). */
const output = Buffer.from(
  [
    `${one}\0:100644 100644 ${oids} M\0a.ts\0:100644 120000 ${oids} T\0link\0:100644 100644 ${oids} R090\0old name\0new name\0\0`,
    'diff --git a/a.ts b/a.ts\nindex aaa..bbb 100644\n--- a/a.ts\n+++ b/a.ts\n',
    '@@ -1,2 +1,4 @@ context\n keep\n-gone\n\\ No newline at end of file\n+  new\n+\n+diff --git a/x b/x\n',
    '@@ -9 +11,0 @@ context\0of content\n-tail\n',
    'diff --git a/link b/link\ndeleted file mode 100644\nindex aaa..000\n--- a/link\n+++ /dev/null\n@@ -1 +0,0 @@\n-text\n',
    'diff --git a/link b/link\nnew file mode 120000\nindex 000..bbb\n--- /dev/null\n+++ b/link\n@@ -0,0 +1 @@\n+target\n\\ No newline at end of file\n',
    'diff --git a/old name b/new name\nsimilarity index 90%\nrename from old name\nrename to new name\n=\n',
    `${two}\0=\n`,
  ].join(''),
)

async function parse(chunks: readonly Buffer[]) {
  async function* stream() {
    yield* chunks
  }
  const found = []
  // a stand-in for a language: a decision is the letter e
  const decisionsIn = (path: string) =>
    path.endsWith('.ts') ? (line: string) => line.split('e').length - 1 : undefined
  const options = { limits: { files: 100, mappedLines: 100 }, detail: () => 'lines' as const, decisionsIn }
  for await (const diff of parseDiffs(stream(), options)) found.push(diff)
  return found
}

function figures({ path, status, added, removed, blank, lines, decisions }: FileDiff) {
  return { path, status, added, removed, blank, numbers: lines?.numbers, prints: lines?.prints, decisions }
}

test('files, counts, line numbers and fingerprints are those of the diff', async () => {
  const diffs = await parse([output])
  expect(diffs.map(({ oid, files }) => [oid, files.length])).toEqual([
    [one, 3],
    [two, 0],
  ])
  expect(diffs[0]?.files.map(figures)).toEqual([
    {
      path: 'a.ts',
      status: 'M',
      added: 3,
      removed: 2,
      blank: 1,
      numbers: [2, 4],
      prints: [printOf('new'), printOf('diff --git a/x b/x')],
      decisions: { added: 1, removed: 1 },
    },
    { path: 'link', status: 'T', added: 1, removed: 1, blank: 0, numbers: [1], prints: [printOf('target')] },
    { path: 'new name', status: 'R', added: 0, removed: 0, blank: 0, numbers: [], prints: [] },
  ])
})

test('however the bytes arrive, the diffs are the same', async () => {
  const whole = await parse([output])
  expect(await parse([...output].map((byte) => Buffer.from([byte])))).toEqual(whole)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(output.length), { maxLength: 8 }), async (cuts) => {
      const ends = [0, ...cuts.sort((a, b) => a - b), output.length]
      expect(await parse(ends.slice(1).map((end, at) => output.subarray(ends[at], end)))).toEqual(whole)
    }),
    { numRuns: 200 },
  )
})

test('a line keeps its fingerprint at another depth and changes it with its text', () => {
  expect(printOf('\t\treturn x')).toBe(printOf('return x\r'))
  expect(printOf('return x')).not.toBe(printOf('return y'))
})

// The second letter stands behind the 4,096 bytes that are looked at, counted without the sign.
test('decisions behind the start of a long line are not counted, wherever it is cut', async () => {
  const line = (before: number) => `+e${'x'.repeat(before)}e${'x'.repeat(5000)}\n`
  const long = Buffer.from(
    `${one}\0:100644 100644 ${oids} M\0a.ts\0\0diff --git a/a.ts b/a.ts\n@@ -0,0 +1,2 @@\n${line(4094)}${line(4095)}=\n`,
  )
  const decisions = { added: 3, removed: 0 }
  for (const cut of [0, 1, 150, 160, 170, 4000, 4250, 4260, 4270, 9500, long.length]) {
    const [found] = await parse([long.subarray(0, cut), long.subarray(cut)])
    expect(found?.files.map((file) => file.decisions)).toEqual([decisions])
  }
})

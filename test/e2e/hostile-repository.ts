import { type ScriptedRepository, scriptRepository } from '../../src/domains/changes/testing/scripted-repository.ts'

/** Everything that a repository can say is an attempt to become more than text. */
export const HOSTILE_TITLE =
  '<script>window.taken=1</script> "><img src=x onerror=window.taken=1> \u202etxt.exe \u001b[31mred'
const author = '"><svg onload=window.taken=1> Eve'
const path = '<img src=x onerror=window.taken=1>.ts'

/** One finding, whose every word is an attempt. */
export const hostileSarif = JSON.stringify({
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: '"><script>window.taken=1</script>', rules: [] } },
      invocations: [{ executionSuccessful: true }],
      results: [
        {
          ruleId: '<img src=x onerror=window.taken=1>',
          level: 'error',
          message: { text: '<script>window.taken=1</script> \u202etxt.exe' },
          locations: [{ physicalLocation: { artifactLocation: { uri: 'src/part-11.ts' }, region: { startLine: 1 } } }],
        },
      ],
    },
  ],
})

/** Half of two lines are covered, in a file of an attacker's name. */
export const hostileLcov = `SF:${path}\nDA:1,1\nDA:2,0\nLF:2\nLH:1\nend_of_record\n`

/** A history with AI, without, and with an attacker's names in every place that a page shows. */
export function hostileRepository(): ScriptedRepository {
  const ai = '\n\nCo-authored-by: Claude <noreply@anthropic.com>\n'
  const plain = Array.from({ length: 12 }, (_, at) => ({
    name: `c${at}`,
    ...(at === 0 ? {} : { parents: [`c${at - 1}`] }),
    message: `Teach part ${at} to count${at % 3 === 0 ? ai : ''}`,
    at: 1_760_000_000 + at * 2_000_000,
    files: { [`src/part-${at}.ts`]: `export const part = ${at}\nexport const next = ${at + 1}\n` },
  }))
  return scriptRepository([
    ...plain,
    {
      name: 'side',
      parents: ['c11'],
      message: `Write it with a tool${ai}`,
      at: 1_785_000_000,
      files: { 'src/mixed.ts': 'export const generated = 1\nexport const alsoGenerated = 2\n' },
    },
    {
      name: 'hand',
      parents: ['side'],
      message: 'Write more by hand',
      at: 1_785_000_100,
      files: {
        'src/mixed.ts': 'export const generated = 1\nexport const alsoGenerated = 2\nexport const byHand = 3\n',
      },
    },
    {
      name: 'merge',
      parents: ['c11', 'hand'],
      message: "Merge branch 'side'\n\nBring the mixed part",
      at: 1_785_000_200,
      files: {
        'src/mixed.ts': 'export const generated = 1\nexport const alsoGenerated = 2\nexport const byHand = 3\n',
      },
    },
    {
      name: 'evil',
      parents: ['merge'],
      message: `${HOSTILE_TITLE}\n\nReviewed-by: </dd><script>window.taken=1</script> <eve@example.com>\nFixes: "><b>PAY-1\n`,
      author: `${author.replaceAll(/[<>]/g, '')} <eve@example.com>`,
      at: 1_786_000_000,
      files: {
        [path]:
          '</td><script>window.taken=1</script>\n\u202eevil\u2066 \u001b[2J\n<img src=x onerror=window.taken=1>\n',
      },
    },
  ])
}

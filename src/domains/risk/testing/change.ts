import type { Change, ChangedFile } from '#domains/changes'

type Identity = Change['author']

export const ada: Identity = { name: 'Ada', email: 'ada@example.com', kind: 'human' }
export const bo: Identity = { name: 'Bo', email: 'bo@example.com', kind: 'human' }
export const machine: Identity = { name: 'GitHub', email: 'noreply@github.com', kind: 'automation' }

const none = { attested: 0, declared: 0, hinted: 0, humanAttested: 0, unknown: 0, total: 0 }

/** A file as a test needs it: `counted` lines added, nothing removed. */
export function file(path: string, counted = 1, rest: Partial<ChangedFile> = {}): ChangedFile {
  return { path, status: 'modified', class: 'counted', added: counted, removed: 0, counted, ...rest }
}

export interface ChangeScript {
  readonly files?: readonly ChangedFile[]
  readonly lines?: Partial<typeof none>
  readonly commits?: Partial<typeof none>
  readonly automation?: number
  readonly author?: Identity
  readonly mergedBy?: Identity
  readonly reviewers?: readonly Identity[]
  readonly coAuthors?: readonly Identity[]
}

/** One commit by Ada, merged by a machine, without a word of AI or review, unless the script says more. */
export function change(script: ChangeScript = {}): Change {
  const files = [...(script.files ?? [file('src/app.ts')])]
  const counted = files.reduce((sum, one) => sum + one.counted, 0)
  const author = script.author ?? ada
  const committer = script.mergedBy ?? machine
  const at = '2027-01-01T00:00:00.000Z'
  return {
    id: 'chg_test',
    kind: 'commit',
    headOid: 'a'.repeat(40),
    baseOid: 'b'.repeat(40),
    title: 'A change',
    mergedAt: at,
    author,
    mergedBy: committer,
    commits: [
      {
        oid: 'a'.repeat(40),
        subject: 'A change',
        author,
        committer,
        authoredAt: at,
        committedAt: at,
        isMerge: false,
        signature: { kind: 'none', status: 'absent' },
        grade: 'unknown',
      },
    ],
    parties: {
      coAuthors: [...(script.coAuthors ?? [])],
      reviewers: [...(script.reviewers ?? [])],
      signedOffBy: [],
      reverts: [],
      cherryPickedFrom: [],
      tickets: [],
      na: {},
    },
    files,
    lines: { added: counted, removed: 0, counted, setAside: {} },
    attribution: {
      lines: { ...none, total: counted, unknown: counted, ...script.lines },
      commits: { ...none, total: 1, unknown: 1, ...script.commits },
      share: { attested: null, declared: null, high: null, unknown: null, method: 'test' },
      sources: [],
      tools: [],
      disagreements: [],
      automation: { commits: script.automation ?? 0, lines: 0 },
      problems: {},
    },
    limitsHit: [],
  }
}

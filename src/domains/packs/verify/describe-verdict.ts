import type { CheckStatus, Verdict } from './verdict.ts'

const MARK: Record<CheckStatus, string> = { pass: 'ok', fail: 'FAILED', unknown: 'not checked', not_applicable: 'none' }

/** The answer for a person who has ten seconds: the verdict, what was checked, what is wrong, whose keys. */
export function describeVerdict(verdict: Verdict): string {
  const lines = [headline(verdict), '']
  for (const { title, status, detail } of verdict.checks)
    lines.push(`  ${MARK[status].padEnd(11)}  ${title}: ${detail}`)
  if (verdict.problems.length > 0) lines.push('', 'What is wrong:')
  for (const { code, member, index, message } of verdict.problems) {
    const where = [member, index === undefined ? undefined : `record ${index}`].filter((part) => part !== undefined)
    lines.push(`  ${code}${where.length > 0 ? ` in ${where.join(', ')}` : ''}: ${message}`)
  }
  if (verdict.problemsOmitted > 0) lines.push(`  and ${verdict.problemsOmitted} more`)
  return `${[...lines, '', ...withGap(facts(verdict)), ...advice(verdict)].join('\n')}\n`
}

function withGap(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [...lines, '']
}

function headline({ result, trust, size, completeness, origin }: Verdict): string {
  if (result === 'failed') return 'NOT VERIFIED. Do not rely on this pack.'
  const what = completeness === 'whole' ? `the whole log of ${size} records` : 'chosen records'
  return trust === 'pinned'
    ? `VERIFIED with your keys: ${what} of ${origin}, unaltered.`
    : `VERIFIED, keys not pinned: ${what} of ${origin}, consistent with the keys in the pack.`
}

function facts({ origin, size, root, completeness, about, preparedBy, preparedAt, fingerprint }: Verdict): string[] {
  const rows: [string, string | number | null][] = [
    ['log', origin],
    [completeness === 'asserted' ? 'log size' : 'records', size],
    ['root', root],
    [
      'contents',
      completeness === 'asserted'
        ? 'asserted: chosen records; that none that matters was left out is the word of who prepared the pack'
        : completeness,
    ],
    ['about', about],
    ['prepared', preparedAt === null ? null : `${preparedAt} by ${preparedBy}`],
    ['keys', fingerprint],
  ]
  return rows.filter(([, value]) => value !== null).map(([name, value]) => `  ${name.padEnd(9)} ${value}`)
}

function advice({ trust, result }: Verdict): string[] {
  if (result === 'failed') return ['Ask for the pack again, and keep this file: what is wrong with it is evidence too.']
  if (trust === 'pinned') return ['Only keys from your --keys file were trusted.']
  return [
    'The keys came with the pack, so anyone could have made it with keys of their own. To know whose it is: get',
    'keys.json from the operator by another way, or compare the fingerprint above with them by telephone, and run',
    'again with --keys keys.json.',
  ]
}

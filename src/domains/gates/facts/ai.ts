import type { Change } from '#domains/changes'
import type { UnknownPath } from './howto.ts'
import type { MergeFacts } from './model.ts'

/** What is known of AI's part. The author's own word counts where nothing says otherwise. */
export function aiFacts(
  { attribution, author, commits }: Change,
  stated: 'none' | 'assisted' | 'generated' | undefined,
  unknown: Set<UnknownPath>,
): MergeFacts['ai'] {
  const { lines, tools } = attribution
  const byAgent = author.kind === 'agent' || commits.some((commit) => commit.author.kind === 'agent')
  const marked =
    byAgent || lines.attested + lines.declared + attribution.commits.attested + attribution.commits.declared > 0
  const assisted = marked || (stated === undefined ? byRecords(attribution) : stated !== 'none')
  if (assisted === undefined) unknown.add('ai.assisted')
  const contradictions: string[] = attribution.disagreements.map((one) => contradiction[one.kind])
  if (stated === 'none' && marked)
    contradictions.push('the author states that no AI took part, and marks of AI say otherwise')
  return {
    ...(assisted === undefined ? {} : { assisted }),
    byAgent,
    lines: {
      attested: lines.attested,
      declared: lines.declared,
      hinted: lines.hinted,
      human: lines.humanAttested,
      unknown: lines.unknown,
      total: lines.total,
    },
    tools: tools
      .map((one) => one.tool)
      .sort()
      .slice(0, 20),
    contradictions: [...new Set(contradictions)].sort().slice(0, 20),
  }
}

const contradiction = {
  record_without_statement: 'line records name AI where the commit does not',
  statement_without_record: 'the commit names AI where the line records do not',
  human_record_ai_statement: 'line records name a human where the commit names AI',
  tools_differ: 'sources name different tools',
  records_conflict: 'line records contradict each other',
} as const

/** Records that name a human for every line and commit say that no AI took part; anything less leaves it open. */
function byRecords({ lines, commits }: Change['attribution']): false | undefined {
  const isAllHuman = commits.total > 0 && commits.humanAttested === commits.total && lines.humanAttested === lines.total
  return isAllHuman ? false : undefined
}

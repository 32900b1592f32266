import type { GateRule, GateRun } from '../gate-run.ts'

const marks: Readonly<Record<GateRule['status'], string>> = {
  pass: '✓',
  fail: '✗',
  excepted: '~',
  unknown: '?',
  not_applicable: '-',
  error: '!',
}

/** A gate run for a person: the verdict first, then each rule that holds it back with who can mend it and how. */
export function toText(run: GateRun): string {
  const held = run.rules.filter((rule) => rule.mode === 'enforce' && !isFine(rule))
  const told = run.rules.filter((rule) => rule.mode !== 'enforce' && !isFine(rule))
  const excepted = run.rules.filter((rule) => rule.status === 'excepted')
  const { score, level } = run.risk
  const lines = [
    `${verdict(run)}  merge of ${run.change.head.slice(0, 12)}  ${clean(run.change.title)}`,
    ...(run.overridden === null
      ? []
      : [`let through once by ${run.overridden.overrideId}: the rules say ${run.overridden.result.toUpperCase()}`]),
    `risk ${level.toUpperCase()} ${score.used} (${score.low} to ${score.high}) · ${counts(run.rules)}`,
    ...held.filter((rule) => rule.status !== 'unknown').flatMap(ruleLines),
    ...unknownLines(run),
    ...denials(run),
    ...excepted.map(
      (rule) =>
        `${marks.excepted} ${rule.id}  excepted by ${rule.exceptionId ?? 'an exception'}: ${clean(rule.message)}`,
    ),
    ...(told.length === 0
      ? []
      : ['', 'not enforced:', ...told.map((rule) => `${marks[rule.status]} ${rule.id}  ${clean(rule.message)}`)]),
    ...candidateLines(run),
    ...run.notices.map((notice) => `note: ${clean(notice)}`),
    ...run.errors.map((error) => `! ${clean(error)}`),
    '',
    run.decisionId === null
      ? 'not recorded: no server was named, so exceptions are not known; reports are given here by --evidence FILE'
      : `recorded as ${run.decisionId}`,
  ]
  return `${lines.join('\n')}\n`
}

/** What versions of policies that are being rolled out here say. */
function candidateLines({ candidates }: GateRun): string[] {
  return candidates.flatMap(({ packId, version, mode, enforced, decision, rules }) => {
    const would = decision === 'deny' ? 'denies' : 'allows'
    const said = enforced ? `decides, and ${would} it` : `only tells: it ${would} it`
    return [
      '',
      `${packId} ${version} is being rolled out (${mode}) and ${said}`,
      ...rules.map((rule) => `${marks[rule.status]} ${rule.id}  ${clean(rule.message)}`),
    ]
  })
}

function isFine({ status }: GateRule): boolean {
  return status === 'pass' || status === 'not_applicable' || status === 'excepted'
}

function verdict({ result, decision }: GateRun): string {
  if (result === 'pass') return decision === 'allow' ? 'PASS' : 'DENIED'
  return result.toUpperCase()
}

function counts(rules: readonly GateRule[]): string {
  const words = {
    fail: 'fail',
    error: 'could not be evaluated',
    unknown: 'unknown',
    excepted: 'excepted',
    pass: 'pass',
    not_applicable: 'do not apply',
  }
  return Object.entries(words)
    .map(([status, word]) => ({ word, count: rules.filter((rule) => rule.status === status).length }))
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${count} ${word}`)
    .join(' · ')
}

function ruleLines(rule: GateRule): string[] {
  const where = rule.locations
    .slice(0, 5)
    .map(({ path, line }) => `    at ${clean(path)}${line === null ? '' : `:${line}`}`)
  const more = rule.locations.length > 5 ? [`    and ${rule.locations.length - 5} more`] : []
  return [
    '',
    `${marks[rule.status]} ${rule.id}  [${rule.severity}]  ${clean(rule.message)}`,
    ...where,
    ...more,
    ...(rule.remediation === null ? [] : [`    ${rule.owner}: ${clean(rule.remediation)}`]),
    ...(rule.fix === null ? [] : [`    $ ${clean(rule.fix)}`]),
  ]
}

/** By what makes it known, because one report often makes several facts known and several rules decidable. */
function unknownLines({ unknowns }: GateRun): string[] {
  const steps = new Map<string, { what: string[]; rules: Set<string> }>()
  for (const { what, howToKnow, rules } of unknowns) {
    const step = steps.get(howToKnow) ?? { what: [], rules: new Set() }
    step.what.push(what)
    for (const rule of rules) step.rules.add(rule)
    steps.set(howToKnow, step)
  }
  return [...steps].flatMap(([howToKnow, { what, rules }]) => [
    '',
    `? not known: ${clean(what.join('; '))}`,
    `    holds back ${[...rules].join(', ')}`,
    `    ${clean(howToKnow)}`,
  ])
}

function denials({ result, authorization }: GateRun): string[] {
  if (result !== 'pass') return []
  const forbids = authorization.filter((one) => one.effect === 'forbid')
  return forbids.map((one) => `✗ ${one.id}  ${clean(one.reason)}`)
}

/** Titles and paths come from a repository that may be hostile: nothing that a terminal would obey is printed. */
export function clean(text: string): string {
  return text.replace(/\p{C}/gu, '\ufffd')
}

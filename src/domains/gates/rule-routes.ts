import { z } from 'zod'
import { RepositoryNotFound, RepositoryUnreadable } from '#domains/changes'
import { newestRules, readRules } from '#domains/risk'
import { type Context, route } from '#kernel/ledger'
import { answersOf, PolicyVersionUnusable } from '#kernel/policy'
import { timestamp } from '#platform/clock.ts'
import type { Db } from '#platform/database.ts'
import { CursorInvalid } from '#platform/http/errors.ts'
import { PageQuery, pageOf, toPage } from '#platform/http/page.ts'
import type { Route } from '#platform/http/route.ts'
import { RuleNotFound } from './errors.ts'
import { type PolicySource, ruleTitles } from './policy.ts'
import { changesByRule, noFigures, RuleFigures, ruleFigures, ruleStatuses } from './rule-figures.ts'
import { GateSettings, Mode, RuleInForce, rulesUnder } from './rules-in-force.ts'
import type { Tables } from './service.ts'

const CountedRule = RuleInForce.extend({ changes: RuleFigures }).meta({ id: 'CountedGateRule' })

const RuleChange = z
  .object({
    changeId: z.string(),
    repositoryId: z.string(),
    title: z.string(),
    mergedAt: z.iso.datetime(),
    /** Of the rule when it was asked. */
    mode: Mode,
    /** What is wrong or missing; empty where nothing is. */
    message: z.string(),
    decisionId: z.string(),
  })
  .meta({ id: 'GateRuleChange' })

/** A version of a pack that is being rolled out in the repository. */
const RuleRollout = z
  .object({
    rolloutId: z.string(),
    packId: z.string(),
    version: z.string(),
    stage: z.int(),
    mode: z.enum(['audit', 'warn', 'enforce']),
  })
  .meta({ id: 'GateRuleRollout' })

const ofRepository = z.object({ repositoryId: z.string().max(100).optional() })
const ChangesQuery = PageQuery.extend({
  ...ofRepository.shape,
  status: z.enum(ruleStatuses).default('fail'),
})

export function ruleRoutes(db: Db<Tables>, policy: PolicySource): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/gates/merge/rules',
      permission: 'gate:read',
      summary:
        'the rules of the merge gate that are in force, with what they say now of all changes, or as a repository sets them and of its changes',
      query: ofRepository,
      reply: z.object({
        items: z.array(CountedRule),
        next: z.null(),
        settings: GateSettings,
        rollouts: z.array(RuleRollout),
      }),
      errors: [RepositoryNotFound, RepositoryUnreadable, PolicyVersionUnusable],
      handler: async (_ctx, { query: { repositoryId } }) => {
        const text = repositoryId === undefined ? undefined : (await newestRules(db, repositoryId)).text
        const standing = await policy.standingOf(repositoryId)
        const { items, settings } = await rulesUnder(policy, standing, readRules(text))
        const figures = await ruleFigures(db, repositoryId)
        return {
          items: items.map((rule) => ({ ...rule, changes: figures.get(rule.id) ?? noFigures() })),
          next: null,
          settings,
          rollouts: standing.trials.map(({ rolloutId, packId, version, stage, mode }) => ({
            rolloutId,
            packId,
            version,
            stage,
            mode,
          })),
        }
      },
    }),
    route({
      method: 'POST',
      path: '/v1/gates/merge/rules/preview',
      permission: 'gate:read',
      summary:
        'tells how a file of rules would set the merge gate, of a repository where one is named, and its mistakes; changes nothing',
      body: ofRepository.extend({ text: z.string().max(1_000_000).optional() }).strict(),
      reply: z.object({ items: z.array(RuleInForce), settings: GateSettings }),
      errors: [PolicyVersionUnusable],
      handler: async (_ctx, { body }) =>
        rulesUnder(policy, await policy.standingOf(body.repositoryId), readRules(body.text)),
    }),
    route({
      method: 'GET',
      path: '/v1/gates/merge/rules/{id}/changes',
      permission: 'gate:read',
      summary:
        'lists the changes of which a rule says that now, the newest first; those that fail unless asked otherwise',
      params: z.object({ id: z.string().max(130) }),
      query: ChangesQuery,
      reply: pageOf(RuleChange),
      errors: [RuleNotFound, CursorInvalid, PolicyVersionUnusable],
      handler: async (_ctx, { params, query }) => listChanges(db, policy, params.id, query),
    }),
  ]
}

async function listChanges(db: Db<Tables>, policy: PolicySource, rule: string, query: z.output<typeof ChangesQuery>) {
  const { packs, trials } = await policy.standingOf(query.repositoryId)
  const known = [...packs, ...trials.flatMap((one) => one.candidate)]
  const isKnown = known.some((pack) => pack.rules.some((one) => one.id === rule))
  if (!isKnown && !Object.hasOwn(ruleTitles(), rule)) throw RuleNotFound({ ruleId: rule })
  const { status, repositoryId, limit, cursor } = query
  const after = cursor === undefined ? undefined : readCursor(cursor)
  const rows = await changesByRule(db, { rule, status, repositoryId, after, limit })
  const { items, next } = toPage(rows, limit, (row) => row.place)
  const answers = await answersOf(
    db,
    items.map((row) => row.decision_id),
  )
  return {
    items: items.map((row) => {
      const answer = answers.get(row.decision_id)?.find((one) => one.id === rule)
      return {
        changeId: row.id,
        repositoryId: row.repository_id,
        title: row.title,
        mergedAt: timestamp(row.merged_at.getTime()),
        mode: answer?.mode ?? 'enforce',
        message: answer?.message ?? '',
        decisionId: row.decision_id,
      }
    }),
    next,
  }
}

/** The place of a change in lists, as its table has it. */
function readCursor(cursor: string): string {
  if (!/^\d{16}\.\d{12}\.chg_[A-Za-z0-9_-]{1,80}$/.test(cursor)) throw CursorInvalid({})
  return cursor
}

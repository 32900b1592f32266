import { z } from 'zod'
import { type ChangesTables, RepositoryNotFound, RepositoryUnreadable } from '#domains/changes'
import { type Context, route } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import type { Route } from '#platform/http/route.ts'
import { DescribedRules, describeRules, JudgedPath, pathsJudge } from './describe-rules.ts'
import { RulesTooSlow } from './errors.ts'
import { type RepositoryRules, RulesProblem } from './rules.ts'
import { readRules } from './rules-file.ts'
import { rulesBytesMax } from './rules-schema.ts'
import { newestRules } from './service.ts'

const RulesText = z
  .object({
    /** Null where no commit was read yet. */
    commit: z.string().nullable(),
    /** Null where there is no such file. */
    text: z.string().nullable(),
    /** Whether it is larger than a file of rules may be, so that the rest is not here. */
    isCut: z.boolean(),
  })
  .meta({ id: 'RulesText' })

const path = z.string().min(1).max(4096)

/** Rules of paths: those in force, the file that says them, and what another one would say. */
export function rulesRoutes(db: Db<ChangesTables>): Route<Context>[] {
  return [
    route({
      method: 'GET',
      path: '/v1/risk/rules',
      permission: 'risk:read',
      summary: 'the rules that say which paths are sensitive, each with its source',
      query: z.object({ repositoryId: z.string().max(100).optional() }),
      reply: DescribedRules,
      errors: [RepositoryNotFound, RepositoryUnreadable],
      handler: async (_ctx, { query: { repositoryId } }) =>
        describeRules(readRules(repositoryId === undefined ? undefined : (await newestRules(db, repositoryId)).text)),
    }),
    route({
      method: 'GET',
      path: '/v1/risk/rules/file',
      permission: 'diff:read',
      summary: 'the text of `.countersign.yaml` at the newest commit of a repository that was read',
      query: z.object({ repositoryId: z.string().max(100) }),
      reply: RulesText,
      errors: [RepositoryNotFound, RepositoryUnreadable],
      handler: async (_ctx, { query }) => {
        const { commit, text = null } = await newestRules(db, query.repositoryId)
        return { commit, text, isCut: text !== null && Buffer.byteLength(text) > rulesBytesMax }
      },
    }),
    route({
      method: 'POST',
      path: '/v1/risk/rules/preview',
      permission: 'risk:read',
      summary: 'tells what a file of rules would say of paths, and its mistakes; changes nothing',
      body: z.object({ text: z.string().max(1_000_000).optional(), paths: z.array(path).max(1000) }).strict(),
      reply: z.object({
        state: DescribedRules.shape.state,
        problems: z.array(RulesProblem),
        paths: z.array(JudgedPath),
      }),
      errors: [RulesTooSlow],
      handler: async (_ctx, { body }) => {
        const { rules, problems } = readRules(body.text)
        return { state: rules.state, problems, paths: await judgeInTime(rules, body.paths) }
      },
    }),
  ]
}

/** Patterns and paths are the caller's: so long may they take, and so long may they keep others waiting at a time. */
const previewMs = 2000
const turnMs = 20

/** @throws rules_too_slow */
async function judgeInTime(rules: RepositoryRules, paths: readonly string[]): Promise<JudgedPath[]> {
  const judge = pathsJudge(rules)
  const judged: JudgedPath[] = []
  let spent = 0
  for (let turn = performance.now(); judged.length < paths.length; ) {
    judged.push(judge(paths[judged.length] ?? ''))
    const took = performance.now() - turn
    if (took < turnMs) continue
    spent += took
    if (spent > previewMs) throw RulesTooSlow({})
    await new Promise((resolve) => setImmediate(resolve))
    turn = performance.now()
  }
  return judged
}

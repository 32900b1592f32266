import { afterAll, expect, test } from 'vitest'
import { migrate } from '#platform/migrate.ts'
import { type TestDatabase, testDatabase } from '#test/postgres.ts'
import { describeModules } from './modules.ts'

let database: TestDatabase | undefined
afterAll(() => database?.close())

test('what was assessed and judged before is found by risk and gate after the migration', async () => {
  const modules = describeModules()
  // as they were before lists asked by risk and gate
  const last: Readonly<Record<string, number>> = { changes: 3, risk: 1, gates: 1 }
  const before = modules.map(({ name, migrations }) => ({
    name,
    migrations: migrations.filter((one) => one.number <= (last[name] ?? one.number)),
  }))
  database = await testDatabase(before)
  const run = (sql: string) => database?.pool.query(sql)
  const lines = `'{"attribution":{"lines":{"humanAttested":0,"hinted":0}}}'`
  await run(`insert into repository (id, path, name, added_at) values ('repo_1', '/r', 'r', now())`)
  await run(`insert into change (id, repository_id, position, head_oid, title, merged_at, author_name, lines_counted,
      lines_attested, lines_declared, detail, files, record_id)
    values ('chg_a', 'repo_1', 0, 'aa', 'A', '2026-01-02T03:04:05Z', 'Ada', 1, 0, 0, ${lines}, '[]', gen_random_uuid()),
      ('chg_b', 'repo_1', 12, 'bb', 'B', '1969-12-31T23:59:59Z', 'Ada', 1, 0, 0, ${lines}, '[]', gen_random_uuid())`)
  await run(`insert into risk_assessment (id, change_id, repository_id, number, assessed_at, inputs, score_hundredths,
      level, detail, record_id)
    values ('rsk_1', 'chg_a', 'repo_1', 1, now(), 'x', 300, 'low', '{}', gen_random_uuid()),
      ('rsk_2', 'chg_a', 'repo_1', 2, now(), 'y', 1440, 'critical', '{}', gen_random_uuid())`)
  await run(`insert into gate_verdict (change_id, repository_id, decision_id, decision_record_id, assessment_id, result,
      decision, policy_revision, facts_digest, judged_at)
    values ('chg_b', 'repo_1', 'dec_1', gen_random_uuid(), 'rsk_9', 'fail', 'deny', 'x', 'y', now())`)

  await migrate(database.pool, modules)
  const rows = async (sql: string) => (await run(sql))?.rows
  // 1767323045 and -1 seconds after 1970, in milliseconds and moved by 1e15
  const places = { chg_a: '1001767323045000.000000000000.chg_a', chg_b: '0999999999999000.000000000012.chg_b' }
  expect(await rows('select change_id, assessment_id, number, score_hundredths, level, place from risk_now')).toEqual([
    {
      change_id: 'chg_a',
      assessment_id: 'rsk_2',
      number: 2,
      score_hundredths: 1440,
      level: 'critical',
      place: places.chg_a,
    },
  ])
  expect(await rows('select change_id, result, place, merged_at from gate_verdict')).toEqual([
    { change_id: 'chg_b', result: 'fail', place: places.chg_b, merged_at: new Date(-1000) },
  ])
})

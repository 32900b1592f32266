import { chmod, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { signIn, startServer } from './console.ts'
import { atMost, type Bench, type Figure, type Line } from './figure.ts'
import { percentile, timed } from './statistics.ts'

const people = 10_000
const groups = 200
const membersEach = 1000
const asks = 60
/** As many requests at once as a provisioning client sends. */
const atOnce = 4

type Ask = (method: string, path: string, body?: object) => Promise<Record<string, unknown>>

/** Provisioning by HTTP of a server as it is installed: everybody comes, then every kind of request is asked again. */
export const scim: Figure = {
  name: 'scim',
  about: `SCIM with ${people} people and ${groups} groups of ${membersEach}: making them, and every request after`,
  run: async (bench) => {
    const data = await mkdtemp(join(bench.folder, 'scim-'))
    await chmod(data, 0o711)
    const server = await startServer(bench, data)
    try {
      const { token } = await signIn(server.link)
      const made = await call(server.url, token)('POST', '/v1/scim/clients', { name: 'bench' })
      const base = `${server.url}/scim/v2`
      return await measureAll(bench, call(base, String(made['token'])))
    } finally {
      await server.stop()
    }
  },
}

async function measureAll({ say }: Bench, ask: Ask): Promise<Line[]> {
  say(`  ${people} people come`)
  const came = await many(people, async (i) => String((await ask('POST', '/Users', person(i)))['id']))
  say(`  ${groups} groups come, each pushed with ${membersEach} members at once`)
  const formed = await many(groups, async (i) => {
    const { id } = await ask('POST', '/Groups', { displayName: `group-${i}`, externalId: `g-${i}` })
    return String(id)
  })
  const membersOf = (i: number) =>
    Array.from({ length: membersEach }, (_, j) => ({ value: came.results[(i * 37 + j) % people] ?? '' }))
  const pushed = await many(
    groups,
    (i) => ask('PATCH', `/Groups/${formed.results[i]}`, operation('add', 'members', membersOf(i))),
    1,
  )
  const lines: Line[] = [
    { what: `people made a second, ${atOnce} at once`, measured: people / came.seconds, unit: '/s' },
    latency('a person is made', came.took),
    latency('a group is made', formed.took),
    latency(`${membersEach} members are pushed to a group`, pushed.took),
  ]
  for (const [what, one] of Object.entries(requests(ask, came.results, formed.results))) {
    say(`  ${what}`)
    const { took } = await many(asks, one, 1)
    lines.push(latency(what, took))
  }
  return lines
}

/** What Entra and Okta ask, and the costliest that anybody may. */
function requests(ask: Ask, users: readonly string[], teams: readonly string[]) {
  const user = (i: number) => users[(i * 97) % users.length] ?? ''
  const team = (i: number) => teams[i % teams.length] ?? ''
  const get = (path: string) => ask('GET', encodeURI(path))
  const department = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department'
  return {
    'a person by id, with groups': (i: number) => get(`/Users/${user(i)}`),
    'a person by userName': (i: number) => get(`/Users?filter=userName eq "PERSON-${i}@example.com"`),
    'a person by externalId': (i: number) => get(`/Users?filter=externalId eq "ext-${i}"`),
    'a person by work address': (i: number) =>
      get(`/Users?filter=emails[type eq "work"].value eq "person-${i}@example.com"`),
    'people by a part of a name': (i: number) => get(`/Users?filter=displayName co "son ${i}"&count=100`),
    'people by department or title, sorted': () =>
      get(`/Users?filter=${department} eq "d7" or title pr&sortBy=name.familyName&count=100`),
    'a page of 100 people': (i: number) => get(`/Users?startIndex=${(i * 160) % people}&count=100`),
    'a page of 200 people': (i: number) => get(`/Users?startIndex=${(i * 160) % people}&count=200`),
    'a group with members': (i: number) => get(`/Groups/${team(i)}`),
    'a group without members': (i: number) => get(`/Groups/${team(i)}?excludedAttributes=members`),
    'a group by name, without members': (i: number) =>
      get(`/Groups?filter=displayName eq "GROUP-${i}"&excludedAttributes=members`),
    'groups of a member, without members': (i: number) =>
      get(`/Groups?filter=members[value eq "${user(i)}"]&excludedAttributes=members&count=100`),
    'a page of groups with members': (i: number) => get(`/Groups?startIndex=${1 + ((i * 7) % 190)}&count=100`),
    'a page of 100 groups without members': () => get('/Groups?count=100&excludedAttributes=members'),
    'a person is changed': (i: number) =>
      ask('PATCH', `/Users/${user(i)}`, operation('replace', 'title', `Title ${i}`)),
    'a person is deactivated': (i: number) => ask('PATCH', `/Users/${user(i)}`, operation('replace', 'active', false)),
    'a member is removed': (i: number) =>
      ask('PATCH', `/Groups/${team(i)}`, operation('remove', `members[value eq "${users[(i * 37) % people]}"]`)),
    'a member is added': (i: number) =>
      ask('PATCH', `/Groups/${team(i)}`, operation('add', 'members', [{ value: users[(i * 37) % people] }])),
    'all members of a group are replaced': (i: number) =>
      ask(
        'PATCH',
        `/Groups/${team(i)}`,
        operation(
          'replace',
          'members',
          users.slice(i * 50, i * 50 + membersEach).map((value) => ({ value })),
        ),
      ),
    'a person in 20 groups is deleted': (i: number) => ask('DELETE', `/Users/${users[people - 1 - i]}`),
  }
}

function person(i: number) {
  return {
    userName: `person-${i}@example.com`,
    externalId: `ext-${i}`,
    displayName: `Person ${i}`,
    name: { givenName: 'Person', familyName: `No ${i}` },
    emails: [{ value: `person-${i}@example.com`, type: 'work', primary: true }],
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { employeeNumber: `${i}`, department: `d${i % 40}` },
  }
}

function operation(op: string, path: string, value?: unknown) {
  return { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [{ op, path, value }] }
}

function latency(what: string, took: readonly number[]): Line {
  const note = `median ${percentile(took, 0.5).toFixed(0)} ms, slowest ${Math.max(...took).toFixed(0)} ms`
  return { what: `${what}, p95`, measured: percentile(took, 0.95), unit: 'ms', ...atMost(100), note }
}

function call(base: string, token: string): Ask {
  return async (method, path, body) => {
    const answer = await fetch(`${base}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 300)}`)
    return text === '' ? {} : JSON.parse(text)
  }
}

async function many<R>(count: number, work: (i: number) => Promise<R>, workers = atOnce) {
  const results: R[] = []
  const took: number[] = []
  let next = 0
  const worker = async () => {
    for (let i = next++; i < count; i = next++) {
      const { ms, result } = await timed(() => work(i))
      results[i] = result
      took.push(ms)
    }
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: workers }, worker))
  return { results, took, seconds: (performance.now() - startedAt) / 1000 }
}

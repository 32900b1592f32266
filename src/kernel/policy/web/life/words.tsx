import { A, oneLine, type Reply, Status, type StatusName, useAnswer, useMay } from '#console'

export type Version = Reply<'GET /v1/policy-packs/{id}/versions/{version}'>
export type Pack = Reply<'GET /v1/policy-packs/{id}'>
export type Rollout = Reply<'GET /v1/policy-rollouts/{id}'>
export type Stage = Rollout['stages'][number]

/** What the life of policies is told by, on the live stream. */
export const lifeKinds = ['policy', 'policy-pack', 'policy-version', 'policy-rollout'] as const

const versionWords: Readonly<Record<Version['state'], readonly [StatusName, string]>> = {
  draft: ['unknown', 'draft'],
  published: ['excepted', 'published'],
  in_force: ['pass', 'in force'],
  superseded: ['not_applicable', 'superseded'],
  retired: ['not_applicable', 'retired'],
}

export function VersionState({ state }: Pick<Version, 'state'>) {
  const [status, word] = versionWords[state]
  return <Status status={status} word={word} />
}

const rolloutWords: Readonly<Record<Rollout['state'], readonly [StatusName, string]>> = {
  running: ['unknown', 'running'],
  active: ['pass', 'in force everywhere'],
  superseded: ['not_applicable', 'superseded'],
  rolled_back: ['fail', 'rolled back'],
}

export function RolloutState({ state }: Pick<Rollout, 'state'>) {
  const [status, word] = rolloutWords[state]
  return <Status status={status} word={word} />
}

/** Somebody by the name that the directory has; a link for who may look at people. */
export function Person({ names, id }: { readonly names: Readonly<Record<string, string>>; readonly id: string }) {
  const may = useMay()
  const name = names[id]
  const className = name === undefined ? 'mono' : ''
  const said = name === undefined ? id : oneLine(name)
  if (!may('people:read')) return <span className={className}>{said}</span>
  return (
    <A to={`/people/users/${id}`} className={className}>
      {said}
    </A>
  )
}

export function versionPath(packId: string, version: string): string {
  return `/policy/versions/${packId}/${version}`
}

/** Leads to the records of something, whoever may read them. */
export function Recorded({ of }: { readonly of: string }) {
  const may = useMay()
  return may('ledger:read') ? (
    <A to="/ledger" query={{ target: of }}>
      records
    </A>
  ) : null
}

/** Whether the day is over by which somebody was to look at it again; days are of UTC. */
export function isReviewDue({ reviewBy }: Pick<Pack, 'reviewBy'>): boolean {
  return reviewBy !== null && reviewBy < new Date().toISOString().slice(0, 10)
}

/** When somebody is to look at a pack again, and whether that is due. */
export function ReviewBy({ pack }: { readonly pack: Pick<Pack, 'reviewBy'> }) {
  if (pack.reviewBy === null) return <span className="quiet">no day is set</span>
  if (!isReviewDue(pack)) return <span>by {pack.reviewBy}</span>
  return <Status status="error" word={`review due since ${pack.reviewBy}`} />
}

export const stageModes = [
  ['audit', 'audit: the answer stays, what the version says is recorded beside it'],
  ['warn', 'warn: the answer stays, and it is said'],
  ['enforce', 'enforce: the version decides'],
] as const

/** The repositories of a stage, in words. */
export function scopeWords({ repositories, teams, percent }: Stage['scope'], nameOf: (id: string) => string) {
  const named = [...repositories.map(nameOf), ...teams.map((team) => `team ${nameOf(team)}`)]
  const share = percent === 100 ? '' : `${percent} % of `
  const of = named.length === 0 ? 'all repositories' : named.join(', ')
  return share === '' && named.length === 0 ? 'every repository' : `${share}${of}`
}

/** Names of repositories, and of teams, by id: as many as one page of them has. */
export function usePlaces() {
  const repositories = useAnswer('GET /v1/repositories', { query: { limit: 200 } }).data?.items ?? []
  const teams = useAnswer('GET /v1/teams', {}).data?.items ?? []
  return {
    repositories,
    teams,
    nameOf: (id: string) => oneLine([...repositories, ...teams].find((one) => one.id === id)?.name ?? id),
  }
}

import type { JWTPayload } from 'jose'
import { matchesPattern } from '#platform/glob.ts'
import type { CiProvider } from './ci-model.ts'

/** What a pipeline's token says of where it runs. */
export interface Pipeline {
  readonly repository: string
  /** Whole: `refs/heads/main`. */
  readonly ref: string
  readonly workflow: string
  readonly environment: string | null
  /** What the provider calls the repository and its owner for good; null where its token does not say. */
  readonly repositoryId: string | null
  readonly ownerId: string | null
}

/** The claims that carry it; `sub` is never read, for pipelines can be set up to write it in many ways. */
const claimsOf: Readonly<Record<CiProvider, { readonly [K in keyof Pipeline]: string }>> = {
  'github-actions': {
    repository: 'repository',
    ref: 'ref',
    workflow: 'job_workflow_ref',
    environment: 'environment',
    repositoryId: 'repository_id',
    ownerId: 'repository_owner_id',
  },
  'gitlab-ci': {
    repository: 'project_path',
    ref: 'ref_path',
    workflow: 'ci_config_ref_uri',
    environment: 'environment',
    repositoryId: 'project_id',
    ownerId: 'namespace_id',
  },
}

/** Undefined when a claim is missing, is no text, or is longer than such names are. */
export function pipelineIn(payload: JWTPayload, provider: CiProvider): Pipeline | undefined {
  const names = claimsOf[provider]
  const repository = text(payload[names.repository])
  const ref = text(payload[names.ref])
  const workflow = text(payload[names.workflow])
  if (repository === undefined || ref === undefined || workflow === undefined) return undefined
  const environment = payload[names.environment]
  const isAbsent = environment === undefined || environment === null || environment === ''
  const named = isAbsent ? null : text(environment)
  const ids = { repositoryId: idIn(payload[names.repositoryId]), ownerId: idIn(payload[names.ownerId]) }
  return named === undefined ? undefined : { repository, ref, workflow, environment: named, ...ids }
}

function idIn(value: unknown): string | null {
  const written = typeof value === 'number' ? String(value) : value
  return typeof written === 'string' && /^[\w-]{1,64}$/.test(written) ? written : null
}

export interface Wanted extends Omit<Pipeline, 'repositoryId' | 'ownerId'> {
  readonly provider: CiProvider
}

export interface Pinned {
  readonly providerRepositoryId: string | null
  readonly providerOwnerId: string | null
}

/**
 * Whether it is the repository that was trusted, and no other that has its name now: renamed, transferred or made again. What is not
 * pinned yet is anything.
 */
export function isPinned({ providerRepositoryId, providerOwnerId }: Pinned, found: Pipeline): boolean {
  const isSame = (pin: string | null, id: string | null) => pin === null || pin === id
  return isSame(providerRepositoryId, found.repositoryId) && isSame(providerOwnerId, found.ownerId)
}

/** Letter for letter, but for the wildcards of ref and workflow. */
export function isTrusted(wanted: Wanted, found: Omit<Wanted, 'provider'>): boolean {
  return (
    found.repository === wanted.repository &&
    matchesPattern(`/${wanted.ref}`, found.ref) &&
    matchesPattern(`/${wanted.workflow}`, found.workflow) &&
    (wanted.environment === null || found.environment === wanted.environment)
  )
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 1000 ? value : undefined
}

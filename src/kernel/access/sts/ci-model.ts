import { z } from 'zod'
import { ScopeNames } from '../agents/model.ts'

export const CiProvider = z.enum(['github-actions', 'gitlab-ci'])
export type CiProvider = z.infer<typeof CiProvider>

const line = (max: number) =>
  z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .max(max)
/** Whole but for `*`, any letters of one part, and the part `**`, any parts. */
const pattern = (max: number) => line(max).regex(/^[^[\]\\?]+$/, 'may have `*` and `**`, and no other wildcard')
const settings = {
  name: z.string().trim().min(1).max(100),
  provider: CiProvider,
  /** The `iss` of its tokens, exactly. */
  issuer: z.string().max(500),
  /** What its tokens are made for: the `aud` that the pipeline asks for. */
  audience: line(500),
  /** As the provider writes it: `owner/name`, or the path of the project. */
  repository: line(300).regex(/^[^*?/]+(\/[^*?/]+)+$/, 'must be the whole path of one repository'),
  /** Of the whole ref: `refs/heads/main`, `refs/tags/v*`. */
  ref: pattern(300).regex(/^refs\//, 'must be a whole ref such as `refs/heads/main`'),
  /**
   * Of `job_workflow_ref` (GitHub) or `ci_config_ref_uri` (GitLab), which name file and ref:
   * `owner/name/.github/workflows/release.yml@refs/heads/main`.
   */
  workflow: pattern(500),
  /** Exactly; null where the job need not run in an environment. */
  environment: z.string().min(1).max(255).nullable(),
  scopes: ScopeNames.min(1),
}

const providerId = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .nullable()
/** What the provider calls the repository and its owner for good; what is null is taken from the first pipeline that comes. */
const pins = {
  /** `repository_id` (GitHub), `project_id` (GitLab). */
  providerRepositoryId: providerId,
  /** `repository_owner_id` (GitHub), `namespace_id` (GitLab). */
  providerOwnerId: providerId,
}

export const NewCiTrust = z
  .strictObject({
    ...settings,
    environment: settings.environment.default(null),
    providerRepositoryId: providerId.default(null),
    providerOwnerId: providerId.default(null),
  })
  .meta({ id: 'NewCiTrust' })
export type NewCiTrust = z.infer<typeof NewCiTrust>

export const CiTrust = z
  .object({
    ...settings,
    ...pins,
    /** Of a trust that an API token made; null: until it is removed. */
    expiresAt: z.iso.datetime().nullable(),
    /** Who the records of what the pipeline does name. */ id: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'CiTrust' })
export type CiTrust = z.infer<typeof CiTrust>

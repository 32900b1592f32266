import type { Module } from '#kernel/ledger'
import { personRoles } from '#kernel/ledger'
import type { Db } from '#platform/database.ts'
import findingPolicies from './access/finding.cedar?raw'
import findingSchema from './access/finding.cedarschema?raw'
import {
  EvidenceErased,
  EvidenceFileUnreadable,
  EvidenceNotFound,
  EvidenceSpeaksOfOther,
  readingErrors,
  TrustRootNotFound,
  TrustRootWrong,
} from './errors.ts'
import { EvidenceAttached } from './events.ts'
import migration from './migrations/0001-evidence.sql?raw'
import trustMigration from './migrations/0002-trust-roots.sql?raw'
import { type AfterAttached, evidenceRoutes } from './routes.ts'
import type { Tables } from './service.ts'
import { trustRoutes } from './trust/routes.ts'
import { TrustRootAdded, TrustRootRemoved } from './trust/service.ts'
import { createEvidenceReader } from './worker/reader.ts'

interface Services {
  readonly db: Db<Tables>
  /** That the commit is judged again, of which this domain knows nothing. */
  readonly afterAttached: AfterAttached
}

/** Reports of scanners, tests and forges, attached to the commit or artifact that they are about. */
export function evidenceModule({ db, afterAttached }: Services): Module {
  return {
    name: 'evidence',
    migrations: [
      { number: 1, name: 'evidence', sql: migration },
      { number: 2, name: 'trust-roots', sql: trustMigration },
    ],
    routes: [...evidenceRoutes(db, createEvidenceReader(), afterAttached), ...trustRoutes(db)],
    events: [EvidenceAttached, TrustRootAdded, TrustRootRemoved],
    errors: [
      ...readingErrors,
      EvidenceFileUnreadable,
      EvidenceSpeaksOfOther,
      EvidenceNotFound,
      EvidenceErased,
      TrustRootWrong,
      TrustRootNotFound,
    ],
    permissions: [
      { name: 'evidence:read', about: 'read evidence with the reports that it is', roles: personRoles },
      {
        name: 'evidence:write',
        about: 'attach reports to commits and artifacts',
        roles: ['platform-administrator', 'security', 'tech-lead', 'service'],
      },
      {
        name: 'trust:write',
        about: 'say whose signatures under statements count',
        roles: ['platform-administrator', 'security'],
      },
    ],
    access: { schema: findingSchema, policies: findingPolicies },
    jobs: [],
  }
}

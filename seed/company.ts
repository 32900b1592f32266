/** Harbour Bank, which does not exist: who works there, and on what. */
export type Role = 'junior-developer' | 'senior-developer' | 'tech-lead' | 'security' | 'compliance' | 'legal'

export interface Person {
  readonly name: string
  readonly email: string
  readonly roles: readonly Role[]
}

const person = (name: string, ...roles: readonly Role[]): Person => ({
  name,
  email: `${name.toLowerCase().replace(/[^a-z]+/g, '.')}@harbour.example`,
  roles,
})

export const developers: readonly Person[] = [
  person('Amara Okafor', 'senior-developer'),
  person('Ben Lindqvist', 'junior-developer'),
  person('Chiara Romano', 'senior-developer'),
  person('Daniel Weiss', 'junior-developer'),
  person('Elif Yilmaz', 'senior-developer'),
  person('Farid Haddad', 'junior-developer'),
  person('Grace Nakamura', 'tech-lead', 'senior-developer'),
  person('Henrik Olsen', 'senior-developer'),
]
export const security: readonly Person[] = [person('Ines Duarte', 'security'), person('Jonas Petit', 'security')]
export const legal: readonly Person[] = [person('Katya Morozova', 'legal')]

export interface Area {
  readonly folder: string
  readonly what: readonly string[]
}

export interface RepositoryPlan {
  readonly name: string
  readonly ticket: string
  readonly changes: number
  readonly extension: 'ts' | 'py'
  readonly areas: readonly Area[]
  readonly files: number
  /** How much of the changes AI takes part in, a year ago and now. */
  readonly ai: readonly [number, number]
  /** How many changes arrive with all their reports, when reports began to be kept and now. */
  readonly covered: readonly [number, number]
  /** Of a repository that is older than reports: the newest so many changes have them. */
  readonly reported?: number
}

const payments: readonly Area[] = [
  { folder: 'src/payments', what: ['refund', 'transfer', 'settlement', 'fee'] },
  { folder: 'src/auth', what: ['session', 'token', 'consent'] },
  { folder: 'src/api', what: ['route', 'filter', 'page'] },
  { folder: 'src/core', what: ['clock', 'money', 'retry', 'queue'] },
]

export const repositories: readonly RepositoryPlan[] = [
  {
    name: 'payments',
    ticket: 'PAY',
    changes: 260,
    extension: 'ts',
    areas: payments,
    files: 40,
    ai: [0.15, 0.6],
    covered: [0.35, 0.9],
  },
  {
    name: 'storefront',
    ticket: 'SHOP',
    changes: 320,
    extension: 'ts',
    areas: [
      { folder: 'src/pages', what: ['basket', 'search', 'offer', 'account'] },
      { folder: 'src/parts', what: ['button', 'table', 'dialog'] },
      { folder: 'src/checkout', what: ['address', 'voucher', 'total'] },
    ],
    files: 60,
    ai: [0.25, 0.75],
    covered: [0.2, 0.7],
  },
  {
    name: 'risk-models',
    ticket: 'RSK',
    changes: 120,
    extension: 'py',
    areas: [
      { folder: 'models', what: ['score', 'limit', 'feature'] },
      { folder: 'pipelines', what: ['load', 'join', 'publish'] },
    ],
    files: 30,
    ai: [0.1, 0.4],
    covered: [0.5, 0.95],
  },
  {
    name: 'legacy-batch',
    ticket: 'BAT',
    changes: 60,
    extension: 'py',
    areas: [{ folder: 'jobs', what: ['close', 'archive', 'report'] }],
    files: 12,
    ai: [0, 0.2],
    covered: [0, 0],
  },
]

/** What a company of thousands has. */
export const monorepo: RepositoryPlan = {
  name: 'monorepo',
  ticket: 'MONO',
  changes: 100_000,
  extension: 'ts',
  areas: [...payments, { folder: 'src/reporting', what: ['ledger', 'statement', 'export'] }],
  files: 2500,
  ai: [0.1, 0.6],
  covered: [0.9, 0.9],
  reported: 10_000,
}

/** So many audit records the large company has in all: what is missing are reads, by whoever copies records to a SIEM. */
export const largeRecords = 1_000_000

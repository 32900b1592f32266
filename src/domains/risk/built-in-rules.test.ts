import fc from 'fast-check'
import { expect, test } from 'vitest'
import { matchesPattern } from '#platform/glob.ts'
import { builtInRules } from './built-in-rules.ts'
import { builtInRulesOf } from './judge-path.ts'

/** By rule: paths that are of its kind, and paths that look like it and are not. */
const examples: Readonly<Record<string, { of: readonly string[]; not: readonly string[] }>> = {
  authentication: {
    of: [
      'src/auth/index.ts',
      'app/LoginForm.tsx',
      'lib/OAuth2Client.java',
      'pkg/sign-in/x.go',
      'server/middleware/csrf.py',
    ],
    not: [
      'src/author.ts',
      'src/authority/list.ts',
      'docs/authentication.md',
      'src/auth/login.test.ts',
      'src/tokenizer.rs',
    ],
  },
  cryptography: {
    of: [
      'src/crypto.c',
      'internal/kms/sign.go',
      'deploy/server.pem',
      '.env',
      'config/.env.production',
      'lib/AesCipher.cs',
    ],
    not: ['src/description.ts', 'docs/tls.md', 'test/crypto/vectors.json', 'src/env.ts', '.env.example'],
  },
  payment: {
    of: ['src/billing/plan.ts', 'packages/lib/StripeWebhook.ts', 'web/checkout/page.tsx', 'app/models/invoice.rb'],
    not: ['src/git/checkout.rs', 'src/pay.ts', 'locales/payment/de.json'],
  },
  'personal-data': {
    of: ['src/gdpr/export.ts', 'app/models/user.rb', 'api/PatientRecord.java', 'src/users/user.model.ts'],
    not: ['src/user-agent.ts', 'PRIVACY.md', 'src/personality.ts'],
  },
  infrastructure: {
    of: [
      'Dockerfile',
      'services/api/Dockerfile.prod',
      'main.tf',
      'ops/k8s/api.yaml',
      'docker-compose.dev.yml',
      'infra/x.sh',
    ],
    not: ['src/dockerfiles.ts', 'docs/k8s/setup.md', 'src/infra.ts'],
  },
  migrations: {
    of: ['db/migrations/001.sql', 'prisma/schema.prisma', 'packages/db/migrations/x.ts', 'db/migrate/1_a.rb'],
    not: ['docs/migrations/v5.md', 'src/migrate.ts', 'test/migrations/a.ts'],
  },
  ci: {
    of: [
      '.github/workflows/ci.yml',
      'Jenkinsfile',
      '.gitlab-ci.yml',
      '.github/actions/setup/action.yml',
      '.husky/pre-commit',
    ],
    not: ['.github/ISSUE_TEMPLATE/bug.yml', '.github/workflows/README.md', 'src/workflows/run.ts'],
  },
  governance: {
    of: ['.countersign.yaml', 'CODEOWNERS', '.github/CODEOWNERS'],
    not: ['src/.countersign.yaml', 'src/codeowners.ts'],
  },
  dependencies: {
    of: [
      'package.json',
      'apps/web/package.json',
      'go.mod',
      'Cargo.toml',
      'requirements-dev.txt',
      'src/App.csproj',
      '.gitmodules',
    ],
    not: ['src/package.ts', 'examples/app/package.json', 'test/package.json'],
  },
  documentation: {
    of: ['README.md', 'docs/img/a.png', 'LICENSE', 'CHANGELOG.md', '.github/ISSUE_TEMPLATE/bug.yml'],
    not: [
      'CLAUDE.md',
      'packages/a/AGENTS.md',
      '.github/copilot-instructions.md',
      '.claude/commands/x.md',
      'src/docs.ts',
    ],
  },
  tests: {
    of: [
      'test/a.js',
      'src/a.test.ts',
      'src/__tests__/a.tsx',
      'pkg/a_test.go',
      'tests/conftest.py',
      'app/spec/a_spec.rb',
    ],
    not: ['src/latest/a.ts', 'src/contest.py', 'src/testing.ts'],
  },
  examples: {
    of: ['examples/a.js', 'packages/x/demo/a.ts', 'src/Button.stories.tsx'],
    not: ['src/example.ts', 'src/democracy/a.ts'],
  },
  translations: {
    of: ['po/de.po', 'public/locales/de/common.json', 'src/i18n/messages/fr.json', 'config/locales/de.yml'],
    not: ['src/i18n/index.ts', 'src/lang.json', 'config/locale.ts'],
  },
}

test('every rule has its examples, and nothing else has', () => {
  expect(Object.keys(examples).sort()).toEqual(builtInRules.map(({ id }) => id).sort())
})

test.each(Object.entries(examples))('%s', (id, { of, not }) => {
  const fits = (path: string) => builtInRulesOf(path, 'counted').some((rule) => rule.id === id)
  expect(of.filter((path) => !fits(path))).toEqual([])
  expect(not.filter(fits)).toEqual([])
})

test('lock files, vendored files and submodules are code of others by their class', () => {
  for (const kind of ['lock', 'vendored', 'submodule'])
    expect(builtInRulesOf('src/x', kind).map(({ id }) => id)).toEqual(['dependencies'])
})

test('a rule that raises raises a factor, and one that lowers lowers both of its own', () => {
  for (const rule of builtInRules.filter(({ effect }) => effect === 'raise'))
    expect([rule.dataSensitivity ?? 'high', rule.systemCriticality ?? 'high']).not.toContain('low')
  for (const rule of builtInRules.filter(({ effect }) => effect === 'lower'))
    expect([rule.dataSensitivity, rule.systemCriticality]).toEqual(['low', 'low'])
})

// Patterns of ours are compiled to one expression; they mean what the same patterns mean in a repository's rules.
test('built-in patterns match what the same patterns match in `.countersign.yaml`', () => {
  const segment = fc.constantFrom(
    'db',
    'migrate',
    'a',
    'models',
    'user.rb',
    'users',
    'x.tf',
    '.github',
    'workflows',
    'i18n',
    'de.json',
    'charts',
    'templates',
  )
  const rules = builtInRules.filter(
    ({ paths, words, folders, unless, except, classes }) =>
      paths && !words && !folders && !unless && !except && !classes,
  )
  expect(rules.length).toBeGreaterThan(1)
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
      const path = segments.join('/')
      const found = builtInRulesOf(path, 'counted').map(({ id }) => id)
      for (const { id, paths } of rules)
        expect(found.includes(id)).toBe(paths?.some((pattern) => matchesPattern(pattern, path)))
    }),
  )
})

test('no path makes matching fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (path) => {
      expect(Array.isArray(builtInRulesOf(path, 'counted'))).toBe(true)
    }),
  )
})

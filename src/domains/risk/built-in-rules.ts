import type { DataLevel, RegulatoryImpact } from './matrix.ts'

/**
 * What a kind of file means for the risk of the change that touches it. A file is of the kind when its path holds one of
 * the `words` or `folders`, fits one of the `paths`, or has one of the `classes`, unless it fits `unless` or is of a
 * kind that `except` names. All are compared in lower case.
 */
export interface BuiltInRule {
  readonly id: string
  readonly about: string
  /** `raise`: the file matters more than others; `lower`: it matters less. */
  readonly effect: 'raise' | 'lower'
  /** Whole words of the path: `src/LoginForm.tsx` holds src, login, form and tsx. */
  readonly words?: readonly string[]
  /** Names of folders anywhere in the path. */
  readonly folders?: readonly string[]
  /** Patterns as in `.gitignore`: one without a slash is of the file's name. */
  readonly paths?: readonly string[]
  /** Classes of `ChangedFile`. */
  readonly classes?: readonly string[]
  readonly unless?: readonly string[]
  /** Ids of lowering rules. */
  readonly except?: readonly string[]
  readonly dataSensitivity?: DataLevel
  readonly systemCriticality?: DataLevel
  readonly regulatoryImpact?: RegulatoryImpact
}

/** A page about passwords is no password: words name a subject, which texts, tests and translations may have too. */
const texts = ['documentation', 'tests', 'examples', 'translations']

/** Text that steers AI tools is no mere text: what stands there decides what they write. */
const instructions = list(`
  agents.md claude.md gemini.md copilot-instructions.md *.instructions.md *.prompt.md skill.md **/.claude/**
  **/.cursor/** .github/prompts/** .github/agents/**
`)

/** To teach it another kind of file, add one object here and one row to `built-in-rules.test.ts`. */
export const builtInRules: readonly BuiltInRule[] = [
  {
    id: 'authentication',
    about: 'who somebody is and what they may do',
    effect: 'raise',
    words: list(`
      auth authn authz oauth oauth2 oidc openid saml sso ldap kerberos jwt jwts authentication authenticate
      authenticator authorization authorize authorizer authorisation login logins logout signin signup signout
      password passwords passwd passkey passkeys mfa 2fa totp otp webauthn fido2 rbac abac acl acls permission
      permissions credential credentials impersonate impersonation csrf xsrf captcha
    `),
    except: texts,
    dataSensitivity: 'high',
    systemCriticality: 'high',
    regulatoryImpact: 'low',
  },
  {
    id: 'cryptography',
    about: 'keys, secrets, encryption and signatures',
    effect: 'raise',
    words: list(`
      crypto cryptography cryptographic cipher ciphers encrypt encryption encrypted encryptor decrypt decryption hmac
      pbkdf2 bcrypt scrypt argon2 aes rsa ecdsa ed25519 tls ssl x509 pki certificate certificates keystore keyring kms
      hsm vault secret secrets
    `),
    paths: list('*.pem *.key *.p12 *.pfx *.jks .env .env.*'),
    unless: list('.env.example .env.sample .env.template .env.dist'),
    except: texts,
    dataSensitivity: 'high',
    systemCriticality: 'high',
    regulatoryImpact: 'low',
  },
  {
    id: 'payment',
    about: 'money: payments, invoices, what customers are charged',
    effect: 'raise',
    words: list(`
      payment payments paywall billing billings invoice invoices invoicing refund refunds payout payouts payroll
      chargeback chargebacks stripe paypal braintree adyen klarna creditcard iban sepa
    `),
    folders: ['checkout'],
    except: texts,
    dataSensitivity: 'critical',
    systemCriticality: 'high',
    regulatoryImpact: 'high',
  },
  {
    id: 'personal-data',
    about: 'data about people',
    effect: 'raise',
    words: list(`
      gdpr ccpa hipaa pii phi privacy personal anonymize anonymizer anonymization pseudonymize consent consents kyc ssn
      patient patients medical biometric biometrics customer customers employee employees
    `),
    paths: list('**/models/user* **/entities/user* **/users/*model* **/users/*entity*'),
    except: texts,
    dataSensitivity: 'high',
    regulatoryImpact: 'medium',
  },
  {
    id: 'infrastructure',
    about: 'where and how the system runs',
    effect: 'raise',
    paths: list(`
      *.tf *.tfvars *.bicep dockerfile dockerfile.* *.dockerfile containerfile vagrantfile procfile
      docker-compose*.yml docker-compose*.yaml compose.yml compose.yaml pulumi*.yaml serverless.yml infra/**
      infrastructure/** deploy/** deployment/** nginx.conf fly.toml vercel.json app.yaml netlify.toml render.yaml
      railway.toml wrangler.toml **/charts/**/templates/**
    `),
    folders: ['k8s', 'kubernetes', 'helm', 'terraform', 'ansible', 'cloudformation'],
    except: ['documentation', 'tests'],
    systemCriticality: 'high',
  },
  {
    id: 'migrations',
    about: 'the shape of stored data, which is hard to take back',
    effect: 'raise',
    paths: list(`
      **/db/migrate/** **/alembic/versions/** **/db/schema.rb **/db/structure.sql schema.prisma *.migration.sql
      **/changelog/*.sql
    `),
    folders: ['migrations', 'flyway', 'liquibase'],
    except: ['documentation', 'tests'],
    dataSensitivity: 'high',
    systemCriticality: 'high',
  },
  {
    id: 'ci',
    about: 'what builds, checks and releases the software',
    effect: 'raise',
    paths: list(`
      .github/workflows/** .github/actions/** .gitlab-ci.yml .gitlab/ci/** jenkinsfile jenkinsfile.* .circleci/**
      .buildkite/** .travis.yml .drone.yml azure-pipelines*.yml bitbucket-pipelines.yml appveyor.yml cloudbuild.yaml
      .woodpecker/** .woodpecker.yml .teamcity/** .goreleaser.y*ml .husky/** lefthook.yml .pre-commit-config.yaml
      .releaserc*
    `),
    except: ['documentation'],
    systemCriticality: 'high',
  },
  {
    id: 'governance',
    about: 'the rules that this product and code owners go by',
    effect: 'raise',
    paths: ['/.countersign.yaml', 'codeowners'],
    dataSensitivity: 'high',
    systemCriticality: 'high',
  },
  {
    id: 'dependencies',
    about: 'code of others that comes with this',
    effect: 'raise',
    paths: list(`
      package.json pnpm-workspace.yaml .npmrc deno.json deno.jsonc go.mod go.sum go.work cargo.toml requirements*.txt
      **/requirements/*.txt pyproject.toml setup.py setup.cfg pipfile environment.yml gemfile *.gemspec composer.json
      pom.xml build.gradle build.gradle.kts libs.versions.toml *.csproj *.fsproj directory.packages.props nuget.config
      package.swift podfile cartfile pubspec.yaml mix.exs build.sbt rebar.config conanfile.* vcpkg.json module.bazel
      .gitmodules
    `),
    classes: ['lock', 'vendored', 'submodule'],
    except: ['tests', 'examples'],
    systemCriticality: 'high',
  },
  {
    id: 'documentation',
    about: 'text for people',
    effect: 'lower',
    paths: list(`
      *.md *.mdx *.rst *.adoc *.asciidoc *.org readme readme.txt license license.* licence copying notice authors
      contributors changelog changelog.txt changes.txt .github/issue_template/** .github/pull_request_template/**
      .github/funding.yml .mailmap .gitignore
    `),
    folders: ['docs', 'doc'],
    unless: instructions,
    dataSensitivity: 'low',
    systemCriticality: 'low',
  },
  {
    id: 'tests',
    about: 'checks that do not ship',
    effect: 'lower',
    paths: list(`
      *.test.* *.spec.* *.test-d.ts *_test.go *_test.py test_*.py conftest.py *_spec.rb *_test.rb *test.java *tests.java
      *test.kt *tests.cs *test.php *tests.swift *_test.rs *_test.exs *_test.dart *.snap
    `),
    folders: list('test tests __tests__ __snapshots__ __mocks__ spec specs e2e cypress testdata fixtures'),
    dataSensitivity: 'low',
    systemCriticality: 'low',
  },
  {
    id: 'examples',
    about: 'samples for readers',
    effect: 'lower',
    paths: ['*.stories.*'],
    folders: ['example', 'examples', 'sample', 'samples', 'demo', 'demos'],
    dataSensitivity: 'low',
    systemCriticality: 'low',
  },
  {
    id: 'translations',
    about: 'words of the interface in other languages',
    effect: 'lower',
    paths: list(`
      *.po *.pot *.xlf *.xliff *.ftl *.arb *.strings *.resx **/locales/**/*.json **/locales/*.y*ml **/locale/**/*.json
      **/i18n/**/*.json **/lang/**/*.json **/translations/**/*.json **/messages/*.json
    `),
    dataSensitivity: 'low',
    systemCriticality: 'low',
  },
]

/** Names between white space, which none of them holds. */
function list(text: string): string[] {
  return text.trim().split(/\s+/)
}

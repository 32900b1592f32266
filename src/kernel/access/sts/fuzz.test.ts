import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Headers, startTestProduct, type TestProduct } from '#test/harness.ts'
import { type Sts, stsOf, textOf } from '#test/sts.ts'
import { readToken } from '../token.ts'
import { certificateHashIn } from './certificate.ts'
import { isTrusted, pipelineIn } from './ci-claims.ts'
import { NewCiTrust } from './ci-model.ts'

/** Whatever is sent: an answer of the protocol, and never a token. */
let product: TestProduct
let sts: Sts
let token: Headers
beforeAll(async () => {
  product = await startTestProduct({ config: { requestsPerMinute: 1_000_000 } })
  token = await product.token({ scopes: ['change:read'] })
  sts = stsOf(product, await product.token({ scopes: ['token:introspect'] }))
})
afterAll(() => product.close())

const names = [
  'grant_type',
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'audience',
  'resource',
  'scope',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
  'expires_in',
  'task',
  'tools',
]
const prefix = 'urn:ietf:params:oauth:'
const value = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    `${prefix}grant-type:token-exchange`,
    'client_credentials',
    `${prefix}token-type:access_token`,
    `${prefix}token-type:jwt`,
    'cst_api_',
    'eyJhbGciOiJub25lIn0.e30.AAAA',
    'a.b.c',
    '300',
    '*',
    '',
  ),
)

describe('the token endpoint', () => {
  test('answers anything with an error of RFC 6749', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...names), value), async (fields) => {
        const reply = await sts.post('/oauth/token', fields)
        expect([400, 401]).toContain(reply.status)
        expect(reply.body.error).toMatch(/^(invalid_(request|client|grant|scope|target)|unsupported_grant_type)$/)
        expect(reply.body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,1000}$/)
      }),
      { numRuns: 150 },
    )
  })

  test('never gives more than the subject holds, whatever stands beside it', async () => {
    const extra = fc.dictionary(fc.constantFrom('scope', 'audience', 'resource', 'task', 'tools', 'client_id'), value)
    await fc.assert(
      fc.asyncProperty(extra, async (fields) => {
        const reply = await sts.exchange({ subject_token: textOf(token), ...fields })
        if (reply.status === 200) expect(reply.body.scope).toBe('change:read')
        else expect(reply.status).toBe(400)
      }),
      { numRuns: 60 },
    )
  })

  test('takes any header of a client for one that says nothing, or refuses it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 80 }), async (text) => {
        const authorization = `Basic ${Buffer.from(text).toString('base64')}`
        const reply = await sts.post('/oauth/token', { grant_type: 'client_credentials' }, { authorization })
        expect(reply).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
      }),
      { numRuns: 40 },
    )
  })
})

describe('what stands in a token of a pipeline', () => {
  const wanted = {
    provider: 'github-actions' as const,
    repository: 'acme/x',
    ref: 'refs/heads/*',
    workflow: 'acme/x/.github/workflows/*@refs/heads/*',
    environment: null,
  }

  test('of any shape is read without a fault, and trusted only when repository and ref fit', () => {
    const claims = fc.record(
      { repository: fc.anything(), ref: fc.anything(), job_workflow_ref: fc.anything(), environment: fc.anything() },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(claims, (payload) => {
        const found = pipelineIn(payload, 'github-actions')
        if (found !== undefined && isTrusted(wanted, found)) {
          expect(found.repository).toBe('acme/x')
          expect(found.ref).toMatch(/^refs\/heads\/[^/]*$/)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('is trusted by any ref below the pattern and by none beside it', () => {
    const branch = fc.stringMatching(/^[A-Za-z0-9._-]{1,40}$/)
    fc.assert(
      fc.property(branch, branch, (one, other) => {
        const workflow = `acme/x/.github/workflows/${one}@refs/heads/${other}`
        const at = (ref: string, repository = 'acme/x') => ({ repository, ref, workflow, environment: null })
        expect(isTrusted(wanted, at(`refs/heads/${one}`))).toBe(true)
        expect(isTrusted(wanted, at(`refs/heads/${one}/${other}`))).toBe(false)
        expect(isTrusted(wanted, at(`refs/tags/${one}`))).toBe(false)
        expect(isTrusted(wanted, at(`refs/heads/${one}`, `acme/x${one}`))).toBe(false)
      }),
    )
  })

  test('no pattern that is taken needs long: hostile ones are bounded', () => {
    const trust = {
      name: 'T',
      provider: 'github-actions',
      issuer: 'https://x',
      audience: 'a',
      repository: 'a/b',
      scopes: ['gate:run'],
    }
    const pattern = `refs/${'*a'.repeat(140)}`
    const read = NewCiTrust.parse({ ...trust, ref: pattern, workflow: pattern })
    const long = `refs/${'a'.repeat(990)}`
    expect(
      isTrusted({ ...read, environment: null }, { repository: 'a/b', ref: long, workflow: long, environment: null }),
    ).toBe(true)
    expect(
      isTrusted(
        { ...read, environment: null },
        { repository: 'a/b', ref: `${long}b`, workflow: long, environment: null },
      ),
    ).toBe(false)
  })
})

test('a header that is no certificate has no hash, and one that is has 43 letters', () => {
  fc.assert(fc.property(fc.string(), (text) => certificateHashIn(text) === undefined || text.startsWith(':')))
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 3, maxLength: 500 }), (bytes) => {
      expect(certificateHashIn(`:${Buffer.from(bytes).toString('base64')}:`)).toMatch(/^[A-Za-z0-9_-]{43}$/)
    }),
  )
})

test('no text is taken for a token of ours but ours', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.constantFrom('agent', 'sts', 'api'),
      (text, kind) => readToken(`cst_${kind}_${text}`) === undefined,
    ),
  )
})

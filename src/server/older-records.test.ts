import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** What the data of a record had to have when the first one of its type was published. */
const first: readonly (readonly [string, readonly string[]])[] = [
  [
    'ci-trust.added',
    ['name', 'provider', 'issuer', 'audience', 'repository', 'ref', 'workflow', 'environment', 'scopes'],
  ],
  ['ci-trust.removed', ['tokens']],
  ['policy-version.asked', ['packId', 'version', 'digest', 'asked']],
  ['recovery.approved', ['passkeys', 'sessions', 'expiresAt']],
]

test.each(first)('a record of %s that was made before has the published form', (type, members) => {
  const path = fileURLToPath(new URL(`../../docs/reference/schemas/events/${type}.schema.json`, import.meta.url))
  const { required } = JSON.parse(readFileSync(path, 'utf8'))
  expect([...required].sort()).toEqual([...members].sort())
})

import { createPublicKey, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { seedToPem } from './core/index.ts'
import { recordSigner } from './record-signer.ts'

const pem = seedToPem(new Uint8Array(32).fill(7))
const key = createPublicKey(pem)
const messages = Array.from({ length: 1000 }, (_, i) => Buffer.from('x'.repeat(i)))

const areRight = async (signatures: Promise<readonly Uint8Array[]>) => {
  const made = await signatures
  return made.length === messages.length && messages.every((one, i) => verify(null, one, key, made[i] ?? Buffer.of()))
}

test('many are signed on another thread, each with its own signature, in order', async () => {
  const signer = recordSigner(pem)
  const [first, second] = [signer.signMany(messages), signer.signMany(messages)]
  expect([await areRight(first), await areRight(second)]).toEqual([true, true])
  expect(await signer.signMany(messages.slice(0, 3))).toEqual(messages.slice(0, 3).map((one) => signer.sign(one)))
  expect(await signer.signMany([])).toEqual([])
})

test.each([
  ['exits', 'process.exit(1)'],
  ['throws', "throw new Error('on purpose')"],
])('when the thread %s, what it had is signed here', async (_, code) => {
  const signer = recordSigner(pem, code)
  const both = await Promise.all([areRight(signer.signMany(messages)), areRight(signer.signMany(messages))])
  expect(both).toEqual([true, true])
  expect(await areRight(signer.signMany(messages))).toBe(true)
})

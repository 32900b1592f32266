import fc from 'fast-check'
import { expect, test } from 'vitest'
import { samplePack } from '#test/independent/sample-pack.ts'
import { fitManifest, repack, unpack } from '#test/independent/tampering.ts'
import { bytesSource } from '../zip/read-zip.ts'
import { describeVerdict } from './describe-verdict.ts'
import { verifyPack } from './verify-pack.ts'

const JSON_MEMBERS = ['manifest.json', 'manifest.dsse.json', 'keys.json', 'report.json', 'disclosures/3.json'] as const
const whole = await samplePack({ size: 5 })
const chosen = await samplePack({ size: 5, records: [2, 3] })

async function refused(pack: Uint8Array, name: string, bytes: Uint8Array, manifest: 'fit' | 'leave'): Promise<void> {
  const members = (await unpack(pack)).set(name, bytes)
  const verdict = await verifyPack(bytesSource(await repack(manifest === 'fit' ? fitManifest(members) : members)))
  expect(verdict.result).toBe('failed')
  expect(verdict.problems.length).toBeGreaterThan(0)
  // nothing of the pack reaches the terminal as a control
  expect(describeVerdict(verdict)).not.toMatch(/[^\P{C}\n]/u)
}

test('any JSON in place of a member gives problems, never an exception', async () => {
  const manifest = fc.constantFrom('fit' as const, 'leave' as const)
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...JSON_MEMBERS), fc.json(), manifest, async (name, json, fit) => {
      await refused(whole, name, new TextEncoder().encode(json), name === 'manifest.json' ? 'leave' : fit)
    }),
    { numRuns: 150 },
  )
})

test('a changed byte in any text gives problems, never an exception', async () => {
  const names = [...JSON_MEMBERS, 'checkpoint', 'entries/2.json', 'proofs/3.tlog-proof'] as const
  const originals = await unpack(chosen)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...names),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (name, position, change) => {
        const bytes = Uint8Array.from(originals.get(name) ?? [])
        const at = position % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ change
        await refused(chosen, name, bytes, 'leave')
      },
    ),
    { numRuns: 150 },
  )
})

test('text that would drive a terminal or turn a line around is made harmless in the answer', async () => {
  const hostile = '\u001b]0;taken\u0007\u202Edetrever'
  const pack = await samplePack({ size: 3, change: { preparedBy: hostile } })
  const verdict = await verifyPack(bytesSource(pack))
  expect(verdict.result).toBe('verified')
  expect(describeVerdict(verdict)).not.toMatch(/[^\P{C}\n]/u)
})

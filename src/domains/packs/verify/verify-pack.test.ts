import { describe, expect, test } from 'vitest'
import { formatCheckpoint, signNote, signRecord, toBase64, utf8 } from '#kernel/ledger/core'
import { approvalBy, es256, preimage as signedPreimage } from '#test/approval-proof.ts'
import {
  entriesOf,
  keysOf,
  logOf,
  ORIGIN,
  reportOf,
  sampleKeys,
  samplePack,
  sampleRecord,
  titleOf,
} from '#test/independent/sample-pack.ts'
import { fitManifest, repack, unpack } from '#test/independent/tampering.ts'
import type { Disclosure } from '../pack-format.ts'
import { bytesSource } from '../zip/read-zip.ts'
import { verifyPack } from './verify-pack.ts'

const otherPreimage = { ...signedPreimage, subject: { ...signedPreimage.subject, id: '3' } }

test.each([1, 2, 255, 256, 257, 300])('a pack of a log of %d records verifies', async (size) => {
  const verdict = await verifyPack(bytesSource(await samplePack({ size })))
  expect(verdict.problems).toEqual([])
  expect(verdict).toMatchObject({ result: 'verified', trust: 'unpinned', origin: ORIGIN, size, completeness: 'whole' })
  expect(verdict.checks.map((check) => check.status)).toEqual(Array(9).fill('pass'))
})

test('the same input gives the same bytes', async () => {
  expect(await samplePack({ size: 5 })).toEqual(await samplePack({ size: 5 }))
})

test('with the operator’s keys pinned the pack verifies as pinned', async () => {
  const verdict = await verifyPack(bytesSource(await samplePack({ size: 5 })), { keys: keysOf(sampleKeys()) })
  expect(verdict).toMatchObject({ result: 'verified', trust: 'pinned', problems: [] })
})

test('a pack that another operator made passes without pinned keys and fails with them', async () => {
  const forged = bytesSource(await samplePack({ size: 5, keys: sampleKeys(2) }))
  expect((await verifyPack(forged)).result).toBe('verified')
  const verdict = await verifyPack(forged, { keys: keysOf(sampleKeys(1)) })
  expect(verdict.result).toBe('failed')
  expect(verdict.problems.map((problem) => problem.code)).toEqual(
    expect.arrayContaining(['key_not_pinned', 'signature_missing', 'note_unsigned']),
  )
})

test('a pack of chosen records verifies, and says that the choice is only asserted', async () => {
  const verdict = await verifyPack(bytesSource(await samplePack({ size: 300, records: [3, 0, 299, 256] })))
  expect(verdict).toMatchObject({ result: 'verified', completeness: 'asserted', size: 300, problems: [] })
  expect(verdict.checks.find((check) => check.name === 'log')?.detail).toContain('4 records')
})

test('an opened value that is not the recorded one is named with its record', async () => {
  const disclosure: Disclosure = {
    schema: 'countersign.disclosure/v1',
    index: 2,
    id: sampleRecord(2).id,
    opened: [
      { pointer: '/data/title', field: 'data.title', salt: toBase64(new Uint8Array(32).fill(7)), value: titleOf(3) },
    ],
  }
  const verdict = await verifyPack(bytesSource(await samplePack({ size: 5, change: { disclosures: [disclosure] } })))
  expect(verdict.problems).toEqual([
    expect.objectContaining({ code: 'disclosure_wrong', member: 'disclosures/2.json', index: 2 }),
  ])
})

test('a record that is not signed by a key of the pack is named, although the log commits to it', async () => {
  const keys = sampleKeys()
  const entries = entriesOf(6, keys.record)
  entries[4] = signRecord(sampleRecord(4), sampleKeys(2).record)
  const verdict = await verifyPack(bytesSource(await samplePack({ log: logOf(entries, keys.log) })))
  expect(verdict.problems).toEqual([expect.objectContaining({ code: 'entry_key_unknown', index: 4 })])
})

describe('an approval by passkey in a record', () => {
  const keys = sampleKeys()
  const packOf = (change: object, records?: readonly number[]) => {
    const { preimage, ...proof } = approvalBy(es256())
    const approved = {
      ...sampleRecord(4),
      type: 'approval.given',
      actor: { id: preimage.userId, kind: 'user' as const, role: 'owner', onBehalfOf: null },
      data: { preimage, ...proof },
      ...change,
    }
    const entries = entriesOf(6, keys.record)
    entries[4] = signRecord(approved, keys.record)
    return samplePack({ log: logOf(entries, keys.log), ...(records === undefined ? {} : { records }) })
  }

  test.each([
    ['the whole log', undefined],
    ['chosen records', [3, 4]],
  ])('is verified in a pack of %s', async (_, records) => {
    const verdict = await verifyPack(bytesSource(await packOf({}, records)))
    expect(verdict.problems).toEqual([])
    const log = verdict.checks.find((check) => check.name === 'log')
    expect(log?.detail).toContain('(approvals by passkey that hold: 1)')
  })

  test.each<readonly [string, object]>([
    ['that is of another subject than was signed', { data: { ...approvalBy(es256()), preimage: otherPreimage } }],
    ['that is of another person than its actor', { actor: sampleRecord(4).actor }],
    ['that is none', { data: {} }],
  ])('%s is named, although the record is signed', async (_, change) => {
    for (const records of [undefined, [3, 4]]) {
      const verdict = await verifyPack(bytesSource(await packOf(change, records)))
      expect(verdict.problems).toEqual([expect.objectContaining({ code: 'approval_wrong', index: 4 })])
    }
  })
})

test('a record that stands twice in the log is named', async () => {
  const keys = sampleKeys()
  const entries = entriesOf(6, keys.record)
  const verdict = await verifyPack(
    bytesSource(await samplePack({ log: logOf([...entries, ...entries.slice(5)], keys.log) })),
  )
  expect(verdict.problems).toEqual([expect.objectContaining({ code: 'entry_id_repeated', index: 6 })])
})

test('a report of another size of the log is refused', async () => {
  const change = { report: reportOf({ size: 4, root: new Uint8Array(32) }) }
  const verdict = await verifyPack(bytesSource(await samplePack({ size: 5, change })))
  expect(verdict.problems.map((problem) => problem.code)).toEqual(['report_wrong', 'report_wrong'])
})

test('a checkpoint of a size that would take years to check is refused at once', async () => {
  const keys = sampleKeys()
  const log = logOf(entriesOf(3, keys.record), keys.log)
  const size = Number.MAX_SAFE_INTEGER
  const text = formatCheckpoint({ origin: ORIGIN, size, root: log.root })
  const checkpoint = signNote(text, [{ name: ORIGIN, key: keys.log }])
  const members = await unpack(await samplePack({ log }))
  members.set('checkpoint', utf8(checkpoint)).set('log/checkpoint', utf8(checkpoint))
  const manifest = JSON.parse(Buffer.from(members.get('manifest.json') ?? []).toString())
  members.set('manifest.json', utf8(JSON.stringify({ ...manifest, treeSize: size })))
  const verdict = await verifyPack(bytesSource(await repack(fitManifest(members))))
  expect(verdict.problems.map((problem) => problem.code)).toContain('tile_missing')
})

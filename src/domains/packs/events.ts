import { z } from 'zod'
import { defineEvent } from '#kernel/ledger'

const Period = z.strictObject({ from: z.string().nullable(), to: z.string().nullable() })

export const PackMade = defineEvent(
  'pack.made',
  z.object({
    sha256: z.string(),
    bytes: z.int(),
    treeSize: z.int(),
    completeness: z.enum(['whole', 'asserted']),
    /** Of chosen records: which pack, of the changes that were merged when, and how many records it carries. */
    packId: z.string().optional(),
    period: Period.optional(),
    records: z.int().optional(),
  }),
  { description: 'an evidence pack was made: its digest, and the size of the log that it proves' },
)
export const PackRequested = defineEvent(
  'pack.requested',
  z.object({ packId: z.string(), period: Period, people: z.enum(['omit', 'include']) }),
  { description: 'somebody asked for an evidence pack of the changes of a period' },
)
export const PackFailed = defineEvent('pack.failed', z.object({ packId: z.string(), code: z.string() }), {
  description: 'an evidence pack of a period could not be made',
})
export const PackRemoved = defineEvent(
  'pack.removed',
  z.object({ packId: z.string(), sha256: z.string().nullable(), reason: z.enum(['asked', 'newer_ones']) }),
  {
    description:
      'an evidence pack of a period can no longer be downloaded here: somebody removed it, or newer ones did',
  },
)

export const packEvents = [PackMade, PackRequested, PackFailed, PackRemoved]

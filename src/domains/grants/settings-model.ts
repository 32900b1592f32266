import { z } from 'zod'
import { Reason, Tier, ToolName } from './model.ts'

const WhenUnknown = z.enum(['deny', 'allow-recorded'])

/** How grants are issued: one document with versions. */
export const SettingsBody = z
  .strictObject({
    /** How long a grant lasts, and how long an extension adds: a quarter of an hour to a day. */
    grantMinutes: z.int().min(15).max(1440),
    /** What it means that nobody has said whether a tool is approved, and so for training and charter. */
    unknownTool: WhenUnknown,
    unknownTraining: WhenUnknown,
    unknownCharter: WhenUnknown,
    /** Approved tools, where no registry knows of them. */
    tools: z
      .array(z.strictObject({ name: ToolName, tier: Tier }))
      .max(300)
      .refine((tools) => new Set(tools.map((one) => one.name)).size === tools.length, 'must name each tool once'),
  })
  .meta({ id: 'GrantSettingsBody' })
export type SettingsBody = z.infer<typeof SettingsBody>

/** In force until people agree on something else: version 0. */
export const shippedSettings: SettingsBody = {
  grantMinutes: 480,
  unknownTool: 'deny',
  unknownTraining: 'allow-recorded',
  unknownCharter: 'allow-recorded',
  tools: [],
}

export const SettingsInForce = z
  .object({ version: z.int(), settings: SettingsBody })
  .meta({ id: 'GrantSettingsInForce' })
export type SettingsInForce = z.infer<typeof SettingsInForce>

export const ProposeSettings = z
  .strictObject({
    settings: SettingsBody,
    /** The version that was read. */
    replaces: z.int().min(0).max(1_000_000),
    reason: Reason,
  })
  .meta({ id: 'ProposeGrantSettings' })
export type ProposeSettings = z.infer<typeof ProposeSettings>

export const SettingsState = z.enum(['proposed', 'approved', 'rejected', 'withdrawn'])

export const SettingsChange = z
  .object({
    id: z.string(),
    settings: SettingsBody,
    replaces: z.int(),
    /** Of what is proposed: what an approval is about. */
    digest: z.string(),
    reason: z.string(),
    state: SettingsState,
    proposer: z.string(),
    proposedAt: z.iso.datetime(),
    decidedBy: z.string().nullable(),
    decidedAt: z.iso.datetime().nullable(),
    /** That it became. */
    version: z.int().nullable(),
  })
  .meta({ id: 'GrantSettingsChange' })
export type SettingsChange = z.infer<typeof SettingsChange>

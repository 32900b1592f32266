import { z } from 'zod'

export const Id = z.string().regex(/^[\w-]{1,100}$/)

/** What a person writes: no character that PostgreSQL or canonical JSON cannot hold. */
const Words = z.string().regex(/^[^\0\p{Cs}]*$/u, 'must be text')

/** How long a decision may hold. */
export const validDaysMax = 366

/** Where the text lies: in a browser, by TLS. */
const Link = z
  .string()
  .max(2000)
  .regex(/^https:\/\/[^\s\0\p{Cs}"<>\\^`{|}@]+$/u, 'must be an address that begins with https:// and holds no password')

export const RequestDecision = z
  .strictObject({
    title: Words.trim().min(1).max(200),
    /** What it covers, and what it does not. */
    scope: Words.trim().min(1).max(2000),
    text: Words.trim().min(1).max(20_000).optional(),
    link: Link.optional(),
    teamId: Id,
    /** Of the team; every one of them when empty. */
    repositories: z.array(Id).max(100).default([]),
    validUntil: z.iso.datetime(),
    /** A decision of the same team that this replaces once it is approved. */
    supersedes: Id.optional(),
  })
  .refine(({ text, link }) => text !== undefined || link !== undefined, 'must have a text, a link or both')
  .meta({ id: 'RequestArchitectureDecision' })
export type RequestDecision = z.infer<typeof RequestDecision>

export const decisionStates = [
  'requested',
  'approved',
  'approved-with-conditions',
  'rejected',
  'withdrawn',
  'superseded',
  'expired',
] as const
export const DecisionState = z.enum(decisionStates)
export type DecisionState = z.infer<typeof DecisionState>

export const Decision = z
  .object({
    id: z.string(),
    title: z.string(),
    scope: z.string(),
    text: z.string().nullable(),
    link: z.string().nullable(),
    teamId: z.string(),
    teamName: z.string().nullable(),
    repositories: z.array(z.string()),
    validUntil: z.iso.datetime(),
    supersedes: z.string().nullable(),
    supersededBy: z.string().nullable(),
    /** Of what was asked; an answer with conditions is over `sha256` of the RFC 8785 text of `{conditions, request}`, `request` being this. */
    digest: z.string(),
    state: DecisionState,
    requester: z.string(),
    requestedAt: z.iso.datetime(),
    decidedBy: z.string().nullable(),
    decidedAt: z.iso.datetime().nullable(),
    /** Of an approval; of a rejection, what would have to change. */
    conditions: z.string().nullable(),
  })
  .meta({ id: 'ArchitectureDecision' })
export type Decision = z.infer<typeof Decision>

export const Conditions = Words.trim().min(1).max(4000)

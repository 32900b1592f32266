import { z } from 'zod'
import { DataLevel, RegulatoryImpact } from './matrix.ts'
import { projectRoles, ruleModes } from './rules.ts'

/** Largest `.countersign.yaml`, in bytes. */
export const rulesBytesMax = 65_536
/** Most patterns of one file, over all its rules: they are tried on every path of every change. */
export const patternsMax = 200

/** As in `.gitignore`, without what there means something else: a pattern that matches nothing would protect nothing. */
const Pattern = z
  .string()
  .min(1)
  .max(300)
  .refine((text) => !text.startsWith('!'), 'a pattern cannot exclude: give the paths to leave out a rule of their own')
  .refine((text) => !text.endsWith('/'), 'a pattern that ends with a slash matches no file: write `folder/**`')
  .refine((text) => !/[{}]/.test(text), 'braces have no meaning: write one pattern for each')
  .refine(
    (text) => !/^\.\.?\/|\/\.\.?(\/|$)|\\$/.test(text),
    'a pattern is of the path from the root of the repository',
  )
  .refine((text) => text.trim() === text, 'a pattern has no blank at its ends')

const line = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{C}]+$/u, 'must be one line of text')
const name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be lower case letters, digits and hyphens')

const Levels = {
  dataSensitivity: DataLevel.optional(),
  systemCriticality: DataLevel.optional(),
  regulatoryImpact: RegulatoryImpact.optional(),
}

const Rule = z
  .strictObject({
    match: z.array(Pattern).min(1).max(50),
    category: name.optional(),
    ...Levels,
    reason: line.optional(),
  })
  .refine(
    (rule) => rule.category !== undefined || Object.keys(Levels).some((factor) => factor in rule),
    'a rule names at least one factor or a category',
  )

const Parameter = z.union([z.string().max(500), z.number(), z.boolean(), z.array(z.string().max(500)).max(200)])

/** `.countersign.yaml`; whether packs, rules and parameters of `gate` exist is for the gate to say. */
export const RulesFile = z.strictObject({
  version: z.literal(1),
  risk: z
    .strictObject({
      defaults: z.strictObject(Levels).optional(),
      paths: z
        .array(Rule)
        .max(patternsMax)
        .refine((rules) => rules.reduce((sum, rule) => sum + rule.match.length, 0) <= patternsMax, {
          message: `a file has at most ${patternsMax} patterns`,
        })
        .optional(),
    })
    .optional(),
  gate: z
    .strictObject({
      params: z.record(name, z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,62}$/), Parameter)).optional(),
      modes: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,62}\.[a-z][a-z0-9-]{0,62}$/), z.enum(ruleModes)).optional(),
    })
    .optional(),
  roles: z
    .record(
      z
        .string()
        .max(320)
        .regex(/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u, 'must be a mail address'),
      z.array(z.enum(projectRoles)).min(1).max(6),
    )
    .optional(),
})
export type RulesFile = z.infer<typeof RulesFile>

import type { Area, RepositoryPlan } from './company.ts'
import type { Flaw } from './plan.ts'
import type { Random } from './random.ts'

/** A file after a change, as lines that can be told apart. */
export interface Written {
  readonly path: string
  /** First and last line that the change wrote, from 1. */
  readonly from: number
  readonly to: number
  readonly isByTool: boolean
  readonly isCode: boolean
  /** Makes the text; called once, in the order of the changes. */
  text(): string
}

const linesMax = 300

export interface FileNames {
  of(area: Area): readonly SourceFile[]
}

interface SourceFile {
  readonly path: string
  readonly lines: string[]
}

/** The files that a repository grows, empty at first. */
export function fileNamesOf(plan: RepositoryPlan): FileNames {
  const each = Math.max(2, Math.floor(plan.files / plan.areas.length))
  const files = new Map(
    plan.areas.map((area) => [
      area,
      Array.from({ length: each }, (_, at): SourceFile => {
        const what = area.what[at % area.what.length]
        const turn = Math.floor(at / area.what.length)
        return { path: `${area.folder}/${what}${turn === 0 ? '' : `-${turn}`}.${plan.extension}`, lines: [] }
      }),
    ]),
  )
  return { of: (area) => files.get(area) ?? [] }
}

interface ChangeToWrite {
  readonly plan: RepositoryPlan
  readonly random: Random
  readonly files: readonly SourceFile[]
  readonly number: number
  readonly isByTool: boolean
  readonly flaw: Flaw | undefined
}

/** Adds a function to one file or two, and at times a note for readers or a dependency. */
export function writeChange({ plan, random, files, number, isByTool, flaw }: ChangeToWrite): Written[] {
  const written = [random.of(files), ...(random.chance(0.3) ? [random.of(files)] : [])]
  const sources = [...new Set(written)].map((file, at) =>
    addLines(file, functionOf(plan.extension, random, `${number}${at === 0 ? '' : 'b'}`, flaw), isByTool),
  )
  if (flaw === 'new-dependency' || random.chance(0.06)) sources.push(dependencyOf(plan, number))
  return sources
}

/** Where it goes depends on how long the file is: a file that is full loses its oldest lines. */
function addLines(file: SourceFile, lines: readonly string[], isByTool: boolean): Written {
  if (file.lines.length > linesMax) file.lines.splice(0, 120)
  const from = file.lines.length + 1
  file.lines.push(...lines)
  const text = `${file.lines.join('\n')}\n`
  return { path: file.path, from, to: from + lines.length - 1, isByTool, isCode: true, text: () => text }
}

function functionOf(extension: 'ts' | 'py', random: Random, name: string, flaw: Flaw | undefined): string[] {
  const steps = random.between(2, 9)
  const body = Array.from({ length: steps }, (_, at) => {
    const limit = random.between(10, 9000)
    if (extension === 'py') return [`    if amount > ${limit}:`, `        total += amount * ${at + 1}`]
    return [`  if (amount > ${limit}) {`, `    total += amount * ${at + 1}`, '  }']
  }).flat()
  if (extension === 'py')
    return [`def step_${name}(amount):`, '    total = 0', ...danger(flaw, '    '), ...body, '    return total', '']
  return [
    `export function step${name}(amount: number): number {`,
    '  let total = 0',
    ...danger(flaw, '  '),
    ...body,
    '  return total',
    '}',
    '',
  ]
}

/** What the scanners of `reports.ts` find. */
function danger(flaw: Flaw | undefined, indent: string): string[] {
  return flaw === 'finding' ? [`${indent}total = eval(String(amount))`] : []
}

function dependencyOf(plan: RepositoryPlan, number: number): Written {
  const path = plan.extension === 'py' ? 'requirements.txt' : 'package.json'
  const text =
    plan.extension === 'py'
      ? `requests==2.${number}.0\n`
      : `${JSON.stringify({ name: plan.name, dependencies: { left: `1.${number}.0` } }, undefined, 2)}\n`
  return { path, from: 1, to: 1, isByTool: false, isCode: false, text: () => text }
}

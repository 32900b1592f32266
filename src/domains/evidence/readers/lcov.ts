import { createCoverage, type FileDraft } from '../reading/coverage-draft.ts'
import { coveragePath } from '../reading/paths.ts'
import type { Reading } from '../reading/reading.ts'
import type { TextFormat } from './format.ts'

/** LCOV tracefiles, as geninfo(1) describes them. */
export const lcov: TextFormat = {
  name: 'lcov',
  title: 'LCOV',
  about: 'coverage of lines and branches, of most coverage tools',
  names: /(lcov.*|\.info)$/i,
  kind: 'text',
  recognises: (start) => /^(#[^\n]*\n)*(TN:[^\n]*\r?\n)?\s*SF:/.test(start),
  read: (text, reading) => {
    const coverage = createCoverage()
    let file: FileDraft | undefined
    for (const line of lines(text)) {
      const [tag = '', value = ''] = split(line)
      if (tag === 'SF') {
        reading.count(1)
        file = coverage.file(coveragePath(value.trim(), reading.roots))
      } else if (tag === 'end_of_record') file = undefined
      else if (file !== undefined) readCount(tag, value, file, reading)
    }
    if (file !== undefined) reading.problem('the last file has no `end_of_record`: the report may be cut off')
    reading.set({ coverage: coverage.finish() })
  },
}

function readCount(tag: string, value: string, file: FileDraft, reading: Reading): void {
  if (tag === 'DA') {
    const [number = '', hits = ''] = value.split(',')
    if (/^\d+$/.test(number) && /^-?\d+/.test(hits)) file.line(Number(number), Number.parseInt(hits, 10))
    else reading.problem('a `DA` line has not the form `DA:<line>,<hits>`')
  }
  if (tag === 'BRDA') {
    const parts = value.split(',')
    const taken = parts.at(-1) ?? ''
    // `-`: the line was never reached
    file.branch(parts.slice(0, -1).join(','), taken === '-' ? 0 : Number.parseInt(taken, 10))
  }
}

/** Without making a list of a report of millions of lines. */
function* lines(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at)
    const line = text.slice(at, end < 0 ? text.length : end)
    yield line.endsWith('\r') ? line.slice(0, -1) : line
    at = end < 0 ? text.length : end + 1
  }
}

function split(line: string): [string, string] {
  const colon = line.indexOf(':')
  return colon < 0 ? [line.trim(), ''] : [line.slice(0, colon).trim(), line.slice(colon + 1)]
}

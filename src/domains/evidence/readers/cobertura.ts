import { createCoverage, type FileDraft } from '../reading/coverage-draft.ts'
import { coveragePath } from '../reading/paths.ts'
import type { Reading } from '../reading/reading.ts'
import { type Element, rootElement, walkXml } from '../reading/xml.ts'
import type { TextFormat } from './format.ts'

/** Cobertura XML. Lines stand in classes and again in their methods; a file may have several classes. */
export const cobertura: TextFormat = {
  name: 'cobertura',
  title: 'Cobertura XML',
  about: 'coverage of lines and branches, of coverage.py, Istanbul, Coverlet and others',
  names: /(cobertura|coverage).*\.xml$/i,
  kind: 'text',
  recognises: (start) => rootElement(start) === 'coverage' && /line-rate|cobertura/.test(start),
  read: (text, reading) => {
    const coverage = createCoverage()
    let file: FileDraft | undefined
    walkXml(text, {
      open: (element, ancestors) => {
        if (ancestors.length === 0) readRoot(element, reading)
        if (element.name === 'class') {
          reading.count(1)
          file = coverage.file(coveragePath(element.attribute('filename'), reading.roots))
        } else if (element.name === 'line' && file !== undefined) readLine(element, file)
      },
      close: (name) => {
        if (name === 'class') file = undefined
      },
    })
    reading.set({ coverage: coverage.finish() })
  },
}

function readRoot(element: Element, reading: Reading): void {
  if (element.name !== 'coverage') reading.problem('the root is not `coverage`')
  reading.version(element.attribute('version'))
  const time = element.attribute('timestamp')
  if (time !== undefined && /^\d{1,15}$/.test(time))
    reading.producedAt(time.length > 10 ? Number(time) : Number(time) * 1000)
}

function readLine(element: Element, file: FileDraft): void {
  const number = Number(element.attribute('number'))
  file.line(number, Number(element.attribute('hits')))
  // "50% (1/2)"
  const [, taken, total] = /\((\d{1,6})\/(\d{1,6})\)/.exec(element.attribute('condition-coverage') ?? '') ?? []
  if (taken === undefined || total === undefined) return
  for (let i = 0; i < Math.min(Number(total), 1000); i++) file.branch(`${number},${i}`, i < Number(taken) ? 1 : 0)
}

import type { Reading } from '../reading/reading.ts'
import { type Element, rootElement, walkXml } from '../reading/xml.ts'
import type { TextFormat } from './format.ts'

/**
 * JUnit XML in its many dialects. Test cases are counted one by one: the totals in the attributes are often wrong, and some
 * tools write none.
 */
export const junit: TextFormat = {
  name: 'junit',
  title: 'JUnit XML',
  about: 'results of tests, of most test runners',
  names: /(junit|test-?results?|^TEST-).*\.xml$/i,
  kind: 'text',
  recognises: (start) => ['testsuites', 'testsuite'].includes(rootElement(start) ?? ''),
  read: (text, reading) => {
    const stated = { failures: 0, errors: 0 }
    const tally = createTally()
    walkXml(text, {
      open: (element, ancestors) => {
        if (ancestors.length === 0) readRoot(element, reading)
        if (element.name === 'testsuite') readSuite(element, ancestors, stated, reading)
        if (element.name === 'property') readProperty(element, reading)
        tally.open(element, ancestors.at(-1))
      },
      close: (name) => {
        if (name !== 'testcase') return
        reading.count(1)
        tally.close()
      },
    })
    const { counts } = tally
    if (stated.failures + stated.errors > counts.failed + counts.errors)
      reading.problem('the attributes of the suites tell of more failures than there are test cases that failed')
    reading.set({ tests: counts })
  },
}

type Outcome = 'passed' | 'skipped' | 'failed' | 'errors'

const order: readonly Outcome[] = ['passed', 'skipped', 'failed', 'errors']
/** What a test case holds, and what that makes of it; `rerunFailure` and `flakyFailure` are of attempts before the last. */
const outcomes: ReadonlyMap<string, Outcome> = new Map([
  ['failure', 'failed'],
  ['error', 'errors'],
  ['skipped', 'skipped'],
  ['disabled', 'skipped'],
])

/** Counts test cases by the worst that each holds. What a suite holds itself, such as that it could not be set up, is an error. */
function createTally() {
  const counts = { total: 0, passed: 0, failed: 0, errors: 0, skipped: 0 }
  let worst: Outcome | undefined
  return {
    counts,
    open: (element: Element, parent: string | undefined) => {
      const { name } = element
      if (name === 'testcase') worst = element.attribute('status') === 'disabled' ? 'skipped' : 'passed'
      else if (parent === 'testcase') worst = worse(worst, outcomes.get(name))
      else if (parent === 'testsuite' && (name === 'error' || name === 'failure')) counts.errors++
    },
    close: () => {
      if (worst === undefined) return
      counts.total++
      counts[worst]++
      worst = undefined
    },
  }
}

function worse(one: Outcome | undefined, other: Outcome | undefined): Outcome | undefined {
  if (one === undefined || other === undefined) return one
  return order.indexOf(other) > order.indexOf(one) ? other : one
}

function readRoot(element: Element, reading: Reading): void {
  reading.producedAt(element.attribute('timestamp'))
  if (element.name !== 'testsuites' && element.name !== 'testsuite')
    reading.problem('the root is neither `testsuites` nor `testsuite`')
}

/** Totals of a suite include those of the suites in it, so only outermost ones are summed. */
function readSuite(
  element: Element,
  ancestors: readonly string[],
  stated: { failures: number; errors: number },
  reading: Reading,
): void {
  reading.count(1)
  reading.producedAt(element.attribute('timestamp'))
  if (ancestors.includes('testsuite')) return
  stated.failures += wholeNumber(element.attribute('failures'))
  stated.errors += wholeNumber(element.attribute('errors'))
}

function readProperty(element: Element, reading: Reading): void {
  const name = element.attribute('name')?.toLowerCase() ?? ''
  if (/^(git[._-]?)?(commit|sha|revision)([._-]?(id|sha|hash))?$|^vcs\.revision$/.test(name))
    reading.commit(element.attribute('value'))
}

function wholeNumber(text: string | undefined): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0
}

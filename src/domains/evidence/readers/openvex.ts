import { kept } from '../limits.ts'
import type { VexStatement } from '../model.ts'
import { at, listAt, textAt } from '../reading/json.ts'
import type { Reading } from '../reading/reading.ts'
import { clean } from '../reading/text.ts'
import type { JsonFormat } from './format.ts'

/** OpenVEX 0.2.0; the older 0.0.1, whose vulnerabilities and products are plain text, is read as well. */
export const openvex: JsonFormat = {
  name: 'openvex',
  title: 'OpenVEX 0.2.0',
  about: 'which vulnerabilities matter to a product and which do not',
  names: /(openvex|vex).*\.json$/i,
  kind: 'json',
  recognises: (doc) => /^https:\/\/openvex\.dev\/ns/.test(contextOf(doc)),
  read: (doc, reading) => {
    reading.version(/v(\d+\.\d+\.\d+)$/.exec(contextOf(doc))?.[1] ?? '0.0.1')
    reading.producedAt(textAt(doc, 'timestamp'))
    for (const name of ['@id', 'author', 'timestamp'])
      if (textAt(doc, name) === undefined) reading.problem(`\`${name}\` is missing`)
    if (at(doc, 'version') === undefined) reading.problem('`version` is missing')
    reading.tool(textAt(doc, 'tooling'))
    const statements = listAt(doc, 'statements')
    if (statements.length === 0) reading.problem('there is no statement')
    const vex = statements.flatMap((one) => readStatement(one, reading))
    reading.set({ vex: vex.slice(0, kept.vexStatements) })
  },
}

function contextOf(doc: unknown): string {
  return textAt(doc, '@context') ?? textAt(doc, '@context', 0) ?? ''
}

const statuses = ['not_affected', 'affected', 'fixed', 'under_investigation'] as const

function readStatement(one: unknown, reading: Reading): VexStatement[] {
  reading.count(1)
  const vulnerability =
    textAt(one, 'vulnerability', 'name') ?? textAt(one, 'vulnerability', '@id') ?? textAt(one, 'vulnerability')
  const status = statuses.find((each) => each === textAt(one, 'status'))
  if (vulnerability === undefined || status === undefined) {
    reading.problem('a statement has no vulnerability, or no status that is known')
    return []
  }
  if (typeof at(one, 'vulnerability') === 'string') reading.problem('a vulnerability is plain text, as in 0.0.1')
  const justification = textAt(one, 'justification') ?? textAt(one, 'impact_statement')
  if (status === 'not_affected' && justification === undefined)
    reading.problem('a statement that something is not affected has neither `justification` nor `impact_statement`')
  const products = listAt(one, 'products').map((each) => textAt(each, '@id') ?? textAt(each) ?? '')
  return [
    {
      vulnerability: clean(vulnerability, kept.name),
      status,
      justification: justification === undefined ? null : clean(justification, kept.title),
      products: products
        .filter((each) => each !== '')
        .slice(0, kept.named)
        .map((each) => clean(each, 500)),
    },
  ]
}

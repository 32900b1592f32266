import type { Check, Verdict } from '../verify/verdict.ts'
import type { ByteSource } from '../zip/read-zip.ts'

/** What the page needs done; `page-logic.ts` does it. `K` is a key set, which the page only hands on. */
export interface Logic<K> {
  bytesSource(bytes: Uint8Array): ByteSource
  verify(request: {
    source: ByteSource
    form: 'archive' | 'page'
    keys: K | undefined
    onCheck: (check: Check) => void
  }): Promise<Verdict>
  report(source: ByteSource, pack: string): Promise<string | undefined>
  readKeys(bytes: Uint8Array): K
  printable(text: string): string
}

interface Page<K> {
  readonly logic: Logic<K>
  readonly document: Document
  keys: K | undefined
  last: { source: ByteSource; form: 'archive' | 'page'; name: string } | undefined
}

/** Verifies what the page carries, and then whatever pack or keys its reader gives it. */
export function startPage<K>(logic: Logic<K>, document: Document): void {
  const page: Page<K> = { logic, document, keys: undefined, last: undefined }
  listen(page)
  const data = document.getElementById('pack-data')?.textContent ?? ''
  if (data === '') {
    banner(
      page,
      'waiting',
      'This page has not checked anything yet',
      'The pack is too large for a page to carry: choose its ZIP at the end of the page.',
    )
    return
  }
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  void examine(page, { source: logic.bytesSource(bytes), form: 'page', name: 'evidence-pack.zip' })
}

async function examine<K>(page: Page<K>, pack: NonNullable<Page<K>['last']>): Promise<void> {
  const { logic, keys } = page
  page.last = pack
  banner(page, 'busy', 'Checking this evidence pack…', 'Everything is checked in this page; nothing is sent anywhere.')
  const list = clear(page, 'checks')
  const onCheck = (check: Check) => list.append(checkItem(page, check))
  try {
    const verdict = await logic.verify({ source: pack.source, form: pack.form, keys, onCheck })
    showVerdict(page, verdict, pack.form)
    const markup = await logic.report(pack.source, pack.name)
    // the markup is ours: every text of the pack in it is escaped, and the page's policy runs no script but its own
    clear(page, 'report').innerHTML = markup ?? ''
  } catch {
    banner(
      page,
      'failed',
      'The check stopped',
      'The verifier itself failed on this file. Do not rely on it; use verify.mjs.',
    )
  }
}

function showVerdict<K>(page: Page<K>, verdict: Verdict, form: 'archive' | 'page'): void {
  const facts = clear(page, 'facts')
  for (const [name, value] of factsOf(verdict)) {
    if (value === null) continue
    facts.append(element(page, 'dt', name), element(page, 'dd', page.logic.printable(String(value)), 'mono'))
  }
  const problems = clear(page, 'problems')
  for (const problem of verdict.problems) problems.append(element(page, 'p', sentence(problem), 'problem'))
  if (verdict.result === 'verified') {
    banner(page, 'verified', headline(verdict), summary(verdict, form))
    return
  }
  page.document.getElementById('details')?.setAttribute('open', '')
  const [first] = verdict.problems
  banner(
    page,
    'failed',
    'Not verified. Do not rely on this pack.',
    first === undefined ? 'A check could not be done.' : sentence(first),
  )
}

function factsOf(verdict: Verdict): [string, string | number | null][] {
  const { origin, size, root, completeness, preparedAt, preparedBy, fingerprint } = verdict
  const asserted = 'asserted: chosen records; that none that matters was left out is the word of who prepared the pack'
  return [
    ['Ledger', origin],
    ['Records', size],
    ['Root', root],
    ['Contents', completeness === 'asserted' ? asserted : completeness],
    ['Prepared', preparedAt === null ? null : `${preparedAt} by ${preparedBy}`],
    ['Key fingerprint', fingerprint],
  ]
}

function sentence({ code, member, index, message }: Verdict['problems'][number]): string {
  const where = [member, index === undefined ? undefined : `record ${index}`].filter((part) => part !== undefined)
  return `${code}${where.length === 0 ? '' : ` in ${where.join(', ')}`}: ${message}`
}

function headline({ trust, size, completeness }: Verdict): string {
  const what = completeness === 'whole' ? `the whole log of ${size} records` : 'chosen records'
  return trust === 'pinned'
    ? `Verified with your keys: ${what}, unaltered`
    : `Verified, keys not pinned: ${what}, consistent with the keys in the pack`
}

function summary({ trust }: Verdict, form: 'archive' | 'page'): string {
  const whose =
    trust === 'pinned' ? '' : 'Whose keys they are, only the operator can tell you: compare the fingerprint. '
  const self =
    form === 'page'
      ? 'Not checked from inside: the bytes of this page itself, which it cannot carry. Choose the ZIP at the end of the page to check those too.'
      : ''
  return `${whose}${self}`
}

function checkItem<K>(page: Page<K>, { title, status, detail }: Check): HTMLElement {
  const words = { pass: 'passed', fail: 'failed', unknown: 'not checked', not_applicable: 'does not apply' }
  const item = element(page, 'li', `${title}: ${words[status]}`)
  item.dataset['status'] = status
  item.append(element(page, 'span', page.logic.printable(detail), 'quiet'))
  return item
}

function listen<K>(page: Page<K>): void {
  const { document } = page
  const drop = document.getElementById('drop')
  const over = (event: DragEvent, isOver: 'over' | 'out') => {
    event.preventDefault()
    drop?.classList.toggle('over', isOver === 'over')
  }
  drop?.addEventListener('dragover', (event) => over(event, 'over'))
  drop?.addEventListener('dragleave', (event) => over(event, 'out'))
  drop?.addEventListener('drop', (event) => {
    over(event, 'out')
    for (const file of event.dataTransfer?.files ?? []) void take(page, file)
  })
  for (const id of ['pack', 'keys']) {
    document.getElementById(id)?.addEventListener('change', (event) => {
      const [file] = (event.target as HTMLInputElement).files ?? []
      if (file !== undefined) void take(page, file)
    })
  }
}

/** A file whose name ends in `.json` is keys; any other is a pack. */
async function take<K>(page: Page<K>, file: File): Promise<void> {
  const problem = page.document.getElementById('file-error')
  problem?.setAttribute('hidden', '')
  try {
    if (!file.name.endsWith('.json')) {
      await examine(page, { source: blobSource(file), form: 'archive', name: file.name })
      return
    }
    page.keys = page.logic.readKeys(new Uint8Array(await file.arrayBuffer()))
    if (page.last !== undefined) await examine(page, page.last)
  } catch (error) {
    if (problem === null) return
    problem.removeAttribute('hidden')
    problem.textContent = `These keys cannot be used: ${page.logic.printable(error instanceof Error ? error.message : String(error))}`
  }
}

function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  }
}

function banner<K>(
  { document }: Page<K>,
  state: 'busy' | 'waiting' | 'verified' | 'failed',
  title: string,
  text: string,
): void {
  const node = document.getElementById('banner')
  if (node !== null) node.dataset['state'] = state
  setText(document, 'verdict', title)
  setText(document, 'summary', text)
}

function setText(document: Document, id: string, text: string): void {
  const node = document.getElementById(id)
  if (node !== null) node.textContent = text
}

function clear<K>({ document }: Page<K>, id: string): HTMLElement {
  const node = document.getElementById(id)
  if (node === null) throw new Error(`the page has no ${id}`)
  node.replaceChildren()
  return node
}

function element<K>({ document }: Page<K>, name: string, text: string, className?: string): HTMLElement {
  const node = document.createElement(name)
  node.textContent = text
  if (className !== undefined) node.className = className
  return node
}

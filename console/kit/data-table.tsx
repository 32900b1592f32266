import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, memo, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { A, type Query } from './address.tsx'
import type { List } from './api.tsx'
import { grouped } from './figures.ts'
import { ProblemNote, Skeleton } from './parts.tsx'

export interface Column<T> {
  readonly name: string
  /** Width as CSS grid wants it. */
  readonly width: string
  readonly cell: (row: T) => ReactNode
  readonly align?: 'end'
  /** Left out where the screen is narrow. */
  readonly narrow?: 'drop'
  /** What pressing its head does, and which way it is sorted now. */
  readonly sort?: { readonly direction: 'ascending' | 'descending' | undefined; readonly press: () => void }
}

export interface DataTableProps<T> {
  readonly label: string
  readonly list: List<T>
  /** The first one holds the link of the row. */
  readonly columns: readonly Column<T>[]
  readonly keyOf: (row: T) => string
  readonly link: (row: T) => { readonly to: string; readonly text: string; readonly query?: Query }
  /** Shown when there is nothing. */
  readonly empty: ReactNode
}

/** The same height however narrow: a list of 100,000 rows knows where each of them is. */
const rowHeight = { wide: 40, narrow: 62 }

/** A list of any length: only what is seen is in the page, further rows come by cursor, `j` and `k` go through it. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { list, empty } = props
  if (list.error !== null && list.items.length === 0) return <ProblemNote problem={list.error} retry={list.retry} />
  if (!list.isLoading && list.items.length === 0) return <div className="table">{empty}</div>
  return <Table {...props} />
}

function Table<T>(props: DataTableProps<T>) {
  const { list, columns, label } = props
  const body = useRef<HTMLDivElement>(null)
  const height = useNarrow() ? rowHeight.narrow : rowHeight.wide
  const offset = useOffset(body)
  const rows = useWindowVirtualizer({
    count: list.items.length,
    estimateSize: () => height,
    overscan: 12,
    scrollMargin: offset,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another height is measured anew
  useLayoutEffect(() => rows.measure(), [rows, height])
  const isPrinting = usePrinting()
  const seen = rows.getVirtualItems()
  const shown = isPrinting ? everyRow(list.items.length) : seen
  useMore(list, seen.at(-1)?.index ?? 0)
  const layout = { '--columns': columns.map((one) => one.width).join(' '), '--row': `${height}px` } as object
  const count = list.hasMore ? -1 : list.items.length + 1
  return (
    <div
      className="table"
      style={layout}
      role="table"
      aria-label={label}
      aria-rowcount={count}
      aria-busy={list.isLoading}
    >
      <Head columns={columns} />
      <div
        ref={body}
        className="tbody"
        role="rowgroup"
        style={{ height: list.isLoading ? height * waitingRows.length : rows.getTotalSize() }}
        onKeyDown={(event) => moveOn(event, rows.scrollToIndex)}
      >
        {list.isLoading && waitingRows.map((at) => <Waiting key={at} top={at * height} columns={columns.length} />)}
        {shown.map(({ index, start }) => {
          const row = list.items[index]
          return row === undefined ? null : (
            <Row
              key={props.keyOf(row)}
              row={row}
              index={index}
              top={start - offset}
              columns={columns}
              link={props.link}
            />
          )
        })}
      </div>
      <Foot list={list} />
    </div>
  )
}

/** Most rows that go on paper; the foot says how many there are. */
const printedMax = 2000

/** On paper rows stand one below the other, wherever they are on the screen. */
function everyRow(count: number): { index: number; start: number }[] {
  return Array.from({ length: Math.min(count, printedMax) }, (_, index) => ({ index, start: 0 }))
}

const waitingRows = Array.from({ length: 12 }, (_, at) => at)
/** Rows before the end at which the next ones are asked for. */
const lookAhead = 30

function useMore<T>({ hasMore, isLoadingMore, more, items }: List<T>, last: number): void {
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= items.length - lookAhead) more()
  }, [hasMore, isLoadingMore, more, last, items.length])
}

function Foot<T>({ list }: { readonly list: List<T> }) {
  return (
    <div className="table-foot" role="presentation">
      <span>
        {grouped(list.items.length)}
        {list.hasMore ? ' so far, more as you scroll' : ' in all'}
      </span>
      {list.error === null ? (
        <span>{list.isLoadingMore ? 'loading…' : ''}</span>
      ) : (
        <button type="button" className="plain" onClick={list.retry}>
          Could not go on: try again
        </button>
      )}
    </div>
  )
}

function Head<T>({ columns }: { readonly columns: readonly Column<T>[] }) {
  return (
    <div className="thead" role="rowgroup">
      <div className="tr" role="row">
        {columns.map((column) => (
          <HeadCell key={column.name} column={column} />
        ))}
      </div>
    </div>
  )
}

const arrows = { ascending: '↑', descending: '↓', none: '' } as const

function HeadCell<T>({ column: { name, align, sort } }: { readonly column: Column<T> }) {
  const className = align === 'end' ? 'th end' : 'th'
  if (sort === undefined)
    return (
      <div className={className} role="columnheader">
        {name}
      </div>
    )
  const direction = sort.direction ?? 'none'
  return (
    <div className={className} role="columnheader" aria-sort={direction}>
      <button type="button" onClick={sort.press}>
        {name} {arrows[direction]}
      </button>
    </div>
  )
}

interface RowProps<T> extends Pick<DataTableProps<T>, 'columns' | 'link'> {
  readonly row: T
  readonly index: number
  readonly top: number
}

/** Made again only when it is another row: scrolling makes those that come into sight and no others. */
const Row = memo(function Row<T>({ row, index, top, columns, link }: RowProps<T>) {
  const { to, text, query = {} } = link(row)
  return (
    <div className="tr" role="row" aria-rowindex={index + 2} data-index={index} style={{ top }}>
      {columns.map(({ name, cell, align, narrow }, at) => (
        <div
          key={name}
          role="cell"
          className={['td', at === 0 ? 'first' : '', align ?? '', narrow ?? ''].filter(Boolean).join(' ')}
        >
          {at === 0 ? (
            <A to={to} query={query} className="main-link">
              {text}
            </A>
          ) : null}
          {cell(row)}
        </div>
      ))}
    </div>
  )
}) as <T>(props: RowProps<T>) => ReactNode

function Waiting({ top, columns }: { readonly top: number; readonly columns: number }) {
  return (
    <div className="tr" style={{ top }} role="presentation">
      {Array.from({ length: columns }, (_, at) => at).map((at) => (
        <Skeleton key={at} height={12} width={at === 0 ? '70%' : '55%'} />
      ))}
    </div>
  )
}

/** `j` and the arrows go to the next row, `k` to the one before; Enter opens it as any link. */
function moveOn(event: KeyboardEvent<HTMLDivElement>, scrollTo: (index: number) => void): void {
  const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key]
  if (step === undefined || event.metaKey || event.ctrlKey || event.altKey) return
  const body = event.currentTarget
  const row = (event.target as HTMLElement).closest<HTMLElement>('[data-index]')
  const next = Number(row?.dataset['index'] ?? -1) + step
  if (next < 0) return
  event.preventDefault()
  const focus = () => body.querySelector<HTMLElement>(`[data-index="${next}"] a`)?.focus()
  if (body.querySelector(`[data-index="${next}"]`) === null) scrollTo(next)
  requestAnimationFrame(focus)
}

/** How far below the top of the page the rows begin; found anew when what stands above them changes. */
function useOffset(body: { readonly current: HTMLDivElement | null }): number {
  const [offset, setOffset] = useState(0)
  useLayoutEffect(() => {
    const top = body.current === null ? 0 : body.current.getBoundingClientRect().top + window.scrollY
    if (Math.abs(top - offset) > 1) setOffset(top)
  })
  return offset
}

/** Whether the page goes to paper now; what follows from it is in the page before the browser takes it. */
function usePrinting(): boolean {
  const [isPrinting, setPrinting] = useState(false)
  useEffect(() => {
    const media = matchMedia('print')
    const note = () => flushSync(() => setPrinting(media.matches))
    const before = () => flushSync(() => setPrinting(true))
    media.addEventListener('change', note)
    window.addEventListener('beforeprint', before)
    window.addEventListener('afterprint', note)
    return () => {
      media.removeEventListener('change', note)
      window.removeEventListener('beforeprint', before)
      window.removeEventListener('afterprint', note)
    }
  }, [])
  return isPrinting
}

function useNarrow(): boolean {
  const [isNarrow, setNarrow] = useState(() => matchMedia('(max-width: 820px)').matches)
  useEffect(() => {
    const media = matchMedia('(max-width: 820px)')
    const note = () => setNarrow(media.matches)
    media.addEventListener('change', note)
    return () => media.removeEventListener('change', note)
  }, [])
  return isNarrow
}

import { type ReactNode, useEffect } from 'react'
import type { ApiProblem } from '#client'

/** The head of a page: its name, what it answers, and what can be done here. */
export function PageHead({ title, about, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · Countersign`
  }, [title])
  return (
    <div className="page-head">
      <div className="grow">
        <h1 tabIndex={-1}>{title}</h1>
        {about !== undefined && <p>{about}</p>}
      </div>
      {actions !== undefined && <div className="row">{actions}</div>}
    </div>
  )
}

interface PageHeadProps {
  readonly title: string
  readonly about?: ReactNode
  readonly actions?: ReactNode
}

/** What went wrong and what to do, in the words of the server. */
export function ProblemNote({ problem, retry }: { readonly problem: ApiProblem; readonly retry?: () => void }) {
  return (
    <div className="problem" role="alert">
      <span className="mark" aria-hidden="true">
        ✕
      </span>
      <div>
        <b>{sentence(problem.message)}</b>
        {problem.hint !== undefined && <p>{sentence(problem.hint)}</p>}
        <p className="small quiet">
          <span className="mono">{problem.code}</span>
          {problem.instance !== undefined && <span className="mono"> {problem.instance}</span>}{' '}
          {retry !== undefined && (
            <button type="button" className="plain" onClick={retry}>
              Try again
            </button>
          )}
        </p>
      </div>
    </div>
  )
}

/** What will be here, and the one step that fills it. */
export function Empty({ title, children, sample }: EmptyProps) {
  return (
    <div className="empty">
      <h2 className="empty-title">{title}</h2>
      {children}
      {sample !== undefined && <div className="sample">{sample}</div>}
    </div>
  )
}

interface EmptyProps {
  readonly title: string
  readonly children: ReactNode
  readonly sample?: ReactNode
}

/** Keeps the place of what is loading, so that nothing jumps when it comes. */
export function Skeleton({ height, width = '100%' }: { readonly height: number; readonly width?: number | string }) {
  return <span className="skeleton" style={{ height, width }} aria-hidden="true" />
}

/** How far slow work is; without `part` it only says that it goes on. */
export function Progress({ label, part }: { readonly label: string; readonly part?: number | undefined }) {
  const value = part === undefined ? undefined : Math.round(Math.min(1, Math.max(0, part)) * 100)
  return (
    <div
      className={value === undefined ? 'progress endless' : 'progress'}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={value}
    >
      <i style={value === undefined ? undefined : { width: `${value}%` }} />
    </div>
  )
}

/** The rest of a list that is not a table: shown on request. */
export function More({ list, word = 'Show more' }: { readonly list: MoreOf; readonly word?: string }) {
  if (!list.hasMore) return null
  return (
    <p>
      <button type="button" className="plain" disabled={list.isLoadingMore} onClick={list.more}>
        {word}
      </button>
    </p>
  )
}

interface MoreOf {
  readonly hasMore: boolean
  readonly isLoadingMore: boolean
  more(): void
}

export function sentence(text: string): string {
  const end = /[.!?…]$/.test(text) ? '' : '.'
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${end}`
}

/** Terms and what they are, one below the other. */
export function Facts({ facts }: { readonly facts: readonly (readonly [term: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([term, value]) => (
        <div key={term} style={{ display: 'contents' }}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** A wide table where the screen is narrow: scrolled sideways, by the keyboard too. */
export function SideScroll({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section className="scroll-x" tabIndex={0} aria-label={label}>
      {children}
    </section>
  )
}

/** The command that does the same as the button beside it. */
export function Command({ children }: { readonly children: string }) {
  return <code>{children}</code>
}

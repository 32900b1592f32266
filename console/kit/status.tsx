export type StatusName = 'pass' | 'fail' | 'unknown' | 'excepted' | 'error' | 'not_applicable'

const shapes: Readonly<Record<StatusName, { readonly word: string; readonly path: string; readonly solid: boolean }>> =
  {
    pass: { word: 'pass', path: 'M7 0a7 7 0 1 1 0 14A7 7 0 0 1 7 0zM3.6 7.2l2.4 2.4 4.4-5', solid: true },
    fail: { word: 'fail', path: 'M.8.8h12.4v12.4H.8zM4.3 4.3l5.4 5.4M9.7 4.3L4.3 9.7', solid: true },
    unknown: { word: 'unknown', path: 'M7 1a6 6 0 1 1 0 12A6 6 0 0 1 7 1z', solid: false },
    excepted: { word: 'excepted', path: 'M7 .6L13.4 7 7 13.4.6 7zM4.4 7h5.2', solid: true },
    error: { word: 'error', path: 'M7 1l6.3 11.6H.7zM7 5v3.6M7 10.4v.1', solid: true },
    not_applicable: { word: 'does not apply', path: 'M1.5 7h11', solid: false },
  }

/** One of the glossary's statuses, told by shape and word as well as by colour. */
export function Status({ status, word }: { readonly status: StatusName; readonly word?: string | undefined }) {
  const { path, solid, word: usual } = shapes[status]
  const [outline = '', ...inner] = path.split(/(?=M)/)
  return (
    <span className={`status status-${status}`}>
      <svg
        viewBox="0 0 14 14"
        aria-hidden="true"
        fill="none"
        strokeWidth="1.7"
        strokeLinecap="round"
        strokeLinejoin="round"
      >
        <path
          d={outline}
          fill={solid ? 'currentColor' : 'none'}
          stroke={solid ? 'none' : 'currentColor'}
          strokeDasharray={status === 'unknown' ? '2.2 2.2' : undefined}
        />
        {inner.length > 0 && <path d={inner.join('')} stroke="var(--card)" />}
      </svg>
      {word ?? usual}
    </span>
  )
}

const levels = ['low', 'medium', 'high', 'critical'] as const
export type LevelName = (typeof levels)[number]

/** A risk level: as many bars as it is high, and its word. */
export function Level({ level }: { readonly level: LevelName }) {
  const height = levels.indexOf(level)
  return (
    <span className={`level level-${level}`}>
      <span className="level-bars" aria-hidden="true">
        {levels.map((one, at) => (
          <i key={one} className={at <= height ? 'on' : ''} style={{ height: 4 + at * 2.6 }} />
        ))}
      </span>
      {level}
    </span>
  )
}

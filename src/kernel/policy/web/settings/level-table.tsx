import type { ReactNode } from 'react'
import { SideScroll } from '#console'

interface LevelTableProps {
  /** What its rows are. */
  readonly of: 'Rule' | 'Parameter'
  readonly isTeam: boolean
  readonly children: ReactNode
}

/** One setting a row, with what the levels say of it: what is set here, what holds, and what is above. */
export function LevelTable({ of, isTeam, children }: LevelTableProps) {
  return (
    <section className="card stack" aria-label={`${of}s`}>
      <h2>{of}s</h2>
      <SideScroll label={`Table: ${of === 'Rule' ? 'Modes of rules' : 'Values of parameters'}`}>
        <table className="twin">
          <thead>
            <tr>
              <th>{of}</th>
              <th>{isTeam ? 'Team' : 'Organization'}</th>
              <th>Holds</th>
              {isTeam && <th>Organization</th>}
              <th>Pack says</th>
            </tr>
          </thead>
          <tbody>{children}</tbody>
        </table>
      </SideScroll>
    </section>
  )
}

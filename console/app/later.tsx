import { A } from '../kit/address.tsx'
import { Empty, PageHead } from '../kit/parts.tsx'
import type { Place } from './map.ts'

/** A place of the map that is still to be built: what it will answer, and what answers for now. */
export function Later({ place }: { readonly place: Place }) {
  const { later } = place
  const [to = '/', search = ''] = (later?.link ?? '/').split('?')
  return (
    <>
      <PageHead title={place.title} />
      <div className="card">
        <Empty title="This comes later">
          <p>{later?.what}</p>
          <p>
            Until then: {later?.meanwhile}{' '}
            <A to={to} query={Object.fromEntries(new URLSearchParams(search))}>
              Go there
            </A>
          </p>
        </Empty>
      </div>
    </>
  )
}

export function NotFound() {
  return (
    <>
      <PageHead title="There is no such page" />
      <div className="card">
        <Empty title="Nothing is at this address">
          <p>
            Press <kbd>Ctrl K</kbd> and type what you look for, or begin at the <A to="/">overview</A>.
          </p>
        </Empty>
      </div>
    </>
  )
}

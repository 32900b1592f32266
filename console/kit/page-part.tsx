import { type ComponentType, createContext, Suspense, use } from 'react'
import { Skeleton } from './parts.tsx'

/** What capabilities add to the page of another one, by name. */
export const PartsContext = createContext<Readonly<Record<string, ComponentType>>>({})

/** The place in a page for what another capability knows of its subject; nothing where that capability is not there. */
export function PagePart({ name, height = 180 }: PagePartProps) {
  const Part = use(PartsContext)[name]
  if (Part === undefined) return null
  return (
    <Suspense fallback={<Skeleton height={height} />}>
      <Part />
    </Suspense>
  )
}

interface PagePartProps {
  readonly name: string
  /** What it will take of the page, about, while it is fetched. */
  readonly height?: number
}

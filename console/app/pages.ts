import type { ComponentType } from 'react'

interface PageRoute {
  /** As the router writes it: `/changes/$id`. */
  readonly path: string
  readonly load: () => Promise<{ readonly Page: ComponentType }>
}

/** Every page with its address. Each is a script of its own; a capability's pages are one folder and their lines here. */
export const pages: readonly PageRoute[] = [
  { path: '/', load: () => import('../pages/overview.tsx') },
  { path: '/settings/preferences', load: () => import('../pages/preferences.tsx') },
  { path: '/changes', load: () => import('../../src/domains/changes/web/changes.tsx') },
]

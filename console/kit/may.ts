import { useAnswer } from './api.tsx'

/** Whether whoever looks may do this, as far as their roles say it; the server has the last word. */
export function useMay(): (permission: string) => boolean {
  const { data } = useAnswer('GET /v1/session', {})
  return (permission) => data !== undefined && (data.scopes.includes('*') || data.scopes.includes(permission))
}

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, use, useEffect, useRef } from 'react'
import type { ApiProblem, Reply } from '#client'
import { useApi } from '../kit/api.tsx'
import { sessionKey } from './session-key.ts'
import { SignIn } from './sign-in.tsx'

export type Session = Reply<'GET /v1/session'>

const Context = createContext<Session | undefined>(undefined)

export function useSession(): Session {
  const session = use(Context)
  if (session === undefined) throw new Error('a page was shown to nobody')
  return session
}

/** Shows the console to who is signed in, and else the way in, at the same address: afterwards one goes on where one was. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const api = useApi()
  const client = useQueryClient()
  const found = useQuery<Session | null, ApiProblem>({
    queryKey: sessionKey,
    queryFn: async ({ signal }) => {
      try {
        const session = await api.call('GET /v1/session', {}, signal)
        api.setCsrfToken(session.csrfToken)
        return session
      } catch (error) {
        if (isSignedOut(error)) return null
        throw error
      }
    },
    // a session ends while nobody looks: noticed without a request that would keep it alive
    refetchInterval: 60_000,
    refetchOnWindowFocus: true,
  })
  useEffect(() => {
    // any answer that says so ends the session here as well
    return client.getQueryCache().subscribe(({ query }) => {
      if (query.queryKey[0] !== sessionKey[0] && isSignedOut(query.state.error)) client.setQueryData(sessionKey, null)
    })
  }, [client])
  const wasSignedIn = useRef(false)
  if (found.data) wasSignedIn.current = true
  if (found.data === undefined) return found.isError ? <SignIn problem={found.error} ended={false} /> : null
  if (found.data === null) return <SignIn ended={wasSignedIn.current} />
  return <Context value={found.data}>{children}</Context>
}

function isSignedOut(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'not_signed_in'
}

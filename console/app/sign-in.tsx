import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { ApiProblem, type Input } from '#client'
import { useApi } from '../kit/api.tsx'
import { oneLine } from '../kit/figures.ts'
import { ProblemNote } from '../kit/parts.tsx'
import { sessionKey } from './session-key.ts'

/** The way in: a passkey, or the one-time link of who runs the server. */
export function SignIn({ ended, problem: first }: { readonly ended: boolean; readonly problem?: ApiProblem }) {
  const { signIn, isBusy, problem = first } = usePasskey()
  useEffect(() => {
    document.title = 'Sign in · Countersign'
  }, [])
  return (
    <main className="card sign-in stack">
      <div className="row">
        <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="7" fill="var(--accent)" />
          <path
            d="M8.5 16.5l4.6 4.6L23.5 10.7"
            fill="none"
            stroke="var(--on-accent)"
            strokeWidth="3.4"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </svg>
        <h1>Sign in to Countersign</h1>
      </div>
      {ended && <p role="status">Your session has ended. Sign in to go on where you were.</p>}
      <Button onClick={() => void signIn()} loading={isBusy} data-autofocus>
        Sign in with a passkey
      </Button>
      <Providers />
      {problem !== undefined && <ProblemNote problem={problem} />}
      <p className="quiet small">
        For the first time, or without a passkey: open the sign-in link that the server printed when it started. It
        works once and for an hour; <code>countersign sign-in-link</code> on the machine of the server makes a new one.
      </p>
    </main>
  )
}

/** Where else one may sign in; the way leads back to the page that was asked for. */
function Providers() {
  const api = useApi()
  const { data } = useQuery({
    queryKey: ['sign-in-providers'],
    queryFn: ({ signal }) => api.call('GET /v1/sign-in-providers', {}, signal),
    staleTime: 60_000,
  })
  const { pathname, search } = window.location
  const to = pathname === '/sign-in' ? '/' : `${pathname}${search}`
  return (data?.items ?? []).map(({ id, name }) => (
    <Button key={id} component="a" variant="default" href={`/sign-in/oidc/${id}?to=${encodeURIComponent(to)}`}>
      Sign in with {oneLine(name)}
    </Button>
  ))
}

function usePasskey() {
  const api = useApi()
  const client = useQueryClient()
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem>()
  const signIn = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      const options = await api.call('GET /v1/passkey-sign-in', {})
      const { startAuthentication } = await import('@simplewebauthn/browser')
      // the server made the options, and checks the answer
      const response = await startAuthentication({ optionsJSON: options as never })
      const body = { response } as unknown as Input<'POST /v1/passkey-sign-in'>['body']
      const session = await api.call('POST /v1/passkey-sign-in', { body })
      api.setCsrfToken(session.csrfToken)
      client.setQueryData(sessionKey, session)
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] })
    } catch (error) {
      setProblem(passkeyProblem(error))
    } finally {
      setBusy(false)
    }
  }
  return { signIn, isBusy, problem }
}

/** What a browser says of a passkey, as a sentence with something to do. */
export function passkeyProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  const name = error instanceof Error ? error.name : 'Error'
  const about: Readonly<Record<string, readonly [detail: string, hint: string]>> = {
    NotAllowedError: ['no passkey was used', 'try again, and confirm within five minutes'],
    InvalidStateError: [
      'this authenticator has a passkey for you already',
      'use another one, or the passkey that is there',
    ],
    SecurityError: [
      'this browser knows no passkeys for this address',
      'open the console by the name that it is set up for',
    ],
  }
  const [detail, hint] = about[name] ?? [
    'this browser could not use a passkey',
    'use another browser, or the sign-in link',
  ]
  return new ApiProblem({ code: `passkey_${name}`, status: 0, detail, hint })
}

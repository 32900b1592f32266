import { Button, Modal, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ApiProblem } from '#client'
import { counted, Empty, oneLine, PageHead, ProblemNote, Skeleton, Time, useAct, useAnswer, useApi } from '#console'
import { SignInHistory } from './sign-in-history.tsx'

/** How the signed-in person signs in, and where they are. */
export function Page() {
  return (
    <>
      <PageHead
        title="Sign-in and sessions"
        about="Passkeys sign you in without a link or a password. Everything done here is recorded."
      />
      <div className="stack">
        <Passkeys />
        <Sessions />
        <SignInHistory />
      </div>
    </>
  )
}

function Passkeys() {
  const found = useAnswer('GET /v1/passkeys', {}, { kinds: ['passkey'] })
  const [isAdding, setAdding] = useState(false)
  return (
    <section className="card flush" aria-label="Passkeys">
      <div className="spread">
        <h2>Passkeys</h2>
        <Button size="xs" onClick={() => setAdding(true)}>
          Register a passkey
        </Button>
      </div>
      {found.error !== null && <ProblemNote problem={found.error} />}
      {found.data === undefined && found.error === null && <Skeleton height={60} />}
      {found.data?.items.length === 0 && (
        <Empty title="You have no passkey yet">
          <p>
            Until then each sign-in needs a new link from the machine of the server. Register two, on different devices:
            one may be lost.
          </p>
        </Empty>
      )}
      <ul className="list">
        {(found.data?.items ?? []).map((one) => (
          <PasskeyRow key={one.id} passkey={one} />
        ))}
      </ul>
      <AddPasskey isOpen={isAdding} onClose={() => setAdding(false)} />
    </section>
  )
}

interface PasskeyRowProps {
  readonly passkey: {
    readonly id: string
    readonly name: string
    readonly isBackedUp: boolean
    readonly createdAt: string
    readonly lastUsedAt: string | null
  }
}

function PasskeyRow({ passkey }: PasskeyRowProps) {
  const { id, name, isBackedUp, createdAt, lastUsedAt } = passkey
  const rename = useAct('PATCH /v1/passkeys/{id}', ['passkey'])
  const remove = useAct('DELETE /v1/passkeys/{id}', ['passkey'])
  const [asked, setAsked] = useState<'rename' | 'remove'>()
  const [text, setText] = useState(name)
  const problem = rename.error ?? remove.error
  const close = () => setAsked(undefined)
  return (
    <li className="spread">
      <span>
        <b>{oneLine(name)}</b>{' '}
        <span className="quiet small">
          {isBackedUp ? 'synced between devices' : 'on one device'}, registered <Time at={createdAt} />,{' '}
          {lastUsedAt === null ? (
            'not used yet'
          ) : (
            <>
              used <Time at={lastUsedAt} />
            </>
          )}
        </span>
      </span>
      <span className="row">
        <button type="button" className="plain" onClick={() => setAsked('rename')}>
          Rename
        </button>
        <button type="button" className="plain" onClick={() => setAsked('remove')}>
          Remove
        </button>
      </span>
      <Modal
        opened={asked !== undefined}
        onClose={close}
        title={asked === 'remove' ? 'Remove this passkey?' : 'Rename this passkey'}
      >
        <div className="stack">
          {asked === 'remove' ? (
            <p>“{oneLine(name)}” will sign nobody in any more. Sessions that it started go on until they end.</p>
          ) : (
            <TextInput
              label="Name"
              value={text}
              maxLength={100}
              onChange={(event) => setText(event.currentTarget.value)}
              data-autofocus
            />
          )}
          {problem !== null && <ProblemNote problem={problem} />}
          {asked === 'remove' ? (
            <Button
              color="red"
              loading={remove.isPending}
              onClick={() => remove.mutate({ params: { id } }, { onSuccess: close })}
            >
              Remove it
            </Button>
          ) : (
            <Button
              loading={rename.isPending}
              onClick={() => rename.mutate({ params: { id }, body: { name: text } }, { onSuccess: close })}
            >
              Keep this name
            </Button>
          )}
        </div>
      </Modal>
    </li>
  )
}

function AddPasskey({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const api = useApi()
  const [name, setName] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem>()
  const register = useAct('POST /v1/passkeys', ['passkey'])
  const add = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      const options = await api.call('GET /v1/passkeys/registration', {})
      const { startRegistration } = await import('@simplewebauthn/browser')
      // the server made the options, and checks the answer
      const response = await startRegistration({ optionsJSON: options as never })
      await register.mutateAsync({ body: { name, response } as never })
      setName('')
      onClose()
    } catch (error) {
      setProblem(problemOf(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Modal opened={isOpen} onClose={onClose} title="Register a passkey">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void add()
        }}
      >
        <TextInput
          label="Name"
          description="So that you know it again"
          placeholder="Work laptop"
          value={name}
          maxLength={100}
          required
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        {problem !== undefined && <ProblemNote problem={problem} />}
        <Button type="submit" loading={isBusy} disabled={name.trim() === ''}>
          Go on in the browser
        </Button>
      </form>
    </Modal>
  )
}

function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  const isKnown = error instanceof Error && error.name === 'InvalidStateError'
  return new ApiProblem({
    code: 'passkey_not_made',
    status: 0,
    detail: isKnown ? 'this authenticator has a passkey for you already' : 'no passkey was made',
    hint: isKnown ? 'use another one' : 'try again, and confirm within five minutes',
  })
}

function Sessions() {
  const found = useAnswer('GET /v1/sessions', {}, { kinds: ['session'] })
  const end = useAct('DELETE /v1/sessions/{id}', ['session'])
  const endAll = useAct('DELETE /v1/sessions', ['session'])
  const [isAsked, setAsked] = useState(false)
  const items = found.data?.items ?? []
  return (
    <section className="card flush" aria-label="Sessions">
      <div className="spread">
        <h2>Open sessions</h2>
        <Button size="xs" variant="default" onClick={() => setAsked(true)}>
          Sign out everywhere
        </Button>
      </div>
      {found.error !== null && <ProblemNote problem={found.error} />}
      {found.data === undefined && found.error === null && <Skeleton height={60} />}
      <ul className="list">
        {items.map((one) => (
          <li key={one.id} className="spread">
            <span>
              <b>{one.kind === 'browser' ? 'Browser' : 'Session token'}</b>{' '}
              {one.isCurrent && <span className="tag">this one</span>}{' '}
              <span className="quiet small">
                since <Time at={one.startedAt} />,{' '}
                {one.lastSeenAt === null ? (
                  'not used yet'
                ) : (
                  <>
                    used <Time at={one.lastSeenAt} />
                  </>
                )}
                , ends <Time at={one.expiresAt} />
              </span>
            </span>
            {!one.isCurrent && (
              <button type="button" className="plain" onClick={() => end.mutate({ params: { id: one.id } })}>
                End it
              </button>
            )}
          </li>
        ))}
      </ul>
      <Modal opened={isAsked} onClose={() => setAsked(false)} title="Sign out everywhere?">
        <div className="stack">
          <p>
            This ends {counted(items.length, 'session')} of yours now, this one too. API tokens stay; end those on their
            own page.
          </p>
          {endAll.error !== null && <ProblemNote problem={endAll.error} />}
          <Button
            color="red"
            loading={endAll.isPending}
            onClick={() => endAll.mutate({}, { onSuccess: () => window.location.assign('/sign-in') })}
          >
            End them all
          </Button>
        </div>
      </Modal>
    </section>
  )
}

import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import { A, ProblemNote, useAct, useGo } from '#console'

/** Asks that a person may register a new passkey; says first what would happen. */
export function AskRecovery({ personId }: { readonly personId: string }) {
  const go = useGo()
  const ask = useAct('POST /v1/people/{id}/recovery', ['recovery'])
  const [isAsked, setAsked] = useState(false)
  const page = `/people/recoveries/${personId}`
  const close = () => {
    ask.reset()
    setAsked(false)
  }
  return (
    <>
      <p>
        <Button size="xs" variant="default" onClick={() => setAsked(true)}>
          Recover access
        </Button>
      </p>
      <Modal opened={isAsked} onClose={close} title="Let this person register a new passkey?">
        <div className="stack">
          <p>
            Nothing changes yet: it waits a day for two people, neither of them this person, to approve it by passkey.
            With the second approval their passkeys, sessions, API tokens, keys of their agents and unused approvals
            end, and they sign in once by a link.
          </p>
          {ask.error !== null && <ProblemNote problem={ask.error} />}
          {ask.error?.code === 'recovery_open' && <A to={page}>The one that is open</A>}
          <Button
            loading={ask.isPending}
            data-autofocus
            onClick={() =>
              ask.mutate(
                { params: { id: personId } },
                {
                  onSuccess: () => {
                    close()
                    go(page)
                  },
                },
              )
            }
          >
            Ask for it
          </Button>
        </div>
      </Modal>
    </>
  )
}

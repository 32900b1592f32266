import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ApiProblem } from '#client'
import { Empty, PageHead, ProblemNote, type Reply, Time, useAct, useApi } from '#console'

/** Confirms a command line. The code is typed by hand: a link must not bring it along. */
export function Page() {
  const api = useApi()
  const answer = useAct('POST /v1/device-sign-in/{userCode}/answer')
  const [code, setCode] = useState('')
  const [found, setFound] = useState<Reply<'GET /v1/device-sign-in/{userCode}'>>()
  const [problem, setProblem] = useState<ApiProblem>()
  const [isAllowed, setAllowed] = useState<boolean>()
  const params = { userCode: code }
  const look = async () => {
    setProblem(undefined)
    try {
      setFound(await api.call('GET /v1/device-sign-in/{userCode}', { params }))
    } catch (error) {
      setProblem(error as ApiProblem)
    }
  }
  const say = (allow: boolean) => answer.mutate({ params, body: { allow } }, { onSuccess: () => setAllowed(allow) })
  return (
    <>
      <PageHead title="Sign in a command line" about="For whoever ran countersign login, and sees a code there." />
      <section className="card stack" aria-label="Command line">
        {isAllowed !== undefined ? (
          <Empty title={isAllowed ? 'The command line is signed in' : 'The command line was refused'}>
            <p>You can close this page.</p>
          </Empty>
        ) : found === undefined ? (
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault()
              void look()
            }}
          >
            <TextInput
              label="Code"
              description="As the command line shows it."
              placeholder="BCDF-GHJK"
              value={code}
              maxLength={20}
              required
              autoComplete="off"
              onChange={(event) => setCode(event.currentTarget.value)}
              data-autofocus
            />
            {problem !== undefined && <ProblemNote problem={problem} />}
            <span>
              <Button type="submit" disabled={code.trim() === ''}>
                Go on
              </Button>
            </span>
          </form>
        ) : (
          <>
            <p>
              A command line asked <Time at={found.askedAt} /> to act as you for 8 hours. Confirm only if you started it
              yourself: nobody from support ever asks you to.
            </p>
            <p>{found.scopes.length === 0 ? 'It gets no permission.' : 'It gets these permissions:'}</p>
            <div className="row small">
              {found.scopes.map((scope) => (
                <span key={scope} className="tag">
                  {scope}
                </span>
              ))}
            </div>
            {answer.error !== null && <ProblemNote problem={answer.error} />}
            <span className="row">
              <Button loading={answer.isPending} onClick={() => say(true)}>
                It is mine, sign it in
              </Button>
              <Button variant="default" disabled={answer.isPending} onClick={() => say(false)}>
                Refuse it
              </Button>
            </span>
          </>
        )}
      </section>
    </>
  )
}

import { Button, Checkbox, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import {
  Copy,
  counted,
  Empty,
  type Item,
  More,
  oneLine,
  PageHead,
  ProblemNote,
  Skeleton,
  Time,
  useAct,
  useAnswer,
  useFilters,
  useList,
} from '#console'

/** Tokens for programs, and what each may do. */
export function Page() {
  const [filters, set] = useFilters(['make'])
  const list = useList('GET /v1/tokens', { query: { limit: 50 } }, { kinds: ['token'] })
  return (
    <>
      <PageHead
        title="API tokens"
        about="For programs: each carries the permissions that you give it, and no more."
        actions={
          <Button size="xs" onClick={() => set({ make: '1' })}>
            Make a token
          </Button>
        }
      />
      <section className="card flush" aria-label="Your tokens">
        {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
        {list.isLoading && list.error === null && <Skeleton height={60} />}
        {!list.isLoading && list.error === null && list.items.length === 0 && (
          <Empty title="You have no token">
            <p>
              A pipeline that adds evidence, or a script that reads changes, needs one. Make it here, or run{' '}
              <code>countersign token create --name NAME --scopes change:read</code>
            </p>
          </Empty>
        )}
        <ul className="list">
          {list.items.map((one) => (
            <Row key={one.id} token={one} />
          ))}
        </ul>
        <More list={list} />
      </section>
      {filters.make === '1' && <MakeToken onClose={() => set({ make: undefined })} />}
    </>
  )
}

type Token = Item<'GET /v1/tokens'>

function Row({ token }: { readonly token: Token }) {
  const end = useAct('DELETE /v1/tokens/{id}', ['token'])
  const [isAsked, setAsked] = useState(false)
  const { id, name, scopes, createdAt, expiresAt, lastSeenAt, revokedAt } = token
  const isOver = revokedAt !== null || Date.parse(expiresAt) < Date.now()
  return (
    <li>
      <div className="spread">
        <span>
          <b>{oneLine(name)}</b>{' '}
          <span className="quiet small">
            made <Time at={createdAt} />,{' '}
            {lastSeenAt === null ? (
              'never used'
            ) : (
              <>
                used <Time at={lastSeenAt} />
              </>
            )}
            ,{' '}
            {revokedAt !== null ? (
              <>
                ended <Time at={revokedAt} />
              </>
            ) : (
              <>
                ends <Time at={expiresAt} />
              </>
            )}
          </span>
        </span>
        {!isOver && (
          <button type="button" className="plain" onClick={() => setAsked(true)}>
            End it
          </button>
        )}
      </div>
      <div className="row small">
        {scopes.map((scope) => (
          <span key={scope} className="tag">
            {scope === '*' ? 'everything' : scope}
          </span>
        ))}
      </div>
      <Modal opened={isAsked} onClose={() => setAsked(false)} title="End this token?">
        <div className="stack">
          <p>What uses “{oneLine(name)}” is refused from now on. This cannot be undone; a new token can be made.</p>
          {end.error !== null && <ProblemNote problem={end.error} />}
          <Button
            color="red"
            loading={end.isPending}
            onClick={() => end.mutate({ params: { id } }, { onSuccess: () => setAsked(false) })}
          >
            End it
          </Button>
        </div>
      </Modal>
    </li>
  )
}

const days = [7, 30, 90, 365]

function MakeToken({ onClose }: { readonly onClose: () => void }) {
  const make = useAct('POST /v1/tokens', ['token'])
  const known = useAnswer('GET /v1/permissions', {})
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly string[]>([])
  const [life, setLife] = useState(90)
  if (make.data !== undefined)
    return (
      <Modal opened onClose={onClose} title="Your token, shown this once">
        <div className="stack">
          <p className="row">
            <code className="wrap">{make.data.token}</code>
            <Copy value={make.data.token} label="token" />
          </p>
          <p className="quiet small">
            Only its hash is kept. Give it as `Authorization: Bearer …`, or as COUNTERSIGN_TOKEN.
          </p>
          <Button onClick={onClose}>I have kept it</Button>
        </div>
      </Modal>
    )
  return (
    <Modal opened onClose={onClose} title="Make a token" size="lg">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate({ body: { name, scopes: [...scopes], expiresInDays: life } })
        }}
      >
        <TextInput
          label="Name"
          placeholder="Pipeline of the payment service"
          value={name}
          maxLength={100}
          required
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <NativeSelect
          label="Ends in"
          value={String(life)}
          data={days.map((one) => ({ value: String(one), label: counted(one, 'day') }))}
          onChange={(event) => setLife(Number(event.currentTarget.value))}
        />
        <fieldset className="stack" style={{ border: 0, padding: 0, margin: 0 }}>
          <legend>What it may do</legend>
          {(known.data?.items ?? []).map((one) => (
            <Checkbox
              key={one.name}
              size="xs"
              label={one.name}
              description={one.about}
              checked={scopes.includes(one.name)}
              onChange={(event) =>
                setScopes(
                  event.currentTarget.checked ? [...scopes, one.name] : scopes.filter((scope) => scope !== one.name),
                )
              }
            />
          ))}
        </fieldset>
        {make.error !== null && <ProblemNote problem={make.error} />}
        <Button type="submit" disabled={name.trim() === '' || scopes.length === 0} loading={make.isPending}>
          Make it
        </Button>
      </form>
    </Modal>
  )
}

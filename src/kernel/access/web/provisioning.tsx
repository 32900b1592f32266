import { Button, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import {
  Copy,
  counted,
  Empty,
  Facts,
  type Item,
  More,
  oneLine,
  PageHead,
  ProblemNote,
  Skeleton,
  Time,
  useAct,
  useFilters,
  useList,
} from '#console'

/** Which programs may provision people, and what to enter in the identity provider. */
export function Page() {
  const [filters, set] = useFilters(['make'])
  const list = useList('GET /v1/scim/clients', {}, { kinds: ['scim-client'] })
  return (
    <>
      <PageHead
        title="Provisioning"
        about="Your identity provider keeps people and groups here by SCIM 2.0, with a token of its own."
        actions={
          <Button size="xs" onClick={() => set({ make: '1' })}>
            Connect a provider
          </Button>
        }
      />
      <div className="cards">
        <section className="card flush" aria-label="Clients">
          {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
          {list.isLoading && list.error === null && <Skeleton height={60} />}
          {!list.isLoading && list.error === null && list.items.length === 0 && (
            <Empty title="No provider is connected">
              <p>
                Connect one here, or run <code>countersign scim client add --name NAME</code>
              </p>
            </Empty>
          )}
          <ul className="list">
            {list.items.map((one) => (
              <Row key={one.id} client={one} />
            ))}
          </ul>
          <More list={list} />
        </section>
        <Steps />
      </div>
      {filters.make === '1' && <Connect onClose={() => set({ make: undefined })} />}
    </>
  )
}

type Client = Item<'GET /v1/scim/clients'>

function Row({ client }: { readonly client: Client }) {
  const end = useAct('DELETE /v1/scim/clients/{id}', ['scim-client'])
  const [isAsked, setAsked] = useState(false)
  const { id, name, createdAt, expiresAt, lastSeenAt, revokedAt } = client
  return (
    <li className="spread">
      <span>
        <b>{oneLine(name)}</b>{' '}
        <span className="quiet small">
          connected <Time at={createdAt} />,{' '}
          {lastSeenAt === null ? (
            'never seen'
          ) : (
            <>
              seen <Time at={lastSeenAt} />
            </>
          )}
          ,{' '}
          {revokedAt === null ? (
            <>
              its token ends <Time at={expiresAt} />
            </>
          ) : (
            <>
              ended <Time at={revokedAt} />
            </>
          )}
        </span>
      </span>
      {revokedAt === null && (
        <button type="button" className="plain" onClick={() => setAsked(true)}>
          End it
        </button>
      )}
      <Modal opened={isAsked} onClose={() => setAsked(false)} title="End this connection?">
        <div className="stack">
          <p>
            “{oneLine(name)}” is refused from now on: who leaves there stays active here until another connection is
            made. People and groups stay.
          </p>
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

function address(): string {
  return `${window.location.origin}/scim/v2`
}

function Steps() {
  return (
    <section className="card stack" aria-label="What to enter">
      <h2>What to enter</h2>
      <Facts
        facts={[
          [
            'Address',
            <span key="address" className="row">
              <code className="wrap">{address()}</code>
              <Copy value={address()} label="address" />
            </span>,
          ],
          ['Authentication', 'HTTP header, bearer token'],
          ['Unique identifier', 'userName'],
        ]}
      />
      <h3>Microsoft Entra ID</h3>
      <ol>
        <li>Enterprise applications, New application, Create your own application, Non-gallery.</li>
        <li>Provisioning, Automatic: the address above as Tenant URL, the token as Secret Token, Test Connection.</li>
        <li>Map objectId to externalId, save, assign people and groups, start provisioning.</li>
      </ol>
      <h3>Okta</h3>
      <ol>
        <li>Create an app integration with SCIM provisioning.</li>
        <li>Base URL and bearer token as above; unique identifier field userName; all supported actions.</li>
        <li>To App: create, update and deactivate users. Push Groups: the groups that you want here.</li>
      </ol>
    </section>
  )
}

const days = [90, 180, 365, 730]

function Connect({ onClose }: { readonly onClose: () => void }) {
  const make = useAct('POST /v1/scim/clients', ['scim-client'])
  const [name, setName] = useState('')
  const [life, setLife] = useState(365)
  if (make.data !== undefined)
    return (
      <Modal opened onClose={onClose} title="Its token, shown this once">
        <div className="stack">
          <p className="row">
            <code className="wrap">{make.data.token}</code>
            <Copy value={make.data.token} label="token" />
          </p>
          <p className="quiet small">Only its hash is kept. It may provision people and groups, and nothing else.</p>
          <Button onClick={onClose}>I have entered it</Button>
        </div>
      </Modal>
    )
  return (
    <Modal opened onClose={onClose} title="Connect a provider">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          make.mutate({ body: { name, expiresInDays: life } })
        }}
      >
        <TextInput
          label="Name"
          placeholder="Entra ID"
          value={name}
          maxLength={100}
          required
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <NativeSelect
          label="Its token ends in"
          value={String(life)}
          data={days.map((one) => ({ value: String(one), label: counted(one, 'day') }))}
          onChange={(event) => setLife(Number(event.currentTarget.value))}
        />
        {make.error !== null && <ProblemNote problem={make.error} />}
        <Button type="submit" disabled={name.trim() === ''} loading={make.isPending}>
          Connect it
        </Button>
      </form>
    </Modal>
  )
}

import { Button, Modal, PasswordInput, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import {
  Copy,
  Empty,
  Facts,
  type Item,
  oneLine,
  PageHead,
  ProblemNote,
  Skeleton,
  Status,
  useAct,
  useFilters,
  useList,
} from '#console'
import { IssuerSteps } from './issuer-steps.tsx'

/** Where people sign in: identity providers, what each has to be told, and whether it answers. */
export function Page() {
  const [filters, set] = useFilters(['make'])
  const list = useList('GET /v1/issuers', {}, { kinds: ['issuer'] })
  return (
    <>
      <PageHead
        title="Identity provider"
        about="Your people sign in where they always do. Each is known by issuer and subject, never by a mail address."
        actions={
          <Button size="xs" onClick={() => set({ make: '1' })}>
            Add a provider
          </Button>
        }
      />
      <div className="cards">
        {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
        {list.isLoading && list.error === null && <Skeleton height={80} />}
        {!list.isLoading && list.error === null && list.items.length === 0 && (
          <section className="card" aria-label="Providers">
            <Empty title="No provider signs people in">
              <p>
                Add one here, or run{' '}
                <code>countersign issuer add URL --name NAME --client-id ID --secret-file FILE</code>
              </p>
            </Empty>
          </section>
        )}
        {list.items.map((one) => (
          <Provider key={one.id} issuer={one} />
        ))}
        <IssuerSteps />
      </div>
      {filters.make === '1' && <AddProvider onClose={() => set({ make: undefined })} />}
    </>
  )
}

type Issuer = Item<'GET /v1/issuers'>

function Provider({ issuer }: { readonly issuer: Issuer }) {
  const change = useAct('PATCH /v1/issuers/{id}', ['issuer'])
  const check = useAct('POST /v1/issuers/{id}/check')
  const { id, name, isActive, admitsUnknown } = issuer
  const params = { id }
  return (
    <section className="card stack" aria-label={oneLine(name)}>
      <div className="spread">
        <h2>{oneLine(name)}</h2>
        <span className="row">
          <Button size="xs" variant="default" loading={check.isPending} onClick={() => check.mutate({ params })}>
            Check it
          </Button>
          <Remove issuer={issuer} />
        </span>
      </div>
      <Facts facts={factsOf(issuer)} />
      <Switch
        label="People may sign in here"
        description="Switching it off ends the sessions that it began."
        checked={isActive}
        disabled={change.isPending}
        onChange={() => change.mutate({ params, body: { isActive: !isActive } })}
      />
      <Switch
        label="Whoever the provider signs in is somebody here"
        description="Even when no directory brought them. They may sign in and see nothing more."
        checked={admitsUnknown}
        disabled={change.isPending}
        onChange={() => change.mutate({ params, body: { admitsUnknown: !admitsUnknown } })}
      />
      {change.error !== null && <ProblemNote problem={change.error} />}
      {check.error !== null && <ProblemNote problem={check.error} />}
      {check.data !== undefined && (
        <ul className="list" aria-label="What was found">
          {check.data.findings.map((one) => (
            <li key={one.name} className="row">
              <Status status={one.ok ? 'pass' : 'fail'} /> {oneLine(one.detail)}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function factsOf({ id, issuer, clientId, hasSecret, matchClaim }: Issuer) {
  const base = `${window.location.origin}/sign-in/oidc/${id}`
  const secret = hasSecret ? 'with a secret' : 'public, by PKCE alone'
  return [
    [
      'Issuer',
      <code key="issuer" className="wrap">
        {oneLine(issuer)}
      </code>,
    ],
    ['Client', <span key="client" className="wrap">{`${oneLine(clientId)}, ${secret}`}</span>],
    ['Finds provisioned people by', matchClaim === null ? 'nothing' : <code key="match">{matchClaim}</code>],
    ['Redirect URI', <Address key="redirect" text={`${base}/callback`} label="redirect URI" />],
    ['After signing out', <Address key="out" text={`${window.location.origin}/sign-in`} label="sign-out URI" />],
    [
      'Back-channel logout',
      <Address key="back" text={`${base}/back-channel-logout`} label="back-channel logout URI" />,
    ],
  ] as const
}

function Address({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <span className="row">
      <code className="wrap">{text}</code>
      <Copy value={text} label={label} />
    </span>
  )
}

function Remove({ issuer }: { readonly issuer: Issuer }) {
  const remove = useAct('DELETE /v1/issuers/{id}', ['issuer'])
  const [isAsked, setAsked] = useState(false)
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setAsked(true)}>
        Remove it
      </Button>
      <Modal opened={isAsked} onClose={() => setAsked(false)} title="Remove this provider?">
        <div className="stack">
          <p>
            Nobody signs in by “{oneLine(issuer.name)}” from now on, and the sessions that it began end. People keep who
            they are: the same provider, added again, signs the same people in.
          </p>
          {remove.error !== null && <ProblemNote problem={remove.error} />}
          <Button
            color="red"
            loading={remove.isPending}
            onClick={() => remove.mutate({ params: { id: issuer.id } }, { onSuccess: () => setAsked(false) })}
          >
            Remove it
          </Button>
        </div>
      </Modal>
    </>
  )
}

function AddProvider({ onClose }: { readonly onClose: () => void }) {
  const add = useAct('POST /v1/issuers', ['issuer'])
  const [name, setName] = useState('')
  const [issuer, setIssuer] = useState('')
  const [clientId, setClientId] = useState('')
  const [clientSecret, setClientSecret] = useState('')
  const [matchClaim, setMatchClaim] = useState('sub')
  const body = {
    name,
    issuer: issuer.trim(),
    clientId: clientId.trim(),
    ...(clientSecret === '' ? {} : { clientSecret }),
    matchClaim: matchClaim.trim() === '' ? null : matchClaim.trim(),
  }
  return (
    <Modal opened onClose={onClose} title="Add a provider" size="lg">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          add.mutate({ body }, { onSuccess: onClose })
        }}
      >
        <TextInput
          label="Name"
          description="As people see it on the sign-in page."
          placeholder="Entra ID"
          value={name}
          maxLength={100}
          required
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <TextInput
          label="Issuer"
          description="Exactly as the provider writes it in its discovery document."
          placeholder="https://login.example.com/"
          value={issuer}
          maxLength={500}
          required
          onChange={(event) => setIssuer(event.currentTarget.value)}
        />
        <TextInput
          label="Client id"
          value={clientId}
          maxLength={255}
          required
          onChange={(event) => setClientId(event.currentTarget.value)}
        />
        <PasswordInput
          label="Client secret"
          description="Kept encrypted and never shown. Leave it empty for a public client."
          value={clientSecret}
          maxLength={1024}
          autoComplete="off"
          onChange={(event) => setClientSecret(event.currentTarget.value)}
        />
        <TextInput
          label="Claim that is the external id of your directory"
          description="sub for Okta and Keycloak, oid for Entra ID; empty when people are added one by one."
          value={matchClaim}
          maxLength={200}
          onChange={(event) => setMatchClaim(event.currentTarget.value)}
        />
        {add.error !== null && <ProblemNote problem={add.error} />}
        <Button
          type="submit"
          disabled={[name, issuer, clientId].some((one) => one.trim() === '')}
          loading={add.isPending}
        >
          Add it
        </Button>
      </form>
    </Modal>
  )
}

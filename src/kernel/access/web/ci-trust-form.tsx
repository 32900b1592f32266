import { Button, Checkbox, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Item, ProblemNote, useAct, useAnswer, useMay } from '#console'

type Trust = Item<'GET /v1/ci-trusts'>
type Provider = Trust['provider']

export const providerWords: Readonly<Record<Provider, string>> = {
  'github-actions': 'GitHub Actions',
  'gitlab-ci': 'GitLab CI',
}

const issuers: Readonly<Record<Provider, string>> = {
  'github-actions': 'https://token.actions.githubusercontent.com',
  'gitlab-ci': 'https://gitlab.com',
}

const claims: Readonly<Record<Provider, string>> = {
  'github-actions': 'job_workflow_ref',
  'gitlab-ci': 'ci_config_ref_uri',
}

/** The name that the provider gives the usual file of a repository at a ref. */
function usualWorkflow(provider: Provider, issuer: string, repository: string, ref: string): string {
  const path = repository.trim() === '' ? 'owner/name' : repository.trim()
  if (provider === 'github-actions') return `${path}/.github/workflows/release.yml@${ref.trim()}`
  const host = URL.canParse(issuer.trim()) ? new URL(issuer.trim()).host : 'gitlab.com'
  return `${host}/${path}//.gitlab-ci.yml@${ref.trim()}`
}

interface AddTrustProps {
  readonly onClose: () => void
  readonly onAdded: (added: Trust) => void
}

/** What was written, and what follows from it where nobody wrote anything else. */
function useTrustForm() {
  const [text, setText] = useState({
    ...{ name: '', repository: '', ref: 'refs/heads/main', environment: '', audience: window.location.origin },
  })
  const [provider, setProvider] = useState<Provider>('github-actions')
  const [written, setWritten] = useState<{ readonly issuer?: string; readonly workflow?: string }>({})
  const [scopes, setScopes] = useState<readonly string[]>([])
  const issuer = written.issuer ?? issuers[provider]
  const workflow = written.workflow ?? usualWorkflow(provider, issuer, text.repository, text.ref)
  const field = (name: keyof typeof text) => ({
    value: text[name],
    onChange: (event: { readonly currentTarget: { readonly value: string } }) => {
      const { value } = event.currentTarget
      setText((before) => ({ ...before, [name]: value }))
    },
  })
  const body = {
    ...{ name: text.name.trim(), provider, issuer: issuer.trim(), audience: text.audience.trim() },
    ...{ repository: text.repository.trim(), ref: text.ref.trim(), workflow: workflow.trim() },
    environment: text.environment.trim() === '' ? null : text.environment.trim(),
    scopes: [...scopes],
  }
  return { field, provider, setProvider, issuer, workflow, written, setWritten, scopes, setScopes, body }
}

type TrustForm = ReturnType<typeof useTrustForm>

/** Says which jobs are believed, and what they may do; each field with what it is compared with. */
export function AddTrust({ onClose, onAdded }: AddTrustProps) {
  const add = useAct('POST /v1/ci-trusts', ['ci-trust'])
  const form = useTrustForm()
  const { body } = form
  return (
    <Modal opened onClose={onClose} title="Trust a pipeline" size="lg">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          add.mutate({ body }, { onSuccess: onAdded })
        }}
      >
        <Identity form={form} />
        <Where form={form} />
        <Scopes chosen={form.scopes} choose={form.setScopes} />
        <p className="quiet small">
          How long a token lives, 5 to 60 minutes, the job says when it asks. A trust does not change: revoke it and
          make another.
        </p>
        {add.error !== null && <ProblemNote problem={add.error} />}
        <Button
          type="submit"
          disabled={body.scopes.length === 0 || body.name === '' || body.repository === ''}
          loading={add.isPending}
        >
          Trust it
        </Button>
      </form>
    </Modal>
  )
}

interface FormProps {
  readonly form: TrustForm
}

function Identity({ form: { field, provider, setProvider } }: FormProps) {
  return (
    <>
      <TextInput
        label="Name"
        description="As people here call it."
        placeholder="Payments, releases"
        maxLength={100}
        required
        data-autofocus
        {...field('name')}
      />
      <NativeSelect
        label="Provider"
        description="Who runs the jobs and signs a token for each."
        value={provider}
        data={Object.entries(providerWords).map(([value, label]) => ({ value, label }))}
        onChange={(event) => setProvider(event.currentTarget.value === 'gitlab-ci' ? 'gitlab-ci' : 'github-actions')}
      />
    </>
  )
}

function Where({ form: { field, provider, issuer, workflow, written, setWritten } }: FormProps) {
  return (
    <>
      <TextInput
        label="Repository"
        description="Its whole path. Compared letter for letter; the subject of the token is never read."
        placeholder="acme/payments"
        maxLength={300}
        required
        {...field('repository')}
      />
      <TextInput
        label="Ref"
        description="Whole. * stands for any letters of one part, ** for any parts: refs/tags/v*"
        maxLength={300}
        required
        {...field('ref')}
      />
      <TextInput
        label="Workflow"
        description={`File and ref of what runs the job, as in the claim ${claims[provider]}; * and ** as above.`}
        value={workflow}
        maxLength={500}
        required
        onChange={(event) => setWritten({ ...written, workflow: event.currentTarget.value })}
      />
      <TextInput
        label="Environment"
        description="Only jobs of this deployment environment. Empty: any, or none."
        maxLength={255}
        {...field('environment')}
      />
      <details>
        <summary>Issuer and audience</summary>
        <div className="stack">
          <TextInput
            label="Issuer"
            description="Who signs the tokens: change it for a server of your own."
            value={issuer}
            maxLength={500}
            required
            onChange={(event) => setWritten({ ...written, issuer: event.currentTarget.value })}
          />
          <TextInput
            label="Audience"
            description="What the job asks its token for: a token made for anything else is refused."
            maxLength={500}
            required
            {...field('audience')}
          />
        </div>
      </details>
    </>
  )
}

interface ScopesProps {
  readonly chosen: readonly string[]
  readonly choose: (scopes: readonly string[]) => void
}

/** What the role of services carries and whoever looks holds: nobody gives more than that. */
function Scopes({ chosen, choose }: ScopesProps) {
  const may = useMay()
  const matrix = useAnswer('GET /v1/roles', {})
  const known = useAnswer('GET /v1/permissions', {})
  const at = matrix.data?.roles.indexOf('service') ?? -1
  const carried = new Set(
    (matrix.data?.actions ?? []).filter(({ cells }) => (cells[at] ?? 'deny') !== 'deny').map((one) => one.name),
  )
  const givable = (known.data?.items ?? []).filter(({ name }) => carried.has(name) && may(name))
  const problem = matrix.error ?? known.error
  return (
    <fieldset className="stack" style={{ border: 0, padding: 0, margin: 0 }}>
      <legend>The most that its jobs may do</legend>
      {problem !== null && <ProblemNote problem={problem} />}
      {matrix.data !== undefined && known.data !== undefined && givable.length === 0 && (
        <p className="quiet small">You hold nothing that a pipeline may carry, so somebody else adds it.</p>
      )}
      {givable.map((one) => (
        <Checkbox
          key={one.name}
          size="xs"
          label={one.name}
          description={one.about}
          checked={chosen.includes(one.name)}
          onChange={(event) =>
            choose(event.currentTarget.checked ? [...chosen, one.name] : chosen.filter((scope) => scope !== one.name))
          }
        />
      ))}
    </fieldset>
  )
}

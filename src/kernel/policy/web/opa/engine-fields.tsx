import { Checkbox, NativeSelect, PasswordInput, TextInput } from '@mantine/core'
import { oneLine, useAnswer, useMay } from '#console'
import { type Bundle, bundleName, categories, chosen, modes, owners } from './engine-words.ts'
import type { RemoteForm, SettingsForm } from './use-settings.ts'

const choices = (pairs: readonly (readonly [string, string])[]) => pairs.map(([value, label]) => ({ value, label }))

/** How much it counts, about which changes it is asked, and who mends what it finds. */
export function SettingsFields({ form: { settings, change } }: { readonly form: SettingsForm }) {
  return (
    <>
      <NativeSelect
        label="Mode"
        description="Begin with audit: look at what it would have said, then enforce."
        value={settings.mode}
        data={choices(modes)}
        onChange={(event) => change({ mode: chosen(['off', 'audit', 'warn', 'enforce'], event.currentTarget.value) })}
      />
      <NativeSelect
        label="Category"
        value={settings.category}
        data={[...categories]}
        onChange={(event) =>
          change({ category: chosen(['compliance', 'security', 'quality'], event.currentTarget.value) })
        }
      />
      <NativeSelect
        label="Who can mend what it finds"
        value={settings.owner}
        data={choices(owners)}
        onChange={(event) =>
          change({ owner: chosen(['author', 'reviewer', 'security', 'platform', 'legal'], event.currentTarget.value) })
        }
      />
      <Repositories form={{ settings, change }} />
    </>
  )
}

function Repositories({ form: { settings, change } }: { readonly form: SettingsForm }) {
  const may = useMay()
  const found = useAnswer('GET /v1/repositories', { query: { limit: 200 } }, { enabled: may('repository:read') })
  const { repositories } = settings
  const known = found.data?.items ?? []
  const others = (repositories ?? []).filter((id) => !known.some((one) => one.id === id))
  const toggle = (id: string, isOn: boolean) =>
    change({
      repositories: isOn ? [...(repositories ?? []), id] : (repositories ?? []).filter((one) => one !== id),
    })
  return (
    <fieldset className="stack" style={{ border: 0, padding: 0, margin: 0 }}>
      <legend style={{ padding: 0 }}>Asked about changes of</legend>
      <Checkbox
        size="xs"
        label="every repository"
        checked={repositories === null}
        onChange={(event) => change({ repositories: event.currentTarget.checked ? null : [] })}
      />
      {repositories !== null &&
        [...known.map(({ id, name }) => ({ id, name })), ...others.map((id) => ({ id, name: id }))].map((one) => (
          <Checkbox
            key={one.id}
            size="xs"
            label={oneLine(one.name)}
            checked={repositories.includes(one.id)}
            onChange={(event) => toggle(one.id, event.currentTarget.checked)}
          />
        ))}
      {repositories !== null && known.length === 0 && found.data !== undefined && (
        <p className="quiet small">There is no repository yet, so it would be asked about nothing.</p>
      )}
    </fieldset>
  )
}

interface RemoteFieldsProps {
  readonly form: RemoteForm
  /** Whether the server keeps a token for it, which it never shows. */
  readonly hasToken: boolean
}

/** Where an OPA elsewhere is, and when its answer counts. */
export function RemoteFields({ form: { remote, change }, hasToken }: RemoteFieldsProps) {
  return (
    <>
      <TextInput
        label="Address"
        description="https, or plain HTTP to the machine of this server"
        placeholder="https://opa.example.com"
        value={remote.url}
        maxLength={500}
        required
        onChange={(event) => change({ url: event.currentTarget.value })}
      />
      <TextInput
        label="Document"
        description="What is asked for, as in POST /v1/data/…"
        value={remote.path}
        maxLength={200}
        required
        onChange={(event) => change({ path: event.currentTarget.value })}
      />
      <PasswordInput
        label="Bearer token"
        description={
          hasToken
            ? 'One is kept, encrypted. Empty leaves it; a new address needs it again.'
            : 'If it asks for one. Kept encrypted, and never shown.'
        }
        autoComplete="off"
        value={remote.token}
        maxLength={4096}
        onChange={(event) => change({ token: event.currentTarget.value })}
      />
      <TextInput
        label="Milliseconds that it may take"
        description="50 to 10,000: slower is no answer"
        type="number"
        min={50}
        max={10_000}
        required
        value={remote.timeoutMs}
        onChange={(event) => change({ timeoutMs: event.currentTarget.value })}
      />
      <TextInput
        label="Expected revision"
        description="What the revision of its bundles must be; one * stands for anything. Empty: any."
        maxLength={200}
        value={remote.expectedRevision}
        onChange={(event) => change({ expectedRevision: event.currentTarget.value })}
      />
    </>
  )
}

interface EntrypointProps {
  readonly bundles: readonly Bundle[]
  /** The digest of the chosen one. */
  readonly bundle: string
  readonly path: string
  readonly onBundle: (digest: string) => void
  readonly onPath: (path: string) => void
}

/** One of the bundles that were sent, and which of its documents is asked for. */
export function BundleFields({ bundles, bundle, path, onBundle, onPath }: EntrypointProps) {
  const { entrypoints = [] } = bundles.find((one) => one.digest === bundle) ?? {}
  return (
    <>
      <NativeSelect
        label="Bundle"
        value={bundle}
        data={bundles.map((one) => ({ value: one.digest, label: oneLine(bundleName(one)) }))}
        onChange={(event) => onBundle(event.currentTarget.value)}
      />
      <NativeSelect
        label="Entrypoint"
        value={entrypoints.includes(path) ? path : (entrypoints[0] ?? '')}
        data={[...entrypoints]}
        onChange={(event) => onPath(event.currentTarget.value)}
      />
    </>
  )
}

import { Button, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ProblemNote, useAct } from '#console'
import { BundleFields, RemoteFields, SettingsFields } from './engine-fields.tsx'
import { type Bundle, chosen, gates, opaKinds } from './engine-words.ts'
import { SendBundle } from './send-bundle.tsx'
import { useRemote, useSettings } from './use-settings.ts'

interface BindEngineProps {
  /** Those that were sent, the newest first. */
  readonly bundles: readonly Bundle[]
  /** The digest of the one that is to be bound; none where it is chosen here. */
  readonly bundle: string | undefined
  readonly onClose: () => void
}

/** Binds an OPA elsewhere, or a bundle, to a gate. */
export function BindEngine({ bundles, bundle: given, onClose }: BindEngineProps) {
  const bind = useAct('POST /v1/policy-engines', opaKinds)
  const [kind, setKind] = useState<'opa-remote' | 'opa-bundle'>(given === undefined ? 'opa-remote' : 'opa-bundle')
  const [name, setName] = useState('')
  const [gate, setGate] = useState<'merge' | 'deploy'>('merge')
  const [picked, pick] = useState({ bundle: given, path: '' })
  const settings = useSettings({ mode: 'audit', category: 'compliance', owner: 'author', repositories: null })
  const remote = useRemote()
  const bundle = bundles.find((one) => one.digest === picked.bundle) ?? bundles[0]
  const token = remote.remote.token.trim()
  const send = () => {
    const common = { name: name.trim(), gate, ...settings.settings }
    if (kind === 'opa-remote')
      bind.mutate(
        { body: { kind, ...common, ...remote.body(), ...(token === '' ? {} : { token }) } },
        { onSuccess: onClose },
      )
    else if (bundle !== undefined) {
      const path = bundle.entrypoints.includes(picked.path) ? { path: picked.path } : {}
      bind.mutate({ body: { kind, ...common, bundle: bundle.digest, ...path } }, { onSuccess: onClose })
    }
  }
  return (
    <Modal opened onClose={onClose} title="Bind an OPA engine" size="lg">
      <div className="stack">
        <NativeSelect
          label="Kind"
          description="An OPA of yours that is asked over the network, or a bundle that runs in this server"
          value={kind}
          data={[
            { value: 'opa-remote', label: 'an OPA elsewhere (REST)' },
            { value: 'opa-bundle', label: 'a bundle with WebAssembly' },
          ]}
          onChange={(event) => setKind(chosen(['opa-remote', 'opa-bundle'], event.currentTarget.value))}
        />
        {kind === 'opa-bundle' && <SendBundle onSent={({ digest }) => pick({ bundle: digest, path: '' })} />}
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            send()
          }}
        >
          {kind === 'opa-bundle' && bundle !== undefined && (
            <BundleFields
              bundles={bundles}
              bundle={bundle.digest}
              path={picked.path}
              onBundle={(digest) => pick({ bundle: digest, path: '' })}
              onPath={(path) => pick({ bundle: bundle.digest, path })}
            />
          )}
          <TextInput
            label="Name"
            description="Small letters, digits and dashes; its rules are called opa.NAME.*"
            placeholder="house-rules"
            value={name}
            maxLength={40}
            required
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {kind === 'opa-remote' && <RemoteFields form={remote} hasToken={false} />}
          <NativeSelect
            label="Gate"
            value={gate}
            data={gates.map(([value, label]) => ({ value, label }))}
            onChange={(event) => setGate(chosen(['merge', 'deploy'], event.currentTarget.value))}
          />
          <SettingsFields form={settings} />
          {bind.error !== null && <ProblemNote problem={bind.error} />}
          <Button
            type="submit"
            disabled={name.trim() === '' || (kind === 'opa-bundle' && bundle === undefined)}
            loading={bind.isPending}
          >
            Bind it
          </Button>
        </form>
      </div>
    </Modal>
  )
}

import { Button, Checkbox, Modal } from '@mantine/core'
import { useState } from 'react'
import { oneLine, useAct } from '#console'
import { RefusedChange } from './approve-change.tsx'
import { BundleFields, RemoteFields, SettingsFields } from './engine-fields.tsx'
import { type Bundle, type Engine, opaKinds } from './engine-words.ts'
import { SendBundle } from './send-bundle.tsx'
import { useRemote, useSettings } from './use-settings.ts'

interface ChangeEngineProps {
  readonly engine: Engine
  readonly bundles: readonly Bundle[]
  readonly onClose: () => void
}

/** Changes what an engine is asked and how much it counts. Its name and kind stay: rules of earlier decisions are told by them. */
export function ChangeEngine({ engine, bundles, onClose }: ChangeEngineProps) {
  const act = useAct('PATCH /v1/policy-engines/{id}', opaKinds)
  const settings = useSettings(engine)
  const remote = useRemote(engine)
  const [isTokenGone, setTokenGone] = useState(false)
  const [picked, pick] = useState({ bundle: engine.bundle ?? '', path: engine.path })
  const isRemote = engine.kind === 'opa-remote'
  const token = remote.remote.token.trim()
  const body = () => {
    const own = isRemote
      ? { ...remote.body(), ...(isTokenGone ? { token: null } : token === '' ? {} : { token }) }
      : { bundle: picked.bundle, path: pathIn(bundles, picked) }
    return { ...settings.settings, ...own }
  }
  const send = () => act.mutate({ params: { id: engine.id }, body: body() }, { onSuccess: onClose })
  return (
    <Modal opened onClose={onClose} title={`Change ${oneLine(engine.name)}`} size="lg">
      <div className="stack">
        {!isRemote && <SendBundle onSent={({ digest }) => pick({ ...picked, bundle: digest })} />}
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            send()
          }}
        >
          {isRemote ? (
            <RemoteFields form={remote} hasToken={engine.hasToken} />
          ) : (
            <BundleFields
              bundles={bundles}
              bundle={picked.bundle}
              path={picked.path}
              onBundle={(bundle) => pick({ ...picked, bundle })}
              onPath={(path) => pick({ ...picked, path })}
            />
          )}
          {isRemote && engine.hasToken && (
            <Checkbox
              size="xs"
              label="It asks for no token any more"
              checked={isTokenGone}
              onChange={(event) => setTokenGone(event.currentTarget.checked)}
            />
          )}
          <SettingsFields form={settings} />
          {act.error !== null && (
            <RefusedChange problem={act.error} engine={engine} body={act.variables?.body ?? null} />
          )}
          <Button type="submit" loading={act.isPending}>
            Change it
          </Button>
        </form>
      </div>
    </Modal>
  )
}

/** The chosen entrypoint where the chosen bundle has it, else its first, as the field shows. */
function pathIn(
  bundles: readonly Bundle[],
  { bundle, path }: { readonly bundle: string; readonly path: string },
): string {
  const { entrypoints = [] } = bundles.find((one) => one.digest === bundle) ?? {}
  return entrypoints.includes(path) ? path : (entrypoints[0] ?? path)
}

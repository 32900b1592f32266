import { Button, Checkbox, Modal, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { counted, ProblemNote, useAct, useAnswer, useGo } from '#console'

const days = [7, 30, 90, 180, 365]
const levels = [
  { value: 'suggest', label: 'suggests, and people act' },
  { value: 'act-with-approval', label: 'acts when a person has approved' },
  { value: 'act-in-sandbox', label: 'acts where nothing can be broken' },
] as const

/** Registers an agent, of whom whoever does it becomes the sponsor. */
export function RegisterAgent({ onClose }: { readonly onClose: () => void }) {
  const go = useGo()
  const register = useAct('POST /v1/agents', ['agent'])
  const [name, setName] = useState('')
  const [purpose, setPurpose] = useState('')
  const [autonomy, setAutonomy] = useState<(typeof levels)[number]['value']>('suggest')
  const [tools, setTools] = useState('')
  const [scopes, setScopes] = useState<readonly string[]>([])
  const [life, setLife] = useState(90)
  return (
    <Modal opened onClose={onClose} title="Register an agent" size="lg">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          const body = {
            name,
            purpose,
            autonomy,
            tools: tools.split(/[\s,]+/).filter((one) => one !== ''),
            scopes: [...scopes],
            expiresInDays: life,
          }
          register.mutate({ body }, { onSuccess: (made) => go(`/agents/${made.id}`) })
        }}
      >
        <p className="quiet small">
          You become its sponsor: what it does is done in your name, and ends with your access.
        </p>
        <TextInput
          label="Name"
          value={name}
          maxLength={100}
          required
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <Textarea
          label="Purpose"
          value={purpose}
          maxLength={1000}
          required
          onChange={(event) => setPurpose(event.currentTarget.value)}
        />
        <NativeSelect
          label="Autonomy"
          value={autonomy}
          data={[...levels]}
          onChange={(event) =>
            setAutonomy(levels.find((one) => one.value === event.currentTarget.value)?.value ?? 'suggest')
          }
        />
        <TextInput
          label="Tools"
          description="Names, with spaces between them"
          value={tools}
          onChange={(event) => setTools(event.currentTarget.value)}
        />
        <NativeSelect
          label="Ends in"
          value={String(life)}
          data={days.map((one) => ({ value: String(one), label: counted(one, 'day') }))}
          onChange={(event) => setLife(Number(event.currentTarget.value))}
        />
        <Scopes chosen={scopes} choose={setScopes} />
        {register.error !== null && <ProblemNote problem={register.error} />}
        <Button
          type="submit"
          disabled={name.trim() === '' || purpose.trim() === '' || scopes.length === 0}
          loading={register.isPending}
        >
          Register it
        </Button>
      </form>
    </Modal>
  )
}

interface ScopesProps {
  readonly chosen: readonly string[]
  readonly choose: (scopes: readonly string[]) => void
}

/** Permissions that whoever looks holds; which of them agents may carry, the server says. */
function Scopes({ chosen, choose }: ScopesProps) {
  const own = useAnswer('GET /v1/session', {})
  const known = useAnswer('GET /v1/permissions', {})
  const held = own.data?.scopes ?? []
  const givable = (known.data?.items ?? []).filter((one) => held.includes('*') || held.includes(one.name))
  return (
    <fieldset className="stack" style={{ border: 0, padding: 0, margin: 0 }}>
      <legend>The most that it may do</legend>
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

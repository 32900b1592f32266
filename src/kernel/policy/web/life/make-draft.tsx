import { Button, Modal, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import { ProblemNote, Skeleton, useAct, useAnswer, useGo } from '#console'
import { firstTests, firstText, nextNumber, withNumber } from './templates.ts'
import { lifeKinds, type Pack, versionPath } from './words.tsx'

interface MakeDraftProps {
  readonly pack: Pack
  /** The version whose text it begins with; what is in force, or the newest, unless said. */
  readonly from: string | undefined
  readonly onClose: () => void
}

/** Begins a draft with another version's text, or with an example where there is none. */
export function MakeDraft({ pack, from, onClose }: MakeDraftProps) {
  const { id } = pack
  const found = useAnswer('GET /v1/policy-packs/{id}/versions', { params: { id } }, { kinds: lifeKinds })
  return (
    <Modal opened onClose={onClose} title={`Make a draft of ${id}`} size="lg">
      {found.error !== null && <ProblemNote problem={found.error} />}
      {found.isPending && <Skeleton height={160} />}
      {found.data !== undefined && (
        <Form pack={pack} from={from} versions={found.data.items.map((one) => one.version)} />
      )}
    </Modal>
  )
}

interface FormProps extends Omit<MakeDraftProps, 'onClose'> {
  /** Numbers that are taken, the newest first. */
  readonly versions: readonly string[]
}

function Form({ pack, from: given, versions }: FormProps) {
  const { id, inForce } = pack
  const go = useGo()
  const draft = useAct('POST /v1/policy-packs/{id}/versions', lifeKinds)
  const [from, setFrom] = useState(
    given !== undefined && versions.includes(given) ? given : (inForce?.version ?? versions[0] ?? ''),
  )
  const [version, setVersion] = useState(nextNumber(versions[0]))
  const base = useAnswer(
    'GET /v1/policy-packs/{id}/versions/{version}',
    { params: { id, version: from } },
    { enabled: from !== '' },
  )
  const isTaken = versions.includes(version)
  const send = () => {
    const body =
      base.data === undefined
        ? { text: firstText(pack, version), tests: firstTests }
        : { text: withNumber(base.data.text, from, version), tests: base.data.tests }
    draft.mutate({ params: { id }, body }, { onSuccess: (made) => go(versionPath(id, made.version)) })
  }
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <NativeSelect
        label="Begin with"
        value={from}
        data={[...versions.map((one) => ({ value: one, label: `the text of ${one}` })), beginning]}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        label="Its number"
        description="Three numbers; a version that was published keeps its own"
        pattern="\d+\.\d+\.\d+(-[0-9A-Za-z.\-]+)?"
        maxLength={64}
        required
        data-autofocus
        value={version}
        error={isTaken ? 'there is a version of this number' : undefined}
        onChange={(event) => setVersion(event.currentTarget.value)}
      />
      {base.error !== null && <ProblemNote problem={base.error} />}
      {draft.error !== null && <ProblemNote problem={draft.error} />}
      <Button type="submit" disabled={isTaken || (from !== '' && base.data === undefined)} loading={draft.isPending}>
        Make the draft
      </Button>
    </form>
  )
}

const beginning = { value: '', label: 'an example of one rule' }

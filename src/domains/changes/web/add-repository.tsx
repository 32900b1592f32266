import { Button, Modal, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { Command, ProblemNote, useAct } from '#console'

/** A folder on the machine of the server, or an address: which of them is told from what is typed. */
export function AddRepository({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const [place, setPlace] = useState('')
  const add = useAct('POST /v1/repositories', ['repository'])
  const clone = useAct('POST /v1/clones', ['clone', 'repository'])
  const isAddress = /^(https?|ssh|file|git):\/\/|^[\w.-]+@[\w.-]+:/.test(place.trim())
  const problem = isAddress ? clone.error : add.error
  const close = () => {
    add.reset()
    clone.reset()
    setPlace('')
    onClose()
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const asked = isAddress
      ? clone.mutateAsync({ body: { url: place.trim() } })
      : add.mutateAsync({ body: { path: place.trim() } })
    await asked.then(close, () => undefined)
  }
  return (
    <Modal opened={isOpen} onClose={close} title="Add a repository">
      <form className="stack" onSubmit={(event) => void submit(event)}>
        <TextInput
          data-autofocus
          label="Folder or address"
          description="A folder on the machine of the server, or https://…, ssh://…, git@host:path, file:///…"
          placeholder="/srv/git/service.git"
          value={place}
          onChange={(event) => setPlace(event.currentTarget.value)}
        />
        <p className="small quiet">
          {isAddress
            ? 'It is fetched into a mirror beside the ledger, without hooks, configuration or prompts. With ssh, the keys of the user of the server are used.'
            : 'It is read where it lies; nothing in it is changed or run.'}
        </p>
        {problem !== null && <ProblemNote problem={problem} />}
        <div className="spread">
          <Command>{`countersign repository add ${place.trim() || 'PATH'}`}</Command>
          <Button type="submit" disabled={place.trim() === ''} loading={add.isPending || clone.isPending}>
            {isAddress ? 'Fetch and govern' : 'Govern'}
          </Button>
        </div>
      </form>
    </Modal>
  )
}

import { Button, Modal, NativeSelect, NumberInput, Textarea } from '@mantine/core'
import { useState } from 'react'
import { ProblemNote, type Reply, useAct } from '#console'
import { tierWords } from './grant-words.tsx'

type InForce = Reply<'GET /v1/grant-settings'>
type Settings = InForce['settings']
type Tool = Settings['tools'][number]

const meanings = [
  { value: 'deny', label: 'denied' },
  { value: 'allow-recorded', label: 'allowed, and recorded' },
]

/** The whole of it as it should be; another person decides. */
export function ProposeSettings({ inForce, onClose }: { readonly inForce: InForce; readonly onClose: () => void }) {
  const propose = useAct('POST /v1/grant-settings-changes', ['grant-settings'])
  const [settings, setSettings] = useState(inForce.settings)
  const [text, setText] = useState(inForce.settings.tools.map((one) => `${one.name} ${one.tier}`).join('\n'))
  const [reason, setReason] = useState('')
  const { tools, wrong } = readTools(text)
  const meaning = (name: 'unknownTool' | 'unknownTraining' | 'unknownCharter', label: string) => (
    <NativeSelect
      label={label}
      value={settings[name]}
      data={meanings}
      onChange={(event) =>
        setSettings({ ...settings, [name]: event.currentTarget.value === 'deny' ? 'deny' : 'allow-recorded' })
      }
    />
  )
  return (
    <Modal opened onClose={onClose} title="Propose how grants are issued" size="lg">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          const body = { settings: { ...settings, tools }, replaces: inForce.version, reason }
          propose.mutate({ body }, { onSuccess: onClose })
        }}
      >
        <Textarea
          label="Approved tools"
          description={`One a line, with what it is: ${Object.keys(tierWords).join(', ')}`}
          placeholder="claude-code ide-integration"
          value={text}
          rows={6}
          error={wrong.length === 0 ? undefined : `Not understood: ${wrong.slice(0, 3).join('; ')}`}
          data-autofocus
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <NumberInput
          label="Minutes that a grant lasts"
          min={15}
          max={1440}
          value={settings.grantMinutes}
          onChange={(value) => setSettings({ ...settings, grantMinutes: Number(value) })}
        />
        {meaning('unknownTool', 'A tool nobody lists')}
        {meaning('unknownTraining', 'Training that is not known')}
        {meaning('unknownCharter', 'An acknowledgement that is not known')}
        <Textarea
          label="Reason"
          description="Whoever decides reads it; the ledger commits to it"
          value={reason}
          maxLength={1000}
          required
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {propose.error !== null && <ProblemNote problem={propose.error} />}
        <Button type="submit" disabled={wrong.length > 0 || reason.trim() === ''} loading={propose.isPending}>
          Propose it
        </Button>
      </form>
    </Modal>
  )
}

/** Lines `name tier`; the server says what else is wrong with them. */
function readTools(text: string): { tools: Tool[]; wrong: string[] } {
  const lines = text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
  const tools: Tool[] = []
  const wrong: string[] = []
  for (const line of lines) {
    const [name = '', tier = '', ...more] = line.split(/\s+/)
    if (more.length === 0 && isTier(tier)) tools.push({ name, tier })
    else wrong.push(line)
  }
  return { tools, wrong }
}

function isTier(word: string): word is Tool['tier'] {
  return Object.hasOwn(tierWords, word)
}

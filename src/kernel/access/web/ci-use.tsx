import { Button, Modal, NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { Copy, counted, type Item, oneLine, SideScroll } from '#console'

type Trust = Item<'GET /v1/ci-trusts'>

const minutes = [5, 15, 30, 60]

/** What goes into the file of the pipeline, so that its jobs trade their own token for one of ours. */
export function UseTrust({ trust, onClose }: { readonly trust: Trust; readonly onClose: () => void }) {
  const [life, setLife] = useState(15)
  const text = snippets[trust.provider](trust, life, window.location.origin)
  return (
    <Modal opened onClose={onClose} title={`How “${oneLine(trust.name)}” gets its token`} size="xl">
      <div className="stack">
        <p>
          No secret is kept anywhere: the job shows the token that its own provider signs for it, once, and gets one of
          ours, which carries at most <b>{trust.scopes.join(', ')}</b>.
        </p>
        <NativeSelect
          label="The token lives"
          value={String(life)}
          data={minutes.map((one) => ({ value: String(one), label: counted(one, 'minute') }))}
          onChange={(event) => setLife(Number(event.currentTarget.value))}
        />
        <div className="spread">
          <b>{trust.provider === 'github-actions' ? 'In a job of .github/workflows/…yml' : 'In .gitlab-ci.yml'}</b>
          <Copy value={text} label="the lines for the pipeline" />
        </div>
        <SideScroll label="Lines for the pipeline">
          <pre>{text}</pre>
        </SideScroll>
        <p className="quiet small">
          The lines need curl and jq in the job. With our command line,{' '}
          <code className="wrap">
            countersign token exchange{trust.provider === 'github-actions' ? ' --github' : ''} --client {trust.id}
          </code>{' '}
          does the same.
        </p>
        <Button onClick={onClose}>Close</Button>
      </div>
    </Modal>
  )
}

const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const proofType = 'urn:ietf:params:oauth:token-type:jwt'

/** The proof goes in by standard input: what stands in a command line, others on the machine can read. */
function exchange(proof: string, { id }: Trust, life: number, server: string): string[] {
  return [
    `$(printf %s "$${proof}" | curl -sSf ${server}/oauth/token \\`,
    `  -d grant_type=${grant} \\`,
    `  -d subject_token_type=${proofType} \\`,
    `  -d client_id=${id} -d expires_in=${life * 60} \\`,
    '  --data-urlencode subject_token@- | jq -r .access_token)',
  ]
}

const snippets: Readonly<Record<Trust['provider'], (trust: Trust, life: number, server: string) => string>> = {
  'github-actions': (trust, life, server) =>
    [
      'permissions:',
      '  contents: read',
      '  id-token: write',
      'env:',
      `  COUNTERSIGN_SERVER: ${server}`,
      ...environment(trust),
      'steps:',
      '  - name: Trade the token of this job',
      '    run: |',
      ...indented(6, [
        'proof=$(curl -sSf -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \\',
        `  "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=${encodeURIComponent(trust.audience)}" | jq -r .value)`,
        ...named('token', exchange('proof', trust, life, server)),
        'echo "::add-mask::$token"',
        'echo "COUNTERSIGN_TOKEN=$token" >> "$GITHUB_ENV"',
      ]),
      '',
    ].join('\n'),
  'gitlab-ci': (trust, life, server) =>
    [
      'countersign:',
      ...environment(trust).map((line) => `  ${line}`),
      '  id_tokens:',
      '    COUNTERSIGN_ID_TOKEN:',
      `      aud: ${trust.audience}`,
      '  variables:',
      `    COUNTERSIGN_SERVER: ${server}`,
      '  script:',
      '    - |',
      ...indented(6, [
        ...named('COUNTERSIGN_TOKEN', exchange('COUNTERSIGN_ID_TOKEN', trust, life, server)),
        'export COUNTERSIGN_TOKEN',
      ]),
      '',
    ].join('\n'),
}

function named(variable: string, [first = '', ...rest]: readonly string[]): string[] {
  return [`${variable}=${first}`, ...rest]
}

function environment(trust: Trust): string[] {
  return trust.environment === null ? [] : [`environment: ${JSON.stringify(trust.environment)}`]
}

function indented(by: number, lines: readonly string[]): string[] {
  return lines.map((line) => `${' '.repeat(by)}${line}`)
}

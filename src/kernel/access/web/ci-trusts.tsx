import { Button, Modal, Textarea } from '@mantine/core'
import { useState } from 'react'
import {
  A,
  Empty,
  Facts,
  type Item,
  oneLine,
  PageHead,
  ProblemNote,
  Skeleton,
  Time,
  useAct,
  useFilters,
  useList,
  useMay,
} from '#console'
import { AddTrust, providerWords } from './ci-trust-form.tsx'
import { UseTrust } from './ci-use.tsx'

type Trust = Item<'GET /v1/ci-trusts'>

/** Which pipelines get tokens of minutes for their own, and how they ask for them. */
export function Page() {
  const may = useMay()
  const [filters, set] = useFilters(['make', 'use'])
  const list = useList('GET /v1/ci-trusts', {}, { kinds: ['ci-trust'] })
  const used = list.items.find((one) => one.id === filters.use)
  const isEmpty = !list.isLoading && list.error === null && list.items.length === 0
  return (
    <>
      <PageHead
        title="CI pipelines"
        about="Jobs of these repositories trade the token that their provider signs for them against one of minutes. No secret of yours is kept in a pipeline."
        actions={
          may('ci-trust:write') && (
            <Button size="xs" onClick={() => set({ make: '1' })}>
              Trust a pipeline
            </Button>
          )
        }
      />
      <div className="cards">
        {list.error !== null && <ProblemNote problem={list.error} retry={list.retry} />}
        {list.isLoading && list.error === null && <Skeleton height={160} />}
        {isEmpty && (
          <section className="card" aria-label="Pipelines">
            <Empty title="No pipeline is trusted">
              <p>
                Say which repository, ref and workflow, and what its jobs may do
                {may('ci-trust:write') ? ', here or by' : '. A platform administrator does it, here or by'}{' '}
                <code>countersign ci-trust add</code>. Until then a pipeline needs an{' '}
                <A to="/settings/tokens">API token</A>.
              </p>
            </Empty>
          </section>
        )}
        {list.items.map((one) => (
          <Row key={one.id} trust={one} mayEnd={may('ci-trust:write')} show={() => set({ use: one.id })} />
        ))}
      </div>
      {filters.make === '1' && (
        <AddTrust
          onClose={() => set({ make: undefined })}
          onAdded={(added) => set({ make: undefined, use: added.id })}
        />
      )}
      {used !== undefined && <UseTrust trust={used} onClose={() => set({ use: undefined })} />}
    </>
  )
}

interface RowProps {
  readonly trust: Trust
  readonly mayEnd: boolean
  readonly show: () => void
}

function Row({ trust, mayEnd, show }: RowProps) {
  const may = useMay()
  const [isAsked, setAsked] = useState(false)
  const { id, name, provider, repository, ref, workflow, environment, scopes, createdAt } = trust
  const code = (text: string) => <code className="wrap">{oneLine(text)}</code>
  return (
    <section className="card stack" aria-label={oneLine(name)}>
      <div className="spread">
        <h2>{oneLine(name)}</h2>
        <span className="row">
          <Button size="xs" variant="default" onClick={show}>
            How its jobs ask
          </Button>
          {mayEnd && (
            <Button size="xs" variant="default" onClick={() => setAsked(true)}>
              Revoke
            </Button>
          )}
        </span>
      </div>
      <Facts
        facts={[
          ['Provider', `${providerWords[provider]}, ${trust.issuer}`],
          ['Repository', code(repository)],
          ['Ref', code(ref)],
          ['Workflow', code(workflow)],
          ['Environment', environment === null ? 'any, or none' : code(environment)],
          ['Token made for', code(trust.audience)],
          ['Known to its provider as', pinOf(trust)],
          ['Added', <Time key="added" at={createdAt} />],
          ...(trust.expiresAt === null ? [] : [['Ends', <Time key="ends" at={trust.expiresAt} />] as const]),
          [
            'Known as',
            may('ledger:read') ? (
              <A key="id" to="/ledger" query={{ actor: id }}>
                {id}, with what it did
              </A>
            ) : (
              code(id)
            ),
          ],
        ]}
      />
      <div className="row small">
        <span className="quiet">May</span>
        {scopes.map((one) => (
          <span key={one} className="tag">
            {one}
          </span>
        ))}
      </div>
      {isAsked && <Revoke trust={trust} onClose={() => setAsked(false)} />}
    </section>
  )
}

/** Names can be given to another repository; these cannot. */
function pinOf({ providerRepositoryId: repository, providerOwnerId: owner }: Trust): string {
  if (repository === null && owner === null) return 'whatever the first job says'
  return [`repository ${repository ?? 'not said'}`, `owner ${owner ?? 'not said'}`].join(', ')
}

function Revoke({ trust: { id, name }, onClose }: { readonly trust: Trust; readonly onClose: () => void }) {
  const revoke = useAct('POST /v1/ci-trusts/{id}/revocation', ['ci-trust', 'token'])
  const [reason, setReason] = useState('')
  return (
    <Modal opened onClose={onClose} title="Revoke this trust?">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          revoke.mutate({ params: { id }, body: { reason } }, { onSuccess: onClose })
        }}
      >
        <p>
          Jobs of “{oneLine(name)}” get no token from now on, and those that they have end. This cannot be undone; the
          pipeline can be trusted anew.
        </p>
        <Textarea
          label="Why"
          description="The record commits to it; who may open records can read it."
          value={reason}
          maxLength={1000}
          required
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        {revoke.error !== null && <ProblemNote problem={revoke.error} />}
        <Button type="submit" color="red" disabled={reason.trim() === ''} loading={revoke.isPending}>
          Revoke it
        </Button>
      </form>
    </Modal>
  )
}

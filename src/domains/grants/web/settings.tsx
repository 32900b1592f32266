import { Button } from '@mantine/core'
import {
  A,
  capital,
  counted,
  Decide,
  Digest,
  Facts,
  type Item,
  oneLine,
  PageHead,
  ProblemNote,
  type Reply,
  Skeleton,
  Time,
  useAct,
  useAnswer,
  useFilters,
  useList,
} from '#console'
import { tierWords } from './grant-words.tsx'
import { ProposeSettings } from './propose-settings.tsx'

type Settings = Reply<'GET /v1/grant-settings'>['settings']
type Change = Item<'GET /v1/grant-settings-changes'>

/** How grants are issued, which tools are approved, and what waits for another person. */
export function Page() {
  const [filters, set] = useFilters(['propose'])
  const found = useAnswer('GET /v1/grant-settings', {}, { kinds: ['grant-settings'] })
  const history = useList('GET /v1/grant-settings-changes', { query: { limit: 50 } }, { kinds: ['grant-settings'] })
  if (found.error !== null) return <ProblemNote problem={found.error} retry={() => void found.refetch()} />
  if (found.data === undefined) return <Skeleton height={360} />
  const { version, settings } = found.data
  const waiting = history.items.filter((one) => one.state === 'proposed')
  const decided = history.items.filter((one) => one.state !== 'proposed')
  return (
    <>
      <PageHead
        title="Approved tools"
        about="Which AI tools are approved, how long a grant lasts, and what it means that something is not known."
        actions={
          <>
            <A to="/grants">grants</A>
            <Button size="xs" onClick={() => set({ propose: '1' })}>
              Propose a change
            </Button>
          </>
        }
      />
      <div className="cards">
        <section className="card half stack" aria-label="In force">
          <h2>{version === 0 ? 'In force, as shipped' : `In force, version ${version}`}</h2>
          <SettingsFacts settings={settings} />
        </section>
        <Tools settings={settings} />
        {waiting.map((one) => (
          <Waiting key={one.id} change={one} inForce={settings} />
        ))}
        <History changes={decided} />
      </div>
      {filters.propose === '1' && <ProposeSettings inForce={found.data} onClose={() => set({ propose: undefined })} />}
    </>
  )
}

const unknownWords = { deny: 'denied', 'allow-recorded': 'allowed, and recorded as unknown' } as const

function SettingsFacts({ settings }: { readonly settings: Settings }) {
  return (
    <Facts
      facts={[
        ['A grant lasts', counted(settings.grantMinutes, 'minute')],
        ['A tool nobody lists', unknownWords[settings.unknownTool]],
        ['Training not known', unknownWords[settings.unknownTraining]],
        ['Charter not known', unknownWords[settings.unknownCharter]],
      ]}
    />
  )
}

function Tools({ settings }: { readonly settings: Settings }) {
  return (
    <section className="card half stack" aria-label="Tools">
      <h2>{capital(counted(settings.tools.length, 'approved tool'))}</h2>
      {settings.tools.length === 0 && <p className="quiet">None: nobody is granted any before one is approved.</p>}
      <ul className="list">
        {settings.tools.map((one) => (
          <li key={one.name}>
            <div className="spread">
              <b>{one.name}</b>
              <span className="quiet">{tierWords[one.tier]}</span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What would become different, so that whoever approves sees exactly that. */
function differences(before: Settings, after: Settings): string[] {
  const had = new Map(before.tools.map((one) => [one.name, one.tier]))
  const has = new Map(after.tools.map((one) => [one.name, one.tier]))
  const told = (name: 'unknownTool' | 'unknownTraining' | 'unknownCharter', what: string) =>
    before[name] === after[name] ? [] : [`${what}: ${unknownWords[after[name]]}`]
  return [
    ...after.tools.filter((one) => !had.has(one.name)).map((one) => `approves ${one.name}, ${tierWords[one.tier]}`),
    ...after.tools
      .filter((one) => had.has(one.name) && had.get(one.name) !== one.tier)
      .map((one) => `makes ${one.name} ${tierWords[one.tier]}`),
    ...before.tools.filter((one) => !has.has(one.name)).map((one) => `approves ${one.name} no more`),
    ...(before.grantMinutes === after.grantMinutes
      ? []
      : [`a grant lasts ${counted(after.grantMinutes, 'minute')} instead of ${before.grantMinutes}`]),
    ...told('unknownTool', 'a tool nobody lists'),
    ...told('unknownTraining', 'training not known'),
    ...told('unknownCharter', 'charter not known'),
  ]
}

function Waiting({ change, inForce }: { readonly change: Change; readonly inForce: Settings }) {
  const decide = useAct('POST /v1/grant-settings-changes/{id}/decision', ['grant-settings'])
  const withdraw = useAct('DELETE /v1/grant-settings-changes/{id}', ['grant-settings'])
  const { id, digest } = change
  const changed = differences(inForce, change.settings)
  return (
    <Decide
      label="Waits for a decision"
      title={`Waits for another person: ${oneLine(change.reason)}`}
      about={
        <>
          Proposed <Time at={change.proposedAt} /> on version {change.replaces}. Your passkey signs{' '}
          <Digest value={digest} label="digest" />, which is the digest of all of it.
        </>
      }
      subject={{ type: 'grant-settings', id, digest }}
      send={(decision, assertion) => decide.mutateAsync({ params: { id }, body: { decision, digest, assertion } })}
      withdraw={{
        text: 'I proposed it: withdraw',
        act: () => withdraw.mutate({ params: { id } }),
        ...{ isPending: withdraw.isPending, error: withdraw.error },
      }}
    >
      <ul>
        {changed.length === 0 && <li>changes nothing that is in force now</li>}
        {changed.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      <SettingsFacts settings={change.settings} />
    </Decide>
  )
}

function History({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0) return null
  return (
    <section className="card stack" aria-label="History">
      <h2>What was decided</h2>
      <ul className="list">
        {changes.map((one) => (
          <li key={one.id}>
            <div className="spread">
              <span>
                {one.version === null ? one.state : `version ${one.version}`}: {oneLine(one.reason)}
              </span>
              <span className="quiet">
                <Time at={one.decidedAt ?? one.proposedAt} />
              </span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}

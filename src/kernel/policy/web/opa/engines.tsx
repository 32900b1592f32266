import { Button } from '@mantine/core'
import { A, Empty, PageHead, ProblemNote, Skeleton, useAnswer, useFilters, useMay } from '#console'
import { AskedApproval } from './approve-change.tsx'
import { BindEngine } from './bind-engine.tsx'
import { Bundles } from './bundles.tsx'
import { EngineCard } from './engine-card.tsx'
import { opaKinds } from './engine-words.ts'

/** Rules in Rego that take part in gates: the OPAs and bundles that are bound, whether each answers, and what they are asked. */
export function Page() {
  const may = useMay()
  const [filters, set] = useFilters(['bind', 'bundle'])
  const engines = useAnswer('GET /v1/policy-engines', {}, { kinds: opaKinds })
  const bundles = useAnswer('GET /v1/policy-bundles', {}, { kinds: opaKinds })
  const problem = engines.error ?? bundles.error
  return (
    <>
      <PageHead
        title="OPA engines"
        about="Rules in Rego that take part in a gate beside the packs. Each engine is asked about an empty document when this page opens."
        actions={
          <>
            <A to="/policy/decisions">decisions</A>
            {may('opa:write') && (
              <Button size="xs" onClick={() => set({ bind: '1' })}>
                Bind an engine
              </Button>
            )}
          </>
        }
      />
      <div className="cards">
        {engines.data !== undefined && <AskedApproval engines={engines.data.items} />}
        {problem !== null && (
          <ProblemNote
            problem={problem}
            retry={() => {
              void engines.refetch()
              void bundles.refetch()
            }}
          />
        )}
        {problem === null && (engines.data === undefined || bundles.data === undefined) && <Skeleton height={240} />}
        {engines.data?.items.length === 0 && (
          <section className="card" aria-label="Engines">
            <Empty title="No engine is bound">
              <p>
                {may('opa:write')
                  ? 'Bind an OPA by its address, or send a bundle and bind that; begin in the mode audit. By the command line it is '
                  : 'A platform administrator binds one here, or by '}
                <code>countersign policy-engine add</code>. Packs decide without one.
              </p>
            </Empty>
          </section>
        )}
        {bundles.data !== undefined &&
          engines.data?.items.map((one) => <EngineCard key={one.id} engine={one} bundles={bundles.data.items} />)}
        {bundles.data !== undefined && engines.data !== undefined && (
          <Bundles
            bundles={bundles.data.items}
            engines={engines.data.items}
            onBind={(bundle) => set({ bind: '1', bundle })}
          />
        )}
      </div>
      {filters.bind === '1' && bundles.data !== undefined && (
        <BindEngine
          bundles={bundles.data.items}
          bundle={filters.bundle}
          onClose={() => set({ bind: undefined, bundle: undefined })}
        />
      )}
    </>
  )
}

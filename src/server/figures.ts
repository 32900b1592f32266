import type { MetricFigure } from '#platform/http/metrics.ts'
import type { Services } from './modules.ts'

/** What a person on call wants to see of the ledger and the jobs; a part that does not answer now is left out. */
export async function figuresOf(services: Services): Promise<MetricFigure[]> {
  const parts = await Promise.allSettled([ledgerFigures(services), jobFigures(services), policyFigures(services)])
  return parts.flatMap((part) => {
    if (part.status === 'fulfilled') return part.value
    services.log.warn({ event: 'metrics.incomplete', error: part.reason })
    return []
  })
}

async function ledgerFigures({ ledger, clock }: Services): Promise<MetricFigure[]> {
  const status = await ledger.status()
  const index = await ledger.follower.status()
  const age = status.publishedAt === undefined ? undefined : (clock() - Date.parse(status.publishedAt)) / 1000
  return [
    figure('ledger_sequenced_records', 'Records with an index', status.sequenced),
    figure('ledger_published_records', 'Records that the published checkpoint covers', status.published),
    ...(age === undefined ? [] : [figure('ledger_checkpoint_age_seconds', 'Age of the published checkpoint', age)]),
    figure('ledger_queued_records', 'Records that wait in this process to become durable', status.queued.records),
    figure('ledger_queued_bytes', 'Bytes that wait in this process to become durable', status.queued.bytes),
    figure(
      'ledger_writer_halted',
      '1 when a person must look before this node writes again',
      Number(status.writer.state === 'halted'),
    ),
    figure('ledger_index_lag_records', 'Published records that the search index lacks', index.lag),
    figure('ledger_index_dead_letters', 'Records that could not be indexed', index.deadLetters),
  ]
}

async function jobFigures({ jobs }: Services): Promise<MetricFigure[]> {
  const { queued, active, failed } = await jobs.counts()
  return [
    figure('jobs_queued', 'Jobs that wait', queued),
    figure('jobs_active', 'Jobs that run', active),
    figure('jobs_failed', 'Jobs that failed for good and are still kept', failed),
  ]
}

async function policyFigures({ policy }: Services): Promise<MetricFigure[]> {
  const { answered, unanswered, timeouts, restarts, queued, threads } = policy.figures()
  const bundles = policy.bundles.figures()
  return [
    figure('policy_answered', 'Questions that the policy engine answered', answered),
    figure('policy_unanswered', 'Questions that were denied because the policy engine did not answer', unanswered),
    figure('policy_timeouts', 'Times that a question took too long and its thread was ended', timeouts),
    figure('policy_restarts', 'Threads of the policy engine that ended and were replaced', restarts),
    figure('policy_queued', 'Questions that wait for a thread', queued),
    figure('policy_threads', 'Threads of the policy engine', threads),
    figure('policy_bundles_answered', 'Questions that a bundle of OPA answered', bundles.answered),
    figure('policy_bundles_failed', 'Questions that a bundle of OPA did not answer', bundles.failed),
    figure('policy_bundles_restarts', 'Threads of bundles that ended and were replaced', bundles.restarts),
    figure('policy_bundles_loaded', 'Bundles of OPA that are held ready', bundles.loaded),
  ]
}

function figure(name: string, help: string, value: number): MetricFigure {
  return { name: `countersign_${name}`, help, value }
}

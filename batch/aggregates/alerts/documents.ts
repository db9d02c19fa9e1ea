// The alerts of a run: found, remembered, and written for the dashboard and for feed readers.
import { type AlertsAggregate, alertsListed } from '../../../shared/alerts/alert.ts'
import { alertsKey, feedKey } from '../../../shared/keys.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { dateAt } from '../../../shared/time/dates.ts'
import { atomFeed } from '../../alerts/feed.ts'
import { findAlerts } from '../../alerts/find.ts'
import { type AlertMemory, newestFirst } from '../../alerts/memory.ts'
import { rememberFound } from '../../alerts/memory-store.ts'
import { isMuted } from '../../alerts/mute.ts'
import { productOf } from '../../products/products.ts'
import type { AggregateDocument, AggregateRun, TextDocument } from '../run.ts'
import { type FactSources, readFacts } from './facts.ts'

export interface AlertOptions {
  /** The bucket that remembers alerts. */
  crashes: Storage
  /** Null: there are no crashes. */
  sources: FactSources | null
  /** Public address of the dashboard, with a slash at its end. */
  dashboard: string | null
}

/** Runs after `releases` and the home aggregate. @throws CrashError 'bad-json', 'storage' */
export async function* buildAlerts(
  run: AggregateRun,
  { crashes, sources, dashboard }: AlertOptions,
): AsyncGenerator<AggregateDocument | TextDocument> {
  const now = new Date(run.generatedAt)
  const facts = sources ? await readFacts(run, sources) : []
  const candidates = facts.flatMap(findAlerts).filter((found) => {
    const settings = sources && productOf(found.product, sources.known).alerts
    return settings && !isMuted(found, settings, now)
  })
  const day = run.dates.at(-1) ?? dateAt(now)
  const { memory } = await rememberFound(crashes, { candidates, day, now })
  yield { key: alertsKey, document: documentOf(run, memory) }
  yield feedOf(memory, { product: null, key: feedKey(), dashboard })
  for (const { name, slug } of run.products)
    yield feedOf(memory, { product: name, key: feedKey(slug), dashboard })
}

const documentOf = (run: AggregateRun, { alerts }: AlertMemory): AlertsAggregate => ({
  version: run.version,
  generated_at: run.generatedAt,
  alerts: newestFirst(alerts).slice(0, alertsListed),
})

function feedOf(
  { alerts, since }: AlertMemory,
  { product, key, dashboard }: { product: string | null; key: string; dashboard: string | null },
): TextDocument {
  const own = newestFirst(product === null ? alerts : alerts.filter((alert) => alert.product === product))
  const text = atomFeed(own, { product, path: key, since, dashboard })
  return { key, text, contentType: 'application/atom+xml' }
}

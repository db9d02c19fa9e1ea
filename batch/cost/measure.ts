// Counts the reports and bytes of a store by listing it.
import type { RoundAggregate } from '../../shared/aggregates/documents.ts'
import { processedPrefix, rawPrefix, roundKey } from '../../shared/keys.ts'
import { bucketNames, type Stores } from '../../shared/storage/storage.ts'
import { dateAt, dayMs } from '../../shared/time/dates.ts'
import type { Bytes } from '../../shared/units.ts'
import type { Measured } from './estimate.ts'

export interface MeasureOptions {
  now: Date
  /** Days before today whose reports are counted. */
  days: number
  /** Called after each object. */
  onObject?: () => void
}

/**
 * Sends a list for each 1,000 objects of the store.
 * @throws CrashError 'storage'
 */
export async function measureStore(
  stores: Stores,
  { now, days, onObject = () => {} }: MeasureOptions,
): Promise<Measured> {
  const dates = Array.from({ length: days }, (_, i) => dateAt(new Date(now.getTime() - (i + 1) * dayMs)))
  const reportPrefixes = dates.map((date) => rawPrefix(date))
  const documentPrefixes = dates.map((date) => processedPrefix(date))
  const total = { reports: 0, reportBytes: 0 as Bytes, storedBytes: 0 as Bytes }
  const startsWithOne = (key: string, prefixes: readonly string[]) =>
    prefixes.some((prefix) => key.startsWith(prefix))
  for (const bucket of bucketNames) {
    for await (const { key, size } of stores[bucket].list('')) {
      total.storedBytes += size
      onObject()
      if (bucket !== 'crashes') continue
      const isReport = startsWithOne(key, reportPrefixes)
      if (isReport) total.reports++
      if (isReport || startsWithOne(key, documentPrefixes)) total.reportBytes += size
    }
  }
  return { days, ...total, roundRequests: await readRoundRequests(stores) }
}

/** Without the step whose requests grow with the number of reports. */
async function readRoundRequests({ lake }: Pick<Stores, 'lake'>): Promise<number | null> {
  const object = await lake.get(roundKey)
  if (!object) return null
  const { steps } = JSON.parse(new TextDecoder().decode(await object.bytes())) as RoundAggregate
  return steps.reduce((sum, step) => sum + (step.name === 'process' ? 0 : step.requests), 0)
}

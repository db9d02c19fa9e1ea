// The trackers that product files name, and their part of a round.
import { isCrashError } from '../../shared/errors.ts'
import { present } from '../../shared/present.ts'
import type { Millis } from '../../shared/units.ts'
import { openFiles, type OpenStore } from '../lake/open-store.ts'
import type { BugTracker, Product } from '../products/product-file.ts'
import { syncTracker, type SyncReport } from './sync.ts'

/** The trackers of all products, each once; `omit` of private bugs takes precedence. */
export function configuredTrackers(products: ReadonlyMap<string, Product>): BugTracker[] {
  const trackers = new Map<string, BugTracker>()
  for (const tracker of [...products.values()].flatMap(({ bug_trackers }) => bug_trackers)) {
    const url = tracker.url.replace(/\/+$/, '')
    if (trackers.get(url)?.private_bugs !== 'omit') trackers.set(url, { ...tracker, url })
  }
  return [...trackers.values()]
}

export const describeSync = ({ read, stored, removed, private: hidden, full, done }: SyncReport): string =>
  `read ${read} ${full ? 'bugs' : 'changed bugs'}, ${stored} rows new or changed, ${removed} removed` +
  `${hidden ? `, ${hidden} private ones skipped` : ''}${done ? '' : '; more remain'}`

/** Trackers are asked at most this often. */
const minAge: Millis = 600_000
/** For one tracker in one round. */
const budget: Millis = 180_000

export interface BugsReport {
  trackers: SyncReport[]
  /** A tracker that failed does not stop the others. */
  failures: { tracker: string; error: string }[]
}

/** Reads what changed in the trackers of the products, unless that was done recently. */
export async function refreshBugs(
  open: OpenStore,
  products: ReadonlyMap<string, Product>,
  onPage?: (bugs: number) => void,
): Promise<BugsReport> {
  const report: BugsReport = { trackers: [], failures: [] }
  const trackers = configuredTrackers(products)
  if (trackers.length === 0) return report
  await using files = await openFiles(open)
  for (const tracker of trackers) {
    try {
      const done = await syncTracker(files, tracker, {
        tokens: open.config.bugTokens,
        minAge,
        budget,
        ...present({ onPage }),
      })
      if (done) report.trackers.push(done)
    } catch (error) {
      if (!isCrashError(error)) throw error
      report.failures.push({ tracker: tracker.url, error: error.message })
    }
  }
  return report
}

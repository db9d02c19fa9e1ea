// The steps of a round.

import { recordMissing } from '../../shared/api/missing.ts'
import { dateOfCrashId, processedKey, quarantinePrefix } from '../../shared/keys.ts'
import type { Storage, Stores } from '../../shared/storage/storage.ts'
import type { Bytes, IsoDate, Millis } from '../../shared/units.ts'
import { writeChangedAggregates } from '../aggregates/aggregate.ts'
import { deliverAlerts } from '../alerts/delivery/deliver.ts'
import { refreshBugs } from '../bugs/configured.ts'
import { processOptions } from '../cli/process-options.ts'
import type { Progress } from '../cli/progress.ts'
import { moveToQuarantine } from '../lake/files/quarantine.ts'
import { type OpenStore, openFiles } from '../lake/open-store.ts'
import { verifyDays } from '../planning/settle.ts'
import type { Finding } from '../planning/states.ts'
import { type ProcessOptions, processCrashes } from '../processing/process-run.ts'
import type { Product } from '../products/product-file.ts'
import { lakeLocation, publish } from '../publish/publish.ts'
import { dropDumps } from '../removal/drop-dumps.ts'
import { expireCrashes } from '../removal/expire.ts'
import { expireAudit } from '../removal/expire-audit.ts'
import { expireSymbols } from '../removal/expire-symbols.ts'
import { reportsCompleteSince } from '../removal/retention.ts'
import { checkSearchFiles } from '../search-files/check-files.ts'
import { writeSearchFiles } from '../search-files/write-files.ts'
import { findLateSymbols, type LateSymbols } from '../symbols/late-symbols.ts'
import { openSymbolMisses, type SymbolMisses } from '../symbols/symbol-misses.ts'
import { makeUploadedSymbols } from '../symbols/uploaded-programs.ts'
import { indexWanted } from '../symbols/wanted-indexes.ts'
import { readRequested } from './requested.ts'
import type { RunState } from './run-metrics.ts'

/** What steps work on. */
export interface Round {
  open: OpenStore
  products: ReadonlyMap<string, Product>
  symbols: readonly string[]
  workers: number
  /** Publish the tables for other engines. */
  publish: boolean
  /** Only count what has expired. */
  keepExpired: boolean
  /** When the round began. */
  began: Date
  state: RunState
}

export interface StepResult {
  /** For the line of the step. */
  report: object
  /** Inconsistencies: the step is not good although it ended. */
  findings?: number
}

export interface Step {
  name: string
  /** Plural noun for what its progress counts. */
  unit: string
  run: (round: Round, progress: Progress) => Promise<StepResult>
}

/** In the order of a round. */
export const steps: readonly Step[] = [
  { name: 'process', unit: 'crashes', run: processNew },
  { name: 'reprocess', unit: 'crashes', run: processRequested },
  { name: 'index-symbols', unit: 'symbol files', run: indexSymbols },
  { name: 'late-symbols', unit: 'crashes', run: processLate },
  { name: 'bugs', unit: 'bugs', run: refreshTrackers },
  { name: 'aggregate', unit: 'documents', run: aggregate },
  { name: 'alerts', unit: 'messages', run: sendAlerts },
  { name: 'search-files', unit: 'files', run: searchFiles },
  { name: 'verify', unit: 'crashes', run: verify },
  { name: 'expire', unit: 'crashes', run: expire },
  { name: 'publish', unit: 'files', run: publishTables },
]

/** Characters of a product name in metrics, as clients choose it. */
const maxLabel = 100

/** Reports stored just before a round may not be in its plan, as clocks differ. */
const margin: Millis = 5 * 60_000

/** Keeps the backlog up to date while it is processed. */
async function processNew(round: Round, progress: Progress): Promise<StepResult> {
  let [planned, done] = [0, 0]
  let oldest: Date | null = null
  const onProgress: ProcessOptions['onProgress'] = (event) => {
    planned = event.planned ?? planned
    done += event.done ?? 0
    if (event.oldest !== undefined) oldest = event.oldest
    round.state.setBacklog(planned - done, oldest)
    progress.update(event)
  }
  const onStored = (product: string, bytes: Bytes) =>
    round.state.metrics.record('product_bytes_total', bytes, { product: product.slice(0, maxLabel) })
  return await processChosen(round, { onProgress, onStored })
}

async function processChosen(
  { open, products, symbols, workers, state }: Round,
  options: Pick<ProcessOptions, 'onProgress' | 'onStored' | 'crashIds' | 'misses' | 'mode'>,
): Promise<StepResult> {
  const base = processOptions(open, { symbols: [...symbols], workers }, products)
  const report = await processCrashes({ ...base, ...options })
  const { planned, processed, vanished, lost_threads, symbol_failures, unreadable, failed, dumps_dropped } =
    report
  state.metrics.record('processed_reports_total', processed, {})
  const failures = Object.values(symbol_failures).reduce((sum, crashes) => sum + crashes, 0)
  state.metrics.record('symbol_failures_total', failures, {})
  const kept = { unreadable, failed, dumps_dropped, damaged: report.damaged }
  return {
    report: { planned, processed, vanished, lost_threads, symbol_failures, ...kept },
    findings: unreadable.length + failed.length,
  }
}

/** What clients of the API requested. */
async function processRequested(round: Round, { update }: Progress): Promise<StepResult> {
  const requested = await readRequested(round.open.stores.crashes)
  const { requests, unreadable, crashes } = requested
  const reports: StepResult[] = []
  for (const [crashIds, mode] of [
    [[...crashes.default], 'process'],
    [[...crashes.regenerate_signature], 'regroup'],
  ] as const)
    if (crashIds.length > 0) reports.push(await processChosen(round, { crashIds, mode, onProgress: update }))
  await requested.finish()
  const findings = reports.reduce((sum, { findings = 0 }) => sum + findings, unreadable.length)
  return {
    report: { requested: requests, unreadable, ...Object.assign({}, ...reports.map(({ report }) => report)) },
    findings,
  }
}

/** Programs and symbol files that arrived at the edge, and what symbolication there waits for. */
async function indexSymbols({ open }: Round, { tick }: Progress): Promise<StepResult> {
  const { symbols } = open.stores
  const { made, problems } = await makeUploadedSymbols(symbols, { now: new Date(), onModule: tick })
  return { report: { made, problems, ...(await indexWanted(symbols, tick)) } }
}

async function refreshTrackers({ open, products }: Round, { tick }: Progress): Promise<StepResult> {
  const report = await refreshBugs(open, products, tick)
  return { report, findings: report.failures.length }
}

async function processLate(round: Round, { update }: Progress): Promise<StepResult> {
  const misses = openSymbolMisses(round.open.stores.crashes)
  const late = await findLate(round, misses)
  round.state.metrics.record('symbol_sources_failed_total', late.failures.length, {})
  const symbols = {
    arrivals: late.arrivals,
    modules_asked: late.asked,
    modules_found: late.found.length,
    sources_failed: late.failures,
  }
  const { crashIds } = late
  const processed =
    crashIds.length > 0 && (await processChosen(round, { crashIds, misses, onProgress: update }))
  await late.finish()
  return processed ? { ...processed, report: { ...symbols, ...processed.report } } : { report: symbols }
}

async function findLate({ open, products, symbols }: Round, misses: SymbolMisses): Promise<LateSymbols> {
  await using files = await openFiles(open)
  return await findLateSymbols(files, { products, places: symbols, misses })
}

async function aggregate({ open, products, state }: Round, progress: Progress): Promise<StepResult> {
  const { staleAfter } = state
  const onProgress = () => progress.tick()
  return { report: await writeChangedAggregates(open, { products, staleAfter, onProgress }) }
}

/** What was found while the aggregates were built. */
async function sendAlerts({ open, products, state }: Round): Promise<StepResult> {
  const { destinations, mailServer, dashboardUrl: dashboard } = open.config
  const options = { destinations, products, mailServer, dashboard, now: () => new Date() }
  const report = await deliverAlerts(open.stores.crashes, options)
  state.metrics.record('alert_messages_total', report.sent, { result: 'sent' })
  state.metrics.record('alert_messages_total', report.failures.length, { result: 'failed' })
  return { report, findings: report.failures.length + report.unknown.length }
}

async function searchFiles({ open }: Round, { tick }: Progress): Promise<StepResult> {
  return { report: await writeSearchFiles(open, { now: new Date(), onFile: () => tick() }) }
}

async function verify({ open, products, state, began }: Round): Promise<StepResult> {
  await using files = await openFiles(open)
  const completeSince = reportsCompleteSince(products, new Date())
  const { crashes, dates, settled, findings, ...days } = await verifyDays(files, {
    days: 'due',
    completeSince,
    processedUpTo: new Date(began.getTime() - margin),
    now: () => new Date(),
  })
  const damaged = [...days.damaged, ...(await checkSearchFiles(files))]
  await noteMissing(open.stores.crashes, findings, new Set(dates))
  const count = findings.length + damaged.length
  state.metrics.record('verify_findings', count, {})
  state.metrics.record('quarantined_objects', await countQuarantined(open.stores), {})
  const first_findings = findings.slice(0, 10)
  const looked = { crashes, days: dates.length, settled_days: settled }
  return { report: { ...looked, findings: findings.length, first_findings, damaged }, findings: count }
}

/** For the API. */
const noteMissing = (crashes: Storage, findings: readonly Finding[], dates: ReadonlySet<IsoDate>) =>
  recordMissing(crashes, {
    found: new Set(
      findings.flatMap(({ kind, where, crash_id }) =>
        kind === 'missing' && where === processedKey(crash_id) ? [crash_id] : [],
      ),
    ),
    isVerified: (crashId) => dates.has(dateOfCrashId(crashId)),
    now: new Date(),
  })

async function countQuarantined({ crashes, lake }: Stores): Promise<number> {
  let count = 0
  for (const bucket of [crashes, lake]) {
    for await (const _info of bucket.list(quarantinePrefix())) count++
  }
  return count
}

async function expire({ open, products, keepExpired: dryRun }: Round): Promise<StepResult> {
  await using files = await openFiles(open, dryRun ? {} : { onDamaged: moveToQuarantine })
  const options = { products, now: new Date(), dryRun }
  const report = await expireCrashes(files, options)
  const dumps = await dropDumps(files, { ...options, usual: null })
  const symbols = await expireSymbols(open.stores.symbols, { ...options, days: open.config.symbolDays })
  const audit = await expireAudit(files, { ...options, days: open.config.auditDays })
  return { report: { ...report, dumps, symbols, audit, dry_run: dryRun } }
}

async function publishTables({ open, publish: isWanted }: Round, { tick }: Progress): Promise<StepResult> {
  if (!isWanted) return { report: { skipped: true } }
  await using files = await openFiles(open)
  const report = await publish(files, { location: lakeLocation(open), now: () => new Date(), onFile: tick })
  return { report }
}

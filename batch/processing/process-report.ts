// Turns one stored report into one processed crash: reads it, walks the stacks, runs the rules, encodes the result.
import { gunzipSync } from 'node:zlib'
import type { Dump, ProcessedCrash, RawCrash, StoredReport } from '../../shared/crash.ts'
import type { StackwalkOutput } from '../../shared/fields/stackwalk.ts'
import { isCrashError } from '../../shared/errors.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { describeFiles } from '../../shared/report/file-names.ts'
import { readStoredReport } from '../../shared/report/stored.ts'
import type { Millis } from '../../shared/units.ts'
import { bareRawCrash } from './bare-crash.ts'
import { type BuildIndex, findBuild, indexBuilds } from '../derived/builds.ts'
import { decodeProcessedCrash, encodeProcessedCrash, unreadableNote } from './processed-crash.ts'
import { inputOf, type Minidump } from './report-input.ts'
import { runRules } from './rules/run-rules.ts'
import type { Job, ProcessorContext } from './jobs.ts'
import { compatOf, defaultProduct, type Preset, type Product } from '../products/product-file.ts'
import { productsByName } from '../products/products.ts'
import { compareGrouping, regroup, type Regrouped } from './regroup.ts'
import { rulesOf, rulesVersion } from './rules/rulesets.ts'
import type { RuleInput, DumpResult } from './rules/rule.ts'
import { openSignatureConfigs, type SignatureConfig, withCompat } from './signature-config.ts'
import { openWorkerSymbols, type WorkerSymbols } from './worker-symbols.ts'
import { walkDumpWithKey } from '../../shared/stackwalk/walk.ts'
import { addOwn } from '../../shared/own.ts'
import { present } from '../../shared/present.ts'

export interface Processed {
  crash: ProcessedCrash
  /** Annotations and collector data; only what the crash ID encodes if the report is unreadable. */
  raw: RawCrash
  /** The encoded processed crash: JSON, zstd. */
  document: Uint8Array
  /**
   * Distinct reasons why symbols could not be loaded. They may contain host names: shown to the operator, never
   * stored.
   */
  symbolFailures: string[]
  /** Time by stage, and within the stage `rules` by rule. */
  timings: Record<string, Millis>
  ruleTimings: Readonly<Record<string, Millis>>
}

/** Why a report was skipped: it is unreadable, or its dumps were dropped. */
type Skipped = 'unreadable' | 'dropped'

export interface Processor {
  /** Text: why the report was skipped, as the job asks. */
  process(job: Job): Promise<Processed | Skipped>
  /** Compares the signature of a processed crash with the one that a regroup would give it. */
  compare(job: Job): Regrouped
}

const memoryReportName = 'memory_report'
const maxMemoryReport = 20 * 1024 * 1024

/** @param ask sends a question to the main thread */
export function openProcessor(
  context: ProcessorContext,
  ask: (question: unknown) => Promise<unknown>,
): Processor {
  const symbols = openWorkerSymbols(context, ask)
  const reference = {
    products: productsByName(context.products),
    symbols,
    builds: indexBuilds(context.builds),
    signatureConfigs: openSignatureConfigs(context.lists),
  }
  return {
    process: (job) => (job.mode === 'regroup' ? regroupCrash(job, reference) : processReport(job, reference)),
    compare: (job) => compareCrash(job, reference),
  }
}

interface Reference {
  products: ReadonlyMap<string, Product>
  symbols: WorkerSymbols
  builds: BuildIndex
  signatureConfigs: Readonly<Record<Preset, SignatureConfig>>
}

async function processReport(job: Job, reference: Reference): Promise<Processed | Skipped> {
  const { products, symbols, builds } = reference
  const timings: Record<string, Millis> = {}
  const clock = stopwatch(timings)
  const notes = job.failure ? [`processing with effort '${job.effort}': ${job.failure}`] : []
  const report = readReport(job, notes)
  if (report === null) return 'unreadable'
  if (job.skipIncomplete && report.rawCrash.metadata.dumps_dropped) return 'dropped'
  clock('read')
  const { minidumps, raw } = inputOf(report, notes)
  if (job.document) return keepDocument(job, job.document, raw, timings)
  const product = typeof raw.ProductName === 'string' ? products.get(raw.ProductName) : undefined
  const failures = new Set<string>()
  // A dump that caused a failure is not walked again.
  const walked = await walkAll(job.effort === 'full' ? minidumps : [], async (dump) => {
    const walk = await walkDumpWithKey(dump.bytes, { symbols: symbols.of(product), annotations: raw })
    for (const failure of walk.failures) failures.add(failure)
    return walk
  })
  clock('walk')
  const { preset, signatureConfig } = groupingOf(reference, raw.ProductName)
  const input: RuleInput = {
    crashId: job.crashId,
    raw,
    files: describeFiles(report),
    walked,
    symbolPlaces: symbols.placesOf(product),
    memoryReport: readMemoryReport(report.dumps),
    duplicateOf: job.duplicateOf,
    findBuild: product?.beta_numbers ? (channel, id) => findBuild(builds, product.name, channel, id) : null,
    signatureConfig,
    now: new Date(),
  }
  const version = rulesVersion(preset)
  const { crash, timings: ruleTimings } = runRules(rulesOf('process', preset), input, { notes, version })
  clock('rules')
  const document = encodeProcessedCrash(crash)
  clock('document')
  return { crash, raw, document, symbolFailures: [...failures], timings, ruleTimings }
}

/** The result for a report that lost its dumps: its processed crash, with the marks that processing would set. */
function keepDocument(
  { duplicateOf }: Job,
  document: Uint8Array,
  raw: RawCrash,
  timings: Processed['timings'],
): Processed {
  const marks = { dumps_dropped_at: raw.metadata.dumps_dropped?.at, duplicate_of: duplicateOf }
  const crash = { ...decodeProcessedCrash(document), ...present(marks) }
  return { crash, raw, document: encodeProcessedCrash(crash), symbolFailures: [], timings, ruleTimings: {} }
}

/** Decodes a processed crash and recomputes its signature. */
async function regroupCrash(job: Job, reference: Reference): Promise<Processed> {
  const timings: Record<string, Millis> = {}
  const clock = stopwatch(timings)
  const old = decodeProcessedCrash(job.bytes)
  const raw = bareRawCrash(job.crashId)
  clock('read')
  const rest = { raw, symbolFailures: [], timings, ruleTimings: {} }
  if (job.effort !== 'full') return { ...rest, crash: old, document: job.bytes }
  const crash = regroup(old, { raw, ...groupingOf(reference, old.product) })
  clock('rules')
  const document = encodeProcessedCrash(crash)
  clock('document')
  return { ...rest, crash, document }
}

/**
 * Compares the signature of a crash before and after a regroup; unchanged if the crash caused a failure or is
 * unreadable.
 */
function compareCrash(job: Job, reference: Reference): Regrouped {
  const none = { crashId: job.crashId, from: '', to: '', changed: false }
  if (job.effort !== 'full') return { ...none, problem: 'limit' }
  try {
    const old = decodeProcessedCrash(job.bytes)
    const raw = bareRawCrash(job.crashId)
    return compareGrouping(old, regroup(old, { raw, ...groupingOf(reference, old.product) }))
  } catch (error) {
    if (!isCrashError(error)) throw error
    return { ...none, problem: error.code }
  }
}

/** The preset of a product and its signature configuration. */
function groupingOf({ products, signatureConfigs }: Reference, name: unknown) {
  const product = (typeof name === 'string' && products.get(name)) || defaultProduct
  const { preset } = product
  return { preset, signatureConfig: withCompat(signatureConfigs[preset], compatOf(product)) }
}

/** Each call of the returned function adds the time since the previous call to a stage. */
function stopwatch(timings: Record<string, Millis>): (stage: string) => void {
  let last = performance.now()
  return (stage) => {
    const now = performance.now()
    addOwn(timings, stage, now - last)
    last = now
  }
}

/** Reads a stored report. An unreadable report becomes a crash on the day encoded in its crash ID, unless skipped. */
function readReport(job: Job, notes: string[]): StoredReport | null {
  if (job.effort !== 'id-only') {
    try {
      return readStoredReport(job.bytes, nodeCodecs)
    } catch (error) {
      if (!isCrashError(error)) throw error
      if (job.skipIncomplete) return null
      notes.push(`${unreadableNote}: ${error.code}`)
    }
  }
  return { rawCrash: bareRawCrash(job.crashId), dumps: [], origins: new Map() }
}

/** The result for a dump that cannot be walked. */
const nothing = { dump: null, stackKey: null } as const

/** Walks dumps one after another. An error in one dump affects only its own result. */
async function walkAll(
  dumps: readonly Minidump[],
  walk: (dump: Minidump) => Promise<{ output: StackwalkOutput; stackKey: string | null }>,
): Promise<DumpResult[]> {
  const walked: DumpResult[] = []
  for (const dump of dumps) {
    const { name } = dump
    if (dump.bytes.length === 0) {
      walked.push({ ...nothing, name, status: 'EmptyMinidump', error: 'Shortcut for 0-bytes minidump.' })
      continue
    }
    try {
      const { output, stackKey } = await walk(dump)
      walked.push({ name, dump: output, stackKey, status: output.status, error: null })
    } catch (error) {
      walked.push({
        ...nothing,
        name,
        status: statusOf(error),
        error: String((error as Error)?.message ?? error),
      })
    }
  }
  return walked
}

/** The error of a dump as one word without private data. */
function statusOf(error: unknown): string {
  if (!isCrashError(error)) return `failed: ${(error as Error)?.constructor?.name}`
  return (error.code === 'bad-dump' && /^([A-Z][A-Za-z]+): /.exec(error.message)?.[1]) || error.code
}

function readMemoryReport(dumps: readonly Dump[]): RuleInput['memoryReport'] {
  const dump = dumps.find(({ name }) => name === memoryReportName)
  if (!dump) return null
  let text: string
  try {
    text = gunzipSync(dump.bytes, { maxOutputLength: maxMemoryReport }).toString('utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return {
      error:
        code === 'ERR_BUFFER_TOO_LARGE' ? 'Uncompressed memory info too large' : `error in gzip: ${code}`,
    }
  }
  try {
    return { report: JSON.parse(text) }
  } catch {
    return { error: 'error in json' }
  }
}

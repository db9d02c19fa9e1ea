// `mayday dev`: the whole system on the local machine, with sample crash reports sent over HTTP.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { CrashError, isCrashError } from '../../../shared/errors.ts'
import { minKeyLength } from '../../../shared/settings.ts'
import { defaultStateDir } from '../../../shared/storage/local-runtime.node.ts'
import { writeAggregates } from '../../aggregates/aggregate.ts'
import { countOption } from '../../cli/options.ts'
import { processOptions } from '../../cli/process-options.ts'
import { startProgress } from '../../cli/progress.ts'
import { readConfig } from '../../config.ts'
import { type OpenStore, openStore } from '../../lake/open-store.ts'
import { openLake } from '../../lake/views.ts'
import { startApiProcess } from '../../local/api-process.ts'
import { buildDashboardIfStale } from '../../local/dashboard-build.ts'
import {
  claimPort,
  edgeVars,
  type LocalEdge,
  startLocalEdge,
  untilInterrupted,
  warnOfUnknownSettings,
} from '../../local/local-edge.ts'
import { type SampleOutcome, sendSamples, uploadSampleSymbols } from '../../local/samples/send.ts'
import { allShards } from '../../planning/shard.ts'
import { processCrashes } from '../../processing/process-run.ts'
import { findProducts } from '../../products/product-source.ts'
import { writeSearchFiles } from '../../search-files/write-files.ts'
import { type History, writeHistory } from '../../simulate/history/history.ts'

interface Options {
  port?: number
  storeDir?: string
  once?: true
  wait: boolean
  history: boolean
}

export function build(command: Command): void {
  command
    .option('--port <N>', 'port to listen on (PORT, else 8787)', countOption('--port', 0, 65_535))
    .option('--store-dir <DIR>', 'folder for the R2 state (default: .wrangler/state)')
    .option('--once', 'exit when done instead of serving')
    .option('--no-wait', 'the same as --once')
    .option('--no-history', 'only the sample reports, no made-up crashes of the days before')
    .addHelpText(
      'after',
      `
Builds the dashboard, starts the edge on the local Workers runtime with R2, uploads symbols, submits sample crash
reports of six imaginary apps over HTTP, processes them, makes up crashes of the same apps for the four weeks before,
builds the aggregates, and serves until Ctrl-C. Running it again on the same day adds nothing: stored reports are
recognized by their ids. On a later day the history continues up to the day before.

Made-up crashes have the vendor "simulated", and pages that show them state it. They have no stored reports, so mayday
verify reports them as orphans.

Examples:
  mayday dev
  mayday dev --port 9000 --store-dir /tmp/mayday
  mayday dev --once`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const config = readConfig()
  const vars: Record<string, string> = {
    MAYDAY_POLICY: await readSamplePolicy(),
    // Short, so that counts are written before aggregation.
    REFUSALS_FLUSH_MS: '500',
    ...edgeVars(config.env),
  }
  warnOfUnknownSettings(config.env)
  if (vars.CRASH_ID_KEY && vars.CRASH_ID_KEY.length < minKeyLength) {
    delete vars.CRASH_ID_KEY
    say(`  CRASH_ID_KEY has fewer than ${minKeyLength} characters: the development key takes its place`)
  }
  say('')
  const store = storeUrl(options.storeDir)
  await step('dashboard', async () => ({
    line: (await buildDashboardIfStale()) ? 'built' : 'up to date',
    result: null,
  }))
  await using api = isServing(options) ? await startApiLater(store, vars) : null
  if (api) vars.API_ORIGIN = api.url
  await using edge = await step('edge', async () => {
    const edge = await startLocalEdge({
      port: options.port ?? config.port,
      stateDir: options.storeDir ?? defaultStateDir,
      vars,
    })
    return { line: edge.url, result: edge }
  })
  await fill(edge, options)
  if (!isServing(options)) return writeSearch(store)
  say('  Press Ctrl-C to stop.\n')
  const interrupt = new AbortController()
  const interrupted = untilInterrupted().then(() => interrupt.abort())
  // Pages do not need its files: where there is an API, the search page asks that.
  await writeSearch(store, interrupt.signal)
  await api?.started
  await interrupted
  say('')
}

const isServing = ({ once, wait }: Options) => !once && wait

/** The API on a port that is known before it listens: it starts while other steps run. */
async function startApiLater(store: string, vars: Readonly<Record<string, string>>) {
  const port = await claimPort(0)
  // A key that is too short was removed.
  const env = { ...process.env, CRASH_ID_KEY: '', ...vars }
  const started = step('api', async () => {
    const api = await startApiProcess(store, env, port)
    return { line: api.url, result: api }
  })
  started.catch(() => {})
  return {
    url: `http://127.0.0.1:${port}`,
    started,
    [Symbol.asyncDispose]: async () => (await started.catch(() => null))?.[Symbol.asyncDispose](),
  }
}

/** Symbols, reports, processing, history, aggregates; prints where to look as soon as there is something to see. */
async function fill(edge: LocalEdge, options: Options): Promise<void> {
  const { storeDir, history } = options
  const store = storeUrl(storeDir)
  await using open = await openStore({ store }, { missing: 'create' })
  await step('symbols', async () => {
    const { uploaded, all } = await uploadSampleSymbols(open.stores.symbols)
    const line = uploaded ? `${uploaded} symbol files uploaded` : `${all} symbol files, all present`
    return { line, result: null }
  })
  const samples = await step('reports', async () => {
    const outcome = await sendSamples(edge.url, open.stores.crashes)
    return { line: describeSamples(outcome), result: outcome }
  })
  await step('process', async () => ({ line: await processAll(open), result: null }))
  const made = history ? await step('history', () => makeHistory(open)) : null
  await step('aggregate', async () => ({ line: await aggregateAll(open), result: null }))
  say(whatToSee(edge.url, samples, store))
  // Only pages of these reports need them.
  if (made?.days) await step('made reports', () => storeReports(made))
}

async function processAll(open: OpenStore): Promise<string> {
  using progress = startProgress('Processing', 0, 'crashes')
  const options = processOptions(open, {}, (await findProducts(open)).products)
  const report = await processCrashes({ ...options, shard: allShards, onProgress: progress.update })
  if (report.planned === 0) return 'nothing new'
  const stages = Object.entries(report.stages).map(([stage, ms]) => `${stage} ${seconds(ms)}`)
  return `${report.processed} crashes on ${options.workers} threads (${stages.join(', ')})`
}

/** Rows; the reports take longer, and are stored after the pages can be seen. */
async function makeHistory(open: OpenStore): Promise<{ line: string; result: History }> {
  await using lake = await openLake(open)
  const made = await writeHistory(lake.files, { now: new Date() })
  const line = made.days ? `${made.crashes} crashes of ${made.days} days made up` : 'up to yesterday'
  return { line, result: made }
}

async function storeReports(made: History): Promise<{ line: string; result: null }> {
  using progress = startProgress('Storing made-up reports', made.crashes, 'reports')
  await made.storeReports(() => progress.tick())
  return { line: `${made.crashes} stored`, result: null }
}

async function aggregateAll(open: OpenStore): Promise<string> {
  using progress = startProgress('Aggregating', 0, 'documents')
  const { documents, unchanged } = await writeAggregates(open, { onProgress: () => progress.tick() })
  return `${documents} documents${unchanged ? `, ${unchanged} of them unchanged` : ''}`
}

/** Ends early when `signal` is aborted; the next start writes what is missing. */
async function writeSearch(store: string, signal?: AbortSignal): Promise<void> {
  await using open = await openStore({ store })
  using progress = startProgress('Writing search files', 0, 'files')
  const onFile = () => {
    progress.tick()
    signal?.throwIfAborted()
  }
  const writing = step('search', async () => {
    const { written } = await writeSearchFiles(open, { now: new Date(), onFile })
    return { line: `${written} search files written`, result: null }
  })
  await writing.catch((error) => {
    if (!signal?.aborted) throw error
  })
}

export function describeSamples(outcome: SampleOutcome): string {
  if (outcome.earlier) return `${outcome.stored.length} stored since ${outcome.earlier}; none sent`
  const reasons = Object.entries(outcome.refused).map(([reason, count]) => `${count} ${reason}`)
  const fresh = outcome.stored.length - outcome.known
  return [
    `${outcome.sent} sent`,
    `${fresh} stored`,
    ...(outcome.known ? [`${outcome.known} already stored`] : []),
    ...reasons,
    ...outcome.failed.map((failure) => `FAILED ${failure}`),
  ].join(', ')
}

export function whatToSee(url: string, samples: SampleOutcome, store: string): string {
  const query = 'select product, signature, count(*) n from crashes group by all order by n desc limit 5'
  const dump = 'test/fixtures/synthetic/windows-amd64-null-read.dmp'
  return `
  Dashboard     ${url}/
  One report    ${url}/report/index/${samples.stored[0] ?? ''}
  Ask           npm run -s mayday -- sql --store ${store} "${query}"
  Search        ${url}/api/SuperSearch/?product=Ledger&_facets=platform&pretty=print
  Send another  curl -F ProductName=Ledger -F Version=3.0.0 -F upload_file_minidump=@${dump} ${url}/submit
                npm run -s mayday -- process --store ${store} && npm run -s mayday -- aggregate --store ${store}
`
}

/** The batch store URL of the edge's R2. */
const storeUrl = (stateDir: string | undefined) => (stateDir === undefined ? 'r2:local' : `r2:${stateDir}`)

const readSamplePolicy = () =>
  readFile(resolve(import.meta.dirname, '../../local/samples/policy.json'), 'utf8')

/** Runs one step and prints its result and duration on one line. Errors name the step. */
async function step<T>(name: string, work: () => Promise<{ line: string; result: T }>): Promise<T> {
  const began = performance.now()
  try {
    const { line, result } = await work()
    say(`  ${name.padEnd(12)} ${seconds(performance.now() - began).padStart(7)}  ${line}`)
    return result
  } catch (error) {
    if (isCrashError(error)) throw new CrashError(error.code, `${name}: ${error.message}`, { cause: error })
    throw error
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
const say = (line: string) => process.stdout.write(`${line}\n`)

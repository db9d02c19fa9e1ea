// `mayday dev`: the whole system on the local machine, with sample crash reports sent over HTTP.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import { writeAggregates } from '../aggregates/aggregate.ts'
import { readConfig } from '../config.ts'
import { buildDashboardIfStale } from '../local/dashboard-build.ts'
import {
  defaultStateDir,
  edgeVars,
  type LocalEdge,
  startLocalEdge,
  untilInterrupted,
} from '../local/local-edge.ts'
import { processCrashes } from '../processing/process-run.ts'
import { startProgress } from '../cli/progress.ts'
import { listsOf } from '../processing/signature-config.ts'
import { type SampleOutcome, sendSamples, uploadSampleSymbols } from '../local/samples/send.ts'
import { countOption, type OpenStore, withStore } from '../cli/store-option.ts'

interface Options {
  port?: number
  storeDir?: string
  once?: true
  wait: boolean
}

export function build(command: Command): void {
  command
    .option('--port <N>', 'port to listen on (PORT, else 8787)', countOption('--port', 0, 65_535))
    .option('--store-dir <DIR>', 'folder for the R2 state (default: .wrangler/state)')
    .option('--once', 'exit when done instead of serving')
    .option('--no-wait', 'the same as --once')
    .addHelpText(
      'after',
      `
Builds the dashboard, starts the edge on the local Workers runtime with R2, uploads symbols, submits sample crash
reports of six imaginary apps over HTTP, processes them, builds the aggregates, and serves until Ctrl-C. Running it
again adds nothing: stored reports are recognized by their ids.

Examples:
  mayday dev
  mayday dev --port 9000 --store-dir /tmp/mayday
  mayday dev --once`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const config = readConfig()
  const vars = {
    MAYDAY_POLICY: await readSamplePolicy(),
    // Short, so that counts are written before aggregation.
    REFUSALS_FLUSH_MS: '500',
    ...edgeVars(config.env),
  }
  say('')
  await step('dashboard', async () => ((await buildDashboardIfStale()) ? 'built' : 'up to date'))
  let edge: LocalEdge | null = null
  try {
    await step('edge', async () => {
      edge = await startLocalEdge({
        port: options.port ?? config.port,
        stateDir: options.storeDir ?? defaultStateDir,
        vars,
      })
      return edge.url
    })
    await fill(edge!, options)
    if (options.once || !options.wait) return
    say('  Press Ctrl-C to stop.\n')
    await untilInterrupted()
    say('')
  } finally {
    await (edge as LocalEdge | null)?.stop()
  }
}

/** Symbols, reports, processing, aggregates; then prints where to look. */
async function fill(edge: LocalEdge, { storeDir }: Options): Promise<void> {
  const store = storeUrl(storeDir)
  await withStore({ store }, async (open) => {
    await step('symbols', async () => {
      const { uploaded, all } = await uploadSampleSymbols(open.stores.symbols)
      return uploaded ? `${uploaded} symbol files uploaded` : `${all} symbol files, all present`
    })
    let samples: SampleOutcome | null = null
    await step('reports', async () => {
      samples = await sendSamples(edge.url, open.stores.crashes)
      return describeSamples(samples)
    })
    await step('process', () => processAll(open))
    await step('aggregate', () => aggregateAll(open))
    say(whatToSee(edge.url, samples!, store))
  })
}

async function processAll({ stores, cacheDir, config }: OpenStore): Promise<string> {
  const progress = startProgress('Processing', 0, 'crashes')
  try {
    const report = await processCrashes({
      stores,
      dir: cacheDir,
      duckdbMemory: config.duckdbMemory,
      workers: config.workers,
      lists: listsOf({}, config),
      onProgress: ({ planned, done }) => {
        if (planned !== undefined) progress.expect(planned)
        if (done !== undefined) progress.tick(done)
      },
    })
    if (report.planned === 0) return 'nothing new'
    const stages = Object.entries(report.stages).map(([stage, ms]) => `${stage} ${seconds(ms)}`)
    return `${report.processed} crashes on ${config.workers} threads (${stages.join(', ')})`
  } finally {
    progress.stop()
  }
}

async function aggregateAll(open: OpenStore): Promise<string> {
  const progress = startProgress('Aggregating', 0, 'documents')
  try {
    const { documents, unchanged } = await writeAggregates(open, { onProgress: () => progress.tick() })
    return `${documents} documents${unchanged ? `, ${unchanged} of them unchanged` : ''}`
  } finally {
    progress.stop()
  }
}

function describeSamples(outcome: SampleOutcome): string {
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

function whatToSee(url: string, samples: SampleOutcome, store: string): string {
  const query = 'select product, signature, count(*) n from crashes group by all order by n desc limit 5'
  const dump = 'test/fixtures/synthetic/windows-amd64-null-read.dmp'
  return `
  Dashboard     ${url}/
  One report    ${url}/report/index/${samples.stored[0] ?? ''}
  Ask           npm run -s mayday -- sql --store ${store} "${query}"
  Send another  curl -F ProductName=Ledger -F Version=3.0.0 -F upload_file_minidump=@${dump} ${url}/submit
                npm run -s mayday -- process --store ${store} && npm run -s mayday -- aggregate --store ${store}
`
}

/** The batch store URL of the edge's R2. */
const storeUrl = (stateDir: string | undefined) => (stateDir === undefined ? 'r2:local' : `r2:${stateDir}`)

const readSamplePolicy = () => readFile(resolve(import.meta.dirname, '../local/samples/policy.json'), 'utf8')

/** Runs one step and prints its result and duration on one line. Errors name the step. */
async function step(name: string, work: () => Promise<string>): Promise<void> {
  const began = performance.now()
  try {
    const result = await work()
    say(`  ${name.padEnd(12)} ${seconds(performance.now() - began).padStart(7)}  ${result}`)
  } catch (error) {
    if (isCrashError(error)) throw new CrashError(error.code, `${name}: ${error.message}`, { cause: error })
    throw error
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
const say = (line: string) => process.stdout.write(`${line}\n`)

// `mayday serve`: the edge, the API and the dashboard in one process, and the rounds of `mayday run` beside it.
import type { Command } from 'commander'
import manifest from '../../../package.json' with { type: 'json' }
import { createServerEdge } from '../../../edge/runtime/server-edge.ts'
import { type NodeServer, startNodeServer } from '../../../edge/runtime/node.ts'
import { isCrashError } from '../../../shared/errors.ts'
import type { Millis } from '../../../shared/units.ts'
import {
  addProductsOption,
  addStoreOption,
  addSymbolsOption,
  addWorkersOption,
  countOption,
  type ProcessFlags,
  type StoreOptions,
} from '../../cli/options.ts'
import { timeOption } from '../../cli/time-option.ts'
import { openStore } from '../../lake/open-store.ts'
import { buildDashboardIfStale } from '../../local/dashboard-build.ts'
import { portError, untilInterrupted } from '../../local/local-edge.ts'
import { findProducts } from '../../products/product-source.ts'
import { createKnownProducts } from '../../serve/known-products.ts'
import { openLiveTables } from '../../serve/live-tables.ts'
import { type RoundsProcess, startRounds } from '../../serve/rounds-process.ts'
import { createTablesApi } from '../../serve/tables-api.ts'
import { createQueryRunner, defaultQueryLimits } from '../../sql/sandbox/query-runner.ts'

interface Options extends StoreOptions, Pick<ProcessFlags, 'symbols' | 'workers'> {
  every?: Millis
  publish: boolean
  port?: number
  host?: string
}

export function build(command: Command): void {
  addProductsOption(addStoreOption(command))
    .option(
      '--every <TIME>',
      'process, aggregate, verify, expire and publish at this interval: 30s, 10m, 1h',
      timeOption('--every'),
    )
    .option('--no-publish', 'with --every: do not publish the tables for other engines')
    .option('--port <N>', 'port to listen on (PORT, else 8787)', countOption('--port', 0, 65_535))
    .option('--host <ADDRESS>', 'address to listen on (HOST, else 0.0.0.0)')
  addSymbolsOption(command)
  addWorkersOption(command)
    .addHelpText(
      'after',
      `
Accepts crash reports, serves symbols, the dashboard and the API of docs/api.md, over a folder or an S3 store. With --every
it also runs the rounds of mayday run, in a process of their own. Settings are those of the edge: docs/operating-edge.md.
SIGTERM or Ctrl-C finishes requests in flight and the current step of a round, within 25 seconds. TLS is left to a proxy.

Examples:
  mayday serve --every 10m
  mayday serve --store file:/srv/mayday --every 10m --host 127.0.0.1 --port 8080`,
    )
    .action(run)
}

/** Platforms kill a process after about 30 s. */
const endRoundsWithin: Millis = 25_000

async function run(options: Options): Promise<void> {
  await buildDashboard()
  await using open = await openStore(options, { missing: 'create' })
  await using tables = await openLiveTables({
    open,
    onFailure: (error) => say(`mayday: ${messageOf(error)}`),
  })
  const limits = { ...defaultQueryLimits, ...open.config.sqlLimits }
  using queries = createQueryRunner(open.url, { limits, warm: true })
  const api = createTablesApi({
    tables,
    crashes: open.stores.crashes,
    products: createKnownProducts(async () => (await findProducts(open)).products.keys()),
    queries,
    now: () => new Date(),
  })
  const rounds =
    options.every === undefined ? null : startRounds({ args: roundArgs(open.url, options), write: say })
  const edge = await createServerEdge(edgeSettings(open.url, options), {
    api,
    ...(rounds && watched(rounds)),
  })
  const server = await startNodeServer(edge).catch(async (error: NodeJS.ErrnoException) => {
    await rounds?.end(endRoundsWithin)
    throw portError(edge.config.port, error)
  })
  say(`mayday: serving ${urlOf(server)}`)
  // The first search then need not wait for the list of files.
  const warm = tables.read(new AbortController().signal, ({ relation }) => relation('crashes'))
  warm.catch((error: unknown) => say(`mayday: ${messageOf(error)}`))
  // Started by another command, which ends or was killed.
  const left = new Promise((resume) => process.once('disconnect', resume))
  await Promise.race([untilInterrupted(), left])
  await Promise.all([server.end(), rounds?.end(endRoundsWithin)])
  if (process.connected) process.disconnect()
}

const say = (line: string) => process.stderr.write(`${line}\n`)
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** What the edge shows of the rounds. */
export const watched = (rounds: RoundsProcess) => ({
  moreMetrics: () => rounds.metrics(),
  moreProblems: async () => {
    const msg = await rounds.problem()
    return msg === null ? [] : [{ name: 'rounds', msg }]
  },
})

/** An installation without the bundler serves the dashboard that was built before. */
async function buildDashboard(): Promise<void> {
  try {
    await buildDashboardIfStale()
  } catch (error) {
    if (!isCrashError(error)) throw error
    say(`mayday: ${error.message}`)
  }
}

export function edgeSettings(store: string, { port, host }: Options): Record<string, string> {
  const env = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  return {
    MAYDAY_VERSION: JSON.stringify({ version: manifest.version }),
    ...Object.fromEntries(env),
    MAYDAY_STORE: store,
    ...(port !== undefined && { PORT: String(port) }),
    ...(host !== undefined && { HOST: host }),
  }
}

export function roundArgs(
  store: string,
  { every, publish, symbols = [], workers, products }: Options,
): string[] {
  return [
    ...['--store', store, '--every', `${every}ms`],
    ...symbols.flatMap((place) => ['--symbols', place]),
    ...(workers === undefined ? [] : ['--workers', String(workers)]),
    ...(products === undefined ? [] : ['--products', products]),
    ...(publish ? [] : ['--no-publish']),
  ]
}

export function urlOf({ address: { address, port } }: NodeServer): string {
  const isAny = address === '0.0.0.0' || address === '::'
  const host = isAny ? '127.0.0.1' : address.includes(':') ? `[${address}]` : address
  return `http://${host}:${port}/`
}

// Rounds of `mayday run` over a year of settled days, on a store that counts: requests follow what is new.
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../batch/config.ts'
import { type CountedStore, openFiles } from '../../batch/lake/open-store.ts'
import { writeChangedAggregates } from '../../batch/aggregates/aggregate.ts'
import { verifyDays } from '../../batch/planning/settle.ts'
import { processCrashes } from '../../batch/processing/process-run.ts'
import { publish } from '../../batch/publish/publish.ts'
import { expireCrashes } from '../../batch/removal/expire.ts'
import { reportsCompleteSince } from '../../batch/removal/retention.ts'
import { simulateReports } from '../../batch/simulate/reports.ts'
import { addDays, dateAt, daysUpTo } from '../../shared/time/dates.ts'
import { countingStores, noRequests, type Requests, requestsSince } from '../../shared/storage/counting.ts'
import { createMemoryStorage } from '../../shared/storage/memory.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { recordArrival } from '../../shared/symbols/arrivals.ts'
import { writeSearchFiles } from '../../batch/search-files/write-files.ts'
import { findLateSymbols } from '../../batch/symbols/late-symbols.ts'
import { openSymbolMisses } from '../../batch/symbols/symbol-misses.ts'
import { indexWanted } from '../../batch/symbols/wanted-indexes.ts'
import { listsLikeS3, missingModules, products, startEmptyServer, storeSettledDays } from './round.support.ts'

const crashes = Number(process.env.MAYDAY_BENCH_CRASHES || 1000)
const today = dateAt(Date.now())

/** Bars: a round with nothing new is at most 100 requests and 5 s; one with new crashes costs the same on any day. */
export async function run(): Promise<Record<string, unknown>> {
  const early = await measure(2)
  const late = await measure(365)
  return {
    new_crashes: crashes,
    nothing_new_on_day_365: late.idle,
    symbols_of_one_module_arrived_on_day_365: late.arrival,
    bar_requests: 100,
    bar_seconds: 5,
    new_crashes_on_day_2: early.busy,
    new_crashes_on_day_365: late.busy,
    ratio_of_requests: Math.round((100 * late.busy.requests) / early.busy.requests) / 100,
  }
}

interface Round {
  requests: number
  /** Requests to the symbol server. */
  lookups: number
  seconds: number
  steps: Record<string, Requests & { seconds: number; cpu_seconds: number }>
}

/** Rounds after so many settled days: one with nothing new, one after symbols arrived, one with new crashes. */
async function measure(days: number): Promise<{ idle: Round; arrival: Round; busy: Round }> {
  await using server = await startEmptyServer()
  const dir = mkdtempSync(join(tmpdir(), 'mayday-bench-round-'))
  try {
    const open = createStore(dir)
    await storeSettledDays(open, daysUpTo(addDays(today, -2), days))
    // The first rounds expire and settle what was stored at once.
    await playRound(open, server)
    await playRound(open, server)
    const idle = await playRound(open, server)
    await storeSymbols(open.stores.symbols)
    const arrival = await playRound(open, server)
    await simulateReports(open.stores.crashes, { crashes, days: 1, seed: days, to: today })
    return { idle, arrival, busy: await playRound(open, server) }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Symbols of a module that crashes of one day lacked. */
async function storeSymbols(symbols: Storage): Promise<void> {
  const { debug_file, debug_id } = missingModules(addDays(today, -2))[1]!
  await symbols.put(`${debug_file}/${debug_id}/${debug_file.replace('.pdb', '.sym')}`, new Uint8Array(1))
  await recordArrival(symbols, [{ debug_file, debug_id, code_file: '', code_id: '' }], new Date())
}

function createStore(dir: string): CountedStore {
  const requests = noRequests()
  const bucket = () => listsLikeS3(createMemoryStorage())
  const stores = countingStores({ crashes: bucket(), lake: bucket(), symbols: bucket() }, requests)
  return { url: 'memory:', stores, cacheDir: join(dir, 'cache'), config: readConfig({}), requests }
}

type Server = Pick<Awaited<ReturnType<typeof startEmptyServer>>, 'url' | 'asked'>
type Step = (open: CountedStore, server: Server) => Promise<unknown>
const steps: readonly { name: string; run: Step }[] = [
  {
    name: 'process',
    run: ({ stores, cacheDir: dir }, { url }) => {
      const workers = availableParallelism()
      return processCrashes({ stores, dir, duckdbMemory: '512MB', workers, symbols: [url] })
    },
  },
  { name: 'index-symbols', run: ({ stores }) => indexWanted(stores.symbols, () => {}) },
  {
    name: 'late-symbols',
    run: async (open, { url }) => {
      await using files = await openFiles(open)
      const misses = openSymbolMisses(open.stores.crashes)
      const late = await findLateSymbols(files, { products, places: [url], misses })
      await late.finish()
    },
  },
  { name: 'aggregate', run: (open) => writeChangedAggregates(open, { products }) },
  { name: 'search-files', run: (open) => writeSearchFiles(open, { now: new Date() }) },
  {
    name: 'verify',
    run: async (open) => {
      await using files = await openFiles(open)
      const now = () => new Date()
      const completeSince = reportsCompleteSince(products, now())
      const { findings } = await verifyDays(files, { days: 'due', completeSince, now })
      if (findings.length > 0)
        throw new Error(`The simulated store is not consistent: ${JSON.stringify(findings[0])}`)
    },
  },
  {
    name: 'expire',
    run: async (open) => {
      await using files = await openFiles(open)
      await expireCrashes(files, { products, now: new Date(), dryRun: false })
    },
  },
  {
    name: 'publish',
    run: async (open) => {
      await using files = await openFiles(open)
      await publish(files, { location: 's3://lake', now: () => new Date() })
    },
  },
]

async function playRound(open: CountedStore, server: Server): Promise<Round> {
  const askedBefore = server.asked()
  const spent: Round['steps'] = {}
  for (const { name, run: work } of steps) {
    const before = { ...open.requests }
    const [began, cpu] = [performance.now(), process.cpuUsage()]
    await work(open, server)
    const seconds = round((performance.now() - began) / 1000)
    const { user, system } = process.cpuUsage(cpu)
    const cpu_seconds = round((user + system) / 1e6)
    spent[name] = { ...requestsSince(before, open.requests), seconds, cpu_seconds }
  }
  const all = Object.values(spent)
  const sum = (of: (step: Round['steps'][string]) => number) => all.reduce((rest, step) => rest + of(step), 0)
  const lookups = server.asked() - askedBefore
  return { requests: sum(total), lookups, seconds: round(sum(({ seconds }) => seconds)), steps: spent }
}

const round = (seconds: number) => Math.round(10 * seconds) / 10

const total = ({ get, put, head, list, delete: deletes }: Requests) => get + put + head + list + deletes

// A model of a deployment at some number of crashes a day, from measured units: requests, bytes, time and cost of each part.
import { edgeCpuMs, estimateCost } from '../../batch/cost/estimate.ts'

/** What one crash costs, as `npm run bench -- scale` measures it. */
export interface ScaleUnits {
  /** CPU of batch for one more report of about 120 kB with 20 threads, without symbols. */
  processingCpuMs: number
  /** CPU of one process before its first crash: compiling, threads, DuckDB. */
  processCpuMs: number
  /** Of a processed crash. */
  documentBytes: number
  /** In all tables. */
  rowBytes: number
  /** Requests of a shard with nothing new on one open day. */
  quietRequests: number
  /** CPU of `mayday aggregate` for one more crash of the 28 days, and for none. */
  aggregateCpuMs: number
  aggregateFixedMs: number
  /** In search files. */
  searchBytes: number
}

/** Crashes a day for which the model is printed. */
export const scales = [10_000, 1_000_000, 100_000_000] as const

/** What the model assumes, and does not measure. */
export const assumed = {
  /** Stored bytes of a report of 125 kB. */
  reportBytes: 18_000,
  retentionDays: 180,
  /** The busiest hours against the mean. */
  peak: 3,
  /** Share of a core that work may use, so that peaks and retries fit. */
  utilization: 0.5,
  /** Of a list of 1,000 keys, which are sent one after another. */
  listMs: 60,
  /** CPU seconds of a day. */
  daySeconds: 86_400,
  /** Lists of an open day in a round: stored reports and processed crashes, each by the check, the plan and `verify`. */
  listsOfDay: 6,
  /** Of a folder store. */
  filesPerCrash: 4,
  /** Cores of one machine. */
  cores: 2,
  aggregateDays: 28,
} as const

const keysPerList = 1000
const day = assumed.daySeconds

export interface ScaleLine {
  part: string
  value: string
}

/** CPU seconds of aggregates in a round. */
const aggregateSeconds = (perDay: number, { aggregateCpuMs, aggregateFixedMs }: ScaleUnits) =>
  (perDay * assumed.aggregateDays * aggregateCpuMs + aggregateFixedMs) / 1000

const often = 144
/** Every ten minutes while aggregates take at most half of that, else every hour. */
export const roundsPerDay = (perDay: number, units: ScaleUnits): number =>
  aggregateSeconds(perDay, units) / assumed.cores < day / often / 2 ? often : 24

/** Lists of an open day, half full on average, in one round. */
const listsPerRound = (perDay: number) => (assumed.listsOfDay * perDay) / 2 / keysPerList

/** One process for each core that processing needs. */
export const shardsFor = (perDay: number, units: ScaleUnits): number => {
  const rounds = roundsPerDay(perDay, units)
  const msOfShard = (day * 1000 * assumed.utilization) / rounds - units.processCpuMs
  return Math.ceil(((perDay / rounds) * units.processingCpuMs) / msOfShard)
}

export function scaleLines(perDay: number, units: ScaleUnits): ScaleLine[] {
  const rounds = roundsPerDay(perDay, units)
  const shards = shardsFor(perDay, units)
  const lists = listsPerRound(perDay) + shards * units.quietRequests
  const stored = perDay * assumed.retentionDays * (assumed.reportBytes + units.documentBytes + units.rowBytes)
  const measured = {
    ...{ days: 1, reports: perDay, storedBytes: stored, roundRequests: lists },
    reportBytes: perDay * (assumed.reportBytes + units.documentBytes),
  }
  const cost = estimateCost(measured, { provider: 'r2', workers: true, roundsPerDay: rounds })
  const dollars = (start: string) =>
    cost.filter(({ item }) => item.startsWith(start)).reduce((sum, { perMonth }) => sum + perMonth, 0)
  const peak = (perDay * assumed.peak) / day
  return [
    { part: 'reports a second, mean and busiest', value: `${round(perDay / day)}, ${round(peak)}` },
    { part: 'edge under Node: cores', value: round((peak * edgeCpuMs) / 1000 / assumed.utilization) },
    {
      part: 'processing: cores, so many shards',
      value: `${round((perDay * units.processingCpuMs) / 1000 / day)}, ${shards}`,
    },
    { part: 'rounds a day', value: String(rounds) },
    { part: 'reads and writes of reports a day', value: round(perDay * 3) },
    { part: 'lists and other requests of rounds a day', value: round(lists * rounds) },
    {
      part: 'lists of the open day: seconds of each shard in a round',
      value: round((listsPerRound(perDay) / shards) * (assumed.listMs / 1000)),
    },
    { part: 'aggregates of 28 days: CPU seconds in a round', value: round(aggregateSeconds(perDay, units)) },
    { part: 'search files of a week: MB', value: round((perDay * 7 * units.searchBytes) / 1e6) },
    { part: 'stored in 180 days: TB', value: round(stored / 1e12) },
    {
      part: 'files of a folder store in 180 days',
      value: round(perDay * assumed.retentionDays * assumed.filesPerCrash),
    },
    { part: 'Workers: USD a month', value: round(dollars('Workers')) },
    { part: 'requests for reports: USD a month', value: round(dollars('edge') + dollars('processing')) },
    { part: 'requests of rounds: USD a month', value: round(dollars('rounds')) },
    { part: 'storage: USD a month', value: round(dollars('storage')) },
    { part: 'total: USD a month, without machines of batch', value: round(cost.at(-1)!.perMonth) },
  ]
}

/** Two significant digits. */
export const round = (value: number): string =>
  Number(value.toPrecision(2)).toLocaleString('en-US', { maximumFractionDigits: 4 })

export interface Limit {
  part: string
  /** Crashes a day. */
  perDay: number
  why: string
  next: string
}

/** Where each part has to move, in order. */
export function limitsOf(units: ScaleUnits): Limit[] {
  const { cores, utilization, listMs, peak, listsOfDay, filesPerCrash, retentionDays, aggregateDays } =
    assumed
  const interval = day / often
  const half = interval / 2
  const listed = (seconds: number) => (seconds * 1000 * keysPerList * 2) / listMs / listsOfDay
  const aggregated = (seconds: number) =>
    (seconds * cores * 1000 - units.aggregateFixedMs) / aggregateDays / units.aggregateCpuMs
  return [
    {
      part: 'a folder as store',
      perDay: 4_000_000 / filesPerCrash / retentionDays,
      why: 'a million crashes, four million files, in 180 days ([sizing](sizing.md#disk))',
      next: 'an S3-compatible store, or R2',
    },
    {
      part: 'searches in the browser',
      perDay: 50e6 / 7 / units.searchBytes,
      why: '50 MB of search files for a week',
      next: 'searches by a server: `mayday serve`, `API_ORIGIN`',
    },
    {
      part: 'aggregates in each round',
      perDay: aggregated(half),
      why: 'five minutes of two cores',
      next: 'a round every hour, and a machine with more cores; `mayday process` by shards every ten minutes',
    },
    {
      part: 'lists of the open day by one process',
      perDay: listed(half),
      why: 'five minutes in each round',
      next: 'shards, which list only their range; a round every hour',
    },
    {
      part: 'processing on one machine',
      perDay: (cores * utilization * day * 1000) / units.processingCpuMs,
      why: `${cores} cores, half used`,
      next: '`mayday process --shard` on several machines, such as a Kubernetes Indexed Job',
    },
    {
      part: 'one edge under Node',
      perDay: (utilization * 1000 * day) / edgeCpuMs / peak,
      why: 'one core, half used in the busiest hours',
      next: 'several edges behind a proxy, or Workers',
    },
    {
      part: 'aggregates on one machine',
      perDay: aggregated(8 * 6 * half),
      why: 'half an hour of 16 cores, each hour',
      next: 'sampling by the policy: weights keep the estimates, and a signature needs thousands of reports, not millions',
    },
  ].sort((a, b) => a.perDay - b.perDay)
}

/** For the terminal. */
export function modelTable(perDay: number, units: ScaleUnits): string {
  const lines = scaleLines(perDay, units).map(
    ({ part, value }) => `  ${part.padEnd(60)}${value.padStart(16)}`,
  )
  return `${perDay.toLocaleString('en-US')} crashes a day\n${lines.join('\n')}`
}

// What reports cost: counted requests and stored bytes, at list prices.
import type { Bytes } from '../../shared/units.ts'
import { type Provider, storePrices, workersPrices } from './prices.ts'

/** Requests to a store, as it bills them. */
export interface Billed {
  /** Requests that write or list. */
  writes: number
  /** Requests that read. */
  reads: number
}

/** Per report, as test/batch/cost counts them. Those of rounds are separate. */
export const perReport = {
  /** One conditional write, which also finds resent reports. */
  edge: { writes: 1, reads: 0 },
  /** Batch reads the report, and writes its processed crash; symbols of a module are looked up once in a run. */
  processing: { writes: 1, reads: 1 },
} as const satisfies Record<string, Billed>

/** Requests of a round with nothing new, where no round was recorded: `npm run bench -- round`. */
const quietRound = 60

/** CPU of a Worker for a report of about 125 kB, in milliseconds. */
export const edgeCpuMs = 2

/** What a store holds, and how much of it is new. */
export interface Measured {
  /** Days over which reports were counted. */
  days: number
  reports: number
  /** Of these reports and their processed crashes. */
  reportBytes: Bytes
  /** Of everything in the store that was counted: all buckets. */
  storedBytes: Bytes
  /** Requests of the last recorded round except those of processing; null: no round is recorded. */
  roundRequests: number | null
}

export interface CostLine {
  item: string
  /** USD for a million reports; null: does not depend on their number. */
  perMillion: number | null
  /** USD a month at the rate of the counted days. */
  perMonth: number
}

export interface EstimateOptions {
  provider: Provider
  /** Whether the edge runs on Workers. */
  workers: boolean
  /** Rounds of batch in a day. */
  roundsPerDay: number
}

const daysPerMonth = 30
const bytesPerGb = 1e9
const million = 1e6

/** @returns lines, of which the last is the total */
export function estimateCost(
  measured: Measured,
  { provider, workers, roundsPerDay }: EstimateOptions,
): CostLine[] {
  const prices = storePrices[provider]
  const reportsPerMonth = (measured.reports / measured.days) * daysPerMonth
  const perReportLine = (item: string, perMillion: number): CostLine => ({
    item,
    perMillion,
    perMonth: (perMillion * reportsPerMonth) / million,
  })
  const billed = ({ writes, reads }: Billed) => writes * prices.writes + reads * prices.reads
  const roundRequests = measured.roundRequests ?? quietRound
  const gb = measured.storedBytes / bytesPerGb
  const bytesPerReport = measured.reports === 0 ? 0 : measured.reportBytes / measured.reports
  const lines = [
    ...(workers
      ? [
          perReportLine('Workers: one request each', workersPrices.requests),
          perReportLine(`Workers: ${edgeCpuMs} ms of CPU each`, edgeCpuMs * workersPrices.cpuMs),
        ]
      : []),
    perReportLine('edge: one write each', billed(perReport.edge)),
    perReportLine('processing: one read and one write each', billed(perReport.processing)),
    perReportLine(
      'egress to batch: each report once',
      (bytesPerReport * million * prices.egress) / bytesPerGb,
    ),
    {
      // Of a recorded round only the number is known: all at the price of writes.
      item: `rounds: ${Math.round(roundsPerDay)} a day, ${roundRequests} requests each, at most`,
      perMillion: null,
      perMonth: (roundRequests * prices.writes * roundsPerDay * daysPerMonth) / million,
    },
    { item: `storage: ${gb.toFixed(1)} GB now`, perMillion: null, perMonth: gb * prices.storage },
  ]
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
  return [
    ...lines,
    {
      item: 'total',
      perMillion: sum(lines.map((line) => line.perMillion ?? 0)),
      perMonth: sum(lines.map((line) => line.perMonth)),
    },
  ]
}

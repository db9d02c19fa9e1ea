// The table of docs/cloudflare.md with the cost of a million reports, computed from counted requests and list prices.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { estimateCost, type Measured } from '../../batch/cost/estimate.ts'
import { storePrices } from '../../batch/cost/prices.ts'

const path = resolve(import.meta.dirname, '../../docs/cloudflare.md')
const [start, end] = ['<!-- generated: cost -->', '<!-- end -->'] as const

/** A million reports of 125 kB in a month, stored as about 20 kB each with their rows. */
const million: Measured = {
  days: 30,
  reports: 1e6,
  reportBytes: 20e9,
  storedBytes: 20e9,
  roundRequests: null,
}

/** The page with its table replaced. */
export function makeCloudflarePage(): string {
  const page = readFileSync(path, 'utf8')
  const [before, rest] = page.split(start)
  return `${before}${start}\n\n${costTable()}\n\n${end}${rest!.split(end)[1]}`
}

function costTable(): string {
  const lines = estimateCost(million, { provider: 'r2', workers: true, roundsPerDay: 144 })
  const rows = lines.map(({ item, perMonth }) => `| ${item} | ${perMonth.toFixed(2)} |`)
  const head = `USD, list prices of ${storePrices.r2.date} before free allowances:`
  return [head, '', '| item | a million reports in a month |', '|---|---|', ...rows].join('\n')
}

// The tables of docs/scaling.md: the model of test/bench/scale-model.support.ts with the units that were measured last.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { storePrices } from '../../batch/cost/prices.ts'
import { assumed, limitsOf, round, scaleLines, scales } from '../bench/scale-model.support.ts'
import measured from '../bench/scale-units.json' with { type: 'json' }

const path = resolve(import.meta.dirname, '../../docs/scaling.md')
const end = '<!-- end -->'

/** The page with its tables replaced. */
export function makeScalingPage(): string {
  let page = readFileSync(path, 'utf8')
  for (const [name, make] of [
    ['units', unitsTable],
    ['model', modelTable],
    ['limits', limitsTable],
  ] as const) {
    const start = `<!-- generated: ${name} -->`
    const [before, rest] = page.split(start)
    page = `${before}${start}\n\n${make()}\n\n${rest!.slice(rest!.indexOf(end))}`
  }
  return page
}

function unitsTable(): string {
  const { units, on } = measured
  const rows: readonly (readonly [string, string])[] = [
    ['CPU of a further crash, without symbols', `${round(units.processingCpuMs)} ms`],
    ['CPU of a process before its first crash', `${round(units.processCpuMs)} ms`],
    ['requests of a process with nothing new, for one open day', round(units.quietRequests)],
    ['CPU of aggregates for a further crash of the 28 days', `${round(units.aggregateCpuMs)} ms`],
    ['CPU of aggregates for none', `${round(units.aggregateFixedMs)} ms`],
    ['bytes of a processed crash', round(units.documentBytes)],
    ['bytes of its rows', round(units.rowBytes)],
    ['bytes in search files', round(units.searchBytes)],
    ['assumed: bytes of a stored report', round(assumed.reportBytes)],
    ['assumed: a list of 1,000 keys', `${assumed.listMs} ms`],
    ['assumed: busiest hours against the mean', `${assumed.peak} times`],
    ['assumed: share of a core that is used', `${assumed.utilization * 100} %`],
  ]
  return [
    `| unit (${on}) | value |`,
    '|---|---|',
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
  ].join('\n')
}

function modelTable(): string {
  const columns = scales.map((perDay) => scaleLines(perDay, measured.units))
  const head = ['crashes a day', ...scales.map((perDay) => perDay.toLocaleString('en-US'))]
  const rows = columns[0]!.map(({ part }, i) => [part, ...columns.map((column) => column[i]!.value)])
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const prices = `Prices are those of R2 and Workers on ${storePrices.r2.date}, before free allowances.`
  return [prices, '', line(head), `|---${'|---:'.repeat(scales.length)}|`, ...rows.map(line)].join('\n')
}

function limitsTable(): string {
  const rows = limitsOf(measured.units).map(
    ({ part, perDay, why, next }) => `| ${round(perDay)} | ${part} | ${why} | ${next} |`,
  )
  return ['| from crashes a day | part | because of | move to |', '|---:|---|---|---|', ...rows].join('\n')
}

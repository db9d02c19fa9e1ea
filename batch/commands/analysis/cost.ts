// `mayday cost`: what a store costs at list prices, from its reports, bytes and rounds.
import { type Command, Option } from 'commander'
import { dayMs } from '../../../shared/time/dates.ts'
import type { Millis } from '../../../shared/units.ts'
import { addStoreOption, countOption, type StoreOptions } from '../../cli/options.ts'
import { printResult } from '../../cli/output.ts'
import { withProgress } from '../../cli/progress.ts'
import { textTable } from '../../cli/text-table.ts'
import { timeOption } from '../../cli/time-option.ts'
import { type CostLine, estimateCost, type Measured } from '../../cost/estimate.ts'
import { measureStore } from '../../cost/measure.ts'
import { type Provider, storePrices, workersPrices } from '../../cost/prices.ts'
import { openStore } from '../../lake/open-store.ts'

interface Options extends Pick<StoreOptions, 'store'> {
  provider: Provider
  days: number
  every: Millis
  workers: boolean
  json?: true
}

export function build(command: Command): void {
  addStoreOption(command)
    .addOption(
      new Option('--provider <NAME>', 'whose prices apply').choices(Object.keys(storePrices)).default('r2'),
    )
    .option(
      '--days <N>',
      'count the reports of this many days before today',
      countOption('--days', 1, 400),
      28,
    )
    .addOption(
      new Option('--every <TIME>', 'interval of rounds: 10m, 1h')
        .argParser(timeOption('--every'))
        .default(timeOption('--every')('10m'), '10m'),
    )
    .option('--no-workers', 'the edge does not run on Cloudflare Workers')
    .option('--json', 'print the numbers as JSON')
    .addHelpText(
      'after',
      `
Lists the store (a request for each 1,000 objects), and prints what a million reports cost, and a month like the counted
days. Prices are list prices before free allowances; the machine that runs batch is not included.

Examples:
  mayday cost
  mayday cost --provider s3 --no-workers --every 1h`,
    )
    .action(run)
}

async function run({ provider, days, every, workers, ...options }: Options): Promise<void> {
  await using open = await openStore(options)
  const now = new Date()
  const measured = await withProgress(['Listing', 0, 'objects'], (progress) =>
    measureStore(open.stores, { now, days, onObject: () => progress.tick() }),
  )
  const lines = estimateCost(measured, { provider, workers, roundsPerDay: dayMs / every })
  const { title, date, source } = storePrices[provider]
  const sources = workers ? [source, workersPrices.source] : [source]
  printResult(options, {
    report: { ...measured, provider, prices_of: date, lines },
    text: `${describe(measured)}\n\n${tableOf(lines)}USD; list prices of ${title}, ${date}: ${sources.join(', ')}\n`,
  })
}

export function describe({ reports, reportBytes, days }: Measured): string {
  if (reports === 0) return `No reports in the last ${days} days.`
  const kilobytes = Math.round(reportBytes / reports / 1000)
  const daily = Math.round(reports / days).toLocaleString('en-US')
  const all = reports.toLocaleString('en-US')
  return `${all} reports in ${days} days (${daily} a day), ${kilobytes} kB each with their processed crashes.`
}

export function tableOf(lines: readonly CostLine[]): string {
  const rows = lines.map(({ item, perMillion, perMonth }) => [
    ...[item, perMillion === null ? '' : perMillion.toFixed(2)],
    perMonth.toFixed(2),
  ])
  return textTable(['item', 'per million reports', 'per month'], rows, [false, true, true]).replace(
    /\(\d+ rows?\)\n$/,
    '',
  )
}

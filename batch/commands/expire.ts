// `mayday expire`: deletes data older than its product's retention.
import type { Command } from 'commander'
import { openFiles } from '../lake/views.ts'
import { defaultRetention, readProducts } from '../products/products.ts'
import { type ExpireReport, expireCrashes } from '../lake/removal.ts'
import { addStoreOption, type StoreOptions, withStore } from '../cli/store-option.ts'

interface Options extends StoreOptions {
  dryRun?: true
  json?: true
}

const days = (count: number | null) => (count === null ? 'unlimited' : `${count} days`)

export function build(command: Command): void {
  addStoreOption(command)
    .option('--dry-run', 'only count, delete nothing')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Retention is set per product in its product file. Defaults: reports ${days(defaultRetention.reports)},
processed crashes ${days(defaultRetention.documents)}, protected rows ${days(defaultRetention.protected)}, public rows ${days(defaultRetention.rows)},
counts by day ${days(defaultRetention.aggregates)}.

Examples:
  mayday expire --dry-run
  mayday expire`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const dryRun = options.dryRun === true
  const report = await withStore(options, async (open) => {
    const files = await openFiles(open)
    try {
      return await expireCrashes(files, { products: readProducts(), now: new Date(), dryRun })
    } finally {
      await files.close()
    }
  })
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...report, dry_run: dryRun })}\n` : textOf(report, dryRun),
  )
}

function textOf(report: ExpireReport, dryRun: boolean): string {
  const { reports, documents, protected_rows, rows, aggregate_rows } = report
  const what = `${reports} reports, ${documents} processed crashes, ${protected_rows} protected rows, ${rows} public rows, ${aggregate_rows} rows of counts`
  return `${dryRun ? 'Would remove' : 'Removed'} ${what}.\n`
}

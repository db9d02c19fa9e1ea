// `mayday expire`: deletes data older than its product's retention.
import type { Command } from 'commander'
import { moveToQuarantine } from '../lake/quarantine.ts'
import { openFiles, openStore } from '../lake/open-store.ts'
import { printResult } from '../cli/output.ts'
import { defaultRetention } from '../products/product-file.ts'
import { findProducts } from '../products/product-source.ts'
import { type ExpireReport, expireCrashes } from '../removal/expire.ts'
import { addProductsOption, addStoreOption, type StoreOptions } from '../cli/options.ts'

interface Options extends StoreOptions {
  dryRun?: true
  json?: true
}

const days = (count: number | null) => (count === null ? 'unlimited' : `${count} days`)

export function build(command: Command): void {
  addProductsOption(addStoreOption(command))
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
  await using open = await openStore(options)
  const { products } = await findProducts(open)
  await using files = await openFiles(open, dryRun ? {} : { onDamaged: moveToQuarantine })
  const report = await expireCrashes(files, { products, now: new Date(), dryRun })
  printResult(options, {
    report: { ...report, dry_run: dryRun, requests: open.requests },
    text: reportText(report, dryRun),
  })
}

function reportText(report: ExpireReport, dryRun: boolean): string {
  const { reports, documents, protected_rows, rows, aggregate_rows } = report
  const what = `${reports} reports, ${documents} processed crashes, ${protected_rows} protected rows, ${rows} public rows, ${aggregate_rows} rows of counts`
  return `${dryRun ? 'Would remove' : 'Removed'} ${what}.\n`
}

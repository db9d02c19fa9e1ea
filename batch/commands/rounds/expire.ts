// `mayday expire`: deletes data older than its product's retention.
import type { Command } from 'commander'
import { moveToQuarantine } from '../../lake/files/quarantine.ts'
import { openFiles, openStore } from '../../lake/open-store.ts'
import { printResult } from '../../cli/output.ts'
import { defaultRetention } from '../../products/product-file.ts'
import { findProducts } from '../../products/product-source.ts'
import { type ExpiredAudit, expireAudit } from '../../removal/expire-audit.ts'
import { type ExpireReport, expireCrashes } from '../../removal/expire.ts'
import { addProductsOption, addStoreOption, countOption, type StoreOptions } from '../../cli/options.ts'
import { CrashError } from '../../../shared/errors.ts'
import { recentDays } from '../../removal/dump-choice.ts'
import { type ExpiredSymbols, expireSymbols } from '../../removal/expire-symbols.ts'
import { type DropReport, dropDumps } from '../../removal/drop-dumps.ts'

interface Options extends StoreOptions {
  dryRun?: true
  dumpsPerSignature?: number
  json?: true
}

const days = (count: number | null) => (count === null ? 'unlimited' : `${count} days`)

export function build(command: Command): void {
  addProductsOption(addStoreOption(command))
    .option('--dry-run', 'only count, delete nothing')
    .option(
      '--dumps-per-signature <N>',
      'with --dry-run: as if products that do not state it kept this many dumps of each signature, version and platform',
      countOption('--dumps-per-signature', 1, 1_000_000),
    )
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Retention is set per product in its product file. Defaults: reports ${days(defaultRetention.reports)},
processed crashes ${days(defaultRetention.documents)}, protected rows ${days(defaultRetention.protected)}, public rows ${days(defaultRetention.rows)},
counts by day ${days(defaultRetention.aggregates)}.

A product with dumps_per_signature keeps the minidumps of that many crashes of each signature, version and platform.
Further crashes keep everything else. Never dropped are the dumps of crashes that were processed in the last ${recentDays} days,
lack symbols, or are among the newest that the dashboard lists of their signature.

Symbols of try builds expire 28 days after they were stored, others after MAYDAY_SYMBOL_DAYS, if set.
The audit expires after MAYDAY_AUDIT_DAYS, 400 days by default.

Examples:
  mayday expire --dry-run
  mayday expire --dry-run --dumps-per-signature 20
  mayday expire`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  const dryRun = options.dryRun === true
  if (options.dumpsPerSignature !== undefined && !dryRun)
    throw new CrashError(
      'bad-usage',
      '--dumps-per-signature requires --dry-run; the setting is in product files',
    )
  await using open = await openStore(options)
  const { products } = await findProducts(open)
  await using files = await openFiles(open, dryRun ? {} : { onDamaged: moveToQuarantine })
  const expiry = { products, now: new Date(), dryRun }
  const report = await expireCrashes(files, expiry)
  const dumps = await dropDumps(files, { ...expiry, usual: options.dumpsPerSignature ?? null })
  const symbols = await expireSymbols(open.stores.symbols, { ...expiry, days: open.config.symbolDays })
  const audit = await expireAudit(files, { ...expiry, days: open.config.auditDays })
  const texts = [
    reportText(report, dryRun),
    dumps ? dumpsText(dumps, dryRun) : '',
    symbolsText(symbols, dryRun),
    auditText(audit, dryRun),
  ]
  printResult(options, {
    report: { ...report, dumps, symbols, audit, dry_run: dryRun, requests: open.requests },
    text: texts.join(''),
  })
}

export function symbolsText({ symbols, try_symbols, staged }: ExpiredSymbols, dryRun: boolean): string {
  if (symbols + try_symbols + staged === 0) return ''
  const what = `${symbols} objects of symbols, ${try_symbols} of try builds, ${staged} of interrupted uploads`
  return `${dryRun ? 'Would remove' : 'Removed'} ${what}.\n`
}

export function auditText({ days, batches }: ExpiredAudit, dryRun: boolean): string {
  if (days === 0) return ''
  return `${dryRun ? 'Would remove' : 'Removed'} the audit of ${days} days, ${batches} batches.\n`
}

export function reportText(report: ExpireReport, dryRun: boolean): string {
  const { reports, documents, protected_rows, rows, aggregate_rows } = report
  const what = `${reports} reports, ${documents} processed crashes, ${protected_rows} protected rows, ${rows} public rows, ${aggregate_rows} rows of counts`
  return `${dryRun ? 'Would remove' : 'Removed'} ${what}.\n`
}

export function dumpsText({ crashes, bytes, skipped, kept }: DropReport, dryRun: boolean): string {
  const what = `the dumps of ${crashes} crashes`
  const size = `${(bytes / 1e6).toFixed(1)} MB`
  const done = dryRun ? `Would drop ${what}: at most ${size}.` : `Dropped ${what}: ${size}.`
  const why = `${kept.recent} processed recently, ${kept.symbols} without all symbols, ${kept.listed} on the dashboard`
  const left = skipped ? ` ${skipped} were skipped: run mayday verify --deep.` : ''
  return `${done} Beyond the number kept, these keep their dumps: ${why}.${left}\n`
}

// `mayday verify`: checks that stored reports, processed crashes and rows agree.
import type { Command } from 'commander'
import type { IsoDate } from '../../../shared/units.ts'
import { describeDamage } from '../../lake/files/damage.ts'
import { openFiles, openStore } from '../../lake/open-store.ts'
import { printResult } from '../../cli/output.ts'
import { findProducts } from '../../products/product-source.ts'
import { reportsCompleteSince } from '../../removal/retention.ts'
import { checkSearchFiles } from '../../search-files/check-files.ts'
import { addProductsOption, addStoreOption, collectDate, type StoreOptions } from '../../cli/options.ts'
import { checkPublished, describePublished, type PublishFinding } from '../../publish/check-published.ts'
import { describeFinding } from '../../planning/states.ts'
import { type VerifyDaysReport, verifyDays } from '../../planning/settle.ts'
import { verifyContents } from '../../processing/check-contents.ts'

interface Options extends StoreOptions {
  date?: IsoDate[]
  all?: true
  deep?: true
  json?: true
}

export function build(command: Command): void {
  addProductsOption(addStoreOption(command))
    .option('--date <DATE>', 'only this day of submission, YYYY-MM-DD (repeatable)', collectDate)
    .option('--all', 'also all settled days')
    .option('--deep', '--all, and read every report, processed crash, table file and aggregate')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Every stored report must have one processed crash, one row in each of the tables crashes and protected, its rows in
modules, and duplicate_of if it is a duplicate. Lists each crash that does not, and why; exit code 1 if there are any.

A day that ended two hours ago and is consistent is settled: it is checked again when something changes it, and
otherwise one such day per run, in turn. --all, --deep and --date check settled days too.

The search files of all days must exist. What is published for other engines must have exactly the current table files,
except those of the last hour, and every object that it refers to must exist.

--deep also checks that reports and processed crashes can be read, that every row matches its processed crash, that
table files match their checksums, and that search files have the rows of their tables. It reads everything that is
stored for these days.

Examples:
  mayday verify
  mayday verify --all
  mayday verify --date 2026-10-21 --json
  mayday verify --deep`,
    )
    .action(run)
}

async function run(options: Options): Promise<void> {
  await using open = await openStore(options)
  await using files = await openFiles(open, { thorough: options.deep === true })
  const completeSince = reportsCompleteSince((await findProducts(open)).products, new Date())
  const days = options.date ?? (options.all || options.deep ? 'all' : 'due')
  const counted = await verifyDays(files, { days, completeSince, now: () => new Date() })
  const checked = options.deep ? { ...counted, ...(await verifyContents(files, counted)) } : counted
  const search = await checkSearchFiles(files, { deep: options.deep === true })
  const published = await checkPublished(open.stores.lake, { now: new Date() })
  const report = { ...checked, damaged: [...checked.damaged, ...search], published }
  printResult(options, {
    report: { ...report, requests: open.requests },
    text: reportText(report),
    failed: !isConsistent(report),
  })
}

type Report = VerifyDaysReport & { published: readonly PublishFinding[] }

const isConsistent = ({ findings, damaged, published }: Report) =>
  findings.length + damaged.length + published.length === 0

export function reportText(report: Report): string {
  const { crashes, dates, settled, findings, damaged, published } = report
  const others = settled ? ` (not checked: ${amount(settled, 'settled day')})` : ''
  const seen = `${amount(crashes, 'report')} of ${amount(dates.length, 'day')}${others}`
  if (isConsistent(report)) return `All consistent: ${seen}.\n`
  const lines = [
    ...damaged.map(describeDamage),
    ...findings.map(describeFinding),
    ...published.map(describePublished),
  ]
  return `${lines.join('\n')}\n${amount(lines.length, 'finding')} in ${seen}.\n`
}

const amount = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`

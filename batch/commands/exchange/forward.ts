// `mayday forward`: sends stored reports to another collector, as their clients sent them.
import type { Command } from 'commander'
import { CrashError } from '../../../shared/errors.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { type ForwardReport, forwardReports } from '../../exchange/forward.ts'
import { withProgress } from '../../cli/progress.ts'
import { addStoreOption, collectDate, countOption, type StoreOptions } from '../../cli/options.ts'
import { printResult } from '../../cli/output.ts'
import { openStore } from '../../lake/open-store.ts'
import { present } from '../../../shared/present.ts'

interface Options extends StoreOptions {
  to: string
  percent: number
  since?: IsoDate
  keepIds?: true
  concurrency: number
  json?: true
}

export function build(command: Command): void {
  addStoreOption(command)
    .requiredOption('--to <URL>', 'submission URL of the other collector')
    .option('--percent <P>', 'percentage of reports to send; always the same reports', parsePercent, 100)
    .option(
      '--since <DATE>',
      'skip days before this one, YYYY-MM-DD; a later run without it sends them',
      parseDate,
    )
    .option('--keep-ids', 'keep crash IDs; needs FORWARD_TOKEN, which the collector must accept')
    .option('--concurrency <N>', 'reports in flight at once', countOption('--concurrency', 1, 256), 8)
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      `
Sends every selected report that was not answered yet, with its original annotations, files, user agent and
compression. Progress is stored per URL and percentage: the next run continues one that was killed. Each report is sent
at least once and retried up to five times; exit code 1 when some got no response or cannot be read. Days skipped with
--since do not count as done: a later run without it sends them.

Examples:
  mayday forward --percent 10 --to https://staging.example/submit
  FORWARD_TOKEN=… mayday forward --keep-ids --store file:/srv/old --to https://crash.example/submit --json`,
    )
    .action(run)
}

function parsePercent(text: string): number {
  const percent = Number(text)
  if (text.trim() === '' || !(percent > 0 && percent <= 100))
    throw new CrashError('bad-usage', `--percent must be a number above 0, up to 100, not '${text}'`)
  return percent
}

const parseDate = (text: string): IsoDate => collectDate(text)[0]!

async function run(options: Options): Promise<void> {
  if (!/^https?:$/.test(URL.canParse(options.to) ? new URL(options.to).protocol : ''))
    throw new CrashError('bad-usage', `--to must be the URL of a collector, not '${options.to}'`)
  await using open = await openStore(options)
  const { forwardToken } = open.config
  if (options.keepIds && forwardToken === null)
    throw new CrashError(
      'bad-usage',
      '--keep-ids needs FORWARD_TOKEN: only authorized senders may choose ids',
    )
  const report = await withProgress(['Forwarding', 0, 'reports'], (progress) => {
    let planned = 0
    return forwardReports(open.stores.crashes, {
      to: options.to,
      percent: options.percent,
      since: options.since ?? null,
      concurrency: options.concurrency,
      token: options.keepIds ? forwardToken : null,
      now: new Date(),
      onProgress: ({ planned: more, done }) => {
        planned += more ?? 0
        progress.update(present({ planned: more === undefined ? undefined : planned, done }))
      },
    })
  })
  const failed = report.failed > 0 || report.unreadable.length > 0
  printResult(options, { report, text: reportText(report), failed })
}

function reportText(report: ForwardReport): string {
  const { seen, sampled, before, accepted, refused, unreadable, failed } = report
  const lines = [
    `${accepted} reports accepted; ${before} of the ${sampled} selected had been accepted before, out of ${seen}.`,
  ]
  for (const [reason, number] of Object.entries(refused)) lines.push(`${number} refused: ${reason}`)
  for (const id of unreadable) lines.push(`${id} cannot be read`)
  if (failed > 0) lines.push(`${failed} got no response (${report.last_failure}); run again to continue.`)
  return `${lines.join('\n')}\n`
}

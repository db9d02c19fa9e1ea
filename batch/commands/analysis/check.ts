// `mayday check`: checks a deployment from outside, and from its store.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { CrashError } from '../../../shared/errors.ts'
import type { Millis } from '../../../shared/units.ts'
import { checkDeployment, type GroupName, groupNames } from '../../check/check.ts'
import type { CheckContext } from '../../check/context.ts'
import { openDeployment } from '../../check/deployment.ts'
import { countResults, type Finding } from '../../check/findings.ts'
import { checkProduct, makeTestReport } from '../../check/test-report.ts'
import { addStoreOption, type StoreOptions } from '../../cli/options.ts'
import { printResult, visible } from '../../cli/output.ts'
import { timeOption } from '../../cli/time-option.ts'
import { readConfig } from '../../config.ts'
import { openStore } from '../../lake/open-store.ts'

interface Options extends Pick<StoreOptions, 'store'> {
  only?: GroupName[]
  product: string
  wait: Millis
  json?: true
}

export function build(command: Command): void {
  command.argument('<url>', 'the public address of the deployment')
  addStoreOption(command)
    .option('--only <GROUP,…>', `run only some checks: ${groupNames.join(', ')}`, readGroups)
    .option(
      '--product <NAME>',
      'product of the test crash, for a policy that accepts only some',
      checkProduct,
    )
    .addOption(
      new Option('--wait <TIME>', 'how long to wait for processing and aggregates; 0: not at all')
        .argParser((text) => (text === '0' ? 0 : timeOption('--wait')(text)))
        .default(180_000, '3m'),
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      `
Sends a test crash and follows it from POST through processing to the API and the dashboard, uploads symbols for it, and erases both. Also
checks health, headers, TLS, CORS, refusals, tokens, that protected data is not public, how fresh the aggregates are, and with a store
what it is able to do. Statistics omit the test crash. Tokens come from MAYDAY_TOKEN and, for uploads, SYMBOL_TOKEN. Without
--store and MAYDAY_STORE nothing is erased: the last line names what stays. Exit code 1 when a check failed. What no program can check:
docs/checklist.md.

Examples:
  mayday check https://crash.example.org
  mayday check https://crash.example.org --store 's3:https://s3.example.org/?region=eu-1' --wait 20m
  mayday check http://127.0.0.1:8787 --only service,access --json`,
    )
    .action(run)
}

export function readGroups(text: string): GroupName[] {
  const names = text.split(',')
  const unknown = names.filter((name) => !groupNames.some((known) => known === name))
  if (unknown.length > 0)
    throw new CrashError(
      'bad-usage',
      `--only does not know ${visible(unknown.join(', '))}: ${groupNames.join(', ')}`,
    )
  return groupNames.filter((name) => names.includes(name))
}

async function run(url: string, { only, product, wait, ...options }: Options): Promise<void> {
  const deployment = openDeployment(url)
  const config = readConfig()
  const hasStore = options.store !== undefined || Boolean(config.env.MAYDAY_STORE)
  await using store = hasStore ? await openStore(options) : null
  const end = new AbortController()
  process.once('SIGINT', () => end.abort())
  const context: CheckContext = {
    ...{ deployment, store, wait, end: end.signal },
    token: config.serverToken,
    symbolToken: config.symbolToken ?? config.serverToken,
    report: makeTestReport(product),
    onWait: (what) => process.stderr.write(`mayday: waiting for ${what}\n`),
    now: () => new Date(),
    sleep: (ms) => sleep(ms, undefined, { signal: end.signal }).catch(() => {}),
    left: { crashId: null, sentAt: null, processed: false, symbols: null },
  }
  const findings: Finding[] = []
  for await (const finding of checkDeployment(context, only)) {
    findings.push(finding)
    if (!options.json) process.stdout.write(lineOf(finding))
  }
  const counts = countResults(findings)
  const parts = Object.entries(counts).map(([result, count]) => `${count} ${result}`)
  printResult(options, {
    report: { url: deployment.url, ...counts, findings },
    text: `\n${end.signal.aborted ? 'Interrupted: ' : ''}${parts.join(', ')}\n`,
    failed: counts.failed > 0 || end.signal.aborted,
  })
}

/** Wide enough for every result and the names of checks. */
const resultWidth = 8
const nameWidth = 26

export function lineOf({ result, check, text, cure }: Finding): string {
  const start = `${result.padEnd(resultWidth)} ${check.padEnd(nameWidth)} `
  const cureLine =
    cure === undefined ? '' : `${' '.repeat(resultWidth + 1 + nameWidth + 1)}→ ${visible(cure)}\n`
  return `${start}${visible(text.replace(/\s+/g, ' '))}\n${cureLine}`
}

// `mayday sql`: DuckDB with a view per table; without a query, a prompt.
import { type Command, Option } from 'commander'
import { CrashError } from '../../../shared/errors.ts'
import { warnOfDamage } from '../../cli/damage-output.ts'
import { addStoreOption, countOption, type StoreOptions } from '../../cli/options.ts'
import { writeOut } from '../../cli/output.ts'
import { readConfig } from '../../config.ts'
import { openStore } from '../../lake/open-store.ts'
import { viewDescriptions } from '../../lake/views.ts'
import { type Format, formats, type Output } from '../../sql/output/write-result.ts'
import { type ScriptOptions, writeScript } from '../../sql/output/write-script.ts'
import { checkUsed, collectParameter, type Parameters, valuesFor } from '../../sql/parameters.ts'
import { runPrompt } from '../../sql/prompt/prompt.ts'
import { writeRemoteResult } from '../../sql/remote.ts'
import { savedQuery } from '../../sql/saved-queries.ts'
import { openSession } from '../../sql/session.ts'
import { statementsOf } from '../../sql/statements.ts'

interface Options extends StoreOptions {
  format: Format
  rows: number
  safeCsv?: true
  param?: Parameters
  query?: string
  server?: string
}

export function build(command: Command): void {
  addStoreOption(command)
    .argument('[statements]', 'SQL; without it, a prompt, or statements on standard input')
    .addOption(new Option('--format <FORMAT>', 'output format').choices(formats).default('table'))
    .option('--rows <N>', 'rows that a table shows', countOption('--rows', 1, 1_000_000), 100)
    .option('--safe-csv', 'CSV whose text starts no formula in a spreadsheet')
    .option('-p, --param <NAME=VALUE>', 'value of the parameter $NAME (repeatable)', collectParameter)
    .option('--query <NAME>', 'run a query of docs/sql.md')
    .option('--server <URL>', 'let a mayday serve run the statements, with the token in MAYDAY_TOKEN')
    .addHelpText(
      'after',
      `
Views: ${viewDescriptions.map((view) => view.name).join(', ')}. Times are UTC unless SET TimeZone changes it.
Only the tables that a statement names are read, and only the days that its condition on date allows.

Examples:
  mayday sql "select product, count(*) from crashes where date > newest_day() - 7 group by all"
  mayday sql "select signature, sum(weight) from unique_crashes where version = \\$v group by all" -p v=102.0 --format csv
  mayday sql "from crashes" --format parquet > crashes.parquet
  mayday sql --query top-crashers -p product=Firefox -p version=102.0
  mayday sql --server https://crashes.example.org "select count(*) from crashes"
  mayday sql --store r2:local`,
    )
    .action(run)
}

async function run(text: string | undefined, options: Options): Promise<void> {
  if (text !== undefined && options.query !== undefined)
    throw new CrashError('bad-usage', 'Give either statements or --query')
  const given = options.query === undefined ? text : savedQuery(options.query).sql
  const script = {
    format: options.format,
    mostRows: options.rows,
    safeCsv: options.safeCsv === true,
    parameters: options.param ?? new Map(),
  }
  const output: Output = { write: writeOut, isTerminal: process.stdout.isTTY === true }
  if (options.server !== undefined) return runRemotely(options.server, given, script, output)
  await using open = await openStore(options)
  await using session = await openSession(open)
  if (given === undefined && process.stdin.isTTY) await runPrompt(session, script, output)
  else await writeScript(session, statementsOf(given ?? (await readAll())), script, output)
  warnOfDamage(session.files)
}

/** Statements one after the other; a server has no prompt. */
async function runRemotely(
  url: string,
  given: string | undefined,
  script: ScriptOptions,
  output: Output,
): Promise<void> {
  if (script.safeCsv) throw new CrashError('bad-usage', '--safe-csv does not work with --server')
  const { serverToken: token } = readConfig()
  const statements = statementsOf(given ?? (await readAll()))
  checkUsed(statements, script.parameters)
  for (const sql of statements)
    await writeRemoteResult(
      { url, token },
      sql,
      { ...script, values: valuesFor(sql, script.parameters) },
      output,
    )
}

async function readAll(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk
  return text
}

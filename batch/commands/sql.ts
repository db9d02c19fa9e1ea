// `mayday sql`: DuckDB with a view per table; without a query, a prompt.
import { createInterface } from 'node:readline'
import { type Command, Option } from 'commander'
import { CrashError } from '../../shared/errors.ts'
import { expectedFailure } from '../lake/damage.ts'
import { openLake, type Lake, viewDescriptions } from '../lake/views.ts'
import { warnOfDamage, writeOut } from '../cli/output.ts'
import { type Format, formats, queryAs } from '../cli/query-output.ts'
import { addStoreOption, type StoreOptions } from '../cli/options.ts'
import { openStore } from '../lake/open-store.ts'

interface Options extends StoreOptions {
  format: Format
}

export function build(command: Command): void {
  addStoreOption(command)
    .argument('[query]', 'SQL; without it, a prompt, or statements on standard input')
    .addOption(new Option('--format <FORMAT>', 'output format').choices(formats).default('table'))
    .addHelpText(
      'after',
      `
Views: ${viewDescriptions.map((view) => view.name).join(', ')}. Times are UTC.

Examples:
  mayday sql "select product, count(*) from crashes group by all"
  mayday sql "select signature, sum(weight) from unique_crashes group by all order by 2 desc limit 10" --format csv
  mayday sql "from crashes" --format parquet > crashes.parquet
  mayday sql --store r2:local`,
    )
    .action(run)
}

async function run(query: string | undefined, options: Options): Promise<void> {
  await using open = await openStore(options)
  await using lake = await openLake(open)
  warnOfDamage(lake.files)
  if (Object.values(lake.fileCount).every((count) => count === 0)) process.stderr.write(emptyHint(open.url))
  const print = (sql: string) => printRows(lake, sql, options.format)
  if (query !== undefined) await print(query)
  else if (process.stdin.isTTY) await prompt(print)
  else for (const statement of statementsOf(await readAll())) await print(statement)
}

const emptyHint = (url: string) =>
  `mayday: ${url} has no tables yet. Create them with mayday process; npm start uses --store r2:local.\n`

async function printRows({ database, files }: Lake, sql: string, format: Format): Promise<void> {
  let result: string | Uint8Array
  try {
    result = await queryAs(database.connection, sql, format, files.dir)
  } catch (error) {
    const failure = expectedFailure(error, files.cacheDir)
    if (failure) throw failure
    throw new CrashError('bad-usage', `SQL: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
  await writeOut(result)
}

async function readAll(): Promise<string> {
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk
  return text
}

/** The statements of a text, without the semicolons that end them; semicolons in quotes and comments do not count. */
export function statementsOf(text: string): string[] {
  const tokens = text.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|;|[^'"/;-]+|./g) ?? []
  const statements = ['']
  for (const token of tokens) {
    if (token === ';') statements.push('')
    else statements[statements.length - 1] += token
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '')
}

/** Reads statements that end in a semicolon, until `.quit` or the end of input. */
async function prompt(print: (sql: string) => Promise<void>): Promise<void> {
  process.stdout.write('Enter SQL, ended by a semicolon. .tables lists the views, .quit exits.\n')
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: 'mayday> ' })
  let statement = ''
  lines.prompt()
  for await (const line of lines) {
    const word = line.trim()
    if (statement === '' && (word === '.quit' || word === '.exit')) break
    if (statement === '' && word === '.tables') process.stdout.write(viewList)
    else statement += `${line}\n`
    if (statement.trim() === '') statement = ''
    if (/;\s*$/.test(statement)) {
      const complete = statement
      statement = ''
      await print(complete).catch((error: Error) => process.stderr.write(`${error.message}\n`))
    }
    lines.setPrompt(statement === '' ? 'mayday> ' : '   ...> ')
    lines.prompt()
  }
  lines.close()
}

const viewList = viewDescriptions
  .map(({ name, description }) => `${name.padEnd(16)}${description}\n`)
  .join('')

// Commands of the prompt that are not SQL.
import { tables } from '../../lake/tables.ts'
import { sqlType } from '../../lake/column-types.ts'
import { textTable } from '../../cli/text-table.ts'
import { readSavedQueries, savedQuery } from '../saved-queries.ts'
import { viewList } from '../view-list.ts'

/** What a line asks for: text to show, SQL to run, or the end. */
export type Reply = { text: string } | { sql: string } | 'exit'

const help = `SQL statements end with a semicolon and may have several lines. Ctrl-C stops a statement, Ctrl-D exits.
.tables          views and their contents
.schema VIEW     columns of a view
.queries         saved queries of docs/sql.md
.query NAME      runs a saved query
.exit            exits, like .quit, exit and quit
`

interface PromptCommand {
  name: string
  /** @param argument the rest of the line */
  run(argument: string): Reply
}

const promptCommands: readonly PromptCommand[] = [
  { name: '.help', run: () => ({ text: help }) },
  { name: '.tables', run: () => ({ text: viewList }) },
  { name: '.schema', run: schemaOf },
  { name: '.queries', run: () => ({ text: listQueries() }) },
  { name: '.query', run: (name) => ({ sql: savedQuery(name).sql }) },
  { name: '.exit', run: () => 'exit' },
  { name: '.quit', run: () => 'exit' },
]

export const promptCommandNames = promptCommands.map((command) => command.name)

const words = new Map([
  ['exit', '.exit'],
  ['quit', '.exit'],
  ['help', '.help'],
])

/**
 * Interprets a line at the start of a statement. Null: it is SQL.
 * @throws CrashError 'bad-usage' for an unknown saved query
 */
export function replyTo(line: string): Reply | null {
  const [, word = '', argument = ''] = /^\s*(\S*)\s*(.*?)\s*;?\s*$/.exec(line) ?? []
  const name = words.get(word.replace(/;$/, '').toLowerCase()) ?? word
  const command = promptCommands.find((candidate) => candidate.name === name)
  if (command) return command.run(argument)
  return word.startsWith('.') ? { text: `${word} is not a command; .help lists them\n` } : null
}

function schemaOf(name: string): Reply {
  const table = tables.find((candidate) => (candidate.view ?? candidate.name) === name)
  if (table) {
    const rows = table.columns.map((column) => [column.name, typeName(sqlType(column)), column.description])
    return { text: textTable(['column', 'type', 'description'], rows, []) }
  }
  if (/^\w+$/.test(name)) return { sql: `SELECT column_name, column_type FROM (DESCRIBE ${name})` }
  return { text: `.schema needs the name of a view: one of\n${viewList}` }
}

const typeName = (type: string) => (type.startsWith('STRUCT') ? 'STRUCT(…)[]' : type)

const listQueries = () =>
  readSavedQueries()
    .map(({ name, title }) => `${name.padEnd(24)}${title}\n`)
    .join('')

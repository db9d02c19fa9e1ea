// Completion of the prompt: views, columns, functions, keywords, commands.
import { tables } from '../../lake/tables.ts'
import { rowsOf } from '../../lake/duckdb.ts'
import { viewDescriptions } from '../../lake/views.ts'
import type { Session } from '../session.ts'

/** Names that can complete a word. */
export interface Words {
  views: readonly string[]
  /** Functions and keywords. */
  language: readonly string[]
  commands: readonly string[]
}

/** Reads the functions and keywords of DuckDB. */
export async function readWords({ connection }: Session, commands: readonly string[]): Promise<Words> {
  const rows = await rowsOf<{ word: string }>(
    connection,
    `SELECT DISTINCT function_name AS word FROM duckdb_functions() WHERE regexp_full_match(function_name, '[a-z]\\w*')
     UNION SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved' ORDER BY word`,
  )
  return {
    views: viewDescriptions.map((view) => view.name),
    language: rows.map((row) => row.word),
    commands,
  }
}

/** Columns of the session's views and of the user's own tables. */
export async function readColumns({ connection }: Session): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    connection,
    'SELECT DISTINCT column_name AS name FROM duckdb_columns() WHERE NOT internal',
  )
  const declared = tables.flatMap((table) => table.columns.map((column) => column.name))
  return [...new Set([...declared, ...rows.map((row) => row.name)])].sort()
}

/** Candidates for the word at the end of a line, and that word. After FROM and JOIN they are views. */
export function complete(line: string, words: Words, columns: readonly string[]): [string[], string] {
  if (line.startsWith('.')) {
    const isName = /^\.schema\s+/.test(line)
    const word = isName ? line.replace(/^\.schema\s+/, '') : line
    return [startingWith(isName ? words.views : words.commands, word), word]
  }
  const word = /\w*$/.exec(line)![0]
  if (/\b(?:from|join|describe|summarize)\s+\w*$/i.test(line)) return [startingWith(words.views, word), word]
  if (word === '') return [[], '']
  return [startingWith([...words.views, ...columns, ...words.language], word), word]
}

const startingWith = (candidates: readonly string[], word: string) => [
  ...new Set(candidates.filter((name) => name.toLowerCase().startsWith(word.toLowerCase()))),
]

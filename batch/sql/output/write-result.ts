// Runs a statement and writes its result in a format, in memory that does not grow with the number of rows.
import { createReadStream } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type DuckDBDataChunk, type DuckDBValue, ResultReturnType, StatementType } from '@duckdb/node-api'
import { CrashError } from '../../../shared/errors.ts'
import { visible } from '../../cli/output.ts'
import { textTable } from '../../cli/text-table.ts'
import type { SqlValues } from '../../lake/duckdb.ts'
import { temporaryFile } from '../../lake/files/temporary.ts'
import { showProgress } from './query-progress.ts'
import { chunksOf, columnsOf, plainRows, type Running, tooManyRows } from './result-rows.ts'
import { rowText, textFormats } from './row-text.ts'
import type { Session } from '../session.ts'

export const formats = ['table', ...textFormats, 'parquet', 'arrow'] as const
export type Format = (typeof formats)[number]

export interface WriteOptions {
  format: Format
  /** Rows that a table shows. */
  mostRows: number
  /** Formulas in CSV become text. */
  safeCsv?: boolean
  /** Values of parameters in the statement. */
  values?: SqlValues
}

/** Where results go. `isTerminal`: control characters are escaped in every text. */
export interface Output {
  write(data: string | Uint8Array): Promise<void>
  isTerminal: boolean
}

/**
 * Shows progress until the first output on a terminal. Statements without rows, such as SET, write nothing.
 * @returns number of rows
 * @throws CrashError 'bad-usage' for errors in SQL, 'storage', 'damaged'
 */
export async function writeResult(
  session: Session,
  sql: string,
  options: WriteOptions,
  output: Output,
): Promise<number> {
  using progress = showProgress(session)
  const { isTerminal } = output
  const write = (data: string | Uint8Array) => {
    if (isTerminal) progress[Symbol.dispose]()
    return output.write(data)
  }
  return await writeRows(session, sql, options, { isTerminal, write })
}

/** Like `writeResult`, without progress. */
export async function writeRows(
  session: Session,
  sql: string,
  options: WriteOptions,
  output: Output,
): Promise<number> {
  if (options.format === 'parquet' && canBeCopied(sql)) return writeParquet(session, sql, options, output)
  const running = await session.run(sql, options.values)
  const { returnType, statementType } = running.result
  if (returnType !== ResultReturnType.QUERY_RESULT) {
    await running.result.fetchAllChunks()
    return 0
  }
  if (statementType === StatementType.EXPLAIN) return writePlan(running, output)
  switch (options.format) {
    case 'table':
      return writeTable(running, options, output)
    case 'arrow':
      return writeArrow(running, output)
    case 'parquet':
      throw new CrashError('bad-usage', 'A result of this statement cannot be written as Parquet: use SELECT')
    default:
      return writeText(running, options.format, options, output)
  }
}

async function writeText(
  running: Running,
  format: (typeof textFormats)[number],
  { safeCsv = false }: WriteOptions,
  output: Output,
): Promise<number> {
  const columns = columnsOf(running)
  const text = rowText(format, columns, { safeCsv })
  const write = (piece: string) => output.write(output.isTerminal ? visible(piece) : piece)
  if (text.head) await write(text.head)
  let count = 0
  for await (const chunk of chunksOf(running)) {
    await write(text.rows(plainRows(chunk, columns), count === 0))
    count += chunk.rowCount
  }
  if (text.tail) await write(text.tail)
  return count
}

async function writeTable(running: Running, { mostRows }: WriteOptions, output: Output): Promise<number> {
  const columns = columnsOf(running)
  const rows: unknown[][] = []
  let total = 0
  for await (const chunk of chunksOf(running)) {
    if (rows.length < mostRows) rows.push(...plainRows(chunk, columns, mostRows - rows.length))
    total += chunk.rowCount
  }
  const cells = rows.map((row) => row.map(cellText))
  const names = columns.map(({ name }) => name)
  const numeric = columns.map((column) => column.numeric)
  await output.write(textTable(names, cells, numeric, total))
  return total
}

function cellText(value: unknown): string | null {
  if (value === null) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The plan of EXPLAIN: its second column, with its line breaks. */
async function writePlan(running: Running, output: Output): Promise<number> {
  const lastValues = (chunk: DuckDBDataChunk): DuckDBValue[] => chunk.getColumnValues(chunk.columnCount - 1)
  for await (const chunk of chunksOf(running))
    await output.write(`${visible(lastValues(chunk).join('\n')).trimEnd()}\n`)
  return 0
}

/** SUMMARIZE, DESCRIBE and SHOW are queries only in parentheses. */
function canBeCopied(sql: string): boolean {
  return /^\s*(?:--[^\n]*\n|\/\*[\s\S]*?\*\/|\s)*(?:select|from|with|values|table|pivot|unpivot|summarize|describe|desc|show|\()/i.test(
    sql,
  )
}

/** DuckDB keeps a row group per thread in memory. */
const rowGroup = 20_480

async function writeParquet(
  session: Session,
  sql: string,
  { values }: WriteOptions,
  output: Output,
): Promise<number> {
  await using out = await temporaryFile(session.dir)
  const inner = /^\s*(?:summarize|describe|desc|show)\b/i.test(sql) ? `FROM (${sql}\n)` : sql
  // The line break ends a trailing comment.
  // One row more than the limit shows that there are more.
  const limited = session.maxRows === null ? inner : `FROM (${inner}\n) LIMIT ${session.maxRows + 1}`
  const copy = `COPY (${limited}\n) TO '${out.path.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroup})`
  const { result } = await session.run(copy, values)
  const [chunk] = await result.fetchAllChunks()
  const rows = Number(chunk?.getColumnValues(0)[0] ?? 0)
  if (session.maxRows !== null && rows > session.maxRows) throw tooManyRows(session.maxRows)
  await pipeline(createReadStream(out.path), sinkOf(output))
  return rows
}

async function writeArrow(running: Running, output: Output): Promise<number> {
  const [{ RecordBatchStreamWriter }, { recordBatches }] = await Promise.all([
    import('apache-arrow'),
    import('./arrow-rows.ts'),
  ])
  let count = 0
  async function* counted() {
    for await (const batch of recordBatches(running)) {
      count += batch.numRows
      yield batch
    }
  }
  await pipeline(
    Readable.from(counted(), { highWaterMark: 1 }),
    RecordBatchStreamWriter.throughNode(),
    sinkOf(output),
  )
  return count
}

/** Ends without ending the output itself. */
const sinkOf = (output: Output) =>
  new Writable({
    write: (data: Uint8Array, _encoding, done) => void output.write(data).then(() => done(), done),
  })

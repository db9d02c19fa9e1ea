// The encoding of symdex columns: small numbers of variable length, which deflate well.
import { CrashError } from '../../errors.ts'
import { none, type SymbolTables, symbolSchema, type TableName } from './columns.ts'

/**
 * `gap`: signed distance from the end of the previous row. `delta`: signed difference from the previous row. `line`:
 * signed difference from the last row with the same file. `reference`: row number + 1, 0 for none; `referenceDelta`:
 * the difference of these. `end`: length of a range. `start` (the end of the previous row) and `text` (strings are
 * contiguous) are not written. Signed numbers are zigzag, modulo 2^32.
 */
export type Codec =
  | 'plain'
  | 'gap'
  | 'delta'
  | 'line'
  | 'reference'
  | 'referenceDelta'
  | 'end'
  | 'start'
  | 'text'

const codecs: Readonly<Record<string, Codec>> = {
  line: 'line',
  callLine: 'line',
  text: 'text',
  file: 'reference',
  callFile: 'reference',
  origin: 'referenceDelta',
  rule: 'reference',
  lineStart: 'start',
  lineEnd: 'end',
  inlineStart: 'start',
  inlineEnd: 'end',
  deltaStart: 'start',
  deltaEnd: 'end',
}

/** A column of a table: its codec, and the other column or table that the codec needs. */
export interface ColumnPlan {
  column: string
  codec: Codec
  /** `gap`: sizes; `line`: files; `end`: starts. */
  other: string
  /** References and ranges point into this table. */
  target: TableName
}

const targets: Readonly<Record<string, TableName>> = {
  file: 'files',
  callFile: 'files',
  line: 'files',
  callLine: 'files',
  origin: 'origins',
  rule: 'rules',
  lineEnd: 'lines',
  inlineEnd: 'inlines',
  deltaEnd: 'deltas',
}
const others: Readonly<Record<string, string>> = {
  address: 'size',
  line: 'file',
  callLine: 'callFile',
  lineEnd: 'lineStart',
  inlineEnd: 'inlineStart',
  deltaEnd: 'deltaStart',
}

/** The columns of every table in the order they are written. */
export const columnPlans = Object.fromEntries(
  Object.entries(symbolSchema).map(([name, columns]) => [
    name,
    (columns as readonly string[]).map((column): ColumnPlan => {
      const ofAddress = (columns as readonly string[]).includes('size') ? 'gap' : 'delta'
      const codec = column === 'address' ? ofAddress : (codecs[column] ?? 'plain')
      return { column, codec, other: others[column] ?? '', target: targets[column] ?? 'files' }
    }),
  ]),
) as unknown as Readonly<Record<TableName, readonly ColumnPlan[]>>

const zigzag = (difference: number) => (difference << 1) ^ (difference >> 31)
const unzigzag = (code: number) => (code >>> 1) ^ -(code & 1)

/** Row of the page + 1 by row of the file, 0 for none. */
const localCode = (local: Uint32Array, row: number) => (row === none ? 0 : local[row]! + 1)

/** The columns that a column is encoded from. */
interface CodeSource {
  table: Readonly<Record<string, Uint32Array>>
  /** Row of the page by row of the file, of the table that the column refers to. */
  local: Uint32Array
  /** Scratch space: a number for each file of the page and one more. */
  last: Uint32Array
}

/** Encodes the rows `rows` of a column into `codes`. */
export function codesOf(codes: Uint32Array, rows: Uint32Array, plan: ColumnPlan, source: CodeSource): void {
  const { column, codec, other } = plan
  const { table, local } = source
  const values = table[column]!
  if (codec === 'gap') gapCodes(codes, rows, values, table[other]!)
  else if (codec === 'delta') deltaCodes(codes, rows, values)
  else if (codec === 'line') lineCodes(codes, rows, plan, source)
  else if (codec === 'reference') {
    for (let i = 0; i < rows.length; i++) codes[i] = localCode(local, values[rows[i]!]!)
  } else if (codec === 'referenceDelta') referenceDeltaCodes(codes, rows, values, local)
  else if (codec === 'end') {
    const starts = table[other]!
    for (let i = 0; i < rows.length; i++) codes[i] = values[rows[i]!]! - starts[rows[i]!]!
  } else for (let i = 0; i < rows.length; i++) codes[i] = values[rows[i]!]!
}

function gapCodes(codes: Uint32Array, rows: Uint32Array, address: Uint32Array, size: Uint32Array): void {
  let end = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    codes[i] = zigzag((address[row]! - end) | 0)
    end = (address[row]! + size[row]!) | 0
  }
}

function deltaCodes(codes: Uint32Array, rows: Uint32Array, values: Uint32Array): void {
  let before = 0
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i]!]! | 0
    codes[i] = zigzag((value - before) | 0)
    before = value
  }
}

function lineCodes(
  codes: Uint32Array,
  rows: Uint32Array,
  { column, other }: ColumnPlan,
  { table, local, last }: CodeSource,
): void {
  const lines = table[column]!
  const files = table[other]!
  last.fill(0)
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!
    const file = localCode(local, files[row]!)
    codes[i] = zigzag((lines[row]! - last[file]!) | 0)
    last[file] = lines[row]!
  }
}

function referenceDeltaCodes(
  codes: Uint32Array,
  rows: Uint32Array,
  values: Uint32Array,
  local: Uint32Array,
): void {
  let before = 0
  for (let i = 0; i < rows.length; i++) {
    const code = localCode(local, values[rows[i]!]!)
    codes[i] = zigzag((code - before) | 0)
    before = code
  }
}

/** The error for an invalid page. */
export const damaged = (what: string) =>
  new CrashError('bad-symbols', `A page of a symbol index is damaged: ${what}`)

/**
 * Decodes a column in place.
 * @throws CrashError 'bad-symbols' when a reference or a range points outside its table.
 */
export function decodeCodes(
  { column, codec, other, target }: ColumnPlan,
  table: object,
  tables: SymbolTables,
) {
  const columns = table as Readonly<Record<string, Uint32Array>>
  const values = columns[column]!
  const limit = tables[target].length
  if (codec === 'gap') decodeGaps(values, columns[other]!)
  else if (codec === 'delta') decodeDeltas(values)
  else if (codec === 'line') decodeLines(values, columns[other]!, limit)
  else if (codec === 'end') decodeRanges(columns[other]!, values, limit)
  else if (codec === 'reference' || codec === 'referenceDelta') {
    if (codec === 'referenceDelta') decodeDeltas(values)
    for (let i = 0; i < values.length; i++) {
      if (values[i]! > limit) throw damaged('a reference points outside its table')
      values[i] = values[i]! - 1
    }
  }
}

function decodeGaps(values: Uint32Array, size: Uint32Array): void {
  let end = 0
  for (let i = 0; i < values.length; i++) {
    const address = (end + unzigzag(values[i]!)) | 0
    values[i] = address
    end = (address + size[i]!) | 0
  }
}

function decodeDeltas(values: Uint32Array): void {
  let value = 0
  for (let i = 0; i < values.length; i++) {
    value = (value + unzigzag(values[i]!)) | 0
    values[i] = value
  }
}

/** Files have already been checked. */
function decodeLines(lines: Uint32Array, files: Uint32Array, fileCount: number): void {
  const last = new Int32Array(fileCount + 1)
  for (let i = 0; i < lines.length; i++) {
    const file = (files[i]! + 1) | 0
    const line = (last[file]! + unzigzag(lines[i]!)) | 0
    last[file] = line
    lines[i] = line
  }
}

function decodeRanges(starts: Uint32Array, ends: Uint32Array, limit: number): void {
  let at = 0
  for (let i = 0; i < ends.length; i++) {
    starts[i] = at
    at += ends[i]!
    if (at > limit) throw damaged('a range passes the end of its table')
    ends[i] = at
  }
}

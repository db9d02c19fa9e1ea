// Tables of unsigned 32-bit columns (struct of arrays): the representation of symbols in memory and in a symdex.

/** Rows 0 to `length` (exclusive) of the named columns are valid; the arrays may be longer. */
export type Columns<Name extends string> = { length: number } & Record<Name, Uint32Array>

/** In a column that refers to another row: no row. */
export const none = 0xffffffff

/**
 * Every table of a symbol file and its columns, in the order a symdex stores them. Addresses are relative to the
 * module; `…Start` is inclusive, `…End` exclusive; `text` and `textLength` locate a string in the text; `file`,
 * `origin`, `rule` are row numbers of those tables, or `none`.
 */
export const symbolSchema = {
  functions: [
    'size',
    'address',
    'parameterSize',
    'text',
    'textLength',
    'lineStart',
    'lineEnd',
    'inlineStart',
    'inlineEnd',
  ],
  lines: ['size', 'address', 'file', 'line'],
  inlines: ['depth', 'size', 'address', 'callFile', 'callLine', 'origin'],
  publics: ['address', 'parameterSize', 'text', 'textLength'],
  files: ['text', 'textLength'],
  origins: ['text', 'textLength'],
  rules: ['text', 'textLength'],
  cfi: ['size', 'address', 'rule', 'deltaStart', 'deltaEnd'],
  deltas: ['address', 'rule'],
  frameData: ['size', 'address', 'parameters', 'savedRegisters', 'locals', 'rule'],
  fpo: ['size', 'address', 'parameters', 'savedRegisters', 'locals', 'allocatesBase'],
} as const

export type TableName = keyof typeof symbolSchema
export const tableNames = Object.keys(symbolSchema) as TableName[]
type ColumnName<T extends TableName> = (typeof symbolSchema)[T][number]

/** The tables of one symbol file, or of one page of a symdex. */
export type SymbolTables = { [T in TableName]: Columns<ColumnName<T>> }

/** Empty columns with capacity for `capacity` rows. */
export function createColumns<Name extends string>(names: readonly Name[], capacity: number): Columns<Name> {
  const table = { length: 0 } as Record<string, number | Uint32Array>
  for (const name of names) table[name] = new Uint32Array(capacity)
  return table as Columns<Name>
}

/** Appends a row and returns its index; doubles the arrays when they are full. */
export function addRow<Name extends string>(table: Columns<Name>, firstColumn: Name): number {
  const row = table.length++
  if (row === table[firstColumn].length) growColumns(table)
  return row
}

/** Doubles the arrays. */
export function growColumns(table: Record<string, number | Uint32Array>): void {
  for (const [name, column] of Object.entries(table)) {
    if (typeof column === 'number') continue
    const larger = new Uint32Array(Math.max(16, column.length * 2))
    larger.set(column)
    table[name] = larger
  }
}

/** Trims the arrays to the rows in use (views, not copies). */
export function trimColumns(table: Record<string, number | Uint32Array>): void {
  for (const [name, column] of Object.entries(table)) {
    if (typeof column !== 'number') table[name] = column.subarray(0, table.length as number)
  }
}

/** Bytes held by the tables. */
export function bytesOfTables(tables: SymbolTables): number {
  let bytes = 0
  for (const name of tableNames) {
    for (const column of Object.values(tables[name]) as (number | Uint32Array)[]) {
      if (typeof column !== 'number') bytes += column.byteLength
    }
  }
  return bytes
}

/** The last row from `start` to `end` (exclusive) whose value is at most `value`; `start - 1` when there is none. */
export function lastAtMost(column: Uint32Array, start: number, end: number, value: number): number {
  let low = start
  let high = end
  while (low < high) {
    const middle = (low + high) >>> 1
    if (column[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

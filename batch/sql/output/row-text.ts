// Rows as CSV and JSON, written piece by piece.
import { csvCell, safeCsvCell } from '../../cli/csv.ts'
import type { ResultColumn } from './result-rows.ts'

/** The pieces of a text with rows. */
export interface RowText {
  head: string
  /** @param isFirst whether no rows precede these */
  rows(rows: readonly (readonly unknown[])[], isFirst: boolean): string
  tail: string
}

export const textFormats = ['csv', 'json', 'jsonl'] as const

/** @param options `safeCsv`: no cell starts a formula of a spreadsheet */
export function rowText(
  format: (typeof textFormats)[number],
  columns: readonly ResultColumn[],
  { safeCsv = false }: { safeCsv?: boolean } = {},
): RowText {
  const objects = (rows: readonly (readonly unknown[])[]) => rows.map((row) => objectText(columns, row))
  switch (format) {
    case 'csv': {
      const cells = columns.map((column) => csvText(safeCsv && !column.numeric))
      const line = (row: readonly unknown[]) => `${row.map((value, i) => cells[i]!(value)).join(',')}\r\n`
      const header = columns.map(({ name }) => csvText(safeCsv)(name)).join(',')
      return { head: `${header}\r\n`, rows: (rows) => rows.map(line).join(''), tail: '' }
    }
    case 'json':
      return {
        head: '[',
        rows: (rows, isFirst) => `${isFirst ? '\n' : ',\n'}${objects(rows).join(',\n')}`,
        tail: '\n]\n',
      }
    case 'jsonl':
      return {
        head: '',
        rows: (rows) =>
          objects(rows)
            .map((text) => `${text}\n`)
            .join(''),
        tail: '',
      }
  }
}

const objectText = (columns: readonly ResultColumn[], row: readonly unknown[]) =>
  JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])))

/** Null is an empty cell, empty text a quoted one. Lists and structs are JSON. */
const csvText = (isGuarded: boolean) => (value: unknown) => {
  if (value === null) return ''
  if (value === '') return '""'
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return isGuarded ? safeCsvCell(text) : csvCell(text)
}

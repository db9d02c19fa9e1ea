// Rows as an aligned table for a terminal.
import stringWidth from 'string-width'
import { visible } from './output.ts'

/** Longer cells are truncated, counted in displayed characters. */
const maxCell = 100

const characters = new Intl.Segmenter()

/**
 * Columns below their names, then the number of rows; ends in a line break. Null is `NULL`; that text itself is quoted.
 * @param numeric by column: right-align the cells
 * @param total number of rows of the result, of which `rows` are the first
 */
export function textTable(
  names: readonly string[],
  rows: readonly (readonly (string | null)[])[],
  numeric: readonly boolean[],
  total = rows.length,
): string {
  const lines = [names, ...rows].map((row) =>
    row.map((text) => {
      const cell = cellOf(text)
      return { cell, width: stringWidth(cell) }
    }),
  )
  const widths = names.map((_, i) => lines.reduce((most, line) => Math.max(most, line[i]!.width), 0))
  const [head, ...body] = lines.map((line) =>
    line
      .map(({ cell, width }, i) => {
        const padding = ' '.repeat(widths[i]! - width)
        return numeric[i] ? padding + cell : cell + padding
      })
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '─'.repeat(width)).join('  ')
  const count = total === 1 ? '1 row' : `${total} rows`
  const shown = rows.length < total ? `first ${rows.length} of ${count}` : count
  return `${[head, rule, ...body, `(${shown})`].join('\n')}\n`
}

function cellOf(text: string | null): string {
  if (text === null) return 'NULL'
  if (text === 'NULL') return "'NULL'"
  const cell = visible(text.replace(/\s+/g, ' '))
  if (cell.length <= maxCell) return cell
  const segments = [...characters.segment(cell.slice(0, maxCell * 16))].map(({ segment }) => segment)
  return segments.length > maxCell ? `${segments.slice(0, maxCell - 1).join('')}…` : cell
}

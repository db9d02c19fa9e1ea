// Lines of comma-separated values. RFC 4180.

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`

/** A cell, quoted only when necessary. */
export const csvCell = (cell: string): string => (/[",\r\n]/.test(cell) ? quoted(cell) : cell)

/** A cell that does not start a formula in a spreadsheet. */
export const safeCsvCell = (cell: string): string => csvCell(/^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell)

/** One line of quoted cells, with its line break. */
export const quotedLine = (cells: readonly string[]): string => `${cells.map(quoted).join(',')}\r\n`

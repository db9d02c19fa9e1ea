// Lines of comma-separated values. RFC 4180.

/** One line with its line break. Cells are quoted only when necessary, unless `quoteAll`. */
export function csvLine(cells: readonly string[], { quoteAll = false } = {}): string {
  const quoted = cells.map((cell) =>
    quoteAll || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
  )
  return `${quoted.join(',')}\r\n`
}

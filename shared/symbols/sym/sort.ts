// Sorts the rows of symbol tables: mostly sorted already, or nearly; there may be millions.

type Compare = (a: number, b: number) => number
type AnyColumns = Record<string, number | Uint32Array>

/** Sorts the rows from `start` to `end` (exclusive) by address, then `compare`, stably. */
export function sortByAddress(table: AnyColumns, start: number, end: number, compare: Compare): void {
  const address = table.address as Uint32Array
  for (let i = start + 1; i < end; i++) {
    if (address[i]! > address[i - 1]! || (address[i] === address[i - 1] && compare(i - 1, i) <= 0)) continue
    const rows = sequence(start, end)
    orderByAddress(rows, address, compare)
    permute(table, start, rows)
    return
  }
}

/** Writes `rows` of a table to its rows from `start`, via `moved`. */
export function permute(
  table: AnyColumns,
  start: number,
  rows: Uint32Array,
  moved = new Uint32Array(rows.length),
): void {
  const count = rows.length
  for (const column of Object.values(table)) {
    if (typeof column === 'number') continue
    for (let i = 0; i < count; i++) moved[i] = column[rows[i]!]!
    for (let i = 0; i < count; i++) column[start + i] = moved[i]!
  }
}

/** The row numbers from `start` to `end` (exclusive). */
export function sequence(start: number, end: number): Uint32Array {
  const rows = new Uint32Array(end - start)
  for (let i = 0; i < rows.length; i++) rows[i] = start + i
  return rows
}

/** A number holds an address and a position below this exactly. */
const keyRows = 2 ** 21

/** Sorts row numbers, which are ascending, by address, then `compare`, then row number. */
export function orderByAddress(rows: Uint32Array, address: Uint32Array, compare: Compare): void {
  if (insertAll(rows, address, compare)) return
  rows.sort()
  if (rows.length > keyRows) {
    rows.sort((a, b) => address[a]! - address[b]! || compare(a, b) || a - b)
    return
  }
  const keys = new Float64Array(rows.length)
  for (let i = 0; i < keys.length; i++) keys[i] = address[rows[i]!]! * keyRows + i
  keys.sort()
  const ascending = rows.slice()
  for (let i = 0; i < keys.length; i++) {
    rows[i] = ascending[keys[i]! - Math.floor(keys[i]! / keyRows) * keyRows]!
  }
  for (let i = 1, first = 0; i <= rows.length; i++) {
    if (i < rows.length && address[rows[i]!] === address[rows[first]!]) continue
    if (i - first > 1) rows.subarray(first, i).sort((a, b) => compare(a, b) || a - b)
    first = i
  }
}

/**
 * Insertion sort for nearly sorted rows; returns false, with the rows in any order, when too many are out of place.
 */
function insertAll(rows: Uint32Array, address: Uint32Array, compare: Compare): boolean {
  let moves = 4 * rows.length
  for (let i = 1; i < rows.length; i++) {
    const row = rows[i]!
    const at = address[row]!
    let place = i
    for (; place > 0 && moves > 0; place--, moves--) {
      const before = rows[place - 1]!
      if (address[before]! < at || (address[before] === at && compare(before, row) <= 0)) break
      rows[place] = before
    }
    rows[place] = row
    if (moves === 0) return false
  }
  return true
}

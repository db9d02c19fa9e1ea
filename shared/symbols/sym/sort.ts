// Sorts the rows of symbol tables: mostly sorted already, or nearly; there may be millions.

type Compare = (a: number, b: number) => number
type AnyColumns = Record<string, number | Uint32Array>

/** Sorts the rows from `start` to `end` (exclusive) by address, then `compare`, stably. */
export function sortByAddress(table: AnyColumns, start: number, end: number, compare: Compare): void {
  const address = table.address as Uint32Array
  for (let i = start + 1; i < end; i++) {
    if (address[i]! > address[i - 1]! || (address[i] === address[i - 1] && compare(i - 1, i) <= 0)) continue
    const rows = sequence(start, end)
    orderByAddress(rows, 0, rows.length, address, compare)
    permute(table, start, rows, rows.length)
    return
  }
}

/** Writes the first `count` of `rows` of a table to its rows from `start`, via `moved`. */
export function permute(
  table: AnyColumns,
  start: number,
  rows: Uint32Array,
  count: number,
  moved = new Uint32Array(count),
): void {
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

/**
 * Sorts the row numbers at `from` to `to` (exclusive) of `rows`, which are ascending, by address, then `compare`,
 * then row number.
 */
export function orderByAddress(
  rows: Uint32Array,
  from: number,
  to: number,
  address: Uint32Array,
  compare: Compare,
): void {
  if (insertAll(rows, from, to, address, compare)) return
  const part = rows.subarray(from, to).sort()
  if (part.length > keyRows) {
    part.sort((a, b) => address[a]! - address[b]! || compare(a, b) || a - b)
    return
  }
  const keys = new Float64Array(part.length)
  for (let i = 0; i < keys.length; i++) keys[i] = address[part[i]!]! * keyRows + i
  keys.sort()
  const ascending = part.slice()
  for (let i = 0; i < keys.length; i++) {
    part[i] = ascending[keys[i]! - Math.floor(keys[i]! / keyRows) * keyRows]!
  }
  for (let i = 1, first = 0; i <= part.length; i++) {
    if (i < part.length && address[part[i]!] === address[part[first]!]) continue
    if (i - first > 1) part.subarray(first, i).sort((a, b) => compare(a, b) || a - b)
    first = i
  }
}

/**
 * Insertion sort for nearly sorted rows; returns false, with the rows in any order, when too many are out of place.
 */
function insertAll(
  rows: Uint32Array,
  from: number,
  to: number,
  address: Uint32Array,
  compare: Compare,
): boolean {
  let moves = 4 * (to - from)
  for (let i = from + 1; i < to; i++) {
    const row = rows[i]!
    const at = address[row]!
    let place = i
    for (; place > from && moves > 0; place--, moves--) {
      const before = rows[place - 1]!
      if (address[before]! < at || (address[before] === at && compare(before, row) <= 0)) break
      rows[place] = before
    }
    rows[place] = row
    if (moves === 0) return false
  }
  return true
}

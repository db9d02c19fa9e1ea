// Sorting the rows of a table by a column.

/** The key of a column, and the direction. */
export interface Sort {
  key: string
  descending: boolean
}

type Value = string | number | null

/** `-count` or `count` as a sort; null for none. */
export function parseSort(text: string | undefined): Sort | null {
  if (!text) return null
  return text.startsWith('-') ? { key: text.slice(1), descending: true } : { key: text, descending: false }
}

export const sortText = ({ key, descending }: Sort) => (descending ? `-${key}` : key)

const collator = new Intl.Collator('en', { numeric: true })

/** A sorted copy; stable; null always last; text in natural order (`9.0` before `10.0`). */
export function sortRows<Row>(rows: readonly Row[], value: (row: Row) => Value, descending: boolean): Row[] {
  const sign = descending ? -1 : 1
  return rows
    .map((row) => ({ row, value: value(row) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null)
      return sign * compare(a.value, b.value)
    })
    .map(({ row }) => row)
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return collator.compare(String(a), String(b))
}

/** The sort after a click on a column: its first direction, then the other. */
export function nextSort(current: Sort | null, key: string, firstDescending: boolean): Sort {
  if (current?.key === key) return { key, descending: !current.descending }
  return { key, descending: firstDescending }
}

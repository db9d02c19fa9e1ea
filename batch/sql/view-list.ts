// The views of `mayday sql` as text and as rows.
import { closest, distance } from 'fastest-levenshtein'
import { literal } from '../lake/duckdb.ts'
import { viewDescriptions } from '../lake/views.ts'

/** A query for all views, including those that no statement has named yet. */
export const viewListSql = `SELECT * FROM (VALUES ${viewDescriptions
  .map(({ name, description }) => `(${literal(name)}, ${literal(description)})`)
  .join(', ')}) AS views(name, description)`

/** One line per view. */
export const viewList = viewDescriptions
  .map(({ name, description }) => `${name.padEnd(16)}${description}\n`)
  .join('')

/** The view whose name differs least from a misspelled one; null when all differ much. */
export function similarView(name: string): string | null {
  const best = closest(
    name,
    viewDescriptions.map((view) => view.name),
  )
  return distance(name, best) <= 2 ? best : null
}

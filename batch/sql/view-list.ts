// The views of `mayday sql` as text and as rows.
import { viewDescriptions } from '../lake/views.ts'

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** A query for all views, including those that no statement has named yet. */
export const viewListSql = `SELECT * FROM (VALUES ${viewDescriptions
  .map(({ name, description }) => `(${quoted(name)}, ${quoted(description)})`)
  .join(', ')}) AS views(name, description)`

/** One line per view. */
export const viewList = viewDescriptions
  .map(({ name, description }) => `${name.padEnd(16)}${description}\n`)
  .join('')

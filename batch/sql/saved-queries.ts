// The queries of docs/sql.md by name. The page is their only source.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { CrashError } from '../../shared/errors.ts'

/** A query of the page. */
export interface SavedQuery {
  name: string
  title: string
  sql: string
  /** Values of its parameters on the page, by name. */
  examples: ReadonlyMap<string, string>
  /** The result on the page; null when it shows none. */
  result: string | null
}

const page = resolve(import.meta.dirname, '../../docs/sql.md')

/** A heading, or a block `sql <name> [<parameter>=<example> …]` and the result that may follow it. */
const part =
  /^### (?:\d+\. )?(?<title>.*)$|^```sql (?<name>[a-z0-9-]+)(?<examples>.*)\n(?<sql>[\s\S]*?)\n```(?:\n\n```text\n(?<result>[\s\S]*?)```)?/gm

/** @param text a page in the form of docs/sql.md */
function parseQueries(text: string): SavedQuery[] {
  const queries: SavedQuery[] = []
  let title = ''
  for (const { groups = {} } of text.matchAll(part)) {
    const { name, sql = '', examples = '', result = null } = groups
    if (groups.title !== undefined) title = groups.title
    if (name !== undefined) queries.push({ name, title, sql, examples: examplesOf(examples), result })
  }
  return queries
}

const examplesOf = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/(\w+)=(\S+)/g)].map((match) => [match[1]!, match[2]!]))

/** The queries of docs/sql.md. @throws CrashError 'missing' when the page is not installed */
export function readSavedQueries(): SavedQuery[] {
  try {
    return parseQueries(readFileSync(page, 'utf8'))
  } catch (cause) {
    throw new CrashError('missing', `The saved queries are in ${page}, which cannot be read`, { cause })
  }
}

/** @throws CrashError 'bad-usage' for an unknown name, with all names */
export function savedQuery(name: string): SavedQuery {
  const queries = readSavedQueries()
  const found = queries.find((query) => query.name === name)
  if (found) return found
  const names = queries.map((query) => query.name).join(', ')
  throw new CrashError('bad-usage', `There is no saved query '${name}'; there are: ${names}`)
}

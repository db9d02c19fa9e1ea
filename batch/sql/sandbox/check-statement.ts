// Which statements a client may run: one SELECT over the views. DuckDB's own parser reads the text, so nothing here
// guesses what it means.
import type { DuckDBConnection } from '@duckdb/node-api'
import { CrashError } from '../../../shared/errors.ts'
import { own } from '../../../shared/own.ts'
import { visible } from '../../cli/output.ts'
import { literal, rowsOf } from '../../lake/duckdb.ts'
import { extraViews, viewDescriptions } from '../../lake/views.ts'
import { tables } from '../../lake/tables.ts'
import { explainPrefix } from '../session.ts'

/** Characters of a statement. */
const maxLength = 100_000

/** Functions in FROM that read only their arguments. */
const tableFunctions: ReadonlySet<string> = new Set([
  ...['unnest', 'range', 'generate_series', 'repeat', 'repeat_row', 'json_each', 'json_tree'],
  'regexp_split_to_table',
])

/** Functions that reveal settings, run other text, or only take time. */
const refusedFunctions: ReadonlySet<string> = new Set([
  ...['current_setting', 'getenv', 'getvariable', 'query', 'query_table', 'pg_conf_load_time'],
  ...['json_execute_serialized_sql', 'json_serialize_plan', 'json_deserialize_sql', 'json_serialize_sql'],
  ...['write_log', 'parse_duckdb_log_message', 'sleep_ms', 'pg_sleep', 'nextval', 'currval', 'stats'],
  ...['read_text', 'read_blob', 'glob', 'pg_get_viewdef', 'in_search_path', 'current_schemas'],
])

/**
 * The views that a statement names.
 * @throws CrashError 'bad-usage' for anything but one SELECT, WITH, VALUES, DESCRIBE, SUMMARIZE or EXPLAIN of these
 * over views
 */
export async function checkStatement(
  connection: DuckDBConnection,
  sql: string,
): Promise<ReadonlySet<string>> {
  if (sql.length > maxLength)
    throw new CrashError('bad-usage', `A statement may have ${maxLength} characters`)
  if (sql.includes('\0')) throw new CrashError('bad-usage', 'A statement must not contain NUL')
  return checkTree(await parse(connection, sql.replace(explainPrefix, '')))
}

async function parse(connection: DuckDBConnection, sql: string): Promise<unknown> {
  const query = `SELECT json_serialize_sql(${literal(sql)}, skip_null := true, skip_empty := true)::VARCHAR AS tree`
  const [row] = await rowsOf<{ tree: string }>(connection, query)
  const parsed = JSON.parse(row!.tree)
  if (parsed.error === true) throw refusal(String(parsed.error_message), String(parsed.error_type))
  if (parsed.statements.length !== 1) throw new CrashError('bad-usage', 'Send one statement at a time')
  return parsed.statements[0]
}

const refusal = (message: string, type: string) =>
  new CrashError(
    'bad-usage',
    type === 'not implemented'
      ? 'Only SELECT, WITH, VALUES, DESCRIBE, SUMMARIZE and EXPLAIN are allowed; PIVOT needs its values in IN (…)'
      : `SQL: ${visible(message)}`,
  )

type Node = Readonly<Record<string, unknown>>

/** Walks all objects of a tree: what new kinds of expressions contain is checked, too. */
function checkTree(tree: unknown): ReadonlySet<string> {
  const [nodes, withNames] = collect(tree)
  const named = new Set<string>()
  for (const node of nodes) {
    const type = own<unknown>(node, 'type')
    if (type === 'BASE_TABLE') named.add(tableName(node, withNames))
    else if (type === 'SHOW_REF') checkShow(node, withNames, named)
    else if (type === 'TABLE_FUNCTION') checkTableFunction(node)
    else if (own<unknown>(node, 'class') === 'FUNCTION') checkFunction(node)
  }
  return new Set([...named].filter((name) => name !== ''))
}

/** All objects, and the names of common table expressions. */
function collect(tree: unknown): [nodes: Node[], withNames: ReadonlySet<string>] {
  const nodes: Node[] = []
  const withNames = new Set<string>()
  const open: unknown[] = [tree]
  while (open.length > 0) {
    const value = open.pop()
    if (Array.isArray(value)) for (const item of value) open.push(item)
    else if (typeof value === 'object' && value !== null) {
      nodes.push(value as Node)
      for (const item of Object.values(value)) open.push(item)
      const map = child(child(value, 'cte_map'), 'map')
      if (Array.isArray(map)) for (const entry of map) withNames.add(lower(own(entry as Node, 'key')))
    }
  }
  return [nodes, withNames]
}

/** A property of an object; undefined for anything else. */
const child = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? own<unknown>(value as Node, name) : undefined

const lower = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : '')
const isView = (name: string) => viewDescriptions.some((view) => view.name === name)

/** The name of a view; empty for a common table expression. */
function tableName(node: Node, withNames: ReadonlySet<string>): string {
  const name = lower(own(node, 'table_name'))
  const [schema, catalog] = [lower(own(node, 'schema_name')), lower(own(node, 'catalog_name'))]
  const isPlain = catalog === '' && schema === ''
  if (isPlain && isView(name)) return name
  if (isPlain && withNames.has(name)) return ''
  const path = [catalog, schema, name].filter((part) => part !== '').join('.')
  const views = viewDescriptions.map((view) => view.name).join(', ')
  throw new CrashError('bad-usage', `There is no table ${visible(path)}; the tables are ${views}`)
}

/** DESCRIBE and SUMMARIZE of a query or a view, and SHOW TABLES. */
function checkShow(node: Node, withNames: ReadonlySet<string>, named: Set<string>): void {
  if (own(node, 'query') !== undefined) return
  const name = lower(own(node, 'table_name')).replace(/^"|"$/g, '')
  if (own(node, 'show_type') === 'SHOW_UNQUALIFIED' && name === 'tables') return
  if (own(node, 'show_type') === 'SHOW_UNQUALIFIED')
    throw new CrashError('bad-usage', 'Only SHOW TABLES is allowed')
  named.add(tableName({ ...node, table_name: name }, withNames))
}

function checkTableFunction(node: Node): void {
  const name = lower(child(child(node, 'function'), 'function_name'))
  if (!tableFunctions.has(name))
    throw new CrashError('bad-usage', `The function ${visible(name)} is not allowed in FROM`)
}

function checkFunction(node: Node): void {
  const name = lower(own(node, 'function_name'))
  if (refusedFunctions.has(name)) throw new CrashError('bad-usage', `The function ${name} is not allowed`)
}

/** The tables in private buckets that views need. */
export function protectedTables(views: ReadonlySet<string>): string[] {
  const isRead = (name: string) => views.has(name) || [...views].some((view) => readsTable(view, name))
  return tables
    .filter(({ bucket }) => bucket === 'crashes')
    .map(({ name, view }) => view ?? name)
    .filter(isRead)
}

const readsTable = (view: string, table: string): boolean => {
  const sql = extraViews.find(({ name }) => name === view)?.sql
  return sql !== undefined && new RegExp(`\\b(?:FROM|JOIN) ${table}\\b`, 'i').test(sql)
}

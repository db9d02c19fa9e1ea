// The days of a table that a planned statement reads, evaluated by DuckDB over the list of days.
import type { DuckDBConnection } from '@duckdb/node-api'
import type { IsoDate } from '../../shared/units.ts'
import { literal, rowsOf, type SqlValues } from '../lake/duckdb.ts'
import { filtersNameDate, type Scan } from './day-plan.ts'
import { inlineParameters } from './statements.ts'

export interface NeededDays {
  /** Days that the scans read. */
  read: Set<IsoDate>
  /** Days that no filter above a scan lets through, although DuckDB would open their files. */
  filtered: Set<IsoDate>
}

/** A planned statement. */
export interface Planned {
  sql: string
  values: SqlValues
  scans: readonly Scan[]
}

/** @param scans those of one table @param dates its days */
export async function neededDays(
  connection: DuckDBConnection,
  { sql, values, scans }: Planned,
  dates: readonly IsoDate[],
): Promise<NeededDays> {
  const opened = await daysMeeting(
    connection,
    dates,
    scans.map((scan) => scan.condition),
  )
  const isFiltered = scans.some(({ filter }) => filter !== null && /\bdate\b/i.test(filter))
  if (opened.size < 2 || !isFiltered || !(await namesDate(connection, inlineParameters(sql, values))))
    return { read: opened, filtered: new Set() }
  const conditions = await Promise.all(
    scans.map(async ({ condition, filter }) =>
      filter === null ? condition : `(${condition}) AND (${await dateCondition(connection, filter)})`,
    ),
  )
  const read = await daysMeeting(connection, [...opened], conditions)
  return { read, filtered: new Set([...opened].filter((date) => !read.has(date))) }
}

/** Days that meet any of some conditions. Conditions that cannot be evaluated count as true. */
async function daysMeeting(
  connection: DuckDBConnection,
  dates: readonly IsoDate[],
  conditions: readonly string[],
): Promise<Set<IsoDate>> {
  if (conditions.length === 0) return new Set()
  try {
    const rows = await rowsOf<{ day: IsoDate }>(
      connection,
      `SELECT date::VARCHAR AS day FROM (SELECT unnest($dates)::DATE AS date)
       WHERE ${conditions.map((condition) => `(${condition})`).join(' OR ')}`,
      { dates },
    )
    return new Set(rows.map((row) => row.day))
  } catch {
    return new Set(dates)
  }
}

/** False also for statements that DuckDB does not serialize, such as PIVOT. */
async function namesDate(connection: DuckDBConnection, sql: string): Promise<boolean> {
  const plan = `json_serialize_plan(${literal(sql)}, optimize := true)`
  return filtersNameDate(await jsonOf(connection, plan))
}

async function jsonOf(connection: DuckDBConnection, expression: string): Promise<string> {
  const [row] = await rowsOf<{ json: string }>(connection, `SELECT ${expression} AS json`)
  return row!.json
}

/** A node of a syntax tree of `json_serialize_sql`. */
interface SyntaxNode {
  class?: string
  children?: SyntaxNode[]
}

interface SyntaxTree {
  statements: [{ node: { select_list: [SyntaxNode]; where_clause: SyntaxNode } }]
}

/** A condition on `date` alone that holds for every row that meets the condition; `true` when nothing else is known. */
async function dateCondition(connection: DuckDBConnection, condition: string): Promise<string> {
  const parsed = await jsonOf(connection, `json_serialize_sql(${literal(`SELECT true WHERE ${condition}`)})`)
  const tree = JSON.parse(parsed, exactNumber) as Partial<SyntaxTree>
  const node = tree.statements?.[0].node
  if (!node) return 'true'
  const unstable = await unstableFunctions(connection)
  node.where_clause = weakened(node.where_clause, node.select_list[0], unstable)
  const text = await jsonOf(connection, `json_deserialize_sql(${literal(JSON.stringify(tree))})`)
  return text.replace(/^.*? WHERE /, '')
}

/** For JSON.parse: keeps the digits of numbers, which may have 64 bits. */
const exactNumber = (_name: string, value: unknown, context?: { source: string }) =>
  typeof value === 'number' ? exactJson.rawJSON(context!.source) : value

/** https://tc39.es/proposal-json-parse-with-source/; TypeScript does not declare it. */
const exactJson = JSON as unknown as { rawJSON(text: string): unknown }

/** Functions that may return another result when they are called again. */
async function unstableFunctions(connection: DuckDBConnection): Promise<Set<unknown>> {
  const rows = await rowsOf<{ name: string }>(
    connection,
    "SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE coalesce(stability, '') <> 'CONSISTENT'",
  )
  return new Set(rows.map((row) => row.name))
}

/** Replaces by `isTrue` what depends on more than `date`. That is sound below AND and OR only. */
function weakened(node: SyntaxNode, isTrue: SyntaxNode, unstable: ReadonlySet<unknown>): SyntaxNode {
  if (node.class === 'CONJUNCTION')
    return { ...node, children: node.children?.map((child) => weakened(child, isTrue, unstable)) ?? [] }
  const names = valuesIn(node, 'column_names').map((name) => String(name).toLowerCase())
  const isOfDate = names.length > 0 && names.every((name) => name === 'date')
  const isStable = !valuesIn(node, 'function_name').some((name) => unstable.has(name))
  return isOfDate && isStable ? node : isTrue
}

/** The values of a property anywhere in a tree. */
function valuesIn(tree: unknown, property: string): unknown[] {
  if (typeof tree !== 'object' || tree === null) return []
  return Object.entries(tree).flatMap(([name, value]) =>
    name === property ? [value] : valuesIn(value, property),
  )
}

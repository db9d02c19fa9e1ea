// Crash reports in DuckDB, searched with SQL.
import { openDatabase, rowsOf } from '../../../batch/lake/duckdb.ts'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { sqlType } from '../../../batch/lake/column-types.ts'
import type { Query, Result } from '../../../shared/search/query.ts'
import { type Row, searchSql } from '../../../shared/search/sql/search.ts'
import type { Crash } from './crashes.ts'

export interface Engine {
  load(crashes: readonly Crash[]): Promise<void>
  search(query: Query): Promise<Result>
}

export async function createSqlEngine(): Promise<Engine & Disposable> {
  const database = await openDatabase({ memory: '400MB', spillDir: '', threads: 1 })
  const { connection } = database
  // Answers do not depend on it.
  await connection.run("SET TimeZone = 'America/New_York'")
  const columns = crashesTable.columns.filter((column) => column.type !== 'structs')
  await connection.run(
    `CREATE TABLE crashes (${columns.map((column) => `"${column.name}" ${sqlType(column)}`).join(', ')})`,
  )
  return {
    async load(crashes) {
      await connection.run('DELETE FROM crashes')
      if (crashes.length === 0) return
      const names = [...new Set(crashes.flatMap(Object.keys))]
      const rows = crashes.map(
        (crash) => `(${names.map((name) => cellSql(columns, name, crash[name] ?? null)).join(', ')})`,
      )
      const list = names.map((name) => `"${name}"`).join(', ')
      await connection.run(`INSERT INTO crashes (${list}) VALUES ${rows.join(', ')}`)
    },
    search: (query) =>
      searchSql(query, {
        relation: 'crashes',
        distinctFrom: 'crashes',
        run: ({ sql, values }) => rowsOf<Row>(connection, sql, values),
      }),
    [Symbol.dispose]: () => database.close(),
  }
}

const text = (value: unknown) => `'${String(value).replaceAll("'", "''")}'`

function cellSql(columns: typeof crashesTable.columns, name: string, value: unknown): string {
  if (value === null) return 'NULL'
  const column = columns.find((one) => one.name === name)!
  if (Array.isArray(value)) return `[${value.map(text).join(', ')}]::VARCHAR[]`
  if (column.type === 'timestamp') return `make_timestamptz(${value}::BIGINT)`
  return `${text(value)}::${sqlType(column)}`
}

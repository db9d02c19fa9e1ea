// Files that stand in for table files that are not read, so that DuckDB can plan a statement without them. The folders
// are Hive partitions: `of` identifies the table in plans, `date` the day.
import { createHash } from 'node:crypto'
import { link, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '../../shared/make-folder.node.ts'
import type { IsoDate } from '../../shared/units.ts'
import { sqlType } from '../lake/column-types.ts'
import { type Database, execute, identifier } from '../lake/duckdb.ts'
import type { Table } from '../lake/tables.ts'
import { temporaryFile } from '../lake/files/temporary.ts'

/** The stand-ins of a table. */
export interface StandIns {
  /** A file without rows that has the table's columns; its partitions match no table and no day. */
  schema: string
  /** A file without rows, for plans. */
  planned(date: IsoDate): string
  /** An empty file, which DuckDB refuses to read. It takes the place of a day that is not read. */
  unread(date: IsoDate): string
}

/** Value of the partition `of` of unread days. */
export const unreadName = 'unread'
const unreadFile = 'unread.parquet'

/** Whether DuckDB failed because it tried to read a day that was not meant to be read. */
export const triedUnread = (message: string) => message.includes(unreadFile)

/** Creates the stand-ins of a table for days, unless they exist. @param dir shared by all tables and runs */
export async function createStandIns(
  database: Database,
  dir: string,
  table: Table,
  dates: readonly IsoDate[],
): Promise<StandIns> {
  const columns = table.columns.map((column) => `NULL::${sqlType(column)} AS ${identifier(column.name)}`)
  const select = `SELECT ${columns.join(', ')} WHERE false`
  const version = createHash('sha256').update(select).digest('hex').slice(0, 12)
  const own = join(dir, `${table.name}-${version}`)
  const schema = join(own, 'of=none', 'date=0001-01-01', 'schema.parquet')
  const planned = (date: IsoDate) => join(own, `of=${table.name}`, `date=${date}`, 'planned.parquet')
  const unread = (date: IsoDate) => join(dir, `of=${unreadName}`, `date=${date}`, unreadFile)
  if (!(await exists(schema))) await writeSchema(database, select, schema)
  await createMissing(dates.map(planned), (path) => link(schema, path))
  await createMissing(dates.map(unread), (path) => writeFile(path, '', { flag: 'wx' }))
  return { schema, planned, unread }
}

async function writeSchema(database: Database, select: string, path: string): Promise<void> {
  await using out = await temporaryFile(dirname(path))
  await execute(database.connection, `COPY (${select}) TO $out (FORMAT parquet)`, { out: out.path })
  await rename(out.path, path)
}

/** @param paths all in folders of one folder */
async function createMissing(
  paths: readonly string[],
  create: (path: string) => Promise<void>,
): Promise<void> {
  if (paths.length === 0) return
  const root = dirname(dirname(paths[0]!))
  const found = await readdir(root, { recursive: true }).catch(() => [])
  const present = new Set(found.map((name) => join(root, name)))
  for (const path of paths.filter((name) => !present.has(name))) {
    makeFolder(dirname(path))
    await create(path).catch(ignoreExisting)
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

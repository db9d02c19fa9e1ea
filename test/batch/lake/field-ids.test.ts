// Field IDs: in every file that a table gets, the same ones always, and none twice.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Column } from '../../../batch/lake/columns.ts'
import { rowsOf } from '../../../batch/lake/duckdb.ts'
import { fieldId } from '../../../batch/lake/field-ids.ts'
import { localPaths } from '../../../batch/lake/files/local-copies.ts'
import { mergeRows } from '../../../batch/lake/merge.ts'
import { copyStatement, encodeRows, writeRows } from '../../../batch/lake/parquet.ts'
import { rowsOfColumns } from '../../../batch/lake/rows.ts'
import { crashesTable, heldDumpsTable, type Table, tables, usageTable } from '../../../batch/lake/tables.ts'
import { execute } from '../../../batch/lake/duckdb.ts'
import { type Bench, idOf, memoryStores, openBench, rowsFor } from '../support/rows.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench(memoryStores())
})
afterAll(() => bench.close())

/** Field IDs of a file by the path of the column, without the names that Parquet adds to lists. */
async function idsIn(path: string): Promise<Record<string, number | null>> {
  const rows = await rowsOf<{ name: string; num_children: bigint | null; field_id: bigint | null }>(
    bench.files.database.connection,
    'SELECT name, num_children, field_id FROM parquet_schema($path)',
    { path },
  )
  let at = 1
  const ids: Record<string, number | null> = {}
  const read = (above: string[]): void => {
    const { name, num_children, field_id } = rows[at++]!
    const own = name === 'list' ? above : [...above, name]
    if (name !== 'list') ids[own.join('.')] = field_id === null ? null : Number(field_id)
    for (let n = 0; n < Number(num_children ?? 0); n++) read(own)
  }
  while (at < rows.length) read([])
  return ids
}

const pathsOf = (columns: readonly Column[], above: readonly string[] = []): string[][] =>
  columns.flatMap(({ name, type, fields = [] }) => {
    const own = [...above, name]
    if (type === 'list<string>') return [own, [...own, 'element']]
    return type === 'structs' ? [own, [...own, 'element'], ...pathsOf(fields, [...own, 'element'])] : [own]
  })

const expectedIds = (table: Table) =>
  Object.fromEntries(pathsOf(table.columns).map((path) => [path.join('.'), fieldId(path)]))

describe('field IDs', () => {
  test.each([
    [['crash_id'], 447998726],
    [['frames', 'element', 'module'], 965193527],
  ])('never change: %j', (path, id) => {
    expect(fieldId(path)).toBe(id)
  })

  test('no table has one twice, and none is small enough for those of partitions', () => {
    for (const table of [...tables, heldDumpsTable]) {
      const ids = pathsOf(table.columns).map((path) => fieldId(path))
      expect(new Set(ids).size, table.name).toBe(ids.length)
      expect(Math.min(...ids), table.name).toBeGreaterThan(100_000)
    }
  })

  test('merged files have those of all columns, also when rows are only removed from a file that has none', async () => {
    const date = '2026-10-21'
    const { files } = bench
    await mergeRows(files, crashesTable, { date, shard: '0of1' }, await rowsFor(bench, crashesTable, [1, 2]))
    const idsOfDay = async () => idsIn((await localPaths(files, crashesTable, [date]))[0]!)
    expect(await idsOfDay()).toEqual(expectedIds(crashesTable))
    const old = join(bench.dir, 'old.parquet')
    const sql = `COPY (SELECT crash_id, 'x' AS extra FROM (VALUES ('${idOf(1)}'), ('${idOf(2)}')) t(crash_id)) TO $old`
    await execute(files.database.connection, sql, { old })
    await files.stores.lake.put(`tables/crashes/date=${date}/0of1-0.parquet`, await readFile(old))
    await mergeRows(files, crashesTable, { date, shard: '0of1' }, { query: null, crashIds: [idOf(1)] })
    expect(await idsOfDay()).toEqual({ ...expectedIds(crashesTable), extra: null })
  })

  test('so have encoded rows, spilled rows, and queries whose columns are fewer and in another order', async () => {
    const { files, dir } = bench
    const out = join(dir, 'out.parquet')
    await writeFile(out, await encodeRows(files, usageTable, rowsOfColumns(usageTable.columns, [])))
    expect(await idsIn(out)).toEqual(expectedIds(usageTable))
    await writeRows(files, crashesTable, [], out)
    expect(await idsIn(out)).toEqual(expectedIds(crashesTable))
    const query = "-- a comment\nSELECT 1 AS users, 'p' AS product -- another"
    await execute(files.database.connection, copyStatement(usageTable, query), { out })
    expect(Object.entries(await idsIn(out))).toEqual(Object.entries(expectedIds(usageTable)))
    expect(
      await rowsOf(files.database.connection, 'SELECT product, users FROM read_parquet($out)', { out }),
    ).toEqual([{ product: 'p', users: 1 }])
  })
})

// Columns of search files from table files of a few rows.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, execute, openDatabase } from '../../../batch/lake/duckdb.ts'
import {
  dropRead,
  encodeColumn,
  type FileRows,
  openRows,
  readIds,
  readOnce,
  spanOf,
} from '../../../batch/search-files/file-rows.ts'
import { searchColumns } from '../../../shared/search-files/columns.ts'
import { decodeBlock } from '../../../shared/search-files/decode.ts'
import { valueAt } from '../support/search-store.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-rows-'))
let database: Database
beforeAll(async () => {
  database = await openDatabase({ memory: '200MB', spillDir: '', threads: 1 })
})
afterAll(() => {
  database.close()
  rmSync(dir, { recursive: true })
})

const id = (row: number) => `0000000${row}-0000-8000-8000-000000261125`
const time = (micros: number) => `TIMESTAMPTZ '2026-11-25 01:02:03.00000${micros}+00'`
const micros = Date.parse('2026-11-25T01:02:03Z') * 1000
const types = { product: 'VARCHAR', uptime: 'INTEGER', addons: 'VARCHAR[]', processed_at: 'TIMESTAMPTZ' }

/** A table file whose rows have these SQL values, and the columns named. */
async function fileOf(name: string, columns: readonly string[], rows: readonly (readonly string[])[]) {
  const path = join(dir, `${name}.parquet`)
  const values = rows.map((row) => `(${row.join(', ')})`).join(', ')
  const cast = columns.map((column) => {
    const type = new Map(Object.entries(types)).get(column) ?? 'VARCHAR'
    return `${column}::${type} AS ${column}`
  })
  const none = columns.map(() => 'NULL').join(', ')
  const from = rows.length > 0 ? `VALUES ${values}` : `SELECT ${none} WHERE false`
  await execute(
    database.connection,
    `COPY (SELECT ${cast.join(', ')} FROM (${from}) AS t(${columns.join(', ')})) TO '${path}' (FORMAT parquet)`,
  )
  return path
}

const text = (value: string) => `'${value}'`

/** Three files, of which the second lacks columns and the third has no rows. */
async function threeFiles() {
  return [
    await fileOf(
      'a',
      ['crash_id', 'product', 'uptime', 'addons', 'processed_at', 'reason'],
      [
        [text(id(1)), `'b'`, '5', `['x', NULL, 'y']`, time(3), 'NULL'],
        [text(id(2)), `'a'`, 'NULL', 'NULL', 'NULL', 'NULL'],
      ],
    ),
    await fileOf('b', ['crash_id', 'product'], [[text(id(3)), `'é'`]]),
    await fileOf('c', ['crash_id', 'uptime'], []),
    await fileOf('d', ['crash_id', 'uptime', 'processed_at'], [[text(id(4)), '-1', time(1)]]),
  ]
}

async function valuesOf(rows: FileRows, name: string): Promise<unknown[] | null> {
  const column = searchColumns.find((one) => one.name === name)!
  const block = await encodeColumn(rows, column)
  if (!block) return null
  const decoded = decodeBlock(column.kind, block.bytes, { ...block, rows: rows.rows })
  return Array.from({ length: rows.rows }, (_, row) => valueAt(decoded, row))
}

async function expectRows(rows: FileRows) {
  expect(rows.rows).toBe(4)
  expect(await valuesOf(rows, 'product')).toEqual(['b', 'a', 'é', null])
  expect(await valuesOf(rows, 'uptime')).toEqual([5, null, null, -1])
  expect(await valuesOf(rows, 'addons')).toEqual([['x', 'y'], null, null, null])
  expect(await valuesOf(rows, 'processed_at')).toEqual([micros + 3, null, null, micros + 1])
  expect(await valuesOf(rows, 'reason')).toBeNull()
  expect(await valuesOf(rows, 'version')).toBeNull()
  expect(await spanOf(rows, 'processed_at')).toEqual([micros + 1, micros + 3, 2])
  expect(await spanOf(rows, 'submitted_at')).toBeNull()
  const ids = Buffer.from(await readIds(rows)).toString('hex')
  expect(ids).toBe([1, 2, 3, 4].map((row) => id(row).replaceAll('-', '')).join(''))
}

describe('the rows of table files', () => {
  test('have the values of all files in their order', async () => {
    const rows = await openRows(database.connection, await threeFiles())
    expect(rows.empty.has('reason')).toBe(true)
    await expectRows(rows)
  })

  test('are the same when they are read once', async () => {
    const paths = await threeFiles()
    const rows = await readOnce(await openRows(database.connection, paths), paths)
    expect([...rows.parts[0]!.columns]).toEqual(['crash_id', 'product', 'uptime', 'processed_at', 'addons'])
    await expectRows(rows)
    await dropRead(rows)
    await expect(execute(database.connection, 'SELECT * FROM read_rows')).rejects.toThrow('read_rows')
  })

  test('have a dictionary of integers where a quarter of them differ, and numbers where more do', async () => {
    const widthOf = async (count: number, distinct: number) => {
      const rows = Array.from({ length: count }, (_, i) => [text(id(i % 9)), `${(i % distinct) * 1000}`])
      const opened = await openRows(database.connection, [await fileOf('n', ['crash_id', 'uptime'], rows)])
      const block = await encodeColumn(opened, searchColumns.find(({ name }) => name === 'uptime')!)
      return block?.values
    }
    expect(await widthOf(12, 3)).toBe(3)
    expect(await widthOf(12, 4)).toBe(0)
  })

  test('have integers of any size in a dictionary', async () => {
    const path = join(dir, 'sizes.parquet')
    await execute(
      database.connection,
      `COPY (SELECT '${id(1)}' AS crash_id, 18446744073709551615::DECIMAL(20, 0) AS total_page_file) TO '${path}' (FORMAT parquet)`,
    )
    const rows = await openRows(database.connection, [path])
    expect(await valuesOf(rows, 'total_page_file')).toEqual([2n ** 64n - 1n])
  })

  test('without a valid crash ID are an error', async () => {
    const rows = await openRows(database.connection, [await fileOf('bad', ['crash_id'], [[`'00ff'`]])])
    await expect(readIds(rows)).rejects.toThrow('A row has no valid crash ID')
  })

  test('have many texts, also those that are not ASCII', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => [
      text(id(1)),
      text(i === 4500 ? 'Å\u{1f600}' : `t${i}`),
    ])
    const opened = await openRows(database.connection, [await fileOf('many', ['crash_id', 'product'], rows)])
    expect(await valuesOf(opened, 'product')).toEqual(rows.map(([, value]) => value!.slice(1, -1)))
  })
})

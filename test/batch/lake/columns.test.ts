// Columns, Parquet and DuckDB: values survive the round trip, and no content of a report can break a row.
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Column } from '../../../batch/lake/columns.ts'
import { writeRows } from '../../../batch/lake/parquet.ts'
import { createRowWriter, type Row } from '../../../batch/lake/rows.ts'
import { crashesTable, modulesTable, protectedTable, type Table } from '../../../batch/lake/tables.ts'
import type { RawCrash } from '../../../shared/crash.ts'
import { plainRowsOf } from '../support/plain-rows.ts'
import { type Bench, memoryStores, openBench } from '../support/rows.ts'

const column = (name: string, type: Column['type'], fields?: Column[]): Column => ({
  name,
  type,
  description: '',
  ...(fields && { fields }),
})
const columns: Column[] = [
  column('text', 'string'),
  column('long', 'int64'),
  column('longest', 'int64'),
  column('size', 'size'),
  column('short', 'int32'),
  column('real', 'double'),
  column('flag', 'bool'),
  column('time', 'timestamp'),
  column('day', 'date'),
  column('list', 'list<string>'),
  column('frames', 'structs', [column('n', 'int32'), column('name', 'string'), column('inline', 'bool')]),
]

let bench: Bench
beforeAll(async () => {
  bench = await openBench(memoryStores())
})
afterAll(() => bench.close())

/** Writes rows, one part per list, and reads them with DuckDB. */
async function roundTrip(columns: readonly Column[], lists: Row[][]): Promise<Row[]> {
  const writer = createRowWriter(columns)
  const parts = lists.map((rows) => {
    for (const row of rows) writer.append(row)
    return structuredClone(writer.flush())
  })
  const path = join(bench.dir, 'rows.parquet')
  const table: Table = { name: 'rows', bucket: 'lake', columns, sort: [], description: '' }
  await writeRows(bench.files, table, parts, path)
  const { connection } = bench.files.database
  const reader = await connection.runAndReadAll('SELECT * FROM read_parquet($path)', { path })
  const names = reader.columnNames()
  return plainRowsOf(reader).map((row) => Object.fromEntries(row.map((value, i) => [names[i], value])))
}

describe('rows', () => {
  test('values of every type survive', async () => {
    const row = {
      text: 'ü\u0000𝄞"',
      long: 2 ** 53 - 1,
      longest: '-9223372036854775808',
      size: '18446744073709551615',
      short: -5,
      real: 0.1,
      flag: false,
      time: '2026-10-21T12:00:00.123456+00:00',
      day: '2026-10-21',
      list: ['a', '', 'b'],
      frames: [
        { n: 0, name: 'f', inline: true },
        { n: 1, name: null, inline: false },
      ],
    }
    const empty = { ...row, list: [], frames: [], text: '', time: '1969-12-31T23:59:59.999999+00:00' }
    expect(await roundTrip(columns, [[row, {}], [empty]])).toEqual([
      row,
      {
        text: null,
        long: null,
        longest: null,
        size: null,
        short: null,
        real: null,
        flag: null,
        time: null,
        day: null,
        list: null,
        frames: null,
      },
      empty,
    ])
  })

  test('a value that the column cannot hold becomes null, or text in a text column', async () => {
    const [row] = await roundTrip(columns, [
      [
        {
          text: { a: [1] },
          long: 2 ** 70,
          longest: '9223372036854775808',
          size: '100000000000000000000',
          short: 2 ** 31,
          real: Number.NaN,
          flag: 'true',
          time: 'yesterday',
          day: '2026-13-45',
          list: 'no list',
          frames: [null, 'x', { n: 'NaN', name: '\ud800' }],
        },
      ],
    ])
    expect(row).toEqual({
      text: '{"a":[1]}',
      long: null,
      longest: null,
      size: null,
      short: null,
      real: null,
      flag: null,
      time: null,
      day: null,
      list: null,
      frames: [
        { n: null, name: null, inline: null },
        { n: null, name: null, inline: null },
        { n: null, name: '\ufffd', inline: null },
      ],
    })
  })

  test('no value breaks a row', async () => {
    const anyRow = fc.record(Object.fromEntries(columns.map(({ name }) => [name, fc.anything()])))
    const rows = fc.sample(anyRow, 1000)
    expect(await roundTrip(columns, [rows])).toHaveLength(rows.length)
  })

  test('a row of many megabytes is between others, in any number of parts', async () => {
    const long = 'ü"\\'.repeat(3_000_000)
    const rows = [...Array(300).keys()].map((short) => ({
      short,
      text: short === 150 ? long : `row ${short}`,
    }))
    const read = await roundTrip(
      columns,
      rows.map((row) => [row]),
    )
    expect(read.sort((a, b) => (a.short as number) - (b.short as number))).toMatchObject(rows)
  })

  test('writes all rows if there are more than one chunk holds', async () => {
    const rows = Array.from({ length: 5000 }, (_, short) => ({ short, list: [String(short)] }))
    const read = await roundTrip(columns, [rows.slice(0, 4999), rows.slice(4999)])
    expect(read.sort((a, b) => (a.short as number) - (b.short as number))).toMatchObject(rows)
  })
})

describe('tables', () => {
  test.each([crashesTable, protectedTable, modulesTable])(
    '$name: names are unique, and every sort column exists',
    (table) => {
      const names = table.columns.map((c) => c.name)
      expect(new Set(names).size).toBe(names.length)
      expect(names).toEqual(expect.arrayContaining([...table.sort, 'crash_id', 'date']))
      expect(table.columns.filter((c) => !c.description)).toEqual([])
    },
  )

  test('truncates and marks long texts in public rows, not in protected ones', () => {
    const long = 'x'.repeat(1_000_000)
    const addons = Array.from({ length: 10_000 }, (_, i) => `addon-${i}@example.org:1.0`)
    const frame = {
      frame: 0,
      module: 'a.so',
      module_offset: '0x1',
      offset: '0x1',
      trust: 'scan',
      missing_symbols: true,
    }
    const crash = {
      crash_id: 'de1bb258-cbbf-4589-a673-34f800160918',
      signature: 'f',
      app_notes: long,
      addons,
      user_comments: long,
      json_dump: {
        modules: [{ filename: 'a.so', version: long }],
        threads: [{ frames: Array.from({ length: 5 }, () => ({ ...frame, function: long })) }],
      },
    }
    const raw = {} as RawCrash
    const [row] = crashesTable.rowsOf(crash, raw)
    expect(row!.app_notes).toMatch(/^x{65000,}… \[cut\]$/)
    expect((row!.addons as string[]).at(-1)).toContain('[cut]')
    const tables = [crashesTable, modulesTable].map((table) => JSON.stringify(table.rowsOf(crash, raw)))
    expect(tables.map(({ length }) => length < 1_300_000)).toEqual([true, true])
    expect(protectedTable.rowsOf(crash, raw)[0]!.user_comments).toBe(long)
  })

  test('a crash becomes one row with its frames; inlined functions precede the frame that contains them', async () => {
    const crash = {
      crash_id: '5fc9d1a2-7a3e-8b1c-9d2e-3f4a50261021',
      signature: 's',
      product: 'P',
      url: 'https://secret.example.org',
      crashing_thread: 0,
      json_dump: {
        threads: [
          {
            frames: [
              {
                frame: 0,
                function: 'f',
                module: 'a',
                module_offset: '0x1',
                trust: 'context',
                inlines: [{ function: 'g', file: 'g.h', line: 3 }],
              },
              { truncated: { msg: '5 frames truncated' } },
            ],
          },
        ],
        modules: [{ filename: 'a', debug_id: 'A1', missing_symbols: true }, { filename: 'b' }],
      },
    }
    const common = { frame: 0, module: 'a', module_offset: '0x1', trust: 'context' }
    const [row] = await roundTrip(crashesTable.columns, [crashesTable.rowsOf(crash, {})])
    expect(row).toMatchObject({
      crash_id: crash.crash_id,
      date: '2026-10-21',
      product: 'P',
      frames: [
        { ...common, function: 'g', file: 'g.h', line: 3, inline: true },
        { ...common, function: 'f', file: null, line: null, inline: false },
      ],
    })
    expect(JSON.stringify(row)).not.toContain('secret')
    const raw = { Unheard: 'of', ProductName: 'P' }
    expect((await roundTrip(protectedTable.columns, [protectedTable.rowsOf(crash, raw)]))[0]).toMatchObject({
      url: 'https://secret.example.org',
      annotations: '{"Unheard":"of"}',
    })
    expect(await roundTrip(modulesTable.columns, [modulesTable.rowsOf(crash, {})])).toMatchObject([
      { filename: 'a', debug_id: 'A1', missing_symbols: true, in_stack: true },
      { filename: 'b', debug_id: null, missing_symbols: false, in_stack: false },
    ])
  })
})

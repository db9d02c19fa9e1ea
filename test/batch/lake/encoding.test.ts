// How values become cells, rows become text, and both become SQL: every type and limit.
import { zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cellType, cellValue, sqlType } from '../../../batch/lake/column-types.ts'
import { cellOf, type Column } from '../../../batch/lake/columns.ts'
import {
  type Database,
  execute,
  faultOf,
  identifier,
  literal,
  literalList,
  openDatabase,
  readSql,
  rowsOf,
  streamRows,
  streamText,
} from '../../../batch/lake/duckdb.ts'
import { copyStatement, rowsQuery } from '../../../batch/lake/parquet.ts'
import { createRowWriter } from '../../../batch/lake/rows.ts'

const column = (name: string, type: Column['type'], fields?: Column[]): Column => ({
  ...{ name, type, description: '' },
  ...(fields && { fields }),
})

describe('a column of type', () => {
  test.each<[Column['type'], string, string, string]>([
    ['string', 'VARCHAR', 'VARCHAR', '"a"'],
    ['int64', 'BIGINT', 'BIGINT', '"a"'],
    ['int32', 'INTEGER', 'INTEGER', '"a"'],
    ['size', 'DECIMAL(20,0)', 'DECIMAL(20,0)', '"a"'],
    ['double', 'DOUBLE', 'DOUBLE', '"a"'],
    ['bool', 'BOOLEAN', 'BOOLEAN', '"a"'],
    ['timestamp', 'TIMESTAMP WITH TIME ZONE', 'BIGINT', 'make_timestamptz("a")'],
    ['date', 'DATE', 'INTEGER', `DATE '1970-01-01' + "a"`],
    ['list<string>', 'VARCHAR[]', 'VARCHAR[]', '"a"'],
  ])('%s is %s, its cells %s', (type, inTable, inText, value) => {
    const one = column('a', type)
    expect([sqlType(one), cellType(one), cellValue(one)]).toEqual([inTable, inText, value])
  })

  test('structs is a list of structs', () => {
    const one = column('a', 'structs', [column('n', 'int32'), column('t', 'string')])
    expect([sqlType(one), cellType(one), cellValue(one)]).toEqual([
      'STRUCT("n" INTEGER, "t" VARCHAR)[]',
      'STRUCT("n" INTEGER, "t" VARCHAR)[]',
      '"a"',
    ])
  })
})

test.each<[Column['type'], [value: unknown, cell: unknown][]]>([
  [
    'string',
    [
      ['a', 'a'],
      ['\ud800', '\ufffd'],
      [1, '1'],
      [true, 'true'],
      [{ a: 1 }, '{"a":1}'],
      [null, null],
      [undefined, null],
    ],
  ],
  [
    'int32',
    [
      [1, 1],
      [2 ** 31 - 1, 2 ** 31 - 1],
      [2 ** 31, null],
      [-(2 ** 31), -(2 ** 31)],
      [1.5, null],
      ['1', null],
    ],
  ],
  [
    'int64',
    [
      [1, 1],
      ['12', '12'],
      ['-9223372036854775808', '-9223372036854775808'],
      ['9223372036854775807', '9223372036854775807'],
      ['9223372036854775808', null],
      [5n, '5'],
      ['1.5', null],
      [1.5, null],
    ],
  ],
  [
    'size',
    [
      ['99999999999999999999', '99999999999999999999'],
      ['-99999999999999999999', '-99999999999999999999'],
      [10n ** 20n, null],
      [-(10n ** 20n), null],
      [7, 7],
    ],
  ],
  [
    'double',
    [
      [0.5, 0.5],
      [Number.NaN, null],
      [Infinity, null],
      ['1', null],
    ],
  ],
  [
    'bool',
    [
      [true, true],
      [false, false],
      ['true', null],
      [0, null],
    ],
  ],
  [
    'timestamp',
    [
      ['1970-01-01T00:00:00Z', 0],
      ['1970-01-01 00:00:01', 1_000_000],
      ['1970-01-01T00:00:00.5+00:00', 500_000],
      ['1970-01-01T00:00:00.000001Z', 1],
      ['1970-01-01T00:00:00.0000001Z', null],
      ['1970-01-01T00:00:00+01:00', null],
      ['1970-13-01T00:00:00Z', null],
      ['9999-12-31T23:59:59.999999Z', '253402300799999999'],
      [0, null],
    ],
  ],
  [
    'date',
    [
      ['1970-01-01', 0],
      ['1970-01-03', 2],
      ['1970-01-03', 2],
      ['1969-12-31', -1],
      ['x', null],
      [3, null],
    ],
  ],
  [
    'list<string>',
    [
      [
        ['a', 1, null],
        ['a', '1', null],
      ],
      ['a', null],
      [[], []],
    ],
  ],
])('cells of type %s', (type, cases) => {
  const toCell = cellOf(column('a', type))
  for (const [value, cell] of cases) expect([value, toCell(value)]).toEqual([value, cell])
})

describe('rows as text', () => {
  const columns = [column('a', 'string'), column('b', 'int32')]
  const linesOf = (bytes: Uint8Array) =>
    bytes.length === 0 ? [] : zstdDecompressSync(bytes).toString().trimEnd().split('\n')
  const frames = (bytes: Uint8Array) => {
    const found = []
    const all = Buffer.from(bytes)
    const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
    for (let at = all.indexOf(magic); at >= 0; at = all.indexOf(magic, at + 1)) found.push(at)
    return found.length
  }

  test('are lines without null columns; each flush starts again', () => {
    const writer = createRowWriter(columns)
    writer.append({ a: 'ü', b: 1, c: 2 })
    writer.append({ a: null, b: 'x' })
    const first = writer.flush()
    expect([first.count, first.longest, linesOf(first.bytes)]).toEqual([
      ...[2, 3 * '{"a":"ü","b":1}'.length, ['{"a":"ü","b":1}', '{}']],
    ])
    const second = writer.flush()
    expect([second.count, second.longest, linesOf(second.bytes)]).toEqual([0, 0, []])
    writer.append({ b: 2 })
    const third = writer.flush()
    expect([third.count, third.longest, linesOf(third.bytes)]).toEqual([1, 21, ['{"b":2}']])
  })

  test.each([
    [4 * 1024 * 1024, 1],
    [4 * 1024 * 1024 + 1, 2],
  ])('of %i characters are compressed before the next ones: %i frames', (size, expected) => {
    const writer = createRowWriter(columns)
    writer.append({ a: 'x'.repeat(size - '{"a":""}\n'.length) })
    writer.append({ b: 1 })
    expect(frames(writer.flush().bytes)).toBe(expected)
  })
})

describe('statements', () => {
  const columns = [column("it's", 'string'), column('t', 'timestamp'), column('d', 'date')]

  test.each([
    [10, 1_048_576],
    [1_048_577, 1_048_577],
  ])('that read rows of at most %i bytes', (longest, expected) => {
    const sql = rowsQuery(columns, { path: "/p'q", longest }).replace(/\s+/g, ' ')
    expect(sql).toBe(
      `SELECT "it's" AS "it's", make_timestamptz("t") AS "t", DATE '1970-01-01' + "d" AS "d" FROM read_json('/p''q', format = 'newline_delimited', compression = 'zstd', maximum_object_size = ${expected}, columns = {'it''s': 'VARCHAR', 't': 'BIGINT', 'd': 'INTEGER'})`,
    )
  })

  test.each([
    [['t', 'd'], {}, ' ORDER BY "t", "d"', ''],
    [[], { rowGroupSize: 9 }, '', ', ROW_GROUP_SIZE 9'],
  ])('that write rows in the order %j with %j', (sort, options, order, size) => {
    const sql = copyStatement({ columns, sort }, 'FROM x', options).replace(/\s+/g, ' ')
    const empty = `NULL::VARCHAR AS "it's", NULL::TIMESTAMP WITH TIME ZONE AS "t", NULL::DATE AS "d"`
    expect(sql.replaceAll(' )', ')')).toContain(
      `COPY (SELECT * FROM (SELECT ${empty} WHERE false UNION ALL BY NAME (FROM x))${order}) TO $out (FORMAT parquet, COMPRESSION zstd${size}, FIELD_IDS {`,
    )
  })

  test('quote names and texts', () => {
    expect([identifier('a"b'), literal("a'b'c"), literalList(["a'", 'b']), literalList([])]).toEqual([
      ...['"a""b"', "'a''b''c'", "['a''', 'b']", '[]'],
    ])
  })
})

describe('DuckDB', () => {
  let database: Database
  beforeAll(async () => {
    database = await openDatabase({ memory: '100MB', spillDir: '/nonexistent', threads: 3 })
  })
  afterAll(() => database.close())

  test('has the given limits, and the time of UTC', async () => {
    const settings = ['threads', 'TimeZone', 'preserve_insertion_order', 'temp_directory', 'memory_limit']
    const list = settings.map((name) => `current_setting('${name}')::VARCHAR AS "${name}"`)
    expect(await rowsOf(database.connection, `SELECT ${list.join(', ')}`)).toEqual([
      {
        ...{ threads: '3', TimeZone: 'UTC', preserve_insertion_order: 'false' },
        ...{ temp_directory: '/nonexistent', memory_limit: '95.3 MiB' },
      },
    ])
  })

  test('gets a value of each type', async () => {
    const values = { text: 'a', whole: 3, real: 0.5, list: ['b', 'c'] }
    const sql =
      'SELECT typeof($text) AS t, typeof($whole) AS w, typeof($real) AS r, typeof($list) AS l, $list AS v'
    expect(await rowsOf(database.connection, sql, values)).toEqual([
      { t: 'VARCHAR', w: 'BIGINT', r: 'DOUBLE', l: 'VARCHAR[]', v: ['b', 'c'] },
    ])
    await execute(database.connection, 'CREATE TEMP TABLE several AS SELECT 1 AS a; DROP TABLE several')
  })

  test('streams text, and rows whose long texts are in parts', async () => {
    const texts = await Array.fromAsync(streamText(database, 'SELECT unnest([$a, NULL, 5]) ', { a: '4' }))
    expect(texts).toEqual(['4', 'null', '5'])
    const found: unknown[] = []
    const sql = `SELECT n, 'a' || n AS "x 1", 'b' AS "x 2", NULL AS "y 1", 'c' AS "y 2" FROM range(2500) t(n) ORDER BY n`
    for await (const rows of streamRows<{ n: bigint; x: string; y: string | null }>(database.connection, sql))
      for (const { n, x, y } of rows) found.push([Number(n), x, y])
    expect(found).toEqual(Array.from({ length: 2500 }, (_, n) => [n, `a${n}b`, null]))
  })

  test('reports why a file cannot be read', async () => {
    expect(await faultOf(database, import.meta.filename)).toMatch(/^(?!.*encoding\.test).*magic bytes/i)
    await expect(faultOf(database, '/nonexistent.parquet')).rejects.toThrow('No files found')
  })
})

test('statements are read from the folder sql', () => {
  const folder = new URL('../../../batch/aggregates', import.meta.url).pathname
  expect(readSql(folder, 'channels')).toMatch(/^SELECT|^--|^FROM/i)
})

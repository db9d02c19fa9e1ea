import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../../batch/config.ts'
import { chunksOf } from '../../../../batch/sql/output/result-rows.ts'
import { type Format, type WriteOptions, writeResult } from '../../../../batch/sql/output/write-result.ts'
import { writeScript } from '../../../../batch/sql/output/write-script.ts'
import { openSession, type Session } from '../../../../batch/sql/session.ts'
import { statementsOf } from '../../../../batch/sql/statements.ts'
import { memoryStores } from '../../support/rows.ts'

let dir: string
let session: Session
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mayday-query-'))
  session = await openSession({
    url: 'memory:',
    stores: memoryStores(),
    cacheDir: dir,
    config: readConfig({}),
  })
})
afterAll(async () => {
  await session[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true })
})

interface Options extends Partial<WriteOptions> {
  isTerminal?: boolean
}

async function bytesOf(sql: string, format: Format, options: Options = {}): Promise<Buffer> {
  const pieces: Buffer[] = []
  const write = async (data: string | Uint8Array) => void pieces.push(Buffer.from(data))
  const output = { write, isTerminal: options.isTerminal ?? false }
  await writeResult(session, sql, { mostRows: 100, ...options, format }, output)
  return Buffer.concat(pieces)
}
const query = async (sql: string, format: Format, options?: Options) =>
  (await bytesOf(sql, format, options)).toString()

async function script(text: string, format: Format): Promise<string> {
  let written = ''
  const write = async (data: string | Uint8Array) => {
    written += data
  }
  const options = { format, mostRows: 100, parameters: new Map() }
  await writeScript(session, statementsOf(text), options, { write, isTerminal: false })
  return written
}

const mixed = `SELECT 1::BIGINT AS a, 9007199254740993 AS big, 'x,"y"
z' AS text, NULL AS none, [1, 2] AS list, {'k': 'v'} AS struct, 1.5::DECIMAL(4,2) AS dec,
  TIMESTAMPTZ '2026-10-21 12:00:00.5+00' AS time, DATE '2026-10-21' AS day, true AS flag, 'NaN'::DOUBLE AS nan`

describe('writeResult', () => {
  test('JSON keeps the order of columns, and integers beyond the range of numbers', async () => {
    const text = await query(mixed, 'jsonl')
    expect(text).toBe(
      '{"a":1,"big":"9007199254740993","text":"x,\\"y\\"\\nz","none":null,"list":[1,2],"struct":{"k":"v"},"dec":1.5,' +
        '"time":"2026-10-21T12:00:00.500000+00:00","day":"2026-10-21","flag":true,"nan":"NaN"}\n',
    )
    expect(JSON.parse(await query(mixed, 'json'))).toEqual([JSON.parse(text)])
    expect(JSON.parse(await query('SELECT 1 AS a WHERE false', 'json'))).toEqual([])
    expect(JSON.parse(await query('FROM range(5000)', 'json'))).toHaveLength(5000)
  })

  const sizes = `SELECT unnest([18446744073709551615, NULL, -5, 7])::DECIMAL(20, 0) AS size`
  test('whole decimals are exact in every form', async () => {
    expect(await query(sizes, 'jsonl')).toBe(
      '{"size":"18446744073709551615"}\n{"size":null}\n{"size":-5}\n{"size":7}\n',
    )
    expect(await query(sizes, 'csv')).toContain('18446744073709551615')
    const column = tableFromIPC(await bytesOf(sizes, 'arrow')).getChild('size')!
    expect([...column].map((value) => value && String(value))).toEqual([
      '18446744073709551615',
      null,
      '-5',
      '7',
    ])
  })

  test('CSV quotes where necessary, and distinguishes null from empty text', async () => {
    const sql = `SELECT 'a,b' AS x, 'say "hi"' AS y, NULL AS z, '' AS e, 3 AS n`
    expect(await query(sql, 'csv')).toBe('x,y,z,e,n\r\n"a,b","say ""hi""",,"",3\r\n')
  })

  test.each(['=1+1', '+1', '-1', '@sum', '\t=1', '\r=1'])(
    'safe CSV keeps %j from being a formula',
    async (text) => {
      const sql = `SELECT $text AS t, -1 AS n`
      const csv = await query(sql, 'csv', { safeCsv: true, values: { text } })
      expect(csv.replaceAll('"', '')).toBe(`t,n\r\n'${text},-1\r\n`)
    },
  )

  test('a table is aligned, with numbers to the right; null is not empty text', async () => {
    const sql = "SELECT * FROM (VALUES ('one', 1), ('twenty', 20), ('', NULL), ('NULL', 3)) t(word, number)"
    expect(await query(sql, 'table')).toBe(
      `${['word    number', '──────  ──────', 'one          1', 'twenty      20', '          NULL', "'NULL'       3"].join('\n')}\n(4 rows)\n`,
    )
    expect(await query('SELECT 1 AS a WHERE false', 'table')).toBe('a\n─\n(0 rows)\n')
  })

  test('a table is aligned by display width, not by text length', async () => {
    const sql = "SELECT * FROM (VALUES ('日本語', 1), ('e\u0301', 2), ('👩‍👩‍👧', 3), ('abc', 4)) t(w, n)"
    expect((await query(sql, 'table')).split('\n').slice(0, 6)).toEqual([
      'w       n',
      '──────  ─',
      '日本語  1',
      'e\u0301       2',
      '👩‍👩‍👧      3',
      'abc     4',
    ])
  })

  test('a table truncates long cells between characters and shows control characters as escapes', async () => {
    const long = await query(`SELECT repeat('👩‍👩‍👧', 101) AS a`, 'table')
    expect(long.split('\n')[2]).toBe(`${'👩‍👩‍👧'.repeat(99)}…`)
    const control = await query(`SELECT 'a' || chr(27) || '[31m' || chr(8238) || chr(155) AS a`, 'table')
    expect(control.split('\n')[2]).toBe('a\\u001b[31m\\u202e\\u009b')
  })

  test.each(['csv', 'jsonl', 'json'] as const)(
    '%s on a terminal escapes control characters',
    async (format) => {
      const sql = "SELECT 'a' || chr(27) || '[2J' || chr(155) AS a"
      const text = await query(sql, format, { isTerminal: true })
      expect(text).toContain('a\\u001b[2J\\u009b')
      expect(text).not.toMatch(/[\x1b\x9b]/)
    },
  )

  test('an error of SQL escapes control characters', async () => {
    const failing = query(`SELECT ('x' || chr(27) || '[2J')::INTEGER`, 'table')
    await expect(failing).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringContaining('x\\u001b[2J'),
    })
  })

  test('a table shows the first rows and counts all', async () => {
    const text = await query('SELECT range AS n FROM range(200000)', 'table', { mostRows: 2 })
    expect(text).toBe('n\n─\n0\n1\n(first 2 of 200000 rows)\n')
  })

  test('Parquet and Arrow contain the rows', async () => {
    const arrow = tableFromIPC(await bytesOf('SELECT range AS n FROM range(5000)', 'arrow'))
    expect(arrow.numRows).toBe(5000)
    const parquet = await bytesOf('SELECT 1 AS n -- all', 'parquet')
    expect(new TextDecoder().decode(parquet.subarray(0, 4))).toBe('PAR1')
  })

  test('Arrow has the values of every type', async () => {
    const sql = `${mixed}, [{'f': 'x', 'n': 1::INTEGER}, {'f': NULL, 'n': 2}] AS frames, TIMESTAMP '2026-10-21 12:00:00' AS naive,
      interval 1 day AS span UNION ALL SELECT ${Array(14).fill('NULL').join(', ')}`
    const table = tableFromIPC(await bytesOf(sql, 'arrow'))
    const [row, nulls] = table.toArray().map((item) => item!.toJSON())
    expect(row).toMatchObject({
      a: 1n,
      big: 9007199254740993n,
      text: 'x,"y"\nz',
      none: null,
      dec: 1.5,
      flag: true,
      span: '1 day',
    })
    expect([...row!.list]).toEqual([1, 2])
    expect(row!.struct.toJSON()).toEqual({ k: 'v' })
    expect([...row!.frames].map((frame) => frame.toJSON())).toEqual([
      { f: 'x', n: 1 },
      { f: null, n: 2 },
    ])
    expect(new Date(row!.time).toISOString()).toBe('2026-10-21T12:00:00.500Z')
    expect(String(table.schema.fields.find((field) => field.name === 'time')!.type)).toContain('UTC')
    expect(Object.values(nulls!)).toEqual(Array(14).fill(null))
  })

  test.each([
    ['DESCRIBE SELECT 1 AS a', 1],
    ['SUMMARIZE FROM range(9)', 1],
    ['SHOW TABLES', 10],
  ])('%s is written in every format', async (sql, least) => {
    const arrow = tableFromIPC(await bytesOf(sql, 'arrow'))
    expect(arrow.numRows).toBeGreaterThanOrEqual(least)
    expect((await bytesOf(sql, 'parquet')).subarray(0, 4).toString()).toBe('PAR1')
    expect(JSON.parse(await query(sql, 'json'))).toHaveLength(arrow.numRows)
  })

  test('a plan keeps its lines', async () => {
    const plan = await query('EXPLAIN SELECT 42 AS answer', 'table')
    expect(plan.split('\n').length).toBeGreaterThan(3)
    expect(plan).toMatch(/│\s+answer/)
  })

  test('columns with the same name are distinguished', async () => {
    expect(JSON.parse(await query('SELECT 1 AS a, 2 AS a', 'jsonl'))).toEqual({ a: 1, 'a:1': 2 })
  })
})

describe('times', () => {
  const sql = `SELECT TIMESTAMPTZ '2026-07-01 12:00:00+00' AS point, TIMESTAMP '2026-07-01 12:00:00' AS wall,
    date_trunc('week', DATE '2026-10-01') AS week, DATE '2026-10-01' AS day,
    TIMESTAMPTZ '2026-07-01 12:00:00+00' AT TIME ZONE 'America/New_York' AS ny`
  const withoutZone = {
    wall: '2026-07-01T12:00:00',
    week: '2026-09-28T00:00:00',
    day: '2026-10-01',
    ny: '2026-07-01T08:00:00',
  }

  test.each([
    ['UTC', '2026-07-01T12:00:00+00:00'],
    ['America/New_York', '2026-07-01T08:00:00-04:00'],
    ['Asia/Kolkata', '2026-07-01T17:30:00+05:30'],
  ])('have the offset of the zone %s only if they are points in time', async (zone, point) => {
    await query(`SET TimeZone = '${zone}'`, 'table')
    expect(JSON.parse(await query(sql, 'jsonl'))).toEqual({ point, ...withoutZone })
    expect(await query(sql, 'csv')).toContain(`${point},2026-07-01T12:00:00,`)
    await query(`SET TimeZone = 'UTC'`, 'table')
  })

  test.each([
    ["'infinity'::TIMESTAMP", 'infinity'],
    ["TIMESTAMP_NS '2026-07-01 12:00:00.123456789'", '2026-07-01T12:00:00.123456789'],
    ["TIMESTAMP '2026-07-01 12:00:00.5'", '2026-07-01T12:00:00.5'],
    ["'-infinity'::TIMESTAMPTZ", '-infinity'],
  ])('%s', async (value, text) => {
    expect(JSON.parse(await query(`SELECT ${value} AS t`, 'jsonl'))).toEqual({ t: text })
  })
})

test('chunks that were read are released while others are read', async () => {
  const [rows, rowBytes] = [900_000, 2_000]
  const before = process.memoryUsage().rss
  let most = 0
  const running = await session.run(`SELECT repeat('x', ${rowBytes}) || range AS text FROM range(${rows})`)
  for await (const _chunk of chunksOf(running)) most = Math.max(most, process.memoryUsage().rss)
  expect(most - before).toBeLessThan((rows * rowBytes) / 2)
})

describe('writeScript', () => {
  test('separates the results of several statements', async () => {
    expect(await script("SET TimeZone = 'UTC'; SELECT 1 AS a; SELECT $$x;y$$ AS b", 'csv')).toBe(
      'a\r\n1\r\n\nb\r\nx;y\r\n',
    )
    expect(await script('SELECT 1 AS a; SELECT 2 AS a;', 'jsonl')).toBe('{"a":1}\n{"a":2}\n')
  })

  test('a file holds the result of the last statement', async () => {
    await expect(script('SELECT 1; SELECT 2', 'parquet')).rejects.toMatchObject({ code: 'bad-usage' })
    expect((await script("SET TimeZone = 'UTC'; SELECT 2", 'parquet')).slice(0, 4)).toBe('PAR1')
  })
})

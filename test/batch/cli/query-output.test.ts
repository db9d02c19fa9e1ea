import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { statementsOf } from '../../../batch/commands/sql.ts'
import { type Database, openDatabase } from '../../../batch/lake/duckdb.ts'
import { type Format, queryAs } from '../../../batch/cli/query-output.ts'

let dir: string
let database: Database
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mayday-query-'))
  database = await openDatabase({ memory: '256MB', spillDir: dir })
})
afterAll(() => {
  database.close()
  rmSync(dir, { recursive: true })
})
const query = (sql: string, format: Format) => queryAs(database.connection, sql, format, dir)

const mixed = `SELECT 1::BIGINT AS a, 9007199254740993 AS big, 'x,"y"
z' AS text, NULL AS none, [1, 2] AS list, {'k': 'v'} AS struct, 1.5::DECIMAL(4,2) AS dec,
  TIMESTAMPTZ '2026-10-21 12:00:00.5+00' AS time, DATE '2026-10-21' AS day, true AS flag, 'NaN'::DOUBLE AS nan`

describe('queryAs', () => {
  test('JSON keeps the order of columns, and integers beyond the range of numbers', async () => {
    const text = (await query(mixed, 'jsonl')) as string
    expect(text).toBe(
      '{"a":1,"big":"9007199254740993","text":"x,\\"y\\"\\nz","none":null,"list":[1,2],"struct":{"k":"v"},"dec":1.5,' +
        '"time":"2026-10-21T12:00:00.500000+00:00","day":"2026-10-21","flag":true,"nan":"NaN"}\n',
    )
    expect(JSON.parse((await query(mixed, 'json')) as string)).toEqual([JSON.parse(text)])
  })

  test('CSV quotes where necessary', async () => {
    const sql = `SELECT 'a,b' AS x, 'say "hi"' AS y, NULL AS z, 3 AS n`
    expect(await query(sql, 'csv')).toBe('x,y,z,n\r\n"a,b","say ""hi""",,3\r\n')
  })

  test('a table is aligned, with numbers to the right', async () => {
    const sql = "SELECT * FROM (VALUES ('one', 1), ('twenty', 20)) t(word, number)"
    expect(await query(sql, 'table')).toBe(
      ['word    number', '──────  ──────', 'one          1', 'twenty      20', '(2 rows)', ''].join('\n'),
    )
    expect(await query('SELECT 1 AS a WHERE false', 'table')).toBe('a\n─\n(0 rows)\n')
  })

  test('a table is aligned by display width, not by text length', async () => {
    const sql = "SELECT * FROM (VALUES ('日本語', 1), ('e\u0301', 2), ('👩‍👩‍👧', 3), ('abc', 4)) t(w, n)"
    expect((await query(sql, 'table')).toString().split('\n')).toEqual([
      'w       n',
      '──────  ─',
      '日本語  1',
      'e\u0301       2',
      '👩‍👩‍👧      3',
      'abc     4',
      '(4 rows)',
      '',
    ])
  })

  test('a table truncates long cells between characters and shows control characters as escapes', async () => {
    const long = await query(`SELECT repeat('👩‍👩‍👧', 101) AS a`, 'table')
    expect(long.toString().split('\n')[2]).toBe(`${'👩‍👩‍👧'.repeat(99)}…`)
    const control = await query(`SELECT 'a' || chr(27) || '[31m' || chr(8238) || chr(155) AS a`, 'table')
    expect(control.toString().split('\n')[2]).toBe('a\\u001b[31m\\u202e\\u009b')
  })

  test('a table may have more rows than a call can have arguments', async () => {
    const text = await query('SELECT range AS n FROM range(200000)', 'table')
    expect(text.toString().endsWith('199999\n(200000 rows)\n')).toBe(true)
  })

  test('Parquet and Arrow contain the rows', async () => {
    const arrow = tableFromIPC((await query('SELECT range AS n FROM range(5);', 'arrow')) as Uint8Array)
    expect(arrow.toArray().map((row) => Number(row!.n))).toEqual([0, 1, 2, 3, 4])
    const parquet = (await query('SELECT 1 AS n -- all', 'parquet')) as Uint8Array
    expect(new TextDecoder().decode(parquet.slice(0, 4))).toBe('PAR1')
  })

  test('columns with the same name are distinguished', async () => {
    expect(JSON.parse((await query('SELECT 1 AS a, 2 AS a', 'jsonl')) as string)).toEqual({ a: 1, 'a:1': 2 })
  })
})

describe('statementsOf', () => {
  test.each([
    ['select 1; select 2', ['select 1', 'select 2']],
    ["select ';' ;", ["select ';'"]],
    ['select 1 -- a; b\n;', ['select 1 -- a; b']],
    ['/* ; */ select "a;b" - 1', ['/* ; */ select "a;b" - 1']],
    ["select 'it''s; fine'", ["select 'it''s; fine'"]],
    [' ;; ', []],
  ])('%j', (text, expected) => {
    expect(statementsOf(text)).toEqual(expected)
  })
})

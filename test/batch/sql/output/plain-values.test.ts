// Values of DuckDB as plain values, by type and time zone.
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, describe, expect, test } from 'vitest'
import { isNumeric, toPlain } from '../../../../batch/sql/output/plain-values.ts'

const connection = await (await DuckDBInstance.create(':memory:')).connect()
afterAll(() => connection.closeSync())

async function plain(sql: string, zone = 'UTC'): Promise<unknown> {
  const reader = await connection.runAndReadAll(`SELECT ${sql}`)
  return toPlain(reader.columnTypes()[0]!, zone)(reader.getRows()[0]![0]!)
}

describe('a value', () => {
  test.each<[string, unknown]>([
    ['NULL', null],
    ['true', true],
    ["'text'", 'text'],
    ['1::TINYINT', 1],
    ['4294967295::UINTEGER', 4294967295],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', '9007199254740992'],
    ['-9007199254740992', '-9007199254740992'],
    ['18446744073709551615::UBIGINT', '18446744073709551615'],
    ['5::HUGEINT', 5],
    ['5::UHUGEINT', 5],
    ['1.5::FLOAT', 1.5],
    ["'nan'::DOUBLE", 'NaN'],
    ["'-infinity'::DOUBLE", '-Infinity'],
    ['12.50::DECIMAL(10, 2)', 12.5],
    ['12::DECIMAL(10, 0)', 12],
    ['99999999999999999999::DECIMAL(38, 0)', '99999999999999999999'],
    ["TIMESTAMP '2026-10-21 12:30:00.5'", '2026-10-21T12:30:00.5'],
    ["TIMESTAMP_S '2026-10-21 12:30:00'", '2026-10-21T12:30:00'],
    ["TIMESTAMP_MS '2026-10-21 12:30:00.25'", '2026-10-21T12:30:00.25'],
    ["TIMESTAMP_NS '2026-10-21 12:30:00.123456789'", '2026-10-21T12:30:00.123456789'],
    ["DATE '2026-10-21'", '2026-10-21'],
    ["INTERVAL '2 days'", '2 days'],
    ["'ab'::BLOB", 'ab'],
    ['[1, NULL, 9007199254740993]', [1, null, '9007199254740993']],
    ['array_value(1, 2)', [1, 2]],
    ["{'a': 1, 'b': NULL, 'c': {'d': DATE '2026-10-21'}}", { a: 1, b: null, c: { d: '2026-10-21' } }],
    ["MAP {1: 'x', 2: NULL}", { 1: 'x', 2: null }],
  ])('%s', async (sql, value) => expect(await plain(sql)).toEqual(value))
})

describe('a point in time', () => {
  const at = (time: string) => `TIMESTAMPTZ '${time}+00'`
  test.each([
    ['UTC', '2026-10-21 12:30:00.123456', '2026-10-21T12:30:00.123456+00:00'],
    ['Europe/Berlin', '2026-10-21 22:30:00', '2026-10-22T00:30:00+02:00'],
    ['Europe/Berlin', '2026-10-25 00:59:59', '2026-10-25T02:59:59+02:00'],
    ['Europe/Berlin', '2026-10-25 01:00:00', '2026-10-25T02:00:00+01:00'],
    ['America/St_Johns', '2026-12-01 00:00:00', '2026-11-30T20:30:00-03:30'],
    ['Asia/Kathmandu', '2026-12-01 00:00:00', '2026-12-01T05:45:00+05:45'],
    ['No/Where', '2026-12-01 00:00:00', '2026-12-01T00:00:00+00:00'],
  ])('in %s: %s', async (zone, time, text) => {
    expect(await plain(at(time), zone)).toBe(text)
    expect(await plain(at(time), zone)).toBe(text)
  })

  test.each(['infinity', '-infinity'])('%s is text', async (time) => {
    expect(await plain(`'${time}'::TIMESTAMPTZ`)).toBe(time)
  })
})

test('numeric types are those of numbers', async () => {
  const casts = ['TINYINT', 'SMALLINT', 'INTEGER', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'BIGINT', 'UBIGINT']
  const numbers = [...casts, 'HUGEINT', 'UHUGEINT', 'FLOAT', 'DOUBLE', 'DECIMAL(5, 2)']
  const others = ['BOOLEAN', 'VARCHAR', 'DATE', 'TIMESTAMP', 'INTEGER[]']
  const typesOf = async (names: readonly string[]) =>
    (
      await connection.runAndReadAll(`SELECT ${names.map((name) => `NULL::${name}`).join(', ')}`)
    ).columnTypes()
  expect((await typesOf(numbers)).map(isNumeric)).toEqual(numbers.map(() => true))
  expect((await typesOf(others)).map(isNumeric)).toEqual(others.map(() => false))
})

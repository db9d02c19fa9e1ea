// The days that a planned statement reads, from the conditions of its scans and the filters above them.
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, expect, test } from 'vitest'
import type { Scan } from '../../../batch/sql/day-plan.ts'
import { neededDays } from '../../../batch/sql/needed-days.ts'

const connection = await (await DuckDBInstance.create(':memory:')).connect()
afterAll(() => connection.closeSync())
await connection.run('CREATE TABLE t (date DATE, product VARCHAR, n BIGINT)')
await connection.run("INSERT INTO t VALUES ('2026-10-19', 'A', 1), ('2026-10-20', 'B', 2)")

const dates = ['2026-10-19', '2026-10-20', '2026-10-21']
const [monday, tuesday, wednesday] = dates as [string, string, string]
const scan = (condition: string, filter: string | null = null): Scan => ({
  ...{ of: 'crashes', condition, filter, files: null },
})
async function days(scans: Scan[], sql = 'FROM t WHERE date IS NOT NULL', values = {}) {
  const { read, filtered } = await neededDays(connection, { sql, values, scans }, dates)
  return [[...read].sort(), [...filtered].sort()]
}

test.each<[string, Scan[], string[], string[]]>([
  ['no scan', [], [], []],
  ['a condition', [scan(`date > '${monday}'::DATE`)], [tuesday, wednesday], []],
  [
    'conditions of two scans',
    [scan(`date = '${monday}'`), scan(`date = '${tuesday}'`)],
    [monday, tuesday],
    [],
  ],
  ['a condition that cannot be evaluated', [scan('date > unknown')], dates, []],
  ['a filter on the day', [scan('true', `date = '${tuesday}'`)], [tuesday], [monday, wednesday]],
  ['a filter in capitals', [scan('true', `DATE = '${tuesday}'`)], [tuesday], [monday, wednesday]],
  ['a filter on another column', [scan('true', `product = 'date'`)], dates, []],
  [
    'a filter on the day and another column',
    [scan('true', `date = '${tuesday}' AND product = 'A'`)],
    [tuesday],
    [monday, wednesday],
  ],
  ['a filter on either', [scan('true', `date = '${tuesday}' OR product = 'A'`)], dates, []],
  ['a filter that compares both', [scan('true', 'date::VARCHAR = product')], dates, []],
  ['a filter that may change', [scan('true', 'date > today() + random()::INT')], dates, []],
  ['a filter that is not SQL', [scan('true', 'date date')], dates, []],
  [
    'a filter with a number of 64 bits',
    [scan('true', `epoch_us(date) < 1792454400000001 AND date > '${monday}'`)],
    [tuesday],
    [monday, wednesday],
  ],
  [
    'a scan without a filter beside one with',
    [scan(`date = '${monday}'`), scan('true', `date = '${tuesday}'`)],
    [monday, tuesday],
    [wednesday],
  ],
  [
    'one day alone, whose filter is not evaluated',
    [scan(`date = '${monday}'`, `date = '${tuesday}'`)],
    [monday],
    [],
  ],
])('%s', async (_, scans, read, filtered) => {
  expect(await days(scans)).toEqual([read, filtered])
})

test('filters do not count when the statement has no plan in JSON', async () => {
  const scans = [scan('true', `date = '${tuesday}'`)]
  expect(await days(scans, 'PIVOT t ON product USING sum(n)')).toEqual([dates, []])
  expect(await days(scans, 'FROM t WHERE date = $day', { day: tuesday })).toEqual([
    [tuesday],
    [monday, wednesday],
  ])
})

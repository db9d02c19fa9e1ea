// Duplicates: crash IDs that differ only in the day, over the days before and after.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { crashesTable } from '../../../batch/lake/tables.ts'
import { findOriginals, findRepeats, findUnmarked } from '../../../batch/planning/duplicates.ts'
import { addDays } from '../../../shared/time/dates.ts'
import { type Bench, memoryStores, openBench, putRows } from '../support/rows.ts'

const date = '2026-10-21'
/** The ID of a report sent so many days after the date. */
const sent = (after: number, content = 'a') =>
  `${content.repeat(8)}-0000-8000-8000-000000${addDays(date, after).slice(2).replaceAll('-', '')}`

let bench: Bench
beforeAll(async () => {
  bench = await openBench(memoryStores())
  const days: [after: number, content: string, duplicateOf: string | null][] = [
    [-29, 'a', null],
    [-28, 'b', null],
    [-3, 'c', null],
    [-1, 'c', sent(-3, 'c')],
    [0, 'c', null],
    [0, 'd', null],
    [1, 'd', sent(0, 'd')],
    [2, 'd', sent(1, 'd')],
    [28, 'd', null],
    [29, 'd', null],
  ]
  for (const [after, rows] of Map.groupBy(days, ([day]) => day)) {
    const day = addDays(date, after)
    await putRows(
      bench.files,
      crashesTable,
      day,
      rows.map(([, content, duplicate_of]) => ({ crash_id: sent(after, content), date: day, duplicate_of })),
    )
  }
})
afterAll(() => bench.close())

describe('the first report', () => {
  test.each([
    ['sent 29 days before is too old', 'a', []],
    ['sent 28 days before counts', 'b', [-28]],
    ['is the earliest of several', 'c', [-3]],
    ['is not one of later days', 'd', []],
  ])('%s', async (_, content, days) => {
    const id = sent(0, content)
    const found = await findOriginals(bench.files, date, [id])
    expect([...found]).toEqual(days.map((day) => [id, sent(day, content)]))
  })

  test('may be one that has no row yet, of an earlier day', async () => {
    const id = sent(0, 'e')
    const found = (coming: string[]) => findOriginals(bench.files, date, [id], coming)
    expect(await found([sent(-2, 'e')])).toEqual(new Map([[id, sent(-2, 'e')]]))
    expect(await found([sent(-1, 'f')])).toEqual(new Map())
  })

  test('is never the report itself, nor one of a later day', async () => {
    const id = sent(0, 'e')
    expect(await findOriginals(bench.files, date, [id], [id, sent(1, 'e')])).toEqual(new Map())
  })
})

test('repeats are those of 28 later days that are not marked, or refer to a later report', async () => {
  const found = await findRepeats(bench.files, date, [sent(0, 'd'), sent(0, 'e')])
  expect([...found]).toEqual([
    [addDays(date, 2), [sent(2, 'd')]],
    [addDays(date, 28), [sent(28, 'd')]],
  ])
})

test('crashes of some days are unmarked when an earlier report is known', async () => {
  const days = [-29, -28, -3, -1, 0, 1, 28].map((after) => addDays(date, after))
  expect(await findUnmarked(bench.files, days)).toEqual([sent(0, 'c'), sent(28, 'd')])
  expect(await findUnmarked(bench.files, [addDays(date, -10)])).toEqual([])
})

// Which days are compared.
import { expect, test } from 'vitest'
import { buildCorrelations } from '../../../../batch/aggregates/correlations/correlations.ts'
import type { AggregateRun } from '../../../../batch/aggregates/run.ts'
import { createMemoryStorage } from '../../../../shared/storage/memory.ts'

test('a single day is not over: nothing is compared, and no table is listed', async () => {
  const lake = createMemoryStorage()
  const listed: string[] = []
  const list = lake.list.bind(lake)
  lake.list = (prefix, options) => {
    listed.push(prefix)
    return list(prefix, options)
  }
  const build = (...dates: string[]) =>
    Array.fromAsync(buildCorrelations({ dates, products: [] } as unknown as AggregateRun, lake))
  expect([await build('2026-10-21'), listed]).toEqual([[], []])
  await build('2026-10-20', '2026-10-21')
  expect(listed.sort()).toEqual(['tables/crashes/', 'tables/modules/'])
})

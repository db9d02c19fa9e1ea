// How far reports were forwarded to another collector.
import { expect, test } from 'vitest'
import { isSampled } from '../../../batch/exchange/forward.ts'
import { openForwardState } from '../../../batch/exchange/forward-state.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'

const target = { to: 'https://other/submit', percent: 10 }

test('days are done from the first to before the last, and days that touch them are added', async () => {
  const crashes = createMemoryStorage()
  const state = await openForwardState(crashes, target)
  const done = () =>
    ['09', '10', '11', '12', '13', '14'].filter((day) => state.isDone(`2026-10-${day}`)).join(' ')
  expect(done()).toBe('')
  await state.close('2026-10-11', '2026-10-12')
  expect(done()).toBe('11')
  await state.close('2026-10-12', '2026-10-13')
  expect(done()).toBe('11 12')
  await state.close('2026-10-10', '2026-10-11')
  expect(done()).toBe('10 11 12')
  // Days between are not done.
  await state.close('2026-10-14', '2026-10-15')
  expect(done()).toBe('10 11 12')
  await state.close('2026-10-01', '2026-10-09')
  expect(done()).toBe('10 11 12')
  const again = await openForwardState(crashes, target)
  expect([again.isDone('2026-10-12'), again.isDone('2026-10-13')]).toEqual([true, false])
  expect((await openForwardState(crashes, { ...target, percent: 20 })).isDone('2026-10-12')).toBe(false)
  await state.close(null, '2026-10-13')
  expect(done()).toBe('09 10 11 12')
})

test('IDs of the days that are done are deleted, and no others', async () => {
  const crashes = createMemoryStorage()
  const state = await openForwardState(crashes, target)
  const days = ['2026-10-09', '2026-10-10', '2026-10-11', '2026-10-12'] as const
  for (const day of days) await state.add(day, [`${day}-a`, `${day}-b`])
  await state.add('2026-10-12', ['c'])
  expect([...(await state.answered('2026-10-12'))].sort()).toEqual(['2026-10-12-a', '2026-10-12-b', 'c'])
  await state.close('2026-10-10', '2026-10-12')
  const left = await Promise.all(days.map(async (day) => (await state.answered(day)).size))
  expect(left).toEqual([2, 0, 0, 3])
  expect(await Array.fromAsync(crashes.list(''))).toHaveLength(4)
})

test('a sample is always the same part of the reports', () => {
  const ids = Array.from(
    { length: 2000 },
    (_, i) => `${i.toString(16).padStart(8, '0')}-0000-8000-8000-000000261021`,
  )
  const sample = (percent: number) => ids.filter((id) => isSampled(id, percent))
  expect(sample(100)).toEqual(ids)
  expect(sample(0)).toEqual([])
  const [tenth, half] = [sample(10), new Set(sample(50))]
  expect(tenth.length).toBeGreaterThan(140)
  expect(tenth.length).toBeLessThan(260)
  expect(tenth.every((id) => half.has(id))).toBe(true)
})

// Marks of open days: one request per quarter of an hour and day, and none remembered that failed.
import { expect, test } from 'vitest'
import { openDayKey, parseDayMarkKey, settledDayKey } from '../../shared/keys.ts'
import { createDayOpener, openFor } from '../../shared/open-days.ts'

test('a day is marked before the first write, and again a quarter of the time later', async () => {
  const puts: string[] = []
  let time = 0
  let fails = true
  const put = async (key: string) => {
    puts.push(key)
    if (fails) throw new Error('no disk')
    return null
  }
  const open = createDayOpener({ put }, () => time)
  await expect(open('2026-10-21')).rejects.toThrow('no disk')
  fails = false
  await open('2026-10-21')
  time = openFor / 4 - 1
  await open('2026-10-21')
  await open('2026-10-22')
  time++
  await open('2026-10-21')
  const [first, second] = ['2026-10-21', '2026-10-22'].map(openDayKey)
  expect(puts).toEqual([first, first, second, first])
})

test('keys of marks can be read back', () => {
  const mark = {
    date: '2026-10-21',
    checkedAt: new Date('2026-11-29T04:55:00.123Z'),
    version: 'ab'.repeat(16),
  }
  const key = settledDayKey(mark.date, mark.checkedAt, mark.version)
  expect(parseDayMarkKey(key)).toEqual({ kind: 'settled', ...mark })
  expect(parseDayMarkKey(openDayKey(mark.date))).toEqual({ kind: 'open', date: mark.date })
  for (const other of [`${key}x`, 'days/open/2026-10-21', 'days/settled/20261021/x.json', 'raw/20261021/x'])
    expect(parseDayMarkKey(other)).toBeNull()
})

// Each limit of alerts, at its value and one beyond.
import { describe, expect, test } from 'vitest'
import { findAlerts } from '../../../batch/alerts/find.ts'
import { emptyMemory, newestFirst, remember } from '../../../batch/alerts/memory.ts'
import { type Candidate, everything, type ProductFacts } from '../../../batch/alerts/product-facts.ts'
import { defaultAlertSettings } from '../../../batch/products/alert-settings.ts'
import type { Alert } from '../../../shared/alerts/alert.ts'
import { addDays } from '../../../shared/time/dates.ts'
import { isoTime } from '../../../shared/time/iso-time.ts'
import { daysOf, factsOf, releasesOf, signatureOf } from './facts.support.ts'

const { rules } = defaultAlertSettings
const repeated = (count: number, days: number) => Array.from({ length: days }, () => count)
const found = (changes: Partial<ProductFacts>) => findAlerts(factsOf(changes))
const spikes = (last: number, crashes = 50) =>
  found({
    days: daysOf([...repeated(1000, 27), last]),
    rules: { ...rules, spike: { times: 1.5, crashes } },
  }).map(({ value, usual }) => [value, usual])
const thousand = daysOf(repeated(1000, 28))
const drawn = (days: number, productDays = 28) =>
  found({
    days: daysOf(repeated(1000, productDays)),
    leading: [signatureOf('app::Draw', repeated(40, days))],
  })
const saved = (now: number, productDays = 28) =>
  found({
    days: daysOf(repeated(1000, productDays)),
    leading: [signatureOf('app::Save', [...repeated(20, productDays - 7), ...repeated(now, 7)])],
  })
const unnamed = (now: number, days = thousand) =>
  found({
    days,
    modules: [{ name: 'lumen.pdb', now: { count: now, weighted: now }, before: { count: 0, weighted: 0 } }],
  })

describe('a rule is met at its limit, and not one below', () => {
  test.each<[string, Candidate[] | number[][], number]>([
    ['1.5 times the mean of the days before', spikes(1500), 1],
    ['less than 1.5 times', spikes(1499), 0],
    ['the least number of crashes', spikes(1500, 1500), 1],
    ['fewer crashes', spikes(1500, 1501), 0],
    ['a signature that is new since 13 days', drawn(14), 1],
    ['a signature that is new since 14 days', drawn(15), 0],
    ['a product that began a week before the signature', drawn(5, 12), 1],
    ['a product that began six days before', drawn(5, 11), 0],
    ['1.5 times the share of the week before', saved(30), 1],
    ['less than 1.5 times the share', saved(29), 0],
    ['a product of two weeks', saved(60, 14), 1],
    ['a product of 13 days', saved(60, 13), 0],
    ['missing symbols in 5 % of crashes', unnamed(350), 1],
    ['missing symbols in fewer', unnamed(349), 0],
    [
      'missing symbols of a product without crashes in the week before',
      unnamed(350, daysOf(repeated(1000, 7))),
      0,
    ],
  ])('%s', (_, alerts, count) => {
    expect(alerts).toHaveLength(count)
  })

  test('days before the first crash of a product are not usual', () => {
    expect(found({ days: daysOf([...repeated(1000, 7), 1800]) })).toMatchObject([
      { value: 1800, usual: 1000 },
    ])
  })

  test.each([
    ['2026-10-14', 1],
    ['2026-10-15', 0],
  ])('refused reports of a store that began on %s', (storeBegan, count) => {
    const refused = { counts: [...repeated(0, 27), 400], rule: 'r' }
    expect(found({ refused, storeBegan })).toHaveLength(count)
  })

  test('the least change of the rate of a version', () => {
    const changed = (now: number, times: number) =>
      found({
        releases: releasesOf({ b: { now: 1000, before: 1000 } }, { ratesOf: { now, before: 100 } }),
        rules: { ...rules, version_rate: { times } },
      })
    const { value } = changed(180, 1.2)[0]!
    expect(value).toBeCloseTo(1.8, 1)
    expect(changed(180, value)).toMatchObject([
      { value, usual: 1, subject: '2.0', version: '2.0', against: '1.0' },
    ])
    expect(changed(180, value + 1e-9)).toEqual([])
    expect(changed(100, 1)).toEqual([])
  })
})

describe('a memory', () => {
  const day = '2026-10-21'
  const noon = new Date(`${day}T12:00:00Z`)
  const candidate = (subject: string): Candidate => ({
    ...everything,
    ...{ product: 'Lumen', rule: 'rising', subject, day, value: 0.1, usual: 0.01 },
  })
  const subjectsOf = (list: readonly { subject: string }[]) => list.map(({ subject }) => subject)

  test('has the events of the last day first, those of one day in their order, and keeps alerts for 90 days', () => {
    const first = remember(emptyMemory(noon), {
      candidates: ['a', 'b', 'c'].map(candidate),
      day,
      now: noon,
    }).memory
    expect(subjectsOf(first.events)).toEqual(['a', 'b', 'c'])
    const next = addDays(day, 1)
    const found = { candidates: [candidate('d')], day: next }
    const later = (ms: number) =>
      remember(first, { ...found, now: new Date(noon.getTime() + 90 * 86_400_000 + ms) }).memory
    expect(subjectsOf(later(0).events)).toEqual(['d', 'a', 'b', 'c'])
    expect(subjectsOf(later(0).alerts)).toEqual(['a', 'b', 'c', 'd'])
    expect(subjectsOf(later(1).alerts)).toEqual(['d'])
  })

  test('gives IDs that differ by event and day, and lists the newest first', () => {
    const raised = ['a', 'b'].flatMap((subject) =>
      [day, addDays(day, 30)].flatMap((on) => {
        const now = new Date(`${on}T12:00:00Z`)
        return remember(emptyMemory(now), { candidates: [candidate(subject)], day: on, now }).raised
      }),
    )
    expect(new Set(raised.map(({ id }) => id)).size).toBe(4)
    expect(raised[0]).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{32}$/), at: isoTime(noon) })
    const listed = newestFirst(raised).map(({ subject, at }: Alert) => `${subject} ${at.slice(0, 10)}`)
    expect(listed).toEqual(['a 2026-11-20', 'b 2026-11-20', 'a 2026-10-21', 'b 2026-10-21'])
  })
})

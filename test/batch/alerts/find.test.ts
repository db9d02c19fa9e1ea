// Which alerts are found: planted events are, noise is not.
import { describe, expect, test } from 'vitest'
import { findAlerts } from '../../../batch/alerts/find.ts'
import type { ProductFacts } from '../../../batch/alerts/product-facts.ts'
import { parseProduct } from '../../../batch/products/product-file.ts'
import { alertRules } from '../../../shared/alerts/alert.ts'
import { alertText } from '../../../shared/alerts/alert-text.ts'
import { createRandom } from '../../support/mutate.ts'
import { daysOf, factsOf, releasesOf, signatureOf } from './facts.support.ts'

const texts = (facts: ProductFacts) =>
  findAlerts(facts).map((found) => alertText({ id: '', at: '', more: 0, ...found }))
const repeated = (count: number, days: number) => Array.from({ length: days }, () => count)
const modules = (now: number, before: number) => [
  {
    name: 'lumen.pdb',
    now: { count: now, weighted: now },
    before: { count: before, weighted: before },
  },
]

describe('an alert is found for', () => {
  test.each<[string, Partial<ProductFacts>, string]>([
    [
      'a signature that appeared five days ago',
      { leading: [signatureOf('app::Draw', repeated(40, 5))] },
      'app::Draw is new since 17 Oct: 3.9 % of crashes',
    ],
    [
      'a signature that is new in the newest version',
      {
        releases: releasesOf({
          a: { now: 40, before: 0, first_seen: '2026-10-13' },
          b: { now: 960, before: 1000 },
        }),
      },
      'a is new since 13 Oct: 4.0 % of crashes of 2.0',
    ],
    [
      'a signature that is more frequent in the newest version',
      { releases: releasesOf({ a: { now: 80, before: 20 }, b: { now: 920, before: 980 } }) },
      'a is more frequent in 2.0: 8.0 % of crashes, 2.0 % in 1.0 at the same age',
    ],
    [
      'an old signature that the version before did not have',
      { releases: releasesOf({ a: { now: 40, before: 0 }, b: { now: 960, before: 1000 } }) },
      'a is more frequent in 2.0: 4.0 % of crashes, 0.0 % in 1.0 at the same age',
    ],
    [
      'a signature that is more frequent than in the week before',
      { leading: [signatureOf('app::Save', [...repeated(20, 21), ...repeated(60, 7)])] },
      'app::Save is rising: 5.9 % of crashes in 7 days, 2.0 % in the 7 days before',
    ],
    [
      'a day with more crashes',
      { days: daysOf([...repeated(1000, 27), 2500]) },
      '2,500 crashes on 21 Oct; 1,000 a day are usual',
    ],
    [
      'a part of a day that is above whole days',
      { days: daysOf([...repeated(1000, 27), 1800]), isLastWhole: false },
      '1,800 crashes on 21 Oct; 1,000 a day are usual',
    ],
    [
      'the day before, while this day is not over',
      { days: daysOf([...repeated(1000, 26), 1800, 90]), isLastWhole: false },
      '1,800 crashes on 20 Oct; 1,000 a day are usual',
    ],
    [
      'a version that crashes more often',
      { releases: releasesOf({ b: { now: 1800, before: 1000 } }, { ratesOf: { now: 180, before: 100 } }) },
      '2.0 crashes 1.8 times as often as 1.0 at the same age',
    ],
    [
      'refused reports',
      { refused: { counts: [...repeated(0, 27), 400], rule: 'malformed_no_boundary' } },
      '400 reports were refused on 21 Oct, most by malformed_no_boundary; 0 a day are usual',
    ],
    [
      'a module without symbols',
      { modules: modules(2000, 10) },
      'Symbols of lumen.pdb are missing in 28.1 % of crashes in 7 days, 0.1 % in the 7 days before',
    ],
  ])('%s', (_, changes, text) => {
    expect(texts(factsOf(changes))).toEqual([text])
  })
})

describe('no alert is found for', () => {
  test.each<[string, Partial<ProductFacts>]>([
    ['a quiet product', {}],
    ['a product without crashes', { days: [] }],
    ['few crashes of a new signature', { leading: [signatureOf('app::Draw', repeated(1, 5))] }],
    ['a small share', { leading: [signatureOf('app::Draw', repeated(3, 5))] }],
    ['a new signature that is not news any more', { leading: [signatureOf('app::Draw', repeated(40, 17))] }],
    [
      'a signature of a product whose data begin with it',
      { days: daysOf(repeated(1000, 8)), leading: [signatureOf('app::Draw', repeated(40, 5))] },
    ],
    ['a second day of a product', { days: daysOf([100, 4000]) }],
    [
      'a day that is high as some days before are',
      { days: daysOf([...repeated(1000, 20), 2500, ...repeated(1000, 6), 2400]) },
    ],
    [
      'a version that crashes less often',
      { releases: releasesOf({ b: { now: 1000, before: 1800 } }, { ratesOf: { now: 100, before: 180 } }) },
    ],
    ['a few refused reports', { refused: { counts: [...repeated(0, 27), 40], rule: 'r' } }],
    [
      'refused reports in the first days of a store',
      { refused: { counts: [...repeated(0, 27), 400], rule: 'r' }, storeBegan: '2026-10-16' },
    ],
    ['reports that are refused every day', { refused: { counts: repeated(400, 28), rule: 'r' } }],
    ['symbols that were missing before', { modules: modules(2000, 1900) }],
  ])('%s', (_, changes) => {
    expect(texts(factsOf(changes))).toEqual([])
  })

  test('any event whose rule is off', () => {
    const off = JSON.stringify({
      name: 'Lumen',
      alerts: { rules: Object.fromEntries(alertRules.map((rule) => [rule, null])) },
    })
    const { rules } = parseProduct('lumen.json', off).alerts
    const busy = {
      days: daysOf([...repeated(1000, 27), 2500]),
      leading: [signatureOf('app::Draw', repeated(40, 5))],
      refused: { counts: [...repeated(0, 27), 400], rule: 'r' },
      modules: modules(2000, 10),
      releases: releasesOf(
        { a: { now: 80, before: 20 }, b: { now: 920, before: 980 } },
        { ratesOf: { now: 180, before: 100 } },
      ),
    }
    expect(new Set(findAlerts(factsOf(busy)).map(({ rule }) => rule)).size).toBe(6)
    expect(findAlerts(factsOf({ ...busy, rules }))).toEqual([])
  })
})

test('a signature that two analyses find gives one alert, which names the version', () => {
  const found = findAlerts(
    factsOf({
      leading: [signatureOf('a', [...repeated(20, 21), ...repeated(90, 7)])],
      releases: releasesOf({ a: { now: 80, before: 20 }, b: { now: 920, before: 980 } }),
    }),
  )
  expect(found).toMatchObject([{ rule: 'rising', subject: 'a', version: '2.0' }])
})

test('noise gives hardly any alert: 100 products of 100 signatures for a day', () => {
  const random = createRandom(7)
  const around = (mean: number) =>
    Math.max(0, Math.round(mean + Math.sqrt(mean) * 1.7 * (random() + random() + random() - 1.5)))
  let found = 0
  for (let product = 0; product < 100; product++) {
    // Fewer crashes on weekends, and days that differ by 10 %.
    const level = Array.from({ length: 28 }, (_, day) => (day % 7 < 2 ? 0.6 : 1) * (0.9 + 0.2 * random()))
    const leading = Array.from({ length: 100 }, (_, place) =>
      signatureOf(
        `s${place}`,
        level.map((factor) => around((40 / (1 + place / 10)) * factor)),
      ),
    )
    const days = daysOf(level.map((_, day) => leading.reduce((sum, one) => sum + one.days[day]!, 0)))
    found += findAlerts(factsOf({ days, leading })).length
  }
  expect(found).toBeLessThanOrEqual(2)
})

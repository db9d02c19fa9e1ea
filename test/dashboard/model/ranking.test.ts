// Ranks, shares, and their changes since the previous period.
import { describe, expect, test } from 'vitest'
import {
  aggregatesVersion,
  type Cell,
  type TopCrasher,
  type TopCrashersAggregate,
} from '../../../shared/aggregates/documents.ts'
import { topCrashersKey } from '../../../shared/keys.ts'
import { rankCrashers } from '../../../dashboard/model/crashers/ranking.ts'
import { sampleList } from '../../support/sample-aggregates.ts'

const cell = (count: number, weight = 1, version = 0): Cell => [version, 0, 0, 0, count, count * weight, 0]

function crasher(
  signature: string,
  current: Cell[],
  previous: Cell[],
  first_seen = '2026-01-01',
): TopCrasher {
  return {
    signature,
    id: signature,
    current,
    previous,
    installs: 0,
    startup: 0,
    garbage_collecting: 0,
    first_seen,
    first_build: null,
  }
}

function documentOf(
  signatures: TopCrasher[],
  extra: Partial<TopCrashersAggregate> = {},
): TopCrashersAggregate {
  return {
    version: aggregatesVersion,
    generated_at: '2026-11-22T12:00:00+00:00',
    product: 'Lumen',
    days: 7,
    from: '2026-11-16',
    to: '2026-11-22',
    until: '2026-11-22T12:00:00+00:00',
    versions: ['2.0', '1.0'],
    channels: ['release'],
    platforms: ['Linux'],
    process_types: ['parent'],
    report_types: ['crash'],
    all: {
      current: signatures.flatMap(({ current }) => current),
      previous: signatures.flatMap(({ previous }) => previous),
    },
    startup: 0,
    signatures,
    ...extra,
  }
}

describe('rankCrashers', () => {
  test('ranks by estimated crashes, from 1, ties by signature', () => {
    const { rows } = rankCrashers(
      [
        documentOf([
          crasher('b', [cell(5)], []),
          crasher('a', [cell(5)], []),
          crasher('sampled', [cell(2, 10)], []),
        ]),
      ],
      {},
    )
    expect(rows.map(({ rank, signature }) => [rank, signature])).toEqual([
      [1, 'sampled'],
      [2, 'a'],
      [3, 'b'],
    ])
  })

  test('marks new and returning signatures, and how shares changed', () => {
    const { rows } = rankCrashers(
      [
        documentOf([
          crasher('steady', [cell(50)], [cell(25)]),
          crasher('grew', [cell(30)], [cell(5)]),
          crasher('back', [cell(12)], []),
          crasher('new', [cell(8)], [], '2026-11-16'),
          crasher('gone', [], [cell(70)]),
        ]),
      ],
      {},
    )
    expect(rows.map(({ signature, change, movement }) => [signature, change, movement])).toEqual([
      ['steady', { kind: 'moved', points: 25, isSignificant: true }, 0],
      ['grew', { kind: 'moved', points: 25, isSignificant: true }, 0],
      ['back', { kind: 'absent', points: 12, isSignificant: true }, null],
      ['new', { kind: 'new', points: 8, isSignificant: false }, null],
    ])
    expect(rows.map(({ share }) => share)).toEqual([0.5, 0.3, 0.12, 0.08])
  })

  test('crashes of one installation are one observation, however many there are', () => {
    const [one, many] = [1, 30].map((installs) => {
      const grew = { ...crasher('grew', [cell(30)], [cell(5)]), installs }
      const { rows } = rankCrashers([documentOf([grew, crasher('rest', [cell(70)], [cell(95)])])], {})
      return rows.find(({ signature }) => signature === 'grew')!.change
    })
    expect(one).toMatchObject({ points: 25, isSignificant: false })
    expect(many).toMatchObject({ points: 25, isSignificant: true })
  })

  test('marks start-up crashes only above the rate of the product', () => {
    const usual = { ...crasher('usual', [cell(1000)], []), startup: 50 }
    const early = { ...crasher('early', [cell(40)], []), startup: 30 }
    const few = { ...crasher('few', [cell(4)], []), startup: 4 }
    const { rows } = rankCrashers([documentOf([usual, early, few], { startup: 84 })], {})
    expect(rows.filter(({ isStartup }) => isStartup).map(({ signature }) => signature)).toEqual(['early'])
  })

  test('marks as new only what the days before would have shown', () => {
    const document = documentOf([
      crasher('planted', [cell(60)], [], '2026-11-10'),
      crasher('rare', [cell(3)], [], '2026-11-18'),
      crasher('known', [cell(900)], [cell(900)]),
    ])
    const history = (days: number) => {
      const dates = Array.from(
        { length: days },
        (_, day) => `2026-11-${String(10 - days + day).padStart(2, '0')}`,
      )
      return new Map([['Lumen', dates.map((date) => ({ date, weighted: 300 }))]])
    }
    const newAfter = (days: number) =>
      rankCrashers([document], {}, history(days))
        .rows.filter(({ isNew }) => isNew)
        .map(({ signature }) => signature)
    expect(newAfter(9)).toEqual(['planted'])
    expect(newAfter(0)).toEqual([])
    const onTheDay = new Map([['Lumen', [{ date: '2026-11-10', weighted: 3000 }]]])
    expect(rankCrashers([document], {}, onTheDay).rows.some(({ isNew }) => isNew)).toBe(false)
  })

  test('counts the places a signature gained or lost', () => {
    const { rows } = rankCrashers(
      [
        documentOf([
          crasher('a', [cell(9)], [cell(1)]),
          crasher('b', [cell(8)], [cell(3)]),
          crasher('c', [cell(7)], [cell(2)]),
        ]),
      ],
      {},
    )
    expect(rows.map(({ movement }) => movement)).toEqual([2, -1, -1])
  })

  test('makes no comparison when the previous period has no crashes', () => {
    const { rows } = rankCrashers([documentOf([crasher('a', [cell(1)], [], '2026-11-20')])], {})
    expect(rows[0]).toMatchObject({ change: { kind: 'unknown' }, movement: null })
  })

  test('computes shares of all crashes, including those outside the list', () => {
    const ranking = rankCrashers(
      [documentOf([crasher('a', [cell(10)], [])], { all: { current: [cell(40)], previous: [] } })],
      {},
    )
    expect(ranking.rows[0]!.share).toBe(0.25)
    expect(ranking.covered).toBe(0.25)
  })

  test('filters rows, totals and shares', () => {
    const documents = [
      documentOf([
        crasher('old', [cell(6, 1, 1)], []),
        crasher('both', [cell(1, 1, 0), cell(9, 1, 1)], [cell(4, 1, 0)]),
      ]),
    ]
    const { rows, total, previousTotal } = rankCrashers(documents, { versions: ['2.0'] })
    expect(rows.map(({ signature, total, share }) => [signature, total.count, share])).toEqual([
      ['both', 1, 1],
    ])
    expect([total.count, previousTotal.count]).toEqual([1, 4])
  })

  test('joins products', () => {
    const { rows, total } = rankCrashers(
      [
        documentOf([crasher('a', [cell(2)], [])]),
        documentOf([crasher('a', [cell(3)], [])], { product: 'Atelier' }),
      ],
      {},
    )
    expect(rows.map(({ product, rank }) => [product, rank])).toEqual([
      ['Atelier', 1],
      ['Lumen', 2],
    ])
    expect(total.count).toBe(5)
  })

  test('the shares of a whole document add up to the part that it covers', () => {
    const document = sampleList('2026-11-22T14:05:00+00:00', topCrashersKey('lumen', 28), 80)
    const { rows, covered, sampled, margin } = rankCrashers([document], {})
    expect(rows.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(covered, 9)
    expect(rows.map(({ rank }) => rank)).toEqual(rows.map((_, index) => index + 1))
    expect(sampled).toBe(true)
    expect(margin).toBeGreaterThan(0)
  })
})

// Releases at equal age: a planted difference is found, noise is not.
import { describe, expect, test } from 'vitest'
import { aggregatesVersion } from '../../../shared/aggregates/documents.ts'
import { headlineFor, headlineOf, leadingRelease, releaseBefore } from '../../../shared/releases/choose.ts'
import { compareReleases } from '../../../shared/releases/compare.ts'
import type { Release, ReleasesAggregate } from '../../../shared/releases/document.ts'
import { createRandom } from '../../support/mutate.ts'

const day = 86_400
const full = 28 * day
/** The younger release is compared at this age. */
const young = 10 * day + 3600

interface Counts {
  /** Up to the age of the younger release, and after it. */
  now?: number
  before?: [number, number]
  first_seen?: string
  only?: { now?: number; before?: number }
}

const release = (name: string, elapsed: number, at: number[], more: Partial<Release> = {}): Release => ({
  kind: 'version',
  name,
  channel: 'release',
  start: elapsed === full ? '2026-09-01' : '2026-10-11',
  is_start_known: true,
  elapsed,
  days: [],
  at,
  recent: 100,
  platforms: [0, 80, 1, 20],
  ...more,
})

const pairs = (values: [age: number, count: number | undefined][]) =>
  values.flatMap(([age, count]) => (count ? [age, count, count] : []))

/** Two versions; every report is one crash of one installation. */
function documentOf(
  signatures: Record<string, Counts>,
  releases: { now?: Partial<Release>; before?: Partial<Release> } = {},
): ReleasesAggregate {
  const all = Object.entries(signatures)
  const sum = (of: (counts: Counts) => number | undefined) =>
    all.reduce((total, [, counts]) => total + (of(counts) ?? 0), 0)
  const ofBefore = pairs([
    [young, sum(({ before }) => before?.[0])],
    [full, sum(({ before }) => before?.[1])],
  ])
  return {
    version: aggregatesVersion,
    generated_at: '',
    product: 'Lumen',
    measure: null,
    platforms: ['Windows NT', 'Linux'],
    releases: [
      release('2.0', young, pairs([[young, sum(({ now }) => now)]]), releases.now),
      release('1.0', full, ofBefore, releases.before),
    ],
    tested: all.length,
    signatures: all.map(([signature, { now, before, first_seen = '2026-01-01', only }]) => ({
      signature,
      id: signature,
      first_seen,
      in: [
        { release: 0, installs: 0, only: only?.now ?? -1, at: pairs([[young, now]]) },
        {
          release: 1,
          installs: 0,
          only: only?.before ?? -1,
          at: pairs([
            [young, before?.[0]],
            [full, before?.[1]],
          ]),
        },
      ].filter(({ at }) => at.length > 0),
    })),
  }
}

const compare = (document: ReleasesAggregate) =>
  compareReleases(document, document.releases[0]!, document.releases[1]!)
const kinds = (document: ReleasesAggregate) =>
  Object.fromEntries(compare(document).rows.map(({ signature, kind }) => [signature, kind]))

const common: Counts = { now: 2000, before: [2000, 4000] }

describe('two releases', () => {
  test('are compared at the age of the younger one, later crashes of the other do not count', () => {
    const { age, now, before, rows } = compare(documentOf({ common, late: { now: 40, before: [40, 9000] } }))
    expect(age).toBe(young)
    expect([now.total.count, before.total.count]).toEqual([2040, 2040])
    expect(rows.map(({ kind }) => kind)).toEqual([null, null])
  })

  test('differ by what is new, gone, rising and falling', () => {
    expect(
      kinds(
        documentOf({
          common,
          appeared: { now: 60, first_seen: '2026-10-15' },
          fromBeta: { now: 60, before: [0, 0], first_seen: '2026-09-20' },
          vanished: { before: [60, 100] },
          up: { now: 90, before: [30, 60] },
          down: { now: 30, before: [90, 180] },
          rare: { now: 6 },
        }),
      ),
    ).toEqual({
      common: null,
      appeared: 'new',
      fromBeta: 'new',
      vanished: 'gone',
      up: 'rising',
      down: 'falling',
      rare: null,
    })
  })

  test('a signature that the product never had before the release is new, also if the other release has it later', () => {
    const found = documentOf({ common, spread: { now: 100, before: [12, 90], first_seen: '2026-10-15' } })
    expect(kinds(found).spread).toBe('new')
  })

  test('reports of a few installations are few observations', () => {
    const document = documentOf({ common, loop: { now: 60 } })
    document.signatures[1]!.in[0]!.installs = 2
    expect(kinds(document).loop).toBeNull()
  })

  test('a platform is named only where chance does not explain that it is the only one', () => {
    const of = (now: number, only: number) => {
      const document = documentOf({
        common,
        appeared: { now, first_seen: '2026-10-15', only: { now: only } },
      })
      return compare(document).rows.find(({ signature }) => signature === 'appeared')!.only
    }
    expect(of(60, 0)).toBe('Windows NT')
    expect(of(12, 0)).toBeNull()
    expect(of(12, 1)).toBe('Linux')
    expect(of(60, -1)).toBeNull()
  })

  test('the platform of a signature without crashes in this release is that of the other release', () => {
    const document = documentOf({ common, vanished: { before: [60, 100], only: { before: 0 } } })
    expect(compare(document).rows.find(({ kind }) => kind === 'gone')!.only).toBe('Windows NT')
  })
})

describe('with known use', () => {
  const days = (count: number, use: number) =>
    Array.from({ length: 28 }, (_, place) => ({
      count: count + (place % 3),
      weighted: count + (place % 3),
      use,
    }))

  test('rates are per use of the same days of age, and their difference is tested', () => {
    const { now, before, rateChange } = compare(
      documentOf({ common }, { now: { days: days(400, 1000) }, before: { days: days(200, 1000) } }),
    )
    expect(now.rate!.value).toBeCloseTo(0.4009, 3)
    expect(before.rate!.days).toBe(10)
    expect(rateChange).toBeCloseTo(1.995, 2)
    const same = { now: { days: days(200, 1000) }, before: { days: days(202, 1010) } }
    expect(compare(documentOf({ common }, same)).rateChange).toBeNull()
  })

  test('a signature that only rises with the rate of the product does not differ, nor one whose share only gives way', () => {
    const twice = documentOf(
      { other: { now: 2000, before: [1000, 0] }, same: { now: 400, before: [200, 0] } },
      { now: { days: days(240, 1000) }, before: { days: days(120, 1000) } },
    )
    expect(kinds(twice)).toEqual({ other: null, same: null })
    const crowded = documentOf(
      { other: { now: 1000, before: [1000, 0] }, flood: { now: 1000 } },
      { now: { days: days(200, 1000) }, before: { days: days(100, 1000) } },
    )
    expect(kinds(crowded)).toEqual({ other: null, flood: 'new' })
  })

  test('days without use of both do not count', () => {
    const partly = days(200, 1000).map((one, place) => ({ ...one, use: place < 4 ? one.use : null }))
    const { now } = compare(
      documentOf({ common }, { now: { days: days(200, 1000) }, before: { days: partly } }),
    )
    expect(now.rate!.days).toBe(4)
  })
})

test('noise gives a finding in one list of signatures out of twenty at most', () => {
  const random = createRandom(11)
  let found = 0
  for (let list = 0; list < 200; list++) {
    const signatures: Record<string, Counts> = {}
    for (let signature = 0; signature < 60; signature++) {
      const counts: [number, number] = [0, 0]
      for (let i = 0; i < 2000 / (signature + 1) + 4; i++) counts[random() < 0.4 ? 0 : 1]++
      signatures[`s${signature}`] = { now: counts[0], before: [counts[1], 10] }
    }
    if (headlineFor(compare(documentOf(signatures))).count > 0) found++
  }
  expect(found).toBeLessThanOrEqual(14)
})

describe('the headline', () => {
  test('has what increased first, the largest difference first, and counts all', () => {
    const document = documentOf({
      common,
      small: { now: 60, first_seen: '2026-10-15' },
      large: { now: 600, first_seen: '2026-10-15', only: { now: 0 } },
      vanished: { before: [900, 0] },
    })
    const headline = headlineOf(document)!
    expect(headline).toMatchObject({ name: '2.0', against: '1.0', age: 10, rate_change: null, count: 3 })
    expect(headline.findings.map(({ signature }) => signature)).toEqual(['large', 'small'])
    expect(headline.findings[0]).toMatchObject({ kind: 'new', since: '2026-10-15', only: 'Windows NT' })
  })

  test('is about the newest version with enough reports of the channel with the most crashes now', () => {
    const beta = { channel: 'beta', recent: 10 }
    const document = documentOf({ common })
    document.releases.unshift(release('3.0b1', young, [young, 500, 500], beta))
    document.releases.unshift(release('2.1', day, [day, 49, 49]))
    expect(leadingRelease(document, 'version')!.name).toBe('2.0')
    expect(headlineOf(document)).toMatchObject({ name: '2.0', against: '1.0' })
    expect(releaseBefore(document, document.releases[1]!)!.name).toBe('2.1')
  })

  test('is missing where there is nothing to compare with', () => {
    const document = documentOf({ common })
    document.releases.pop()
    expect(headlineOf(document)).toBeNull()
    expect(leadingRelease(document, 'build')).toBeNull()
  })
})

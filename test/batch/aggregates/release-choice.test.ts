// Which versions, builds and channels a release view has: every limit at its exact value.
import { describe, expect, test } from 'vitest'
import { type Candidate, chooseReleases } from '../../../batch/aggregates/releases/release-choice.ts'
import { parseProduct } from '../../../batch/products/product-file.ts'

const product = parseProduct(
  'p.json',
  JSON.stringify({ name: 'P', channels: ['release', 'beta', 'nightly'] }),
)
const candidate = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  ...{ kind: 'version', name, channel: 'release', start: '2026-10-01', first_of_product: '2026-09-01' },
  ...{ weighted: 100, recent: 100 },
  ...more,
})
const chosen = (...candidates: Candidate[]) => chooseReleases(candidates, product).map(({ name }) => name)
const numbered = (count: number, of: (n: number) => Candidate) =>
  Array.from({ length: count }, (_, n) => of(n))

describe('versions', () => {
  test('are the four newest of a channel, and the three others with the most crashes; newest first', () => {
    const versions = [3, 1, 2, 8, 7, 6, 5, 4].map((n) => candidate(`${n}.0`))
    expect(chosen(...versions)).toEqual(['8.0', '7.0', '6.0', '5.0', '3.0', '2.0', '1.0'])
  })

  test('are of five channels', () => {
    const versions = numbered(6, (n) => candidate(`${n}.0`, { channel: `c${n}` }))
    expect(chosen(...versions)).toEqual(['5.0', '4.0', '3.0', '2.0', '1.0', '0.0'])
    const more = numbered(9, (n) => candidate(`${n}.0`, { channel: `c${n}` }))
    expect(chosen(...more)).toEqual(['7.0', '6.0', '5.0', '4.0', '3.0', '2.0', '1.0', '0.0'])
  })

  test('are fourteen', () => {
    const versions = numbered(25, (n) => candidate(`${n}.0`, { channel: `c${n % 5}` }))
    expect(chosen(...versions)).toHaveLength(14)
  })
})

describe('small ones are omitted', () => {
  const large = candidate('large', { kind: 'build', weighted: 995, recent: 995 })
  test.each([
    ['half a percent of the crashes', { weighted: 5, recent: 0 }, true],
    ['less than half a percent', { weighted: 4.97, recent: 0 }, false],
    ['half a percent of the recent crashes', { weighted: 0, recent: 5 }, true],
    ['less than half a percent of the recent ones', { weighted: 0, recent: 4.97 }, false],
  ])('%s', (_, sums, isKept) => {
    const small = candidate('s', { kind: 'build', ...sums })
    expect(chosen(large, small)).toEqual(isKept ? ['large', 's'] : ['large'])
  })

  test.each([
    [1, true],
    [0.99, false],
  ])('recent crashes count from one: %s', (recent, isKept) => {
    const other = candidate('large', { kind: 'build', weighted: 1000, recent: 2 })
    const small = candidate('s', { kind: 'build', weighted: 0, recent })
    expect(chosen(other, small)).toEqual(isKept ? ['large', 's'] : ['large'])
  })
})

test('builds are the eight with the highest numbers, versions before them, channels after', () => {
  const builds = ['20', '9', '10', '30', '21', '22', '23', '24', '25'].map((name) =>
    candidate(name, { kind: 'build' }),
  )
  const channels = ['nightly', 'other', 'beta', 'release'].map((name) => candidate(name, { kind: 'channel' }))
  expect(chosen(...channels, ...builds, candidate('1.0'))).toEqual([
    ...['1.0', '30', '25', '24', '23', '22', '21', '20', '10'],
    ...['release', 'beta', 'nightly', 'other'],
  ])
})

test('channels are the five with the most crashes', () => {
  const channels = numbered(6, (n) => candidate(`c${n}`, { kind: 'channel' }))
  expect(chosen(...channels)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4'])
})

// Sums over cells, compared with the crashes that the cells were made from.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Cell } from '../../../shared/aggregates/documents.ts'
import { topCrashersKey } from '../../../shared/keys.ts'
import {
  type CubeFilter,
  cellMatcher,
  familyOf,
  sumByFamily,
  sumCells,
  talliesOf,
} from '../../../dashboard/model/crashers/cube.ts'
import { sampleCrashes, sampleList } from '../../support/sample-aggregates.ts'

const lists = {
  versions: ['2.0', '1.0', ''],
  channels: ['release', 'beta'],
  platforms: ['Windows NT', 'Mac OS X', 'Linux', 'Android', 'Unknown'],
  process_types: ['parent', 'gpu'],
  report_types: ['crash', 'hang'],
}
const cells: Cell[] = [
  [0, 0, 0, 0, 1, 10, 0],
  [0, 1, 1, 0, 2, 2, 0],
  [1, 0, 2, 1, 4, 40, 1],
  [2, 0, 3, 0, 8, 80, 0],
  [0, 0, 4, 0, 16, 160, 1],
]
const sum = (filter: CubeFilter) => sumCells(cells, cellMatcher(lists, filter)).count

describe('cube', () => {
  test.each<[CubeFilter, number]>([
    [{}, 31],
    [{ versions: ['2.0'] }, 19],
    [{ versions: [''] }, 8],
    [{ versions: ['2.0'], channel: 'release' }, 17],
    [{ platform: 'Linux', processType: 'gpu' }, 4],
    [{ platform: 'Linux', processType: 'parent' }, 0],
    [{ versions: ['2.0', ''] }, 27],
    [{ versions: ['unheard of'] }, 0],
    [{ reportType: 'hang' }, 20],
    [{ reportType: 'crash', platform: 'Linux' }, 0],
  ])('sums what matches %j', (filter, count) => expect(sum(filter)).toBe(count))

  test('platform families are recognized by the first three letters; Android is other', () => {
    expect(['Windows NT', 'windows', 'Mac OS X', 'macOS', 'Linux', 'Android', ''].map(familyOf)).toEqual([
      'win',
      'win',
      'mac',
      'mac',
      'lin',
      'other',
      'other',
    ])
    expect(sumByFamily(cells, () => true, lists.platforms)).toEqual({ win: 10, mac: 2, lin: 40, other: 240 })
  })

  test('talliesOf groups cells by value', () => {
    expect(talliesOf(cells, cellMatcher(lists, { channel: 'beta' }))).toEqual([{ count: 2, weighted: 2 }])
  })

  test('any filter counts exactly the crashes that match it', () => {
    const now = '2026-11-22T14:05:00+00:00'
    const crashes = sampleCrashes('2026-11-22', 60).filter(
      ({ product, day }) => product.slug === 'lumen' && day < 14,
    )
    const document = sampleList(now, topCrashersKey('lumen', 14), 60)
    const some = (values: string[]) => fc.option(fc.constantFrom(...values), { nil: undefined })
    fc.assert(
      fc.property(
        some(document.versions),
        some(document.channels),
        some(document.platforms),
        some(document.process_types),
        (version, channel, platform, processType) => {
          const matches = cellMatcher(document, {
            versions: version === undefined ? undefined : [version],
            channel,
            platform,
            processType,
          })
          const wanted = crashes.filter(
            (crash) =>
              crash.version === (version ?? crash.version) &&
              crash.channel === (channel ?? crash.channel) &&
              crash.platform === (platform ?? crash.platform) &&
              crash.processType === (processType ?? crash.processType),
          )
          expect(sumCells(document.all.current, matches)).toEqual({
            count: wanted.length,
            weighted: wanted.reduce((total, { weight }) => total + weight, 0),
          })
        },
      ),
    )
  })
})

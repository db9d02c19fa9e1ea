// The list of all products: which signatures of each product it has, and their cells without versions.
import { describe, expect, test } from 'vitest'
import { leadingCrashers } from '../../../batch/aggregates/leading-crashers.ts'
import type { Cell, TopCrasher, TopCrashersAggregate } from '../../../shared/aggregates/documents.ts'

interface Place {
  version?: number
  channel?: number
  platform?: number
  process?: number
  count?: number
  weighted?: number
  report?: number
}
const cell = ({
  version = 0,
  channel = 0,
  platform = 0,
  process = 0,
  count = 1,
  weighted = 1,
  report = 0,
}: Place): Cell => [...([version, channel, platform, process, count, weighted, report] as Cell)]
const crasher = (signature: string, ...current: Cell[]) =>
  ({ signature, id: signature, current, previous: current }) as unknown as TopCrasher
const list = (product: string, ...signatures: TopCrasher[]) =>
  ({
    product,
    versions: [{ name: '1' }, { name: '2' }],
    channels: ['release', 'beta'],
    platforms: ['Linux', 'Mac OS X'],
    process_types: ['main', 'gpu'],
    report_types: ['crash', 'hang'],
    all: { current: [cell({}), cell({ version: 1 })], previous: [cell({ weighted: 3 })] },
    signatures,
  }) as unknown as TopCrashersAggregate

const chosen = (lists: TopCrashersAggregate[], limits: { total: number; each: number }) =>
  leadingCrashers(lists, limits).map(({ signatures }) => signatures.map(({ signature }) => signature))

describe('a signature is listed', () => {
  test('among the largest of all products', () => {
    const lists = [
      list('P', crasher('a', cell({ weighted: 5 })), crasher('b', cell({ weighted: 1 }))),
      list(
        'Q',
        crasher('c', cell({ weighted: 4 }), cell({ weighted: 2 })),
        crasher('d', cell({ weighted: 2 })),
      ),
    ]
    expect(chosen(lists, { total: 2, each: 0 })).toEqual([['a'], ['c']])
    expect(chosen(lists, { total: 3, each: 0 })).toEqual([['a'], ['c', 'd']])
    expect(chosen(lists, { total: 1, each: 0 })).toEqual([[], ['c']])
  })

  test('by name where sizes are equal', () => {
    expect(
      chosen([list('P', crasher('b', cell({})), crasher('a', cell({})))], { total: 1, each: 0 }),
    ).toEqual([['a']])
  })

  test.each<[string, Place]>([
    ['channel', { channel: 1 }],
    ['platform', { platform: 1 }],
    ['process type', { process: 1 }],
    ['report type', { report: 1 }],
  ])('among the largest of a %s', (_, place) => {
    const small = [crasher('small', cell({ ...place, weighted: 2 })), crasher('least', cell(place))]
    const lists = [list('P', crasher('large', cell({ weighted: 9 })), ...small)]
    expect(chosen(lists, { total: 1, each: 1 })).toEqual([['large', 'small']])
    expect(chosen(lists, { total: 1, each: 2 })).toEqual([['large', 'small', 'least']])
  })

  test('with the crashes of the value alone', () => {
    const lists = [
      list(
        'P',
        crasher('a', cell({ weighted: 9 }), cell({ channel: 1 })),
        crasher('b', cell({ channel: 1, weighted: 2 })),
      ),
    ]
    expect(chosen(lists, { total: 0, each: 1 })).toEqual([['a', 'b']])
  })

  test('values of several products with one name are one', () => {
    const other = { ...list('Q', crasher('c', cell({ channel: 0, weighted: 3 }))), channels: ['beta'] }
    const lists = [list('P', crasher('a', cell({ channel: 1, weighted: 2 }))), other]
    const [first] = chosen(
      lists.map((one) => ({ ...one, platforms: ['Linux', one.product], process_types: ['main'] })),
      { total: 0, each: 1 },
    )
    expect(first).toEqual([])
  })
})

describe('cells', () => {
  const cellsOf = (...cells: Cell[]) => {
    const [found] = leadingCrashers([list('P', crasher('a', ...cells))], { total: 1, each: 0 })
    expect(found!.signatures[0]!.previous).toEqual(found!.signatures[0]!.current)
    return found!.signatures[0]!.current
  }

  test('of several versions are one', () => {
    expect(
      cellsOf(
        cell({ version: 1, count: 2, weighted: 0.2 }),
        cell({ version: 0, count: 1, weighted: 0.1 }),
        cell({ version: 1, channel: 1, platform: 1, process: 1, report: 1 }),
      ),
    ).toEqual([cell({ count: 3, weighted: 0.3 }), cell({ channel: 1, platform: 1, process: 1, report: 1 })])
  })

  test.each<[string, Place]>([
    ['channel', { channel: 1 }],
    ['platform', { platform: 1 }],
    ['process type', { process: 1 }],
    ['report type', { report: 1 }],
    ['weight', { weighted: 2 }],
  ])('of another %s stay apart', (_, place) => {
    expect(cellsOf(cell({}), cell(place))).toEqual([cell({}), cell(place)])
  })

  test('of the whole product, too; the list has no versions', () => {
    const [found] = leadingCrashers([list('P')], { total: 1, each: 1 })
    expect([found!.versions, found!.all, found!.product]).toEqual([
      ...[[], { current: [cell({ count: 2, weighted: 2 })], previous: [cell({ weighted: 3 })] }, 'P'],
    ])
  })
})

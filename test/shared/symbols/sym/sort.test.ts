// Rows are sorted by address, then by comparison, then stay in their order, regardless of how unsorted they are.
import { describe, expect, test } from 'vitest'
import { orderByAddress, sequence, sortByAddress } from '../../../../shared/symbols/sym/sort.ts'
import { createRandom } from '../../../support/mutate.ts'

interface Row {
  address: number
  key: number
  place: number
}

/** The rows from `start` to `end` sorted by address and key, with the place that each had. */
function sorted(rows: readonly (readonly [number, number])[], start = 0, end = rows.length) {
  const column = (value: (row: readonly [number, number], i: number) => number) =>
    Uint32Array.from(rows, value)
  const table = {
    length: rows.length,
    address: column(([address]) => address),
    key: column(([, key]) => key),
    place: column((_, i) => i),
  }
  sortByAddress(table, start, end, (a, b) => table.key[a]! - table.key[b]!)
  return Array.from(
    rows,
    (_, i): Row => ({
      address: table.address[i]!,
      key: table.key[i]!,
      place: table.place[i]!,
    }),
  )
}

const places = (rows: readonly Row[]) => rows.map(({ place }) => place)

describe('a few rows', () => {
  test.each<[string, [number, number][], number[]]>([
    ['no row', [], []],
    ['one row', [[5, 0]], [0]],
    [
      'sorted rows',
      [
        [1, 9],
        [2, 5],
        [3, 0],
      ],
      [0, 1, 2],
    ],
    [
      'the lowest last',
      [
        [2, 0],
        [3, 0],
        [1, 0],
      ],
      [2, 0, 1],
    ],
    [
      'the highest first',
      [
        [3, 0],
        [1, 0],
        [2, 0],
      ],
      [1, 2, 0],
    ],
    [
      'equal addresses in the wrong order',
      [
        [1, 0],
        [2, 7],
        [2, 6],
      ],
      [0, 2, 1],
    ],
    [
      'equal addresses in the wrong order at the start',
      [
        [2, 7],
        [2, 6],
        [3, 0],
      ],
      [1, 0, 2],
    ],
    [
      'equal rows beside unsorted ones',
      [
        [2, 5],
        [2, 5],
        [1, 0],
      ],
      [2, 0, 1],
    ],
    [
      'equal rows',
      [
        [2, 5],
        [2, 5],
        [2, 5],
      ],
      [0, 1, 2],
    ],
  ])('%s', (_, rows, expected) => {
    expect(places(sorted(rows))).toEqual(expected)
  })

  test('outside the range stay', () => {
    const rows: [number, number][] = [
      [9, 0],
      [5, 0],
      [4, 0],
      [1, 0],
      [0, 0],
    ]
    expect(places(sorted(rows, 1, 4))).toEqual([0, 3, 2, 1, 4])
    expect(places(sorted(rows, 1, 2))).toEqual([0, 1, 2, 3, 4])
  })
})

describe('many rows', () => {
  const count = 200
  const random = createRandom(11)
  const pick = (limit: number) => Math.floor(random() * limit)
  const descending = Array.from({ length: count }, (_, i): [number, number] => [count - i, 0])
  const cases: [string, [number, number][]][] = [
    ['in descending order', descending],
    ['in descending order, of which the last two are equal', [...descending, [count, 7], [count, 6]]],
    ['in no order', descending.map(() => [pick(count), pick(4)])],
    ['of few addresses', descending.map(() => [pick(3), pick(4)])],
    ['with the largest addresses', descending.map(() => [0xffffffff - pick(3), pick(4)])],
  ]
  test.each(cases)('%s', (_, rows) => {
    const expected = rows
      .map(([address, key], place) => ({ address, key, place }))
      .sort((a, b) => a.address - b.address || a.key - b.key || a.place - b.place)
    expect(sorted(rows)).toEqual(expected)
  })

  // Insertion gives up after four moves per row; the row with which it does may be the last one, or not.
  test('are sorted at every number of moves', () => {
    for (let moved = 0; moved <= 40; moved++) {
      const address = Uint32Array.from({ length: 40 }, (_, i) => (i < moved ? moved - i : i + 1))
      const rows = sequence(0, 40)
      orderByAddress(rows, address, () => 0)
      expect(Array.from(rows, (row) => address[row])).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
    }
  })
})

test('a sequence has the rows from the first to before the last', () => {
  expect([...sequence(3, 6)]).toEqual([3, 4, 5])
  expect([...sequence(3, 3)]).toEqual([])
})

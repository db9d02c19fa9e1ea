// Ranges of addresses and of memory, each at its first and last address.
import { describe, expect, test } from 'vitest'
import { createMemoryMap, regionBytes } from '../../../../shared/minidump/memory/memory.ts'
import { createMappedMemory } from '../../../../shared/minidump/memory/permissions.ts'
import { createRangeMap } from '../../../../shared/minidump/memory/ranges.ts'

type Range = readonly [start: bigint, size: bigint]
const mapOf = (ranges: readonly Range[]) =>
  createRangeMap(
    ranges.length,
    (i) => ranges[i]![0],
    (i) => ranges[i]![1],
  )
const high = 1n << 32n
const end = 1n << 64n

describe('of ranges', () => {
  test.each<[string, Range[], number[]]>([
    ['nothing is found in none', [], []],
    [
      'those in order are kept',
      [
        [1n, 2n],
        [5n, 1n],
      ],
      [0, 1],
    ],
    [
      'those without order are sorted',
      [
        [5n, 1n],
        [1n, 2n],
      ],
      [1, 0],
    ],
    [
      'adjacent ones are kept',
      [
        [1n, 2n],
        [3n, 2n],
      ],
      [0, 1],
    ],
    [
      'one that starts in another is not addressable',
      [
        [1n, 3n],
        [3n, 5n],
      ],
      [0],
    ],
    [
      'of those that start together the shortest is kept',
      [
        [1n, 5n],
        [1n, 2n],
        [4n, 1n],
      ],
      [1, 2],
    ],
    [
      'of equal ones the first is kept',
      [
        [1n, 2n],
        [1n, 2n],
      ],
      [0],
    ],
    [
      'empty ones are skipped',
      [
        [1n, 0n],
        [1n, 1n],
      ],
      [1],
    ],
    ['the last address is found', [[end - 2n, 2n]], [0]],
    ['those beyond the last address are skipped', [[end - 2n, 3n]], []],
    [
      'both halves of an address count',
      [
        [high + 1n, 2n],
        [2n, 1n],
        [2n * high, high],
      ],
      [1, 0, 2],
    ],
    [
      'those that differ in the high half alone are sorted',
      [
        [2n * high + 1n, 1n],
        [high + 1n, 1n],
      ],
      [1, 0],
    ],
  ])('%s', (_, ranges, order) => {
    const map = mapOf(ranges)
    expect([...map.order]).toEqual(order)
    expect(map.length).toBe(order.length)
    for (const i of order) {
      const [start, size] = ranges[i]!
      expect([map.find(start), map.find(start + size - 1n)]).toEqual([i, i])
      const last = start + size - 1n
      expect(map.findPair(Number(last >> 32n), Number(last & 0xffff_ffffn))).toBe(i)
    }
    const edges = ranges.flatMap(([start, size]) => [start - 1n, start + size])
    for (const address of edges.filter((one) => one >= 0n && one < end)) {
      const holds = order.find((i) => ranges[i]![0] <= address && address < ranges[i]![0] + ranges[i]![1])
      expect({ address, found: map.find(address) }).toEqual({ address, found: holds ?? -1 })
    }
  })
})

describe('of saved memory', () => {
  const regions = [
    { base: 0x100n, bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    { base: 0x200n, bytes: Uint8Array.of(9) },
  ]

  test.each<[bigint, number, number[] | null]>([
    [0x100n, 8, [1, 2, 3, 4, 5, 6, 7, 8]],
    [0x107n, 1, [8]],
    [0x107n, 2, null],
    [0xffn, 1, null],
    [0x108n, 0, []],
    [0x109n, 0, null],
  ])('%i has %i bytes: %j', (address, length, bytes) => {
    const found = regionBytes(regions[0]!, address, length)
    expect(found && [...found]).toEqual(bytes)
  })

  test.each([
    [true, 0x04030201, 0x0807060504030201n],
    [false, 0x01020304, 0x0102030405060708n],
  ])('words are in the byte order of the dump, little endian: %s', (littleEndian, word, long) => {
    const memory = createMemoryMap(regions, littleEndian)
    expect([memory.readU32(0x100n), memory.readU64(0x100n)]).toEqual([word, long])
    expect([memory.readU32(0x105n), memory.readU64(0x101n), memory.readU32(0x200n)]).toEqual([
      null,
      null,
      null,
    ])
    expect(memory.read(0x200n, 1)).toEqual(Uint8Array.of(9))
    expect([memory.read(0x200n, 2), memory.read(0x300n, 1)]).toEqual([null, null])
    expect([memory.regionAt(0x200n), memory.regionAt(0x201n)]).toEqual([regions[1], null])
    expect([memory.regionAtPair(0, 0x107), memory.regionAtPair(1, 0x107)]).toEqual([regions[0], null])
  })
})

describe('of mapped memory', () => {
  const windows = (base: bigint, size: bigint, protection: number) => ({
    ...{ base, size, protection },
    ...{ allocationBase: 0n, allocationProtection: 0, state: 0, type: 0 },
  })
  const linux = (start: bigint, last: bigint, executable: boolean) => ({
    ...{ start, last, executable, readable: true, writable: false },
    ...{ shared: false, offset: 0n, path: '' },
  })

  test.each([
    [0x01, ''],
    [0x02, 'r'],
    [0x04, 'rw'],
    [0x08, 'w'],
    [0x10, 'x'],
    [0x20, 'rx'],
    [0x40, 'rwx'],
    [0x80, 'wx'],
    [0x102, 'r'],
  ])('the protection %i of Windows is %j', (protection, text) => {
    const { readable, writable, executable } = createMappedMemory([windows(5n, 5n, protection)], null)!.at(
      9n,
    )!
    expect(`${readable ? 'r' : ''}${writable ? 'w' : ''}${executable ? 'x' : ''}`).toBe(text)
  })

  test('both ends belong to a range, and code is what may be executed', () => {
    const map = createMappedMemory(null, [
      linux(0x20n, 0x2fn, true),
      linux(0x10n, 0x1fn, false),
      linux(0x50n, 0x4fn, true),
      linux(0x60n, 0x60n, true),
    ])!
    expect(map.ranges).toHaveLength(4)
    expect(map.sorted.map(({ start }) => start)).toEqual([0x10n, 0x20n, 0x60n])
    expect([0x0fn, 0x10n, 0x2fn, 0x30n, 0x50n, 0x60n, 0x61n].map((at) => map.at(at)?.start ?? null)).toEqual([
      ...[null, 0x10n, 0x20n, null, null, 0x60n, null],
    ])
    expect([0x0f, 0x10, 0x20, 0x30].map((low) => map.isCode(0, low))).toEqual([false, false, true, false])
    expect(map.isCode(1, 0x20)).toBe(false)
  })

  test('the list of Windows is preferred, without empty ranges; an empty list makes all code', () => {
    const both = createMappedMemory([windows(1n, 0n, 2), windows(5n, 1n, 2)], [linux(9n, 9n, true)])!
    expect(both.ranges.map(({ start, last }) => [start, last])).toEqual([[5n, 5n]])
    expect(createMappedMemory([], null)!.isCode(0, 1)).toBe(true)
    expect(createMappedMemory(null, null)).toBeNull()
  })
})

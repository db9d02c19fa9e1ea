// Checked reads of numbers and texts, and sources that are read by ranges.
import { describe, expect, test } from 'vitest'
import { ByteCursor, zeroBase } from '../../../shared/debug-files/byte-cursor.ts'
import {
  type ByteSource,
  decodeText,
  emptySource,
  partOf,
  sourceOfBytes,
  textAt,
  withPages,
} from '../../../shared/debug-files/byte-source.ts'
import { fromHex } from '../../support/assembler.ts'

const outside = new RangeError('Offset is outside the bounds of the data')

describe('a number', () => {
  const bytes = fromHex('81 82 83 84 85 86 87 88')
  test.each<[string, (cursor: ByteCursor) => number, little: number, big: number, length: number]>([
    ['u8', (c) => c.u8(), 0x81, 0x81, 1],
    ['u16', (c) => c.u16(), 0x8281, 0x8182, 2],
    ['u24', (c) => c.u24(), 0x838281, 0x818283, 3],
    ['u32', (c) => c.u32(), 0x84838281, 0x81828384, 4],
    ['i32', (c) => c.i32(), 0x84838281 - 2 ** 32, 0x81828384 - 2 ** 32, 4],
    ['u64', (c) => c.u64(), 0x88878685 * 2 ** 32 + 0x84838281, 0x81828384 * 2 ** 32 + 0x85868788, 8],
    [
      'i64',
      (c) => c.i64(),
      (0x88878685 - 2 ** 32) * 2 ** 32 + 0x84838281,
      (0x81828384 - 2 ** 32) * 2 ** 32 + 0x85868788,
      8,
    ],
    ['unsigned 1', (c) => c.unsigned(1), 0x81, 0x81, 1],
    ['unsigned 2', (c) => c.unsigned(2), 0x8281, 0x8182, 2],
    ['unsigned 4', (c) => c.unsigned(4), 0x84838281, 0x81828384, 4],
    ['address 2', (c) => c.address(2, { high: 0, low: 0x8000 }), 0x281, 0x182, 2],
    ['address 4', (c) => c.address(4, { high: 0, low: 0x8000_0000 }), 0x4838281, 0x1828384, 4],
    [
      'address 8',
      (c) => c.address(8, { high: 0x8182_8384, low: 0x8586_8787 }),
      (0x88878685 - 0x81828384) * 2 ** 32 + 0x84838281 - 0x85868787,
      1,
      8,
    ],
  ])('%s is read in both byte orders, and never beyond the end', (_, read, little, big, length) => {
    for (const [littleEndian, value] of [
      [true, little],
      [false, big],
    ] as const) {
      const cursor = new ByteCursor(bytes, littleEndian)
      expect(read(cursor)).toBe(value)
      expect(cursor.at).toBe(length)
      const cut = new ByteCursor(bytes.subarray(0, length - 1), littleEndian)
      expect(() => read(cut)).toThrow(RangeError)
    }
  })

  test.each([
    ['80 01', 128, 128],
    ['c0 00', 64, 64],
    ['40', 64, -64],
    ['3f', 63, 63],
    ['ff ff ff 3f', 2 ** 27 - 1, 2 ** 27 - 1],
    ['ff ff ff 7f', 2 ** 28 - 1, -1],
    ['80 80 80 40', 2 ** 27, -(2 ** 27)],
    ['80 80 80 80 01', 2 ** 28, 2 ** 28],
    ['80 80 80 80 08', 2 ** 31, 2 ** 31],
    ['81 80 80 80 80 01', 2 ** 35 + 1, 2 ** 35 + 1],
    ['81 80 80 80 80 40', 64 * 2 ** 35 + 1, -(64 * 2 ** 35) + 1],
    ['80 80 80 80 80 80 80 80 80 7f', 127 * 2 ** 63, -(2 ** 63)],
    ['85 80 80 80 80 80 80 80 80 80 01', 5, 5],
    ['85 80 80 80 80 80 80 80 80 80 80 7f', 5, 5],
  ])('LEB128 %s', (hex, unsigned, signed) => {
    const cursors = [new ByteCursor(fromHex(hex)), new ByteCursor(fromHex(hex))] as const
    expect([cursors[0].uleb(), cursors[1].sleb()]).toEqual([unsigned, signed])
    expect(cursors.map(({ at, end }) => at === end)).toEqual([true, true])
  })

  test.each(['', '80', 'ff ff'])('LEB128 %j has no end', (hex) => {
    expect(() => new ByteCursor(fromHex(hex)).uleb()).toThrow(outside)
    expect(() => new ByteCursor(fromHex(hex)).sleb()).toThrow(outside)
  })
})

describe('a cursor', () => {
  test('skips and takes up to the end, and neither back nor beyond', () => {
    const cursor = new ByteCursor(fromHex('010203'))
    expect(cursor.take(2)).toEqual(fromHex('0102'))
    expect(() => cursor.skip(2)).toThrow(outside)
    expect(() => cursor.take(2)).toThrow(outside)
    expect(() => cursor.skip(-1)).toThrow(outside)
    expect(() => cursor.skip(Number.NaN)).toThrow(outside)
    cursor.skip(0)
    cursor.skip(1)
    expect([cursor.at, cursor.end]).toEqual([3, 3])
    expect(() => cursor.u8()).toThrow(outside)
  })

  test('reads texts to their NUL', () => {
    expect(new ByteCursor(fromHex('00')).nulTerminated()).toEqual(fromHex(''))
    const cursor = new ByteCursor(fromHex('414200 00 43'))
    expect([cursor.nulTerminated(), cursor.at]).toEqual([fromHex('4142'), 3])
    expect([cursor.nulTerminated(), cursor.at]).toEqual([fromHex(''), 4])
    expect(() => cursor.nulTerminated()).toThrow(new RangeError('A text has no end'))
  })

  test('is little-endian, from a base of zero, by default', () => {
    expect(new ByteCursor(fromHex('0100')).u16()).toBe(1)
    expect(zeroBase).toEqual({ high: 0, low: 0 })
  })
})

const numbered = Uint8Array.from({ length: 100 }, (_, i) => i)

/** Records what is read of it. */
function logged(bytes: Uint8Array, withInto = false): { source: ByteSource; reads: [number, number][] } {
  const reads: [number, number][] = []
  const inner = sourceOfBytes(bytes)
  const read = (offset: number, length: number) => {
    reads.push([offset, length])
    return inner.read(offset, length)
  }
  const readInto = (buffer: Uint8Array, offset: number) => {
    const found = inner.read(offset, buffer.length)
    buffer.set(found)
    return buffer.subarray(0, found.length)
  }
  return { source: { size: bytes.length, read, ...(withInto ? { readInto } : {}) }, reads }
}

describe('a part of a source', () => {
  test.each([
    [10, 20, 20, 10],
    [90, 20, 10, 90],
    [100, 20, 0, 100],
    [120, 20, 0, 120],
    [10, -1, 0, 10],
  ])('from %i with %i bytes has %i', (offset, length, size, first) => {
    const part = partOf(sourceOfBytes(numbered), offset, length)
    expect(part.size).toBe(size)
    expect([...part.read(0, 1000)]).toEqual(Array.from({ length: size }, (_, i) => first + i))
    expect(part.readInto).toBeUndefined()
  })

  test('reads nothing beyond its end, into a buffer either', () => {
    const part = partOf(logged(numbered, true).source, 10, 5)
    expect([...part.read(3, 10)]).toEqual([13, 14])
    expect(part.read(5, 10)).toHaveLength(0)
    expect(part.read(6, 10)).toHaveLength(0)
    expect([...part.readInto!(new Uint8Array(10), 3)]).toEqual([13, 14])
    expect([...part.readInto!(new Uint8Array(1), 3)]).toEqual([13])
    expect(part.readInto!(new Uint8Array(10), 6)).toHaveLength(0)
  })

  test('is empty in an empty source', () => {
    expect([emptySource.size, emptySource.read(0, 1).length]).toEqual([0, 0])
  })
})

describe('pages', () => {
  test('serve small reads within one page, and drop the page that was unused for the longest time', () => {
    const { source, reads } = logged(numbered)
    const paged = withPages(source, { pageBytes: 10, maxPages: 2 })
    expect(paged.size).toBe(100)
    const at = (offset: number, length: number) => [...paged.read(offset, length)]
    expect(at(0, 10)).toEqual([...numbered.subarray(0, 10)])
    expect(at(9, 1)).toEqual([9])
    expect(at(15, 3)).toEqual([15, 16, 17])
    expect(at(5, 2)).toEqual([5, 6])
    expect(at(20, 1)).toEqual([20])
    expect(at(0, 1)).toEqual([0])
    expect(at(10, 1)).toEqual([10])
    expect(reads).toEqual([0, 10, 20, 10].map((offset) => [offset, 10]))
    expect(at(9, 2)).toEqual([9, 10])
    expect(at(0, 11)).toHaveLength(11)
    expect(reads.slice(4)).toEqual([
      [9, 2],
      [0, 11],
    ])
    expect(paged.readInto).toBeUndefined()
    expect(withPages(logged(numbered, true).source).readInto).toBeDefined()
  })

  test('have 64 KiB, of which 64 are kept', () => {
    const { source, reads } = logged(new Uint8Array(0))
    const paged = withPages(source)
    for (let page = 0; page < 65; page++) paged.read(page * 65_536 + 65_535, 1)
    paged.read(65_536, 65_536)
    expect(reads).toHaveLength(65)
    expect(reads.at(-1)).toEqual([64 * 65_536, 65_536])
    paged.read(0, 1)
    expect(reads).toHaveLength(66)
  })
})

describe('a text', () => {
  const texts = (lengths: readonly number[]) =>
    sourceOfBytes(new TextEncoder().encode(lengths.map((length) => `${'x'.repeat(length)}\0`).join('')))

  test.each([0, 1, 127, 128, 129, 511, 512, 513, 2048, 16_383])('of %i bytes is read whole', (length) => {
    expect(textAt(texts([length, 3]), 0)).toBe('x'.repeat(length))
    expect(textAt(texts([length, 3]), length + 1)).toBe('xxx')
  })

  test('is cut at the limit, and at the end of the source', () => {
    expect(textAt(texts([20_000]), 0)).toHaveLength(16 * 1024)
    expect(textAt(texts([300]), 0, 200)).toHaveLength(200)
    expect(textAt(sourceOfBytes(new Uint8Array(200).fill(0x61)), 0)).toHaveLength(200)
    expect(textAt(sourceOfBytes(new Uint8Array(128).fill(0x61)), 0)).toHaveLength(128)
  })

  test.each([-1, 4, 5, Number.NaN])('at %d of four bytes is empty', (offset) => {
    expect(textAt(sourceOfBytes(fromHex('61616161')), offset)).toBe('')
  })

  test.each([
    ['c3a9', 'é'],
    ['e9', 'é'],
    ['efbbbf61', '\ufeffa'],
    ['61 0a 1f 20 7e 7f 62', 'a?? ~?b'],
    ['e280a8 e280a9', '??'],
  ])('of the bytes %s is %j', (hex, text) => {
    expect(decodeText(fromHex(hex))).toBe(text)
  })
})

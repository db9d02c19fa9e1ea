// Numbers of blocks byte by byte, and what is wrong with damaged blocks.
import { describe, expect, test } from 'vitest'
import type { Dictionary } from '../../../shared/search/segment.ts'
import type { BlockKind } from '../../../shared/search-files/columns.ts'
import { decodeBlock } from '../../../shared/search-files/decode.ts'
import { encodeCoded, encodeNumbers } from '../../../shared/search-files/encode.ts'
import { Packer, Unpacker } from '../../../shared/search-files/packed.ts'

const packed = (pack: (packer: Packer) => void) => {
  const packer = new Packer()
  pack(packer)
  return packer.finish()
}
const damaged = (why: string) =>
  expect.objectContaining({ code: 'damaged', message: `A block of a search file is damaged: ${why}` })

describe('a number', () => {
  const ff = (count: number) => Array.from({ length: count }, () => 0xff)
  test.each<[number | bigint, number[]]>([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 1]],
    [300, [0xac, 2]],
    [16_383, [0xff, 0x7f]],
    [16_384, [0x80, 0x80, 1]],
    [2 ** 49 - 1, [...ff(6), 0x7f]],
    [2n ** 49n, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]],
    [2n ** 56n - 1n, [...ff(7), 0x7f]],
    [2n ** 63n, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]],
    [2n ** 70n - 1n, [...ff(9), 0x7f]],
  ])('%d is these bytes', (value, bytes) => {
    for (const given of [value, BigInt(value)])
      expect([...packed((packer) => packer.varint(given))]).toEqual(bytes)
    const unpacker = new Unpacker(Uint8Array.from(bytes))
    expect(unpacker.longVarint()).toBe(value)
    unpacker.end()
  })

  test('is at most 10 bytes long', () => {
    const long = Uint8Array.from([...ff(10), 1])
    expect(() => new Unpacker(long).longVarint()).toThrow(damaged('a number is too long'))
    expect(() => new Unpacker(Uint8Array.from(ff(9))).longVarint()).toThrow(damaged('it ends too early'))
  })

  test('is at most the greatest that is expected', () => {
    expect(new Unpacker(Uint8Array.of(100)).varint(100)).toBe(100)
    expect(() => new Unpacker(Uint8Array.of(101)).varint(100)).toThrow(damaged('a number is too large'))
    const long = packed((packer) => packer.varint(2n ** 49n))
    expect(() => new Unpacker(long).varint(2 ** 49)).toThrow(damaged('a number is too large'))
  })
})

test('many bytes are packed in order', () => {
  const pieces = [1, 1023, 1024, 1, 5000].map((length, i) => new Uint8Array(length).fill(i + 1))
  const bytes = packed((packer) => {
    for (const piece of pieces) packer.append(piece)
    packer.varint(9)
  })
  expect([...bytes]).toEqual([...pieces.flatMap((piece) => [...piece]), 9])
})

describe('a block', () => {
  const of = (kind: BlockKind, dictionary: unknown, codes = [1]) => [
    ...encodeCoded(kind, {
      kind: 'coded',
      codes: Uint8Array.from(codes),
      dictionary: dictionary as Dictionary,
    }).bytes,
  ]

  test.each<[BlockKind, unknown, number[]]>([
    ['integer', [-1], [1, 1]],
    ['integer', [-2, 0, 5], [1, 3, 2, 5]],
    ['integer', [0], [1, 0]],
    ['integer', [1, 301], [1, 2, 0xac, 2]],
    ['bool', [false, true], [1, 0, 1]],
    ['text', ['é', 'b'], [1, 1, 1, 0xc3, 0xa9, 0x62]],
    ['stack', ['b | a', 'b'], [1, 2, 1, 2, 1, 0, 1, 1, 1, 0x61, 0x62]],
    ['list', [[], ['a']], [1, 0, 1, 1, 0, 1, 0x61]],
  ])('of the kind %s with the dictionary %j is these bytes', (kind, dictionary, bytes) => {
    expect(of(kind, dictionary)).toEqual(bytes)
  })

  test('of distances from the smallest number has the bytes of each place together', () => {
    const encoded = (...values: number[]) => {
      const block = encodeNumbers({ kind: 'numbers', values: Float64Array.from(values) })
      return block && [...block.bytes]
    }
    expect(encoded(5, Number.NaN, 7)).toEqual([10, 1, 0, 3])
    expect(encoded(300, 0)).toEqual([0, 45, 1, 1, 0])
    expect(encoded(-3)).toEqual([5, 1])
    expect(encoded(0, 254)).toEqual([0, 1, 255])
    expect(encoded(0, 255)).toEqual([0, 1, 0, 0, 1])
    expect(encoded(0, 2 ** 53 - 2)).toHaveLength(1 + 2 * 7)
    expect(encoded(0, 2 ** 53 - 1)).toBeNull()
    expect(encoded(Number.NaN)).toBeNull()
  })

  test.each<[string, BlockKind, number[], { rows?: number; width?: number; values?: number }, string]>([
    ['wide codes', 'bool', [1, 0, 1], { width: 2 }, 'the width of its codes is wrong'],
    ['narrow codes', 'text', [1], { width: 1, values: 256 }, 'the width of its codes is wrong'],
    ['too few codes', 'bool', [1], { rows: 2 }, 'it ends too early'],
    ['a code without a value', 'bool', [2, 1], {}, 'a code has no value'],
    ['too few integers', 'integer', [1, 8], { values: 2 }, 'it ends too early'],
    ['too few texts', 'text', [1, 0], { values: 2 }, 'it ends too early'],
    ['too few lists', 'list', [1, 0], { values: 2 }, 'it ends too early'],
    ['too many booleans', 'bool', [1, 1, 1], {}, 'it has more bytes than values'],
    ['long lists', 'list', [1, 2, 3, 0, 0], { values: 2 }, 'it has more items than bytes'],
    ['an item for each byte', 'list', [1, 2, 2, 0, 0], { values: 2 }, 'it ends too early'],
    ['a longer list', 'list', [1, 4, 1, 0], {}, 'a number is too large'],
    ['items without a text', 'list', [1, 1, 0, 0], {}, 'an item is missing'],
    ['an item that is not one', 'list', [1, 1, 1, 1, 1, 0x61], {}, 'an item is missing'],
    ['a code beyond the items', 'list', [1, 1, 1, 2, 1, 0x61], {}, 'a code has no value'],
    ['longer texts', 'text', [1, 1, 0x61, 0x62], {}, 'the lengths of its texts are wrong'],
    ['shorter texts', 'text', [1, 2, 0x61], {}, 'the lengths of its texts are wrong'],
    ['text that is not UTF-8', 'text', [1, 1, 0xff], {}, 'its text is not UTF-8'],
    ['numbers without a width', 'integer', [0], { values: 0, width: 0 }, 'the width of its numbers is wrong'],
    [
      'numbers of 8 bytes',
      'integer',
      [0, 1, 0, 0, 0, 0, 0, 0, 0],
      { values: 0, width: 8 },
      'the width of its numbers is wrong',
    ],
    ['too few numbers', 'integer', [0], { values: 0 }, 'it ends too early'],
    ['too many numbers', 'integer', [0, 1, 1], { values: 0 }, 'it has more bytes than values'],
  ])('with %s is damaged', (_, kind, bytes, shape, why) => {
    const decode = () => decodeBlock(kind, Uint8Array.from(bytes), { rows: 1, width: 1, values: 1, ...shape })
    expect(decode).toThrow(damaged(why))
  })

  test.each<[string, BlockKind, number[], object, unknown]>([
    ['codes as large as its dictionary', 'bool', [1, 1], {}, [true]],
    ['an integer for each byte', 'integer', [1, 8, 1], { values: 2 }, [4, 5]],
    ['empty texts', 'text', [1, 0, 0], { values: 2 }, ['', '']],
    ['lists of nothing', 'list', [1, 0, 0], { values: 1 }, [[]]],
    ['items that are all the same', 'list', [1, 4, 1, 0, 0, 0, 0, 0], {}, [['', '', '', '']]],
    ['no values in its only row', 'integer', [0], { values: 0, width: 1, rows: 0 }, new Float64Array(0)],
  ])('may have %s', (_, kind, bytes, shape, values) => {
    const column = decodeBlock(kind, Uint8Array.from(bytes), { rows: 1, width: 1, values: 1, ...shape })
    expect(column.kind === 'coded' ? column.dictionary : column.values).toEqual(values)
  })

  test('of numbers has up to 7 bytes for each', () => {
    const bytes = Uint8Array.of(0, 255, 255, 255, 255, 255, 255, 31)
    expect(decodeBlock('integer', bytes, { rows: 1, width: 7, values: 0 })).toEqual({
      kind: 'numbers',
      values: Float64Array.of(2 ** 53 - 2),
    })
  })
})

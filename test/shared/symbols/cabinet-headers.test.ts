// The headers of cabinets and of LZX blocks, field by field.
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { CrashError } from '../../../shared/errors.ts'
import { expandCabinet } from '../../../shared/symbols/servers/cabinet.ts'
import { inflateLzx } from '../../../shared/symbols/servers/lzx.ts'
import { PrefixCode } from '../../../shared/symbols/servers/prefix-codes.ts'
import { createAssembler } from '../../support/assembler.ts'

const text = (value: string) => new TextEncoder().encode(value)

interface Shape {
  magic?: string
  reserve?: { header: number; folder: number; data: number }
  /** Names of the cabinet before and after. */
  neighbors?: { before: boolean; after: boolean }
  compression?: number
  /** Of the file in its folder. */
  start?: number
  size?: number
  folder?: number
  blocks?: { data: Uint8Array; length: number }[]
  /** That the folder states. */
  count?: number
}

const stored = (value: string) => ({ data: text(value), length: value.length })

function cabinet({
  magic = 'MSCF',
  reserve,
  neighbors,
  compression = 0,
  start = 0,
  size = 5,
  folder = 0,
  blocks = [stored('hello')],
  count,
}: Shape) {
  const { before = false, after = false } = neighbors ?? {}
  const flags = (before ? 1 : 0) | (after ? 2 : 0) | (reserve ? 4 : 0)
  const a = createAssembler()
  const files = a.label()
  const data = a.label()
  a.bytes(text(magic)).zeros(12).u32(files).zeros(10).u16(flags, 0, 0)
  if (reserve) a.u16(reserve.header).u8(reserve.folder, reserve.data).zeros(reserve.header)
  for (const isNamed of [before, after]) if (isNamed) a.bytes(text('cab\0disk\0'))
  for (let i = 0; i <= folder; i++)
    a.u32(i === folder ? data : 0xffff)
      .u16(count ?? blocks.length, compression)
      .zeros(reserve?.folder ?? 0)
  a.here(files).u32(size, start).u16(folder).zeros(6).bytes(text('name\0')).here(data)
  for (const block of blocks)
    a.u32(0)
      .u16(block.data.length, block.length)
      .zeros(reserve?.data ?? 0)
      .bytes(block.data)
  return a.finish()
}

const zip = (value: string) => ({
  data: Buffer.concat([text('CK'), deflateRawSync(text(value))]),
  length: value.length,
})

describe('a cabinet', () => {
  test.each<[string, Shape, string]>([
    ['of stored data', {}, 'hello'],
    ['of deflated data', { compression: 1, blocks: [zip('hello')] }, 'hello'],
    ['of several blocks', { blocks: [stored('he'), stored('llo')] }, 'hello'],
    ['of several deflated blocks', { compression: 1, blocks: [zip('he'), zip('llo')] }, 'hello'],
    ['with more than its file', { start: 1, size: 3 }, 'ell'],
    ['with blocks behind its file', { size: 2, blocks: [stored('he'), stored('llo')] }, 'he'],
    ['with a file in the second folder', { folder: 1 }, 'hello'],
    [
      'with a file in the third folder, and reserved bytes',
      { folder: 2, reserve: { header: 0, folder: 3, data: 0 } },
      'hello',
    ],
    ['with a reserved header', { reserve: { header: 5, folder: 0, data: 0 } }, 'hello'],
    [
      'with reserved blocks',
      { reserve: { header: 0, folder: 0, data: 7 }, blocks: [stored('he'), stored('llo')] },
      'hello',
    ],
    ['behind another', { neighbors: { before: true, after: false } }, 'hello'],
    ['before another', { neighbors: { before: false, after: true } }, 'hello'],
    [
      'with all of these',
      { neighbors: { before: true, after: true }, reserve: { header: 1, folder: 2, data: 3 } },
      'hello',
    ],
    ['with nothing', { size: 0, blocks: [] }, ''],
  ])('%s is expanded', (_, shape, content) => {
    expect(Buffer.from(expandCabinet(cabinet(shape), 5)).toString()).toBe(content)
  })

  test('ignores what follows the block in which its file ends', () => {
    const damaged = { data: text('CKgarbage'), length: 3 }
    const shape = { compression: 1, size: 2, blocks: [zip('he'), damaged] }
    expect(Buffer.from(expandCabinet(cabinet(shape), 5)).toString()).toBe('he')
  })

  test('has blocks of up to 32 KiB', () => {
    const expanded = (length: number) =>
      expandCabinet(cabinet({ size: length, blocks: [stored('x'.repeat(length))] }), length).length
    expect(expanded(32_768)).toBe(32_768)
    expect(() => expanded(32_769)).toThrow(isDamaged)
  })

  test('has blocks of LZX of up to 32 KiB, and ignores those behind its file', () => {
    const large = { data: text('x'), length: 32_769 }
    const shape = (length: number) => {
      const data = storedLzx(Buffer.alloc(length, 'x'))
      return { compression: 0x0f03, size: length, blocks: [{ data, length }, large] }
    }
    for (const length of [4, 32_768])
      expect(expandCabinet(cabinet(shape(length)), length)).toHaveLength(length)
  })

  const isDamaged = 'The cabinet (a file name that ends with _) is damaged'
  test.each<[string, Shape, string, string]>([
    [
      'another mark',
      { magic: 'MSCX' },
      'bad-symbols',
      'The file with a name that ends with _ is not a cabinet',
    ],
    [
      'Quantum',
      { compression: 2 },
      'bad-symbols',
      'The cabinet is compressed with Quantum, which is not read',
    ],
    ['more than is wanted', { size: 6 }, 'limit', 'The file in the cabinet has more than 5 bytes'],
    [
      'more than is wanted, with its start',
      { start: 1 },
      'limit',
      'The file in the cabinet has more than 5 bytes',
    ],
    ['fewer bytes than its file', { blocks: [stored('hell')] }, 'bad-symbols', isDamaged],
    [
      'fewer blocks than it states',
      { size: 5, blocks: [stored('hell')], count: 2 },
      'bad-symbols',
      isDamaged,
    ],
    ['no block', { blocks: [] }, 'bad-symbols', isDamaged],
    ['an unknown window', { compression: 0x0e03 }, 'bad-symbols', isDamaged],
    [
      'a large block',
      { compression: 0x0f03, blocks: [{ data: text('hello'), length: 32_769 }] },
      'bad-symbols',
      isDamaged,
    ],
    [
      'fewer bytes than its file, of LZX',
      { compression: 0x0f03, blocks: [{ data: text('hello'), length: 4 }] },
      'bad-symbols',
      isDamaged,
    ],
  ])('with %s is refused', (_, shape, code, message) => {
    const run = () => expandCabinet(cabinet(shape), 5)
    expect(run).toThrow(new CrashError(code as 'limit', message))
    expect(run).toThrow(expect.objectContaining({ code }))
  })
})

/** Words of 16 bits, little-endian, from bits. */
function words(...bits: string[]): Uint8Array {
  const all = bits.join('').replaceAll(' ', '')
  const padded = all.padEnd(Math.ceil(all.length / 16) * 16, '0')
  return Uint8Array.from(padded.match(/.{8}/g) ?? [], (_, i, list = padded.match(/.{8}/g)!) =>
    Number.parseInt(list[i ^ 1]!, 2),
  )
}
const number = (value: number, count: number) => value.toString(2).padStart(count, '0')

/** A block of LZX that is stored; `calls` is the size of a program whose calls are absolute. */
function storedLzx(data: Uint8Array, calls = 0): Uint8Array {
  const header = calls === 0 ? '0' : `1 ${number(calls, 32)}`
  const offsets = Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)
  return Buffer.concat([words(header, number(3, 3), number(data.length, 24)), offsets, data])
}

describe('the calls of LZX', () => {
  const size = 30
  /** The target of a call at `at` after it is made relative. */
  function restored(at: number, target: number): number {
    const bytes = Buffer.alloc(size)
    bytes[at] = 0xe8
    bytes.writeInt32LE(target, at + 1)
    const out = inflateLzx(storedLzx(bytes, 1000), { windowBits: 15, size })
    return Buffer.from(out).readInt32LE(at + 1)
  }
  test.each([
    ['the lowest target', 5, -5, 995],
    ['a target below it', 5, -6, -6],
    ['the start of the program', 5, 0, -5],
    ['a target before the start', 5, -1, 999],
    ['the highest target', 5, 999, 994],
    ['a target above it', 5, 1000, 1000],
    ['the last call', 19, 100, 81],
    ['a call in the last ten bytes', 20, 100, 100],
    ['the first call', 0, 100, 100],
  ])('%s', (_, at, target, expected) => {
    expect(restored(at, target)).toBe(expected)
  })
})

describe('the data of LZX', () => {
  const inflated = (bytes: Uint8Array, size = 4) => inflateLzx(bytes, { windowBits: 15, size })
  const block = (type: number, length: number) => `0 ${number(type, 3)} ${number(length, 24)}`
  /** Lengths of 20 symbols, of which two have one bit. */
  const lengths = (a: number, b: number) =>
    Array.from({ length: 20 }, (_, i) => number(i === a || i === b ? 1 : 0, 4)).join('')
  const offsets = '01000000 01000000 01000000'

  test('may be stored', () => {
    const bytes = Buffer.concat([
      words(block(3, 4)),
      Buffer.from(offsets.replaceAll(' ', ''), 'hex'),
      text('abcd'),
    ])
    expect(Buffer.from(inflated(bytes)).toString()).toBe('abcd')
    expect(() => inflated(bytes.subarray(0, bytes.length - 1))).toThrow(new RangeError('the data ends early'))
    expect(() => inflated(bytes.subarray(0, 15))).toThrow(new RangeError('the data ends early'))
  })

  test.each<[string, Uint8Array, string]>([
    ['an empty block', words(block(1, 0)), 'an empty block'],
    ['a block of another type', words(block(0, 4)), 'a block of unknown type'],
    ['a block of a high type', words(block(4, 4)), 'a block of unknown type'],
    ['nothing', words(), 'the data ends early'],
    ['a run of runs', words(block(1, 4), lengths(18, 19), '1 0 0', '0'.repeat(64)), 'a run of runs'],
    ['bits without a symbol', words(block(1, 4), lengths(18, 18), '1'.repeat(64)), 'bits without a symbol'],
    [
      'a code that is too short',
      words(block(1, 4), number(0x111, 12), '0'.repeat(80)),
      'the lengths of a code are too short',
    ],
  ])('with %s are refused', (_, bytes, message) => {
    expect(() => inflated(bytes)).toThrow(new RangeError(message))
  })

  /** A block whose data are `0` for the letter `a`, and `1` for two bytes at the latest offset. */
  const ofMatches = (length: number, data: string, blockStart = block(1, length)) =>
    words(
      blockStart,
      ...[lengths(0, 16), '0'.repeat(97), '1', '0'.repeat(158)],
      ...[lengths(0, 16), '1', '0'.repeat(239)],
      ...[lengths(0, 16), '0'.repeat(249)],
      data,
      '0'.repeat(16),
    )

  test('may repeat the first byte, and none before it', () => {
    expect(Buffer.from(inflated(ofMatches(3, '01'), 3)).toString()).toBe('aaa')
    expect(() => inflated(ofMatches(3, '10'), 3)).toThrow(new RangeError('a match before the data'))
  })

  test('may repeat what is as far as the window, and not farther', () => {
    const repeated = (offset: number) => {
      const header = Buffer.alloc(12)
      header.writeUInt32LE(offset)
      const stored = Buffer.alloc(32_770, 'x')
      stored.write('first')
      const next = ofMatches(2, '1', `${number(1, 3)}${number(2, 24)}`)
      const size = stored.length + 2
      const bytes = Buffer.concat([words(block(3, stored.length)), header, stored, next])
      return Buffer.from(inflated(bytes, size).subarray(-2)).toString()
    }
    expect(repeated(32_768)).toBe('rs')
    expect(() => repeated(32_769)).toThrow(new RangeError('a match before the data'))
  })

  test('has windows of 15 to 21 bits', () => {
    for (const windowBits of [14, 22])
      expect(() => inflateLzx(new Uint8Array(9), { windowBits, size: 1 })).toThrow(
        new RangeError('an unknown window'),
      )
  })
})

describe('a prefix code', () => {
  /** All symbols of these bits. */
  function decoded(code: PrefixCode, bits: string): number[] {
    let at = 0
    const source = {
      peek: (count: number) => Number.parseInt(bits.slice(at, at + count).padEnd(count, '0'), 2),
      skip: (count: number) => {
        at += count
      },
    }
    const symbols: number[] = []
    while (at < bits.length) symbols.push(code.read(source))
    return symbols
  }

  test('has short codes before long ones, and symbols in their order', () => {
    const code = new PrefixCode(Uint8Array.of(2, 0, 1, 3, 3))
    expect(decoded(code, '0 10 110 111 0'.replaceAll(' ', ''))).toEqual([2, 0, 3, 4, 2])
  })

  test('has codes of up to 16 bits', () => {
    const code = new PrefixCode(Uint8Array.from([...Array.from({ length: 16 }, (_, i) => i + 1), 16]))
    const ones = (count: number) => '1'.repeat(count)
    const bits = [9, 10, 11, 15].map((count) => `${ones(count)}0`).join('') + ones(16)
    expect(decoded(code, bits)).toEqual([9, 10, 11, 15, 16])
  })

  test('skips symbols without a length, also the last ones', () => {
    expect(decoded(new PrefixCode(Uint8Array.of(1, 1, 0, 0)), '01')).toEqual([0, 1])
  })

  test('may be incomplete, and not too short', () => {
    const code = new PrefixCode(Uint8Array.of(0, 2))
    expect(decoded(code, '00')).toEqual([1])
    expect(() => decoded(code, '01')).toThrow(new RangeError('bits without a symbol'))
    expect(() => new PrefixCode(Uint8Array.of(1, 1, 1))).toThrow(
      new RangeError('the lengths of a code are too short'),
    )
    expect(() => new PrefixCode(Uint8Array.of(1, 2, 2))).not.toThrow()
  })
})

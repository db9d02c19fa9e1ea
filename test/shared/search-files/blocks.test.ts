// Blocks of search files: decoding what was encoded is the identity; damaged bytes fail in bounds.
import fc from 'fast-check'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { isCrashError } from '../../../shared/errors.ts'
import type { CodedColumn, Dictionary, NumberColumn } from '../../../shared/search/segment.ts'
import { type BlockKind, partSeparator } from '../../../shared/search-files/columns.ts'
import { decodeBlock } from '../../../shared/search-files/decode.ts'
import {
  createCodes,
  type EncodedBlock,
  encodeCoded,
  encodeNumbers,
  widthFor,
} from '../../../shared/search-files/encode.ts'
import { inflateBlock } from '../../../shared/search-files/inflate.ts'
import { Packer } from '../../../shared/search-files/packed.ts'
import { createRandom, mutate } from '../../support/mutate.ts'

/** A column of these values; null is none. */
function column(rows: readonly unknown[], dictionary: Dictionary): CodedColumn {
  const codes = createCodes(rows.length, widthFor(dictionary.length))
  const keys = new Map(
    Array.from(dictionary as ArrayLike<unknown>, (value, i) => [JSON.stringify(shown(value)), i + 1]),
  )
  for (const [row, value] of rows.entries())
    codes[row] = value === null ? 0 : keys.get(JSON.stringify(shown(value)))!
  return { kind: 'coded', codes, dictionary }
}

const shown = (value: unknown) =>
  typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : value

const text = fc.string({ unit: 'binary', maxLength: 20 })
const words = fc.constantFrom(
  '',
  'a',
  ' | ',
  '|',
  'mozalloc_abort',
  'İ',
  '😀',
  '\ufeff',
  '\u2028',
  '\n',
  '\0',
)
const integers = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(10n ** 19n), max: 10n ** 20n - 1n }).map((value) => {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value
  }),
)

const kinds: { kind: BlockKind; value: fc.Arbitrary<unknown> }[] = [
  { kind: 'text', value: fc.oneof(text, words) },
  {
    kind: 'stack',
    value: fc.array(fc.oneof(text, words), { maxLength: 5 }).map((parts) => parts.join(partSeparator)),
  },
  { kind: 'integer', value: integers },
  { kind: 'double', value: fc.double({ noNaN: true }) },
  { kind: 'bool', value: fc.boolean() },
  { kind: 'list', value: fc.array(fc.oneof(text, words), { maxLength: 4 }) },
]

/** The distinct values in order. */
function dictionaryOf(rows: readonly unknown[]): Dictionary {
  const distinct = new Map(
    rows.filter((value) => value !== null).map((value) => [JSON.stringify(shown(value)), value]),
  )
  const values = [...distinct.values()]
  if (values.every((value) => typeof value === 'number' || typeof value === 'bigint'))
    values.sort((a, b) => ((a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0))
  return values as unknown as Dictionary
}

const decode = (kind: BlockKind, { bytes, ...shape }: EncodedBlock, rows: number) =>
  decodeBlock(kind, bytes, { ...shape, rows })

describe('a block', () => {
  for (const { kind, value } of kinds)
    test(`of the kind ${kind} is decoded to the column it was encoded from`, () => {
      const rows = fc.array(fc.option(value), { minLength: 1, maxLength: 40 })
      fc.assert(
        fc.property(rows, (values) => {
          const dictionary = dictionaryOf(values)
          if (dictionary.length === 0) return
          const before = column(values, dictionary)
          const after = decode(kind, encodeCoded(kind, before), values.length) as CodedColumn
          expect(after.codes).toEqual(before.codes)
          expect(Array.from(after.dictionary as ArrayLike<unknown>)).toEqual(dictionary)
        }),
      )
    })

  test('has codes of one, two or four bytes, as many as its dictionary needs', () => {
    for (const [count, width] of [
      [255, 1],
      [256, 2],
      [65_535, 2],
      [65_536, 4],
    ] as const) {
      const values = Array.from({ length: count }, (_, i) => i * 3 - 5)
      const before = column(values, values)
      const block = encodeCoded('integer', before)
      expect([block.width, block.values]).toEqual([width, count])
      expect(decode('integer', block, count)).toEqual(before)
    }
  })

  test('of numbers that mostly differ has one in each row', () => {
    const number = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: 0, max: 300 }), fc.constant(Number.NaN))
    fc.assert(
      fc.property(fc.array(number, { maxLength: 50 }), (numbers) => {
        const before: NumberColumn = { kind: 'numbers', values: Float64Array.from(numbers) }
        const block = encodeNumbers(before)
        if (block) expect(decode('integer', block, numbers.length)).toEqual(before)
        const known = numbers.filter((value) => !Number.isNaN(value))
        const range = Math.max(...known) - Math.min(...known) + 1
        expect(block !== null).toBe(known.length > 0 && Number.isSafeInteger(range))
      }),
    )
    expect(encodeNumbers({ kind: 'numbers', values: Float64Array.of(0.5) })).toBeNull()
  })

  test('that is damaged is an error or another column, in time and memory bounded by its bytes', () => {
    const random = createRandom(7)
    const columns: [BlockKind, CodedColumn][] = [
      ['text', column(['b', null, 'ab', 'b'], ['ab', 'b'])],
      ['stack', column(['a | b', 'b | b | c', null], ['a | b', 'b | b | c'])],
      ['integer', column([5, 2n ** 70n, null, -3], [-3, 5, 2n ** 70n])],
      ['double', column([0.5, null], [0.5])],
      ['bool', column([true, false, null], [false, true])],
      ['list', column([['a', 'b'], [], null], [[], ['a', 'b']])],
    ]
    let errors = 0
    for (const [kind, before] of columns) {
      const rows = before.codes.length
      const { bytes, width, values } = encodeCoded(kind, before)
      for (let i = 0; i < 2000; i++) {
        const shape =
          i % 4 === 0
            ? { rows: rows + (i % 7), width: 1 + (i % 8), values: values + (i % 3) - 1 }
            : { rows, width, values }
        try {
          const after = decodeBlock(kind, mutate(bytes, random), shape)
          expect(after.kind === 'coded' ? after.codes.length : after.values.length).toBe(shape.rows)
        } catch (error) {
          if (!isCrashError(error) || error.code !== 'damaged') throw error
          errors++
        }
      }
    }
    expect(errors).toBeGreaterThan(3000)
  })

  test('of a few bytes cannot state billions of rows, items or characters', () => {
    const huge = 2 ** 26
    for (const { kind } of kinds)
      expect(() =>
        decodeBlock(kind, new Uint8Array(16).fill(1), { rows: huge, width: 4, values: huge }),
      ).toThrow(/damaged/)
    // One stack that uses one long part 3,000 times.
    const packer = new Packer()
    packer.append(Uint8Array.of(1))
    for (const number of [3000, 1]) packer.varint(number)
    packer.append(new Uint8Array(3000))
    packer.texts(['x'.repeat(60_000)])
    const shape = { rows: 1, width: 1, values: 1 }
    expect(() => decodeBlock('stack', packer.finish(), shape)).toThrow('its stacks are too long')
  })
})

describe('a compressed block', () => {
  const plain = new Uint8Array(100_000).map((_, i) => i % 7)
  const packed = Uint8Array.from(deflateRawSync(plain))

  test('is inflated to as many bytes as stated', async () => {
    expect(await inflateBlock(packed, plain.length)).toEqual(plain)
  })

  test('with another length, or damaged, is an error', async () => {
    const random = createRandom(3)
    const wrong: [Uint8Array<ArrayBuffer>, number][] = [
      [packed, plain.length - 1],
      [packed, plain.length + 1],
      [packed.slice(0, -3), plain.length],
      [new Uint8Array(0), 5],
      ...Array.from({ length: 50 }, (): [Uint8Array<ArrayBuffer>, number] => [
        Uint8Array.from(mutate(packed, random)),
        10,
      ]),
    ]
    for (const [bytes, length] of wrong)
      await expect(inflateBlock(bytes, length)).rejects.toMatchObject({ code: 'damaged' })
  })
})

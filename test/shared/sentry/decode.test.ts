// Untrusted JSON and msgpack: the same values as plain decoders return, with limits checked before decoding.
import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeJson, decodeMsgpack } from '../../../shared/sentry/decode.ts'
import { bytesOf, concat } from '../../support/crash-request.ts'

const json = fc.jsonValue({ maxDepth: 5 })
/** msgpack's package rejects this key. */
const withoutProto = (value: unknown) => !JSON.stringify(value).includes('"__proto__":')

describe('JSON', () => {
  test('decodes to the result of JSON.parse', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value)
        expect(decodeJson(bytesOf(text))).toEqual(JSON.parse(text))
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test.each([
    ['broken', '{"a":'],
    ['empty', ''],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
    ['too many values', `[${'0,'.repeat(50_001)}0]`],
    ['too many lists', `[${'[],'.repeat(60_000)}[]]`],
    ['too deep', `${'['.repeat(65)}${']'.repeat(65)}`],
    ['endless depth', '{"a":'.repeat(100_000)],
  ])('that is %s gives null', (_, text) => {
    expect(decodeJson(bytesOf(text))).toBeNull()
  })

  test('is counted outside of strings only', () => {
    const text = JSON.stringify([',['.repeat(200_000), '"\\",['.repeat(200_000)])
    expect(decodeJson(bytesOf(text))).toEqual(JSON.parse(text))
    expect(decodeJson(bytesOf(`${'['.repeat(64)}${']'.repeat(64)}`))).not.toBeNull()
  })
})

describe('msgpack', () => {
  test('decodes to the encoded values, in sequence', () => {
    fc.assert(
      fc.property(fc.array(json.filter(withoutProto), { maxLength: 4 }), (values) => {
        const decoded = decodeMsgpack(concat(...values.map((value) => encode(value))))
        expect(JSON.stringify(decoded)).toBe(JSON.stringify(values))
      }),
      { seed: 2, numRuns: 500 },
    )
  })

  test('of every kind of head is decoded', () => {
    const values = [
      ['', 'x'.repeat(40), 'x'.repeat(300), 'x'.repeat(70_000)],
      [0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 40, -1, -32, -33, -129, -40_000, -(2 ** 40)],
      [1.5, true, false, null],
      Array.from({ length: 20 }, (_, i) => i),
      Array.from({ length: 49_000 }, () => 0),
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, i])),
    ]
    for (const value of values) expect(decodeMsgpack(encode(value))).toEqual([value])
    expect(decodeMsgpack(new Uint8Array([0xdd, 0, 0, 0, 1, 7]))).toEqual([[7]])
    expect(decodeMsgpack(new Uint8Array([0xdf, 0, 0, 0, 1, 0xa1, 0x61, 7]))).toEqual([{ a: 7 }])
    expect(decodeMsgpack(encode(1.5, { forceFloat32: true }))).toEqual([1.5])
    expect(decodeMsgpack(encode(new Uint8Array(300)))).toEqual([new Uint8Array(300)])
    expect(decodeMsgpack(encode(new Date(0)))).toEqual([new Date(0)])
  })

  test.each([
    ['a list of four thousand million', [0xdd, 0xff, 0xff, 0xff, 0xff, 0x00]],
    ['a map of four thousand million', [0xdf, 0xff, 0xff, 0xff, 0xff, 0x00]],
    ['a text of four thousand million', [0xdb, 0xff, 0xff, 0xff, 0xff, 0x00]],
    ['a list that ends early', [0x92, 0x01]],
    ['a head that ends early', [0xdd, 0x00]],
    ['a text that ends early', [0xa5, 0x61]],
    ['a byte that is not a head', [0xc1]],
    ['a key that is a list', [0x81, 0x90, 0x01]],
    ['the key __proto__', [0x81, 0xa9, ...bytesOf('__proto__'), 0x80]],
    ['much binary', [0xc5, 0x10, 0x00, ...new Uint8Array(0x1000)]],
  ])('of %s gives null', (_, bytes) => {
    expect(decodeMsgpack(new Uint8Array(bytes))).toBeNull()
  })

  test('that is deep, or has many values, decodes to null', () => {
    const deep = new Uint8Array(100_000).fill(0x91)
    expect(decodeMsgpack(concat(deep, new Uint8Array([0])))).toBeNull()
    expect(decodeMsgpack(new Uint8Array(50_001))).toBeNull()
    expect(decodeMsgpack(new Uint8Array(50_000))).toHaveLength(50_000)
  })

  test('that is damaged decodes to null, or values', () => {
    const whole = encode({ event_id: 'a', tags: { a: [1, 2.5, null] }, n: 2 ** 40 })
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, end) => {
        const damaged = whole.slice(0, end)
        if (at < damaged.length) damaged[at] = byte
        const values = decodeMsgpack(damaged)
        if (values !== null) expect(values.length).toBeLessThanOrEqual(damaged.length)
      }),
      { seed: 4, numRuns: 3000 },
    )
  })
})

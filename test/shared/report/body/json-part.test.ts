import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonReader, measureJson } from '../../../../shared/report/body/json-part.ts'
import { bytesOf } from '../../../support/crash-request.ts'

function parse(text: string, reader = new JsonReader(), chunkSize = 7) {
  const bytes = bytesOf(text)
  reader.begin()
  for (let at = 0; at < bytes.length; at += chunkSize) reader.scan(bytes.subarray(at, at + chunkSize))
  return reader.parse(bytes)
}
const refusal = (reason: string) => expect.objectContaining({ reason })
const listOf = (values: number) => `{"a":[${'[],'.repeat(values - 1)}[]]}`

describe('JSON annotations', () => {
  test('equal the result of JSON.parse, except for long integers', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ depthSize: 'large' })), (object) => {
        const text = JSON.stringify(object)
        const values = Object.entries(JSON.parse(text) as object)
        const isLong = (value: unknown) => Number.isInteger(value) && /^-?\d{16,}$/.test(String(value))
        const exact = (value: unknown) =>
          isLong(value) && !Number.isSafeInteger(value) ? String(value) : value
        expect(parse(text)).toEqual(Object.fromEntries(values.map(([name, value]) => [name, exact(value)])))
      }),
      { seed: 4, numRuns: 500 },
    )
  })

  test.each([
    ['brackets in strings', JSON.stringify({ a: '[{'.repeat(100_000), 'b,': ','.repeat(100_000) })],
    ['escaped quotes', JSON.stringify({ a: '"[\\'.repeat(100_000), b: '\\' })],
    ['a nesting of 64', `{"a":${'['.repeat(63)}${']'.repeat(63)}}`],
    ['many values', listOf(9_000)],
  ])('may have %s', (_, text) => expect(parse(text)).toEqual(JSON.parse(text)))

  test.each([
    ['18446744073709551615', '18446744073709551615'],
    ['-9007199254740993', '-9007199254740993'],
    ['9007199254740991', 9007199254740991],
    ['1234567890123456.5', 1234567890123456.5],
    ['1e30', 1e30],
    ['{"n":18446744073709551615}', { n: 18446744073709552000 }],
  ])('that are integers beyond 2^53 become text: %s', (json, value) => {
    expect(parse(`{"__proto__":${json},"A":${json},"B":"1234567890123456"}`)).toEqual(
      Object.fromEntries([
        ['__proto__', value],
        ['A', value],
        ['B', '1234567890123456'],
      ]),
    )
  })

  test.each([
    ['a nesting of 65', `{"a":${'['.repeat(64)}${']'.repeat(64)}}`],
    ['endless nesting', '['.repeat(5_000_000)],
    ['ten million values', listOf(10_000_000 / 3)],
    ['an unterminated string', `{"a":"${'\\"'.repeat(1_000_000)}`],
    ['quotes after backslashes', `{"a":"${'\\\\"'.repeat(1_000_000)}`],
    ['nothing', ''],
  ])('are refused for %s', (_, text) => expect(() => parse(text)).toThrow(refusal('invalid_json')))

  test('share one limit of values, and count their memory', () => {
    const reader = new JsonReader()
    parse(listOf(9_000), reader)
    expect(reader.heldBytes).toBeGreaterThan(1_000_000)
    const before = reader.heldBytes
    expect(() => parse(listOf(9_000), reader)).toThrow(refusal('invalid_json'))
    expect(reader.heldBytes).toBe(before)
    expect(parse('{"a":1}', reader)).toEqual({ a: 1 })
  })

  test.each([
    [1, 20_000, true],
    [1, 20_001, false],
    [5_000, 20_000, true],
    [5_000, 20_001, false],
  ])('may have 20,000 values in all parts: the first %d of %d is %s', (first, all, isRead) => {
    const textOf = (values: number) => `{"a":[${'0,'.repeat(values - 2)}0]}`
    const count = (text: string) => measureJson(bytesOf(text)).values
    const [one, two] = first === 1 ? ['{}', textOf(all - 1)] : [textOf(first), textOf(all - first)]
    expect(count(one) + count(two)).toBe(all)
    const reader = new JsonReader()
    parse(one, reader)
    if (isRead) expect(() => parse(two, reader)).not.toThrow()
    else expect(() => parse(two, reader)).toThrow(refusal('invalid_json'))
  })

  test.each(['[1]', '"a"', 'null', '1'])('are refused when they are %s', (text) =>
    expect(() => parse(text)).toThrow(refusal('invalid_json_value')),
  )
})

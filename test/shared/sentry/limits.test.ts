// The limits of Sentry data: the largest value that is accepted, and the next larger one.
import { describe, expect, test } from 'vitest'
import { measureJson } from '../../../shared/report/body/json-part.ts'
import type { Refusal } from '../../../shared/report/refusals.ts'
import { decodeJson, decodeMsgpack, maxDecodedBytes } from '../../../shared/sentry/decode.ts'
import { EnvelopeReader } from '../../../shared/sentry/envelope.ts'
import { annotationsFrom, joinBreadcrumbFiles } from '../../../shared/sentry/event.ts'
import { takeFormEvent } from '../../../shared/sentry/form.ts'
import { mergeAll } from '../../../shared/sentry/json.ts'
import { PayloadGatherer } from '../../../shared/sentry/payloads.ts'
import { bytesOf } from '../../support/crash-request.ts'

/** The number of items that `read` accepts, or why it refuses the envelope. */
function read(body: string, limits: { maxPartHeaderBytes: number; maxParts: number }, chunk = 1 << 20) {
  let ended = 0
  const handler = { header() {}, item() {}, data() {}, end: () => void ended++ }
  const reader = new EnvelopeReader(handler, limits)
  const bytes = bytesOf(body)
  try {
    for (let at = 0; at < bytes.length; at += chunk) reader.write(bytes.subarray(at, at + chunk))
    reader.finish()
  } catch (error) {
    return (error as Refusal).reason
  }
  return ended
}

/** A header line of exactly this many bytes. */
const lineOf = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`

describe('an envelope', () => {
  const limits = { maxPartHeaderBytes: 100, maxParts: 3 }

  test.each([
    [100, 1],
    [101, 'part_header_too_large'],
  ])('with a header line of %d bytes gives %s', (bytes, expected) => {
    for (const chunk of [1, 7, 1000]) {
      expect(read(`${lineOf(bytes)}\n{"type":"a"}\nx`, limits, chunk)).toBe(expected)
      expect(read(`{}\n${lineOf(bytes)}\nx`, limits, chunk)).toBe(expected)
      expect(read(`{}\n${lineOf(bytes)}`, limits, chunk)).toBe(expected)
    }
  })

  test.each([
    [98, 64],
    [99, 'part_header_too_large'],
  ])('with 63 header lines of 100 bytes, one of two and one of %d gives %s', (bytes, expected) => {
    const body = `{}\n${`${lineOf(100)}\n\n`.repeat(63)}${lineOf(bytes)}\n\n`
    expect(read(body, { ...limits, maxParts: 100 })).toBe(expected)
  })

  test.each([
    [3, 3],
    [4, 'too_many_parts'],
  ])('of %d items gives %s', (items, expected) => {
    expect(read(`{}\n${'{"type":"a"}\nx\n'.repeat(items)}`, limits)).toBe(expected)
  })
})

describe('decoding', () => {
  test.each([
    [50_000, true],
    [50_001, false],
  ])('JSON with %d values: %s', (values, isRead) => {
    const text = `[${'0,'.repeat(values - 1)}0]`
    expect(measureJson(bytesOf(text)).values).toBe(values)
    expect(decodeJson(bytesOf(text)) !== null).toBe(isRead)
  })

  test.each([
    [64, true],
    [65, false],
  ])('msgpack with lists in %d levels: %s', (levels, isRead) => {
    const bytes = new Uint8Array(levels + 1).fill(0x91)
    bytes[levels] = 0
    expect(decodeMsgpack(bytes) !== null).toBe(isRead)
  })

  test.each([
    ['an empty text with its length', [0xd9, 0x00], ''],
    ['an empty list with its length', [0xdc, 0x00, 0x00], []],
    ['an empty map with its length', [0xde, 0x00, 0x00], {}],
  ])('msgpack that ends with %s', (_, bytes, value) => {
    expect(decodeMsgpack(new Uint8Array(bytes))).toEqual([value])
  })

  test.each([
    ['8', [0xc7, 1, 5, 0xc1]],
    ['16', [0xc8, 0, 1, 5, 0xc1]],
    ['32', [0xc9, 0, 0, 0, 1, 5, 0xc1]],
  ])('msgpack with an extension whose length has %s bits', (_, bytes) => {
    expect(decodeMsgpack(new Uint8Array(bytes))).toEqual([
      expect.objectContaining({ type: 5, data: new Uint8Array([0xc1]) }),
    ])
    expect(decodeMsgpack(new Uint8Array(bytes.slice(0, -1)))).toBeNull()
  })
})

/** JSON of an object with exactly this many characters. */
const jsonOf = (length: number) => `{"a":"${'x'.repeat(length - 8)}"}`

describe('a form field', () => {
  test.each([
    [maxDecodedBytes, []],
    [maxDecodedBytes + 1, ['sentry']],
  ])('of %d characters leaves %j unread', (length, unread) => {
    expect(takeFormEvent(new Map([['sentry', jsonOf(length)]])).unread).toEqual(unread)
  })

  test.each([
    [7, []],
    [8, [`sentry${'[a]'.repeat(8)}`]],
  ])('nested in %d levels leaves %j unchanged', (levels, left) => {
    const { annotations } = takeFormEvent(new Map([[`sentry${'[a]'.repeat(levels)}`, 'x']]))
    expect([...annotations.keys()]).toEqual(left)
  })
})

test.each([
  [maxDecodedBytes, [], 0],
  [maxDecodedBytes + 1, ['event'], maxDecodedBytes + 1],
])('a payload of %d bytes is passed to the files: %j', (length, unread, passed) => {
  let bytes = 0
  const files = {
    part() {},
    end() {},
    data(piece: Uint8Array) {
      bytes += piece.length
    },
  }
  const gatherer = new PayloadGatherer(files)
  gatherer.part({ name: 'a', filename: null, contentType: '', transferEncoding: '' }, 'event')
  const json = bytesOf(jsonOf(length))
  gatherer.data(json.subarray(0, 1000))
  gatherer.data(json.subarray(1000))
  gatherer.end(true)
  expect({ unread: gatherer.unread, bytes }).toEqual({ unread, bytes: passed })
})

test.each([
  [8.64e12 - 1, '+275760-09-12T23:59:59.000Z'],
  [8.64e12, '8640000000000'],
  [-8.64e12, '-8640000000000'],
])('a breadcrumb of second %d has the time %s', (timestamp, text) => {
  const sent = { event: {}, breadcrumbs: [{ timestamp }], feedback: {} }
  const { Breadcrumbs } = Object.fromEntries(annotationsFrom(sent as Parameters<typeof annotationsFrom>[0]))
  expect(Breadcrumbs).toBe(JSON.stringify([{ timestamp: text }]))
})

test('of two breadcrumb files that end at the same time, the second comes last', () => {
  const crumb = (message: string) => ({ timestamp: '2026-01-01T00:00:01Z', message })
  const joined = joinBreadcrumbFiles([crumb('a'), crumb('b')], [crumb('c')])
  expect(joined).toEqual([crumb('b'), crumb('c')])
})

test('merging returns the only object that is not empty', () => {
  const only = { a: { b: 1 } }
  expect(mergeAll({}, only, {})).toBe(only)
})

// Envelopes: the format, the variants that clients send, and hostile ones.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isCrashError } from '../../../shared/errors.ts'
import { Refusal } from '../../../shared/report/refusals.ts'
import { EnvelopeReader, type ItemHead } from '../../../shared/sentry/envelope.ts'
import { bytesOf, concat } from '../../support/crash-request.ts'
import { envelope, type Item } from '../../support/sentry-clients.ts'

const limits = { maxPartHeaderBytes: 1000, maxParts: 5 }

interface Read {
  header: unknown
  items: (ItemHead & { payload: string })[]
  ended: number
}

/** Reads the bytes in chunks; returns the reason of a refusal. */
function read(body: string | Uint8Array, chunkSize = 1 << 20): Read | string {
  const seen: Read = { header: null, items: [], ended: 0 }
  const reader = new EnvelopeReader(
    {
      header: (header) => {
        seen.header = header
      },
      item: (head) => void seen.items.push({ ...head, payload: '' }),
      data: (bytes) => {
        seen.items.at(-1)!.payload += Buffer.from(bytes).toString('latin1')
      },
      end: () => void seen.ended++,
    },
    limits,
  )
  const bytes = bytesOf(body)
  try {
    for (let at = 0; at < bytes.length; at += chunkSize) reader.write(bytes.subarray(at, at + chunkSize))
    reader.finish()
  } catch (error) {
    if (error instanceof Refusal) return error.reason
    throw error
  }
  expect(seen.ended).toBe(seen.items.length)
  return seen
}

const payloads = (result: Read | string) =>
  typeof result === 'string' ? result : result.items.map(({ type, payload }) => `${type}:${payload}`)

describe('envelopes of the format', () => {
  const dsn = 'https://e12d836b15bb49d7bbf99e64295d995b:@sentry.io/42'
  const header = `{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","dsn":"${dsn}"}`
  const attachment = '{"type":"attachment","length":10,"content_type":"text/plain","filename":"hello.txt"}'
  const event = '{"type":"event","length":41,"content_type":"application/json","filename":"application.log"}'
  const message = '{"message":"hello world","level":"error"}'
  const two = ['attachment:\xef\xbb\xbfHello\r\n', `event:${message}`]

  test.each([
    ['two items', `${header}\n${attachment}\n\ufeffHello\r\n\n${event}\n${message}\n`, two],
    ['no line feed at the end', `${header}\n${attachment}\n\ufeffHello\r\n\n${event}\n${message}`, two],
    ['two empty attachments', '{}\n{"type":"a","length":0}\n\n{"type":"a","length":0}\n\n', ['a:', 'a:']],
    [
      'the second without its line feed',
      '{}\n{"type":"a","length":0}\n\n{"type":"a","length":0}\n',
      ['a:', 'a:'],
    ],
    ['no length', '{}\n{"type":"a"}\nhelloworld\n', ['a:helloworld']],
    ['no length, no line feed', '{}\n{"type":"a"}\nhelloworld', ['a:helloworld']],
    ['no items', '{}', []],
    ['no items, a line feed', '{}\n', []],
    ['a length of null', '{}\n{"type":"a","length":null}\nx\n', ['a:x']],
    ['lines that end in CR LF', '{}\r\n{"type":"a","length":1}\r\nx\r\n{"type":"b"}\r\ny', ['a:x', 'b:y']],
    ['empty lines between items', '{}\n\n\n{"type":"a"}\nx\n\n\n{"type":"b"}\ny\n\n\n', ['a:x', 'b:y']],
    ['an item without a type', '{}\n{}\nx', [':x']],
  ])('are read: %s', (_, body, expected) => {
    for (const size of [1, 2, 3, 7, 1000]) expect(payloads(read(body, size))).toEqual(expected)
  })

  test('yield header and item heads', () => {
    const head = { type: 'attachment', length: 2, filename: 'a.dmp', attachment_type: 'event.minidump' }
    expect(read(`{"dsn":"x"}\n${JSON.stringify(head)}\nxy`)).toMatchObject({
      header: { dsn: 'x' },
      items: [
        { length: 2, filename: 'a.dmp', attachmentType: 'event.minidump', contentType: '', payload: 'xy' },
      ],
    })
  })
})

describe('envelopes that break the format', () => {
  test.each([
    ['nothing', ' '],
    ['a header that is not JSON', 'x\n'],
    ['a header that is not an object', '[]\n'],
    ['a header of null', 'null\n'],
    ['an item header that is not JSON', '{}\n{"type":\nx'],
    ['a length beyond the end', '{}\n{"type":"a","length":3}\nxy'],
    ['an impossibly large length', '{}\n{"type":"a","length":9007199254740991}\nxy'],
    ['a length below the payload', '{}\n{"type":"a","length":1}\nxy\n'],
    ['a negative length', '{}\n{"type":"a","length":-1}\n\n'],
    ['a broken length', '{}\n{"type":"a","length":1.5}\nx\n'],
    ['a length of text', '{}\n{"type":"a","length":"1"}\nx\n'],
    ['a length that is too large to be valid', '{}\n{"type":"a","length":1e300}\nx\n'],
    ['a payload without a header', '{}\n{"type":"a","length":3}'],
  ])('are refused: %s', (_, body) => {
    for (const size of [1, 5, 1000]) expect(read(body, size)).toBe('invalid_envelope')
  })

  test('are refused when a header line exceeds its limit, before the line ends', () => {
    expect(read(`{"a":"${'x'.repeat(2000)}`, 10)).toBe('part_header_too_large')
    expect(read(`{}\n{"type":"${'x'.repeat(2000)}"}\n`)).toBe('part_header_too_large')
  })

  test('are refused when all their header lines exceed 64 times that limit', () => {
    const line = `{"type":"a","x":"${'x'.repeat(900)}"}\n\n`
    const reader = new EnvelopeReader(
      { header() {}, item() {}, data() {}, end() {} },
      { maxPartHeaderBytes: 1000, maxParts: 1000 },
    )
    reader.write(bytesOf(`{}\n${line.repeat(68)}`))
    expect(() => reader.write(bytesOf(line.repeat(4)))).toThrow(
      expect.objectContaining({ reason: 'part_header_too_large' }),
    )
  })

  test('are refused when they have more items than the limit', () => {
    expect(read(`{}\n${'{"type":"a"}\nx\n'.repeat(6)}`)).toBe('too_many_parts')
  })
})

test('an envelope takes time linear in its bytes, regardless of the chunks', () => {
  let calls = 0
  const handler = { header() {}, item() {}, end() {}, data: () => void calls++ }
  const reader = new EnvelopeReader(handler, { maxPartHeaderBytes: 1 << 14, maxParts: 1e6 })
  const body = bytesOf(`{}\n${'{"type":"a"}\nx\n'.repeat(20_000)}{"type":"b"}\n${'y'.repeat(200_000)}`)
  for (const byte of body) reader.write(new Uint8Array([byte]))
  reader.finish()
  expect(calls).toBe(220_000)
})

const payload = fc.uint8Array({ maxLength: 60 })
const items = fc.array(
  fc.record({ type: fc.string({ maxLength: 5 }), sized: fc.boolean(), bytes: payload }),
  { maxLength: 5 },
)

test('an envelope is read as written, regardless of the chunks', () => {
  fc.assert(
    fc.property(items, fc.boolean(), fc.integer({ min: 1, max: 50 }), (list, trailing, size) => {
      const written = list.map(({ type, sized, bytes }) => {
        const line = bytes.filter((byte) => byte !== 0x0a)
        return { type, sized, bytes: sized ? bytes : line }
      })
      const body = concat(
        '{}',
        ...written.flatMap(({ type, sized, bytes }) => [
          `\n${JSON.stringify({ type, ...(sized && { length: bytes.length }) })}\n`,
          bytes,
        ]),
        trailing ? '\n' : '',
      )
      const expected = written.map(({ type, bytes }) => `${type}:${Buffer.from(bytes).toString('latin1')}`)
      expect(payloads(read(body, size))).toEqual(expected)
    }),
    { seed: 3, numRuns: 1000 },
  )
})

test('a mutated envelope is read the same way regardless of the chunks, or refused', () => {
  const whole = envelope({ event_id: 'ab'.repeat(16) }, [
    [{ type: 'event' }, '{"level":"fatal"}'],
    [{ type: 'attachment', attachment_type: 'event.minidump' }, 'MDMP\n\0\n'],
  ] satisfies Item[])
  fc.assert(
    fc.property(
      fc.nat(whole.length),
      fc.nat(255),
      fc.nat(3),
      fc.integer({ min: 1, max: 9 }),
      (at, byte, cut, size) => {
        const flipped = whole.slice()
        if (at < flipped.length) flipped[at] = byte
        const body = cut === 0 ? flipped.subarray(0, at) : flipped
        expect(read(body, size)).toEqual(read(body))
      },
    ),
    { seed: 5, numRuns: 2000 },
  )
})

test('errors of the handler are passed through', () => {
  const handler = {
    header() {
      throw new Refusal('unknown_sentry_key')
    },
    item() {},
    data() {},
    end() {},
  }
  const reader = new EnvelopeReader(handler, limits)
  expect(() => reader.write(bytesOf('{}\n'))).toThrow(
    expect.objectContaining({ reason: 'unknown_sentry_key' }),
  )
  expect(isCrashError(new Refusal('invalid_envelope'))).toBe(true)
})

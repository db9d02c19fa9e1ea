// Ranges, download headers, logged errors and rates: each limit at its value and one beyond.
import { describe, expect, test } from 'vitest'
import { parseRange } from '../../../edge/lib/byte-range.ts'
import { downloadHeaders } from '../../../edge/lib/download.ts'
import { describeError, warnOfUnknownSettings } from '../../../edge/lib/log.ts'
import { createBudget } from '../../../edge/lib/memory-budget.ts'
import { createRateLimiter } from '../../../edge/runtime/rate-limit.ts'

test.each<[string, number, ReturnType<typeof parseRange>]>([
  ['bytes=0-', 10, { offset: 0, length: 10 }],
  ['bytes=9-', 10, { offset: 9, length: 1 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=0-0', 10, { offset: 0, length: 1 }],
  ['bytes=5-5', 10, { offset: 5, length: 1 }],
  ['bytes=5-4', 10, null],
  ['bytes=2-99', 10, { offset: 2, length: 8 }],
  ['bytes=-3', 10, { offset: 7, length: 3 }],
  ['bytes=-99', 10, { offset: 0, length: 10 }],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=-1', 0, 'unsatisfiable'],
  ['bytes=0-', 0, 'unsatisfiable'],
  [' BYTES=1-2 ', 10, { offset: 1, length: 2 }],
  ['bytes=-', 10, null],
  ['bytes=1-2,4-5', 10, null],
  ['lines=1-2', 10, null],
  [`bytes=${'1'.repeat(16)}-`, 10, null],
])('the range %j of %d bytes', (header, size, range) => {
  expect(parseRange(header, size)).toEqual(range)
})

describe('headers of a downloaded file', () => {
  const dispositionOf = (name: string) => downloadHeaders(name, '')['content-disposition']

  test('neither show nor run it', () => {
    expect(downloadHeaders('a/b\\c.txt', 'text/plain; charset=utf-8')).toEqual({
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': 'attachment; filename="c.txt"',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
  })

  const parameter = (length: number) => `a/b; x="${'y'.repeat(length)}"`
  /** Three parameters that fill a type of so many characters. */
  const long = (length: number) => `a/b${parameter(90).slice(3).repeat(3)}; z=${'y'.repeat(length - 303 + 9)}`
  test.each([
    ['text/html', 'text/html'],
    ['text', 'application/octet-stream'],
    ['text/html\r\nx: y', 'application/octet-stream'],
    ['', 'application/octet-stream'],
    [long(300).slice(0, 300), long(300).slice(0, 300)],
    [`${long(300).slice(0, 300)}y`, 'application/octet-stream'],
  ])('with the type %.40j are of %.40j', (type, sent) => {
    expect(downloadHeaders('a', type)['content-type']).toBe(sent)
  })

  test.each([
    ['', 'attachment; filename="file"'],
    ['. .', 'attachment; filename="file"'],
    ['a\u202e\u0000b', 'attachment; filename="ab"'],
    ['x'.repeat(201), `attachment; filename="${'x'.repeat(200)}"`],
    ['ж"1', `attachment; filename="__1"; filename*=UTF-8''%D0%B6%221`],
  ])('of %.20j', (name, disposition) => expect(dispositionOf(name)).toBe(disposition))
})

describe('a logged error', () => {
  const chain = (length: number): Error =>
    new Error(`e${length}`, length > 1 ? { cause: chain(length - 1) } : {})
  test.each([
    [chain(1), 'Error: e1'],
    [chain(4), 'Error: e4 <- Error: e3 <- Error: e2 <- Error: e1'],
    [chain(5), 'Error: e5 <- Error: e4 <- Error: e3 <- Error: e2'],
    ['text', 'text'],
    [undefined, ''],
    [new TypeError('t', { cause: 'why' }), 'TypeError: t <- why'],
    [new Error('x'.repeat(600)), `Error: ${'x'.repeat(493)}`],
  ])('%.20s', (error, text) => expect(describeError(error)).toBe(text))

  test('unknown settings are warned of, with what was meant', () => {
    const logged: unknown[] = []
    warnOfUnknownSettings(['PORT', 'MAYDAY_STORRE'], (...entry) => logged.push(entry))
    expect(logged).toEqual([
      ['warning', 'unknown_setting', { name: 'MAYDAY_STORRE', did_you_mean: 'MAYDAY_STORE' }],
    ])
  })
})

describe('a memory budget', () => {
  test('is filled exactly, and a single request may exceed it', () => {
    const budget = createBudget(100)
    const [a, b] = [budget.open(), budget.open()]
    a.hold(60)
    b.hold(40)
    expect([budget.heldBytes, a.heldBytes, b.heldBytes]).toEqual([100, 60, 40])
    expect(() => b.hold(41)).toThrow('In-flight reports hold 101 bytes')
    a.hold(1000)
    expect([budget.heldBytes, budget.openCount]).toEqual([1000, 1])
    a.release()
    expect(() => a.hold(1)).toThrow('The request has ended')
  })

  test.each([
    [0, 16],
    [17 * 32 * 1024 - 1, 16],
    [17 * 32 * 1024, 17],
  ])('of %d bytes has room for %d requests', (bytes, most) => {
    const budget = createBudget(bytes)
    for (let i = 0; i < most; i++) budget.open()
    expect(() => budget.open()).toThrow(`${most} requests are in flight`)
  })
})

describe('a rate limiter', () => {
  test('gives as many tokens as a minute has, and one more when its time has come', () => {
    let now = 0
    const limiter = createRateLimiter(2, () => now)
    const takes = () => [limiter.take('a'), limiter.take('b')]
    expect([takes(), takes(), takes()]).toEqual([
      [true, true],
      [true, true],
      [false, false],
    ])
    now = 29_000
    expect(limiter.take('a')).toBe(false)
    now = 30_000
    expect(limiter.take('b')).toBe(true)
    now = 600_000
    expect([limiter.take('b'), limiter.take('b'), limiter.take('b')]).toEqual([true, true, false])
  })

  test('remembers 50,000 clients by the first 64 characters of their key', () => {
    const left = (others: number) => {
      const limiter = createRateLimiter(1, () => 0)
      limiter.take('x'.repeat(65))
      for (let i = 0; i < others; i++) limiter.take(`${i}`)
      return limiter.take(`${'x'.repeat(64)}y`)
    }
    expect([left(49_999), left(50_000)]).toEqual([false, true])
  })
})

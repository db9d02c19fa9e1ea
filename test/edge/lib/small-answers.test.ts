// Ranges, names of downloads, errors in the log, and bodies in pieces: functions without a server.
import { describe, expect, test } from 'vitest'
import { parseRange } from '../../../edge/lib/byte-range.ts'
import { startDeadline } from '../../../edge/lib/deadline.ts'
import { downloadHeaders } from '../../../edge/lib/download.ts'
import { hasValidHost, isCached, isLoopback, plainAnswer, problem } from '../../../edge/lib/http.ts'
import { createLog, describeError, warnOfUnknownSettings } from '../../../edge/lib/log.ts'
import { streamPieces } from '../../../edge/lib/piece-stream.ts'
import { createTestTime } from '../../support/test-time.ts'

const digits = '1'.repeat(15)

test.each([
  ['bytes=0-', { offset: 0, length: 10 }],
  ['bytes=9-', { offset: 9, length: 1 }],
  ['bytes=10-', 'unsatisfiable'],
  ['bytes=0-0', { offset: 0, length: 1 }],
  ['bytes=2-5', { offset: 2, length: 4 }],
  ['bytes=2-9', { offset: 2, length: 8 }],
  ['bytes=2-10', { offset: 2, length: 8 }],
  ['bytes=10-10', 'unsatisfiable'],
  ['bytes=5-5', { offset: 5, length: 1 }],
  ['bytes=5-4', null],
  ['bytes=-1', { offset: 9, length: 1 }],
  ['bytes=-10', { offset: 0, length: 10 }],
  ['bytes=-11', { offset: 0, length: 10 }],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=-', null],
  [' BYTES=1-1 ', { offset: 1, length: 1 }],
  ['bytes=1-1,3-3', null],
  ['lines=1-1', null],
  [`bytes=0-${digits}`, { offset: 0, length: 10 }],
  [`bytes=0-${digits}1`, null],
  [`bytes=${digits}1-`, null],
])('the range %j of ten bytes is %j', (header, range) => {
  expect(parseRange(header, 10)).toEqual(range)
})

test.each([
  ['bytes=0-', 'unsatisfiable'],
  ['bytes=-1', 'unsatisfiable'],
])('the range %j of nothing is %s', (header, range) => {
  expect(parseRange(header, 0)).toBe(range)
})

describe('a download', () => {
  const octets = 'application/octet-stream'
  test.each([
    ['text/plain', 'text/plain'],
    ['text/plain; charset=utf-8', 'text/plain; charset=utf-8'],
    ['text/plain;a="b c";d=e', 'text/plain;a="b c";d=e'],
    [`${'a'.repeat(100)}/${'b'.repeat(100)}`, `${'a'.repeat(100)}/${'b'.repeat(100)}`],
    [`${'a'.repeat(101)}/b`, octets],
    [`a/${'b'.repeat(101)}`, octets],
    [`a/b; c="${'d'.repeat(100)}"`, `a/b; c="${'d'.repeat(100)}"`],
    [`a/b; c="${'d'.repeat(101)}"`, octets],
    [`a/b${';c=123456'.repeat(33)}`, `a/b${';c=123456'.repeat(33)}`],
    [`a/b${';c=123456'.repeat(32)};c=1234567`, octets],
    ['text', octets],
    ['text/html\r\nx: y', octets],
    ['', octets],
  ])('of type %j has the type %j', (given, type) => {
    expect(downloadHeaders('a', given)).toEqual({
      'content-type': type,
      'content-disposition': 'attachment; filename="a"',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
  })

  test.each([
    ['a b.dmp', 'filename="a b.dmp"'],
    ['/etc/passwd', 'filename="passwd"'],
    ['C:\\a\\b.txt', 'filename="b.txt"'],
    ['', 'filename="file"'],
    ['. .', 'filename="file"'],
    ['.a', 'filename=".a"'],
    ['a\r\nb\x7f\u202ec', 'filename="abc"'],
    ['a"b%c', `filename="a_b_c"; filename*=UTF-8''a%22b%25c`],
    ['é~.txt', `filename="_~.txt"; filename*=UTF-8''%C3%A9~.txt`],
    ['x'.repeat(201), `filename="${'x'.repeat(200)}"`],
  ])('named %j is saved as %s', (name, disposition) => {
    expect(downloadHeaders(name, octets)['content-disposition']).toBe(`attachment; ${disposition}`)
  })
})

describe('a short answer', () => {
  test.each([
    [400, '400 Bad Request'],
    [401, '401 Unauthorized'],
    [404, '404 Not Found'],
    [405, '405 Method Not Allowed'],
    [408, '408 Request Timeout'],
    [413, '413 Content Too Large'],
    [421, '421 Misdirected Request'],
    [429, '429 Too Many Requests'],
    [500, '500 Internal Server Error'],
    [503, '503 Service Unavailable'],
    [418, '418 Error'],
  ])('of status %d has the title %s', async (status, title) => {
    const answer = problem(status)
    expect([answer.status, await answer.json()]).toEqual([status, { title }])
  })

  test('has a description, a length and headers', async () => {
    const answer = problem(503, 'Wait – please', { 'retry-after': '5' })
    const text = '{"title":"503 Service Unavailable","description":"Wait – please"}'
    expect(await answer.text()).toBe(text)
    expect(Object.fromEntries(answer.headers)).toEqual({
      'content-length': `${text.length + 2}`,
      'content-type': 'application/json; charset=utf-8',
      'retry-after': '5',
    })
    const plain = plainAnswer('é')
    expect([plain.status, Object.fromEntries(plain.headers)]).toEqual([
      200,
      { 'content-length': '2', 'content-type': 'text/plain' },
    ])
  })
})

describe('a request', () => {
  const request = (headers: Record<string, string>) => new Request('http://localhost/', { headers })
  test.each([
    ['', true],
    ['a.example', true],
    ['a.example:80', true],
    ['a.example:', true],
    ['[::1]:80', true],
    ['%41', true],
    ['a b', false],
    ['a/b', false],
    ['a@b', false],
    ['a:b', false],
    ['%4', false],
    ['[::1', false],
  ])('of the host %j is valid: %s', (host, isValid) => {
    const headers = { get: (name: string) => (name === 'host' ? host : null) } as unknown as Headers
    expect(hasValidHost({ headers, url: 'http://localhost/' } as Request)).toBe(isValid)
  })

  test('without a host is valid, with an invalid URL it is not', () => {
    const headers = new Headers()
    expect(hasValidHost({ headers, url: 'http://localhost/' } as Request)).toBe(true)
    expect(hasValidHost({ headers, url: 'http://a b/' } as Request)).toBe(false)
  })

  test.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b" , "a"', true],
    ['*', true],
    ['"b"', false],
    ['', false],
  ])('with If-None-Match %j is cached: %s', (value, expected) => {
    expect(isCached(request({ 'if-none-match': value }), '"a"')).toBe(expected)
    expect(isCached(request({ 'if-none-match': value }), 'W/"a"')).toBe(expected)
    expect(isCached(request({}), '"a"')).toBe(false)
  })

  test.each([
    ['http://localhost:1/', true],
    ['http://127.0.0.1/', true],
    ['http://[::1]/', true],
    ['http://127.0.0.2/', false],
    ['http://localhost.example/', false],
  ])('to %s is local: %s', (url, expected) => expect(isLoopback(url)).toBe(expected))
})

describe('the log', () => {
  const chain = (length: number): Error =>
    new Error(`e${length}`, length > 1 ? { cause: chain(length - 1) } : {})
  test.each([
    [new TypeError('a', { cause: 'b' }), 'TypeError: a <- b'],
    [5, '5'],
    [undefined, ''],
    [chain(4), 'Error: e4 <- Error: e3 <- Error: e2 <- Error: e1'],
    [chain(5), 'Error: e5 <- Error: e4 <- Error: e3 <- Error: e2'],
    [new Error('x'.repeat(493)), `Error: ${'x'.repeat(493)}`],
    [new Error('x'.repeat(494)), `Error: ${'x'.repeat(493)}`],
  ])('describes %s', (error, text) => expect(describeError(error)).toBe(text))

  test('has one object per line, and names what a setting may have meant', () => {
    const lines: string[] = []
    const log = createLog(
      (line) => lines.push(line),
      () => new Date(0),
    )
    log('info', 'started', { port: 1 })
    log('debug', 'idle')
    warnOfUnknownSettings(['READ_TOKENS', 'HOME'], log)
    const time = '1970-01-01T00:00:00.000Z'
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time, severity: 'info', event: 'started', port: 1 },
      { time, severity: 'debug', event: 'idle' },
      {
        time,
        severity: 'warning',
        event: 'unknown_setting',
        name: 'READ_TOKENS',
        did_you_mean: 'READ_TOKEN',
      },
    ])
  })
})

describe('a body in pieces', () => {
  function open() {
    const time = createTestTime()
    const made: string[] = []
    function* pieces() {
      for (const piece of ['a', 'é']) {
        made.push(piece)
        yield piece
      }
    }
    let ends = 0
    const body = streamPieces(pieces(), {
      startTimer: time.startTimer,
      timeoutMs: 100,
      onEnd: () => void ends++,
    })
    return { time, made, body, ends: () => ends }
  }

  test('is made as the client takes it, and ends once', async () => {
    const { time, made, body, ends } = open()
    expect([made, ends(), time.timers]).toEqual([[], 0, 1])
    expect(await new Response(body).text()).toBe('aé')
    expect([made, ends(), time.timers]).toEqual([['a', 'é'], 1, 0])
  })

  test('ends when the client leaves', async () => {
    const { time, made, body, ends } = open()
    await body.cancel()
    expect([made, ends(), time.timers]).toEqual([[], 1, 0])
  })

  test('fails when the client is too slow', async () => {
    const { time, body, ends } = open()
    const reader = body.getReader()
    await reader.read()
    await time.advance(100)
    await expect(reader.read()).rejects.toThrow('The client was too slow')
    expect(ends()).toBe(1)
  })
})

describe('a deadline', () => {
  const start = () => {
    const time = createTestTime()
    return { time, deadline: startDeadline(100, time.startTimer, () => new Error('late')) }
  }
  const never = () => new Promise<string>(() => {})

  test('that passes ends the work', async () => {
    const { time, deadline } = start()
    const work = deadline.over(never())
    work.catch(() => {})
    expect(deadline.passed).toBe(false)
    await time.advance(100)
    expect(deadline.passed).toBe(true)
    await expect(work).rejects.toThrow('late')
  })

  test.each([
    ['ends by itself', () => true, 'pending'],
    ['does not', () => false, 'late'],
  ])('calls the latest act; when the work %s', async (_, act, expected) => {
    const { time, deadline } = start()
    const calls: string[] = []
    deadline.onPass(() => {
      calls.push('first')
      return false
    })
    deadline.onPass(() => {
      calls.push('latest')
      return act()
    })
    let state = 'pending'
    deadline.over(never()).catch((error: Error) => {
      state = error.message
    })
    await time.advance(100)
    expect([calls, state]).toEqual([['latest'], expected])
  })

  test('that has ended, or whose work is done, does nothing', async () => {
    const { time, deadline } = start()
    expect(await deadline.over(Promise.resolve('done'))).toBe('done')
    deadline.end()
    expect(time.timers).toBe(0)
    await time.advance(200)
    expect(deadline.passed).toBe(false)
  })
})

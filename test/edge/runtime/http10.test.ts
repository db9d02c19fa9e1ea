// Rewriting HTTP/1.0 heads to HTTP/1.1: heads that two parsers may read differently are refused.
import { describe, expect, test } from 'vitest'
import { BadHead, createHeadReader, upgradeHead } from '../../../edge/runtime/http10.ts'
import { bytesOf } from '../../support/crash-request.ts'

const text = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes)
const upgrade = (head: string) => text(upgradeHead(Buffer.from(head, 'latin1'), 'edge:1'))

/** Feeds a request in pieces of `size` bytes; returns the rewritten bytes, or null when the head never ends. */
function read(sent: string, size: number): string | null {
  const reader = createHeadReader('edge:1')
  const bytes = Buffer.from(sent, 'latin1')
  for (let at = 0; at < bytes.length; at += size) {
    const pieces = reader.push(bytes.subarray(at, at + size))
    if (pieces) return pieces.map(text).join('') + text(bytes.subarray(at + size))
  }
  return null
}

describe('the head of a request of HTTP/1.0', () => {
  test('becomes one of HTTP/1.1 that closes its connection', () => {
    expect(upgrade('POST /submit HTTP/1.0\r\nHost: h\r\nconnection: keep-alive\r\nA: b: c\xe9\tx')).toBe(
      'POST /submit HTTP/1.1\r\nHost: h\r\nA: b: c\xe9\tx\r\nConnection: close\r\n\r\n',
    )
    expect(upgrade('GET / HTTP/1.1\r\nHost: h')).toBe(
      'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
    )
  })

  test('gets the host of the connection when it has no Host header', () => {
    expect(upgrade('GET / HTTP/1.0')).toBe('GET / HTTP/1.1\r\nHost: edge:1\r\nConnection: close\r\n\r\n')
  })

  test('is found in chunks of any size, and the body is unchanged', () => {
    const sent = 'POST / HTTP/1.0\r\nHost: h\r\n\r\nbody\n\n\r\r\n\r\nmore'
    for (let size = 1; size <= sent.length; size++) {
      expect(read(sent, size)).toBe(
        'POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nbody\n\n\r\r\n\r\nmore',
      )
    }
  })

  const start = 'POST /submit HTTP/1.0\r\nHost: h\r\n'
  test.each([
    ['', ''],
    ['junk', 'junk\r\n\r\n'],
    ['two blanks in the first line', 'GET  / HTTP/1.0\r\n\r\n'],
    ['no path', 'GET HTTP/1.0\r\n\r\n'],
    ['another version', 'GET / HTTP/2.0\r\n\r\n'],
    ['a method in lower case', 'get / HTTP/1.0\r\n\r\n'],
    ['a control character in the path', 'GET /\x01 HTTP/1.0\r\n\r\n'],
    ['an empty line of bare LF', `${start}A: b\n\nX: y\r\n\r\n`],
    ['a bare LF in a header', `${start}A: b\nX: y\r\n\r\n`],
    ['a bare LF after the first line', 'POST /submit HTTP/1.0\nHost: h\r\n\r\n'],
    ['LF CR', `${start}A: b\n\rX: y\r\n\r\n`],
    ['a bare CR in a header', `${start}A: b\rX: y\r\n\r\n`],
    ['two CR', `${start}A: b\r\r\n\r\n`],
    ['a folded line', `${start}A: b\r\n c\r\n\r\n`],
    ['a line folded by a tab', `${start}A: b\r\n\tc\r\n\r\n`],
    ['a folded first header', 'POST / HTTP/1.0\r\n Host: h\r\n\r\n'],
    ['a blank in a name', `${start}A b: c\r\n\r\n`],
    ['a blank before the colon', `${start}A : c\r\n\r\n`],
    ['no colon', `${start}A\r\n\r\n`],
    ['no name', `${start}: c\r\n\r\n`],
    ['NUL', `${start}A: b\0c\r\n\r\n`],
    ['DEL', `${start}A: b\x7fc\r\n\r\n`],
    ['two hosts', `${start}HOST: i\r\n\r\n`],
    ['a head without end', `${start}A: ${'x'.repeat(20_000)}`],
  ])('is refused with %s', (_name, sent) => {
    for (const size of sent === '' ? [] : [1, 7, sent.length]) expect(() => read(sent, size)).toThrow(BadHead)
  })

  test.each([
    [16 * 1024, true],
    [16 * 1024 + 1, false],
  ])('of %i bytes before its end is read: %s', (length, isRead) => {
    const head = `${start}A: `.padEnd(length, 'x')
    const whole = () => read(`${head}\r\n\r\n`, length + 4)
    if (isRead) expect(whole()).toContain(`A: ${head.slice(start.length + 3)}\r\n`)
    else expect(whole).toThrow('The head is too long')
    const begun = () => createHeadReader('edge:1').push(bytesOf(head))
    if (isRead) expect(begun()).toBeNull()
    else expect(begun).toThrow('The head is too long')
  })

  test('is complete as soon as its end has arrived', () => {
    const reader = createHeadReader('edge:1')
    expect(reader.push(bytesOf(`${start}A: b\r`))).toBeNull()
    expect(() => reader.push(bytesOf('X'))).toThrow(BadHead)
  })
})

// Formats by their first bytes, and streams within a limit.
import { deflateRawSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { ByteBuffer } from '../../../shared/bytes/byte-buffer.ts'
import { concatBytes, sizeOfAll } from '../../../shared/bytes/concat.ts'
import { formatBytes, formatOf, lengthOfEmptyLines } from '../../../shared/bytes/format.ts'
import { collectBytes, inflateBytes, streamOfPieces } from '../../../shared/bytes/streams.ts'
import { CrashError } from '../../../shared/errors.ts'
import { fromHex } from '../../support/assembler.ts'
import { bytesOf } from '../../support/crash-request.ts'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

describe('the format', () => {
  test.each([
    ['MDMP', 'minidump'],
    ['PMDM', 'minidump'],
    ['\x1f\x8b', 'gzip'],
    ['BZh', 'bzip2'],
    ['PK\x03\x04', 'zip'],
    ['--', 'multipart'],
    ['\r\n\n--x', 'multipart'],
    ['-x', null],
    ['\r\n-', null],
    ['\r\n', null],
    ['MDMQ', null],
    ['MDM', null],
    ['PMDN', null],
    ['BZ', null],
    ['PK\x05\x06', null],
    ['PK', null],
    ['x--', null],
    ['', null],
  ])('of a start %j is %j', (start, format) => {
    expect(formatOf(Uint8Array.from(Buffer.from(start, 'latin1')))).toBe(format)
  })

  test.each([
    ['28b52ffd', 'zstd'],
    ['28b52f', null],
    ['fd377a585a00', 'xz'],
    ['fd377a585a', null],
    ['fd377a585a01', null],
    ['1f', null],
    ['1f8c', null],
  ])('of the bytes %s is %j', (hex, format) => {
    expect(formatOf(fromHex(hex))).toBe(format)
    expect(formatBytes).toBe(6)
  })

  test.each([
    ['', 0],
    ['a\n', 0],
    ['\na', 1],
    ['\r\n\r\r\n', 5],
  ])('has the empty lines of %j: %i bytes', (start, length) => {
    expect(lengthOfEmptyLines(bytesOf(start))).toBe(length)
  })
})

describe('a stream', () => {
  async function* pieces(...texts: string[]) {
    for (const one of texts) yield bytesOf(one)
  }

  test('is collected up to its limit', async () => {
    expect(text(await collectBytes(pieces('ab', '', 'cd'), 4, 'It'))).toBe('abcd')
    expect(text(await collectBytes([bytesOf('ab'), bytesOf('c')], 3, 'It'))).toBe('abc')
    await expect(collectBytes(pieces('ab', 'cde'), 4, 'The body')).rejects.toThrow(
      new CrashError('limit', 'The body has more than 4 bytes'),
    )
  })

  test.each([
    ['gzip', gzipSync('content')],
    ['deflate-raw', deflateRawSync('content')],
  ] as const)('of %s is inflated up to its limit', async (format, packed) => {
    const bytes = new Uint8Array(packed)
    expect(text(await inflateBytes(bytes, format, 7, 'It'))).toBe('content')
    await expect(inflateBytes(bytes, format, 6, 'The file')).rejects.toThrow(
      new CrashError('limit', 'The file, inflated, has more than 6 bytes'),
    )
    await expect(inflateBytes(bytes.subarray(0, -1), format, 7, 'The file')).rejects.toThrow(
      new CrashError('bad-symbols', 'The file cannot be inflated'),
    )
  })

  test('of pieces has copies of them', async () => {
    const piece = new Uint8Array(1)
    async function* reused() {
      for (let i = 1; i <= 3; i++) yield piece.fill(i)
    }
    const found = await Array.fromAsync(streamOfPieces(reused()))
    expect(found.map((bytes) => [...bytes])).toEqual([[1], [2], [3]])
  })

  test('of pieces ends its source when it is cancelled, and passes on its errors', async () => {
    let closed = false
    async function* endless() {
      try {
        for (;;) yield bytesOf('a')
      } finally {
        closed = true
      }
    }
    const reader = streamOfPieces(endless()).getReader()
    await reader.read()
    expect(closed).toBe(false)
    await reader.cancel()
    expect(closed).toBe(true)
    const error = new Error('no network')
    async function* broken() {
      yield await Promise.reject<Uint8Array>(error)
    }
    await expect(streamOfPieces(broken()).getReader().read()).rejects.toBe(error)
  })
})

describe('a buffer', () => {
  test('doubles when it grows, or more where that is too little', () => {
    const buffer = new ByteBuffer(4)
    const grow = (length: number) => {
      buffer.append(new Uint8Array(length).fill(7))
      return [buffer.length, buffer.capacity]
    }
    expect([new ByteBuffer().capacity, buffer.length, buffer.capacity]).toEqual([1024, 0, 4])
    expect([grow(4), grow(1), grow(12), grow(0)]).toEqual([
      [4, 4],
      [5, 8],
      [17, 17],
      [17, 17],
    ])
    expect(buffer.view().every((byte) => byte === 7)).toBe(true)
    buffer.reset()
    expect([buffer.length, buffer.capacity, buffer.view().length]).toEqual([0, 17, 0])
    buffer.append(bytesOf('ab'))
    buffer.free()
    expect([buffer.length, buffer.capacity]).toEqual([0, 0])
    buffer.append(bytesOf('c'))
    expect(text(buffer.view())).toBe('c')
  })
})

test('chunks are joined in order', () => {
  const chunks = ['ab', '', 'cde'].map(bytesOf)
  expect([text(concatBytes(chunks)), sizeOfAll(chunks)]).toEqual(['abcde', 5])
  expect([concatBytes([]).length, sizeOfAll([])]).toEqual([0, 0])
})

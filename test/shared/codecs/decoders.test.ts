// Streams of gzip, deflate and zstd, byte by byte: what is counted, what is ignored, and why data is refused.
import { crc32, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import type { StreamDecoder } from '../../../shared/codecs/codecs.ts'
import { DeflateDecoder } from '../../../shared/codecs/deflate.ts'
import { GzipDecoder } from '../../../shared/codecs/gzip.ts'
import { ZstdDecoder } from '../../../shared/codecs/zstd.ts'
import { CrashError } from '../../../shared/errors.ts'
import { Refusal } from '../../../shared/report/refusals.ts'
import { fromHex } from '../../support/assembler.ts'
import { bytesOf, concat } from '../../support/crash-request.ts'

interface Decoded {
  text: string
  ignored: number
  streams: number
}

type Kind = 'gzip' | 'deflate' | 'zstd'

const decoderOf = (kind: Kind, onOutput: (bytes: Uint8Array) => void, announce: (bytes: number) => void) =>
  ({
    gzip: () => new GzipDecoder(nodeCodecs, onOutput),
    deflate: () => new DeflateDecoder(nodeCodecs, onOutput),
    zstd: () => new ZstdDecoder(nodeCodecs, onOutput, announce),
  })[kind]() as StreamDecoder

async function decode(kind: Kind, bytes: Uint8Array, pieceBytes: number, announce = (_: number) => {}) {
  const output: Uint8Array[] = []
  const decoder = decoderOf(kind, (piece) => output.push(piece.slice()), announce)
  try {
    for (let at = 0; at < bytes.length; ) at += await decoder.write(bytes.subarray(at, at + pieceBytes))
    await decoder.end()
    const text = Buffer.concat(output).toString()
    return { text, ignored: decoder.ignoredBytes, streams: decoder.streams } satisfies Decoded
  } finally {
    decoder.close()
  }
}

/** The same result for pieces of any size. */
async function expectDecoded(kind: Kind, bytes: Uint8Array, expected: Decoded): Promise<void> {
  for (const size of [1, 2, 7, bytes.length])
    expect([size, await decode(kind, bytes, size)]).toEqual([size, expected])
}

async function expectRefused(kind: Kind, bytes: Uint8Array, error: Error): Promise<void> {
  for (const size of [1, 7, bytes.length || 1]) await expect(decode(kind, bytes, size)).rejects.toThrow(error)
}

const damaged = (message: string) => new CrashError('bad-report', message)
const gzip = (text: string) => new Uint8Array(gzipSync(text))

/** A gzip member with the fields that its flags announce. */
const memberWith = (flags: number, ...fields: (Uint8Array | string)[]) => {
  const content = bytesOf('content')
  const trailer = new DataView(new ArrayBuffer(8))
  trailer.setUint32(0, crc32(content), true)
  trailer.setUint32(4, content.length, true)
  const header = Uint8Array.of(0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255)
  return concat(header, ...fields, deflateRawSync(content), new Uint8Array(trailer.buffer))
}

describe('gzip', () => {
  const content = (ignored = 0, streams = 1, text = 'content') => ({ text, ignored, streams })
  const extra = (length: number) => concat(Uint8Array.of(length & 255, length >> 8), new Uint8Array(length))
  const hash = Uint8Array.of(1, 2)

  test.each<[string, Uint8Array, Decoded]>([
    ['no fields', memberWith(0), content()],
    ['the mark of a text', memberWith(1), content()],
    ['an extra field', memberWith(4, extra(3)), content()],
    ['an empty extra field', memberWith(4, extra(0)), content()],
    ['a long extra field', memberWith(4, extra(300)), content()],
    ['a name', memberWith(8, 'name\0'), content()],
    ['a comment', memberWith(16, '\0'), content()],
    ['a checksum of the header', memberWith(2, hash), content()],
    ['a name and a checksum', memberWith(10, 'n\0', hash), content()],
    ['an extra field and a comment', memberWith(20, extra(1), 'c\0'), content()],
    ['all fields', memberWith(30, extra(2), 'name\0', 'comment\0', hash), content()],
    ['zeros after it', concat(gzip('a'), new Uint8Array(5)), content(5, 1, 'a')],
    ['zeros, then another member', concat(gzip('a'), new Uint8Array(5), gzip('b')), content(0, 2, 'ab')],
    ['other bytes after it', concat(gzip('a'), 'xyz'), content(3, 1, 'a')],
    ['zeros, then other bytes', concat(gzip('a'), new Uint8Array(2), 'x\0\0'), content(5, 1, 'a')],
    ['the first byte of a member after it', concat(gzip('a'), fromHex('1f')), content(1, 1, 'a')],
    ['two bytes of a member after it', concat(gzip('a'), fromHex('1f8b')), content(2, 1, 'a')],
    ['two bytes of a member, then another', concat(gzip('a'), fromHex('1f8b09')), content(3, 1, 'a')],
    ['no content', gzip(''), content(0, 1, '')],
  ])('with %s is read', (_, bytes, expected) => expectDecoded('gzip', bytes, expected))

  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'The gzip data is truncated'],
    ['two bytes', fromHex('1f8b'), 'The gzip data is truncated'],
    ['no trailer', gzip('a').subarray(0, -1), 'The gzip data is truncated'],
    ['a second member that is cut', concat(gzip('a'), fromHex('1f8b08')), 'The gzip data is truncated'],
    ['a name without an end', memberWith(8, 'name').subarray(0, 14), 'The gzip data is truncated'],
    ['other bytes', bytesOf('text'), 'Not gzip data'],
    ['another method', fromHex('1f8b09'), 'Not gzip data'],
    ['unknown flags', memberWith(0x20), 'Unknown gzip flags'],
    ['the highest flag', memberWith(0x80), 'Unknown gzip flags'],
    ['a wrong checksum', gzip('a').with(-8, 0), 'Damaged gzip data: wrong checksum'],
    ['a wrong length', gzip('a').with(-1, 1), 'Damaged gzip data: wrong checksum'],
  ])('with %s is refused', (_, bytes, message) => expectRefused('gzip', bytes, damaged(message)))

  test('needs the memory of one inflater', () => {
    const decoder = new GzipDecoder(nodeCodecs, () => {})
    expect([decoder.heldBytes, decoder.streams, decoder.ignoredBytes]).toEqual([112 * 1024, 0, 0])
    decoder.close()
  })
})

describe('deflate', () => {
  const zlib = new Uint8Array(deflateSync('content'))
  const raw = new Uint8Array(deflateRawSync('content'))

  test.each<[string, Uint8Array, number]>([
    ['with a header', zlib, 0],
    ['without a header', raw, 0],
    ['with bytes after it', concat(zlib, 'abc'), 3],
    ['without a header, with bytes after it', concat(raw, 'abc'), 3],
    ['of the highest level', new Uint8Array(deflateSync('content', { level: 9 })), 0],
    ['that is stored', new Uint8Array(deflateRawSync('content', { level: 0 })), 0],
  ])('%s is read', (_, bytes, ignored) =>
    expectDecoded('deflate', bytes, { text: 'content', ignored, streams: 1 }),
  )

  test('of one byte is read to its end', async () => {
    await expectDecoded('deflate', fromHex('0300'), { text: '', ignored: 0, streams: 1 })
    await expectRefused('deflate', fromHex('03'), damaged('The deflate data is truncated'))
  })

  test.each<[string, Uint8Array]>([
    ['without its end', zlib.subarray(0, -2)],
    ['without a header and its end', raw.subarray(0, -1)],
    ['that is empty', new Uint8Array(0)],
  ])('%s is refused', (_, bytes) => expectRefused('deflate', bytes, damaged('The deflate data is truncated')))

  test('needs the memory of one inflater', () => {
    const decoder = new DeflateDecoder(nodeCodecs, () => {})
    expect([decoder.heldBytes, decoder.streams, decoder.ignoredBytes]).toEqual([112 * 1024, 0, 0])
    decoder.close()
  })
})

describe('zstd', () => {
  const frame = (text: string) => nodeCodecs.compressZstd(bytesOf(text))
  const skippable = (length: number, magic = 0x50) =>
    concat(Uint8Array.of(magic, 0x2a, 0x4d, 0x18, length, 0, 0, 0), new Uint8Array(length))
  /** A window of 1 KiB, and blocks as in the hex digits. */
  const frameOf = (blocks: string, descriptor = '00') => fromHex(`28b52ffd ${descriptor} 00 ${blocks}`)
  const abc = '190000 616263'

  test.each<[string, Uint8Array, Decoded]>([
    ['one frame', frame('content'), { text: 'content', ignored: 0, streams: 1 }],
    ['two frames', concat(frame('a'), frame('b')), { text: 'ab', ignored: 0, streams: 2 }],
    ['a raw block', frameOf(abc), { text: 'abc', ignored: 0, streams: 1 }],
    ['two blocks', frameOf(`180000 616263 ${abc}`), { text: 'abcabc', ignored: 0, streams: 1 }],
    ['a run of a byte', frameOf('230000 7a'), { text: 'zzzz', ignored: 0, streams: 1 }],
    ['an empty block', frameOf('010000'), { text: '', ignored: 0, streams: 1 }],
    [
      'skippable frames around',
      concat(skippable(3), frame('a'), skippable(0, 0x5f)),
      { text: 'a', ignored: 0, streams: 3 },
    ],
    ['only a skippable frame', skippable(2), { text: '', ignored: 0, streams: 1 }],
    ['other bytes after it', concat(frame('a'), 'xyz'), { text: 'a', ignored: 3, streams: 1 }],
    [
      'three bytes of another after it',
      concat(frame('a'), fromHex('28b52f')),
      { text: 'a', ignored: 3, streams: 1 },
    ],
    ['bytes like another', concat(frame('a'), fromHex('28b5ff00')), { text: 'a', ignored: 4, streams: 1 }],
  ])('with %s is read', (_, bytes, expected) => expectDecoded('zstd', bytes, expected))

  test.each<[string, Uint8Array, Error]>([
    ['nothing', new Uint8Array(0), damaged('The zstd data is truncated')],
    ['half a frame', frameOf(abc).subarray(0, -1), damaged('The zstd data is truncated')],
    ['half a second frame', concat(frame('a'), fromHex('28b52ffd')), damaged('The zstd data is truncated')],
    ['half a skippable frame', skippable(2).subarray(0, -1), damaged('The zstd data is truncated')],
    ['other bytes', bytesOf('text'), damaged('Not zstd data')],
    ['a reserved block', frameOf('070000'), damaged('Damaged zstd block')],
    [
      'a dictionary',
      fromHex('28b52ffd 01 00 07 190000 616263'),
      damaged('The zstd frame needs a dictionary'),
    ],
    // 2^(10 + 13) bytes and an eighth of them.
    [
      'a window of more than 8 MiB',
      fromHex('28b52ffd 00 69 190000 616263'),
      new Refusal('zstd_window_too_large'),
    ],
  ])('with %s is refused', (_, bytes, error) => expectRefused('zstd', bytes, error))

  test('may have a window of 8 MiB, which is counted as memory', async () => {
    const decoder = new ZstdDecoder(
      nodeCodecs,
      () => {},
      () => {},
    )
    expect(decoder.heldBytes).toBe(256 * 1024)
    const bytes = concat(fromHex('28b52ffd 00 68 190000 616263'), frameOf(abc))
    for (let at = 0; at < bytes.length; ) at += await decoder.write(bytes.subarray(at))
    await decoder.end()
    expect(decoder.heldBytes).toBe(8 * 1024 * 1024 + 256 * 1024)
    decoder.close()
  })

  test('announces the size that a frame states, before it is inflated', async () => {
    const sizes: number[] = []
    const stated = fromHex('28b52ffd 20 03 190000 616263')
    const bytes = concat(stated, frameOf(abc), stated)
    expect((await decode('zstd', bytes, 5, (size) => sizes.push(size))).text).toBe('abcabcabc')
    expect(sizes).toEqual([3, 0, 3])
    const error = new Error('too large')
    const refuse = () => {
      throw error
    }
    await expect(decode('zstd', stated, 5, refuse)).rejects.toBe(error)
  })

  test('is inflated a megabyte at a time', async () => {
    const run = fromHex('020010 00')
    const bytes = concat(fromHex('28b52ffd 00 58'), ...Array<Uint8Array>(20).fill(run), fromHex('010000'))
    const outputs: number[] = []
    let inflated = 0
    const decoder = new ZstdDecoder(
      nodeCodecs,
      (piece) => (inflated += piece.length),
      () => {},
    )
    for (let at = 0; at < bytes.length; ) {
      at += await decoder.write(bytes.subarray(at))
      outputs.push(inflated)
    }
    await decoder.end()
    decoder.close()
    const steps = outputs.map((total, i) => total - (outputs[i - 1] ?? 0)).filter((step) => step > 0)
    expect(inflated).toBe(20 * 128 * 1024)
    expect(steps).toEqual([1024 * 1024, 1024 * 1024, 512 * 1024])
  })
})

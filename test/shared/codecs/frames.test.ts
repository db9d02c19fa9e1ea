// Headers of zstd frames, names of encodings, and the codecs of the runtimes.
import { syncBuiltinESMExports } from 'node:module'
import zlib, { crc32, deflateRawSync, gzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { eachZstdFrame, inflateZstd } from '../../../shared/codecs/codecs.ts'
import { contentEncoding } from '../../../shared/codecs/content-encoding.ts'
import { gunzipPieces } from '../../../shared/codecs/gunzip-pieces.ts'
import {
  isSkippableZstdFrame,
  mayBeZstdFrame,
  readZstdBlockHeader,
  readZstdFrameHeader,
  zstdFrames,
} from '../../../shared/codecs/zstd-frames.ts'
import { CrashError } from '../../../shared/errors.ts'
import { Refusal } from '../../../shared/report/refusals.ts'
import { fromHex } from '../../support/assembler.ts'
import { bytesOf, concat } from '../../support/crash-request.ts'

const damaged = (message: string) => new CrashError('bad-report', message)
const magic = '28b52ffd'

describe('the header of a frame', () => {
  test.each([
    ['', true],
    ['28', true],
    ['28b52f', true],
    ['28b52ffd00', true],
    ['50', true],
    ['5f2a4d18', true],
    ['502a4d', true],
    ['602a4d18', false],
    ['28b52ffc', false],
    ['282a4d18', false],
    ['29', false],
    ['50b52ffd', false],
  ])('may start with %j: %s', (hex, expected) => {
    expect(mayBeZstdFrame(fromHex(hex))).toBe(expected)
    expect(mayBeZstdFrame(concat('ab', fromHex(hex)), 2)).toBe(expected)
  })

  const plain = { skippableBytes: null, needsDictionary: false, checksumBytes: 0 }
  test.each<[string, object]>([
    ['00 00', { length: 6, windowBytes: 1024, contentBytes: null }],
    ['00 01', { length: 6, windowBytes: 1152, contentBytes: null }],
    ['00 6f', { length: 6, windowBytes: 2 ** 23 + 7 * 2 ** 20, contentBytes: null }],
    ['04 00', { length: 6, windowBytes: 1024, contentBytes: null, checksumBytes: 4 }],
    ['20 07', { length: 6, windowBytes: 7, contentBytes: 7 }],
    ['60 0100', { length: 7, windowBytes: 257, contentBytes: 257 }],
    ['40 00 0001', { length: 8, windowBytes: 1024, contentBytes: 512 }],
    ['a0 04030201', { length: 9, windowBytes: 0x0102_0304, contentBytes: 0x0102_0304 }],
    ['e0 0000000001000000', { length: 13, windowBytes: 2 ** 32, contentBytes: 2 ** 32 }],
    ['01 00 07', { length: 7, windowBytes: 1024, contentBytes: null, needsDictionary: true }],
    ['01 00 00', { length: 7, windowBytes: 1024, contentBytes: null }],
    ['02 00 0007', { length: 8, windowBytes: 1024, contentBytes: null, needsDictionary: true }],
    ['23 07000000 05', { length: 10, windowBytes: 5, contentBytes: 5, needsDictionary: true }],
    ['23 00000000 05', { length: 10, windowBytes: 5, contentBytes: 5 }],
  ])('%s is read, and null where it is cut', (hex, header) => {
    const bytes = fromHex(magic + hex)
    expect(readZstdFrameHeader(bytes)).toEqual({ ...plain, ...header })
    expect(readZstdFrameHeader(concat('abc', bytes), 3)).toEqual({ ...plain, ...header })
    for (let length = 0; length < bytes.length; length++)
      expect(readZstdFrameHeader(bytes.subarray(0, length))).toBeNull()
  })

  test('of a skippable frame has its length', () => {
    const bytes = fromHex('5a2a4d18 05010000 00')
    expect(readZstdFrameHeader(bytes)).toEqual({
      ...{ length: 8, skippableBytes: 0x105, windowBytes: 0, contentBytes: 0 },
      ...{ needsDictionary: false, checksumBytes: 0 },
    })
    expect(readZstdFrameHeader(bytes.subarray(0, 8))).not.toBeNull()
    expect(readZstdFrameHeader(bytes.subarray(0, 7))).toBeNull()
    expect([isSkippableZstdFrame(bytes), isSkippableZstdFrame(fromHex(magic))]).toEqual([true, false])
  })

  test('of anything else is refused', () => {
    expect(() => readZstdFrameHeader(bytesOf('abcd'), 1)).toThrow(damaged('No zstd frame at offset 1'))
  })
})

test.each([
  [0, { last: false, bytes: 0, maxContentBytes: 0 }],
  [1, { last: true, bytes: 0, maxContentBytes: 0 }],
  [(7 << 3) | 1, { last: true, bytes: 7, maxContentBytes: 7 }],
  [(7 << 3) | 2, { last: false, bytes: 1, maxContentBytes: 7 }],
  [(7 << 3) | 5, { last: true, bytes: 7, maxContentBytes: 131_072 }],
  [(131_072 << 3) | 4, { last: false, bytes: 131_072, maxContentBytes: 131_072 }],
])('the header %i of a block is read', (header, block) => {
  expect(readZstdBlockHeader(header)).toEqual(block)
})

test.each([6, (131_073 << 3) | 1])('the header %i of a block is refused', (header) => {
  expect(() => readZstdBlockHeader(header)).toThrow(damaged('Damaged zstd block'))
})

describe('frames', () => {
  const skippable = fromHex('502a4d18 02000000 aabb')
  const first = fromHex(`${magic} 04 00 180000 616263 190000 646566 01020304`)
  const second = fromHex(`${magic} 00 00 0b0000 7a`)
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

  test('are split where they end', () => {
    const all = concat(skippable, first, second)
    expect([...zstdFrames(all)].map(hex)).toEqual([skippable, first, second].map(hex))
    expect([...zstdFrames(new Uint8Array(0))]).toEqual([])
  })

  test('that are cut, or followed by other bytes, are refused', () => {
    for (let cut = 1; cut < first.length; cut++)
      expect(() => [...zstdFrames(concat(skippable, first.subarray(0, -cut)))]).toThrow(
        damaged('The zstd frame at offset 10 is truncated'),
      )
    expect(() => [...zstdFrames(skippable.subarray(0, 9))]).toThrow(
      damaged('The zstd frame at offset 0 is truncated'),
    )
    expect(() => [...zstdFrames(concat(second, 'x'))]).toThrow(
      damaged(`No zstd frame at offset ${second.length}`),
    )
  })

  const frames = concat(
    ...['one', 'two two two'].map((text) => nodeCodecs.compressZstd(bytesOf(text))),
    skippable,
  )
  test('are inflated in order, within one limit', () => {
    expect(Buffer.from(inflateZstd(frames, nodeCodecs, 14)).toString()).toBe('onetwo two two')
    const seen: string[] = []
    eachZstdFrame(frames, nodeCodecs, 14, (bytes) => seen.push(Buffer.from(bytes).toString()))
    expect(seen).toEqual(['one', 'two two two'])
    expect(() => inflateZstd(frames, nodeCodecs, 13)).toThrow(
      new CrashError('limit', 'zstd data inflates to more than 10 bytes'),
    )
    const bomb = nodeCodecs.compressZstd(new Uint8Array(1 << 20))
    expect(() => inflateZstd(bomb, nodeCodecs, 10)).toThrow(
      new CrashError('limit', 'zstd data inflates to more than 10 bytes'),
    )
    expect(() => inflateZstd(fromHex(`${magic} 00 00 0d0000 7a`), nodeCodecs, 99)).toThrow(
      damaged('Damaged zstd data'),
    )
  })
})

describe('Content-Encoding', () => {
  test.each<readonly [string | null, string | null]>([
    [null, null],
    ['', null],
    ['gzip', 'gzip'],
    [' GZIP ', 'gzip'],
    ['x-gzip', 'gzip'],
    ['deflate', 'deflate'],
    ['zstd', 'zstd'],
    ['identity, gzip', 'gzip'],
    ['gzip, binary', 'gzip'],
    [',gzip,', 'gzip'],
    ...'identity none null plain binary 7bit 8bit ascii us-ascii iso-8859-1 latin1 utf8 utf-8 utf-16 windows-1252'
      .split(' ')
      .map((name) => [name, null] as const),
  ])('%j is %j', (header, encoding) => {
    expect(contentEncoding(header)).toBe(encoding)
  })

  test.each(['br', 'gzip, gzip', 'gzip, deflate', 'gzip deflate', 'x-zstd'])('%j is refused', (header) => {
    expect(() => contentEncoding(header)).toThrow(new Refusal('unknown_encoding'))
  })
})

describe('gzip in pieces', () => {
  async function* pieces(...list: (Uint8Array | string)[]) {
    for (const piece of list) yield typeof piece === 'string' ? bytesOf(piece) : piece
  }
  const read = async (stream: AsyncIterable<Uint8Array>, options = {}) =>
    Buffer.concat(await Array.fromAsync(gunzipPieces(stream, options), (piece) => piece.slice())).toString()
  const gzip = new Uint8Array(gzipSync('the content'))

  test('is inflated, and other content is passed on', async () => {
    expect(await read(pieces(gzip.subarray(0, 9), gzip.subarray(9)))).toBe('the content')
    expect(await read(pieces(gzip.subarray(0, 1), gzip.subarray(1, 2), gzip.subarray(2)))).toBe('the content')
    expect(await read(pieces('text', ' and', ' more'))).toBe('text and more')
    expect(await read(pieces('t', 'e'))).toBe('te')
    expect(await read(pieces(''), { mustBeGzip: true })).toBe('')
    expect(await read(pieces(), { mustBeGzip: true })).toBe('')
    expect(await read(pieces(gzip), { mustBeGzip: true })).toBe('the content')
  })

  test('that is damaged, or no gzip where it must be, is refused', async () => {
    await expect(read(pieces('text'), { mustBeGzip: true })).rejects.toThrow(
      new CrashError('bad-symbols', 'It is not gzip, as its Content-Encoding states'),
    )
    const problem = new CrashError('bad-symbols', 'Its gzip data is damaged or ends early')
    await expect(read(pieces(gzip.subarray(0, -4)))).rejects.toThrow(problem)
    await expect(read(pieces(gzip.subarray(0, 12), 'xxxxxxxx'))).rejects.toThrow(problem)
  })

  test('passes on errors of its source, before and after gzip is recognized', async () => {
    const error = new Error('no network')
    async function* broken(first: Uint8Array) {
      yield first
      throw error
    }
    await expect(read(broken(gzip.subarray(0, 12)))).rejects.toBe(error)
    await expect(read(broken(bytesOf('text')))).rejects.toBe(error)
  })
})

describe('the codecs', () => {
  test('compute checksums and hashes', () => {
    expect(nodeCodecs.crc32(bytesOf('def'), nodeCodecs.crc32(bytesOf('abc'), 0))).toBe(crc32('abcdef'))
    const hashes = [nodeCodecs.createSha256(), nodeCodecs.createMd5()]
    for (const hash of hashes) {
      hash.update(bytesOf('a'))
      hash.update(bytesOf('bc'))
    }
    expect(hashes.map((hash) => hash.hex())).toEqual([
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      '900150983cd24fb0d6963f7d28e17f72',
    ])
    // RFC 4231, case 2.
    expect(
      Buffer.from(nodeCodecs.hmacSha256('Jefe', bytesOf('what do ya want for nothing?'))).toString('hex'),
    ).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843')
  })

  test('compress and inflate raw DEFLATE of a known length', () => {
    const text = bytesOf('text '.repeat(1000))
    const packed = nodeCodecs.deflateRaw(text)
    expect(packed.buffer.byteLength).toBeLessThanOrEqual(2 * packed.length)
    expect(Buffer.compare(nodeCodecs.inflateRaw(packed, 5000), text)).toBe(0)
    expect(Buffer.compare(inflateRawSync(packed), text)).toBe(0)
    for (const length of [4999, 5001])
      expect(() => nodeCodecs.inflateRaw(packed, length)).toThrow(
        new RangeError(`Inflates to 5000 bytes, not ${length}`),
      )
    expect(() => nodeCodecs.inflateRaw(deflateRawSync(new Uint8Array(1 << 20)), 10)).toThrow()
  })

  test('compress and inflate zstd within a limit', () => {
    const text = bytesOf('text '.repeat(1000))
    const frame = nodeCodecs.compressZstd(text)
    expect(frame.buffer.byteLength).toBeLessThanOrEqual(2 * frame.length)
    expect(Buffer.compare(zstdDecompressSync(frame), text)).toBe(0)
    expect(Buffer.compare(nodeCodecs.inflateZstdFrame(frame, 5000), text)).toBe(0)
    expect(() => nodeCodecs.inflateZstdFrame(frame, 4999)).toThrow(
      new RangeError('Inflates to more than 4999 bytes'),
    )
  })

  // As workerd with large results.
  describe('of a runtime that fails to compress more than 32 KiB', () => {
    const failOver = (limit: number) => {
      const compress = zlib.zstdCompressSync
      const error = new Error('too large')
      vi.spyOn(zlib, 'zstdCompressSync').mockImplementation((bytes, options) => {
        if ((bytes as Uint8Array).length > limit) throw error
        return compress(bytes, options)
      })
      syncBuiltinESMExports()
      return error
    }
    afterEach(() => {
      vi.restoreAllMocks()
      syncBuiltinESMExports()
    })

    test.each([
      [32_768 + 1, 2],
      [2 * 32_768, 2],
      [2 * 32_768 + 1, 3],
    ])('compress %i bytes in %i frames', (length, count) => {
      failOver(32_768)
      const content = new Uint8Array(length).fill(7)
      const frames = nodeCodecs.compressZstd(content)
      expect([...zstdFrames(frames)]).toHaveLength(count)
      expect(Buffer.compare(zstdDecompressSync(frames), content)).toBe(0)
    })

    test('pass on its failure with 32 KiB, which are not compressed again', () => {
      const error = failOver(32_767)
      expect(() => nodeCodecs.compressZstd(new Uint8Array(32_768))).toThrow(error)
      expect(zlib.zstdCompressSync).toHaveBeenCalledTimes(1)
    })
  })

  test('compress blocks that can be joined and inflated alone', () => {
    const [one, two] = ['one ', 'two'].map((text) => nodeCodecs.deflateBlock(bytesOf(text)))
    const end = Uint8Array.of(3, 0)
    expect(inflateRawSync(concat(one!, two!, end)).toString()).toBe('one two')
    expect(inflateRawSync(concat(two!, end)).toString()).toBe('two')
  })
})

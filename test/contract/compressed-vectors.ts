// Compressed bodies that end early, late or in the middle, in every coding and nesting: the response and the stored
// report that every runtime must produce.
import { deepStrictEqual as equal } from 'node:assert/strict'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { inflateZstd } from '../../shared/codecs/codecs.ts'
import type { RefusalReason } from '../../shared/report/refusals.ts'
import {
  bytesOf,
  concat,
  F,
  fakeDump,
  multipart,
  type PartSpec,
  submitRequest,
  T,
} from '../support/crash-request.ts'
import { accept, answer, type Vector, vector } from './vector.ts'

const zeros = (length: number) => new Uint8Array(length)
const dump = fakeDump(9000)

/** A way to compress a body, and the Content-Encoding that names it. */
export interface Coding {
  name: string
  header: string
  encode(plain: Uint8Array): Uint8Array
  damaged: RefusalReason
  /** Concatenated complete streams are read as one. */
  joins: boolean
}

export const codings: readonly Coding[] = [
  { name: 'gzip', header: 'gzip', encode: (plain) => gzipSync(plain), damaged: 'bad_gzip', joins: true },
  {
    name: 'zlib',
    header: 'deflate',
    encode: (plain) => deflateSync(plain),
    damaged: 'bad_deflate',
    joins: false,
  },
  {
    name: 'raw deflate',
    header: 'deflate',
    encode: (plain) => deflateRawSync(plain),
    damaged: 'bad_deflate',
    joins: false,
  },
  {
    name: 'zstd',
    header: 'zstd',
    encode: (plain) => nodeCodecs.compressZstd(plain),
    damaged: 'bad_zstd',
    joins: true,
  },
]

/** Bytes that are ignored after a complete compressed body. */
const tails: readonly [name: string, tail: Uint8Array][] = [
  ['one zero byte', zeros(1)],
  ['512 zero bytes', zeros(512)],
  ['one spare byte', bytesOf('x')],
  ['the first byte of a gzip member', Uint8Array.of(0x1f)],
  ['the first bytes of a zstd frame', Uint8Array.of(0x28, 0xb5)],
  ['a line break', bytesOf('\r\n')],
  ['garbage', bytesOf('garbage '.repeat(5000))],
  ['zero bytes and garbage', concat(zeros(3), 'garbage')],
]

const chunkSizes = [undefined, 1, 1000]

/** The name of a vector is part of its content, so that no two vectors have the same crash ID. */
const report = (label: string, ...parts: PartSpec[]) =>
  multipart([T('ProductName', 'App'), T('Version', '1.0'), T('Comments', label), ...parts])

const sizeText = (size: number | undefined) => (size ? `in chunks of ${size}` : 'whole')

function stored(
  name: string,
  header: string,
  encode: (plain: Uint8Array) => Uint8Array,
  notes: readonly string[] = [],
): Vector[] {
  return chunkSizes.map((chunkSize) => {
    const label = `${name}, ${sizeText(chunkSize)}`
    return vector(label, async (open) => {
      const body = encode(report(label, F('upload_file_minidump', dump)))
      const { rawCrash, dumps } = await accept(await open(), body, {
        headers: { 'content-encoding': header },
        ...(chunkSize && { chunkSize }),
      })
      equal([rawCrash.Comments, rawCrash.metadata.collector_notes], [label, notes])
      equal(Buffer.compare(dumps[0]!.bytes, dump), 0)
    })
  })
}

function refused(name: string, header: string, reason: RefusalReason, make: () => Uint8Array): Vector[] {
  return chunkSizes.map((chunkSize) =>
    vector(`${name}, ${sizeText(chunkSize)}: ${reason}`, async (open) => {
      const options = { headers: { 'content-encoding': header }, ...(chunkSize && { chunkSize }) }
      const { status, text } = await (await open()).ask(submitRequest(make(), options))
      equal([status, text], answer(reason))
    }),
  )
}

const ignored = (bytes: number) => `ignored ${bytes} byte${bytes === 1 ? '' : 's'} after the compressed body`

const tailVectors = codings.flatMap(({ name, header, encode }) =>
  tails.flatMap(([tailName, tail]) =>
    stored(`${name} and ${tailName}`, header, (plain) => concat(encode(plain), tail), [ignored(tail.length)]),
  ),
)

const cutVectors = codings.flatMap(({ name, header, encode, damaged }) => {
  const whole = encode(report('cut', F('upload_file_minidump', dump)))
  return [1, 4, 9, whole.length >> 1, whole.length - 1].flatMap((missing) =>
    refused(`${name} without its last ${missing} bytes`, header, damaged, () => whole.subarray(0, -missing)),
  )
})

const twice = (coding: Coding, between: Uint8Array) => (plain: Uint8Array) =>
  concat(coding.encode(plain.subarray(0, 500)), between, coding.encode(plain.subarray(500)))

const skippableFrame = Uint8Array.of(0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3)
const [gzipCoding, , , zstdCoding] = codings as readonly [Coding, Coding, Coding, Coding]

/** Every optional field of a header (RFC 1952 §2.3.1). */
function withHeaderFields(member: Uint8Array): Uint8Array {
  const header = member.slice(0, 10)
  header[3] = 0x1f
  return concat(header, Uint8Array.of(3, 0, 7, 8, 9), 'name\0', 'comment\0', zeros(2), member.subarray(10))
}

const joinVectors = [
  ...stored('gzip members separated by zero bytes', 'gzip', twice(gzipCoding, zeros(100))),
  ...stored('full and empty gzip members', 'gzip', twice(gzipCoding, gzipSync(zeros(0)))),
  ...stored('gzip with all header fields', 'gzip', (plain) => withHeaderFields(gzipSync(plain))),
  ...stored('zstd frames and skippable frames', 'zstd', (plain) =>
    concat(skippableFrame, twice(zstdCoding, skippableFrame)(plain), skippableFrame),
  ),
  ...stored('zstd frames and an empty frame', 'zstd', twice(zstdCoding, nodeCodecs.compressZstd(zeros(0)))),
  ...refused('a truncated second gzip member', 'gzip', 'bad_gzip', () =>
    concat(gzipSync(report('x')), gzipSync(bytesOf('more')).subarray(0, 12)),
  ),
  ...refused('a truncated second zstd frame', 'zstd', 'bad_zstd', () =>
    concat(nodeCodecs.compressZstd(report('x')), nodeCodecs.compressZstd(bytesOf('more')).subarray(0, 8)),
  ),
]

const notEncoded = ['identity', 'none', 'binary', '8bit', 'utf-8', 'UTF8', 'identity, identity', ' ', ',']

const headerVectors = [
  ...notEncoded.flatMap((header) =>
    stored(`a plain body declared as ${JSON.stringify(header)}`, header, (p) => p),
  ),
  ...['gzip, identity', 'identity,GZip', 'x-gzip'].flatMap((header) =>
    stored(`gzip called ${header}`, header, (plain) => gzipSync(plain)),
  ),
  ...['gzip, gzip', 'zstd, gzip', 'br', 'constructor', '__proto__', 'toString'].flatMap((header) =>
    refused(`a body declared as ${header}`, header, 'unknown_encoding', () => gzipSync(report('x'))),
  ),
]

/** Compressed minidumps in a plain body. */
const nestedVectors = tails.map(([tailName, tail]) =>
  vector(`a gzip minidump and ${tailName}`, async (open) => {
    const label = `nested ${tailName}`
    const body = report(label, F('upload_file_minidump', concat(gzipSync(dump), tail)))
    const { dumps } = await accept(await open(), body)
    equal(Buffer.compare(dumps[0]!.bytes, dump), 0)
  }),
)

const frameVectors = [
  vector('zstd frames without a content size', async (open) => {
    const body = report('streamed', F('upload_file_minidump', dump))
    const { dumps } = await accept(await open(), rawBlocks(body, 700), {
      headers: { 'content-encoding': 'zstd' },
      chunkSize: 333,
    })
    equal(Buffer.compare(dumps[0]!.bytes, dump), 0)
  }),
  ...refused('too many small zstd frames', 'zstd', 'too_many_streams', () =>
    concat(
      nodeCodecs.compressZstd(report('x')),
      ...Array.from({ length: 200 }, () => rawBlocks(zeros(1), 1)),
    ),
  ),
  ...refused('too many small gzip members', 'gzip', 'too_many_streams', () =>
    concat(gzipSync(report('x')), ...Array.from({ length: 200 }, () => gzipSync(zeros(1)))),
  ),
  ...refused('zstd with a window of 16 MiB', 'zstd', 'zstd_window_too_large', () =>
    rawBlocks(report('x'), 700, 0x70),
  ),
  ...refused('a zstd frame that declares 200 MiB', 'zstd', 'inflated_body_too_large', () =>
    // A content size of four bytes, then one raw block.
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x50, 0, 0, 0x80, 0x0c, 9, 0, 0, 65),
  ),
  ...refused('zstd run-length blocks of zeros', 'zstd', 'compression_ratio', () => runLengths(1000)),
]

/** A frame of raw blocks of `size` bytes, without a content size. */
export function rawBlocks(bytes: Uint8Array, size: number, window = 0x50): Uint8Array {
  const pieces: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, window)]
  for (let at = 0; at < bytes.length; at += size) {
    const block = bytes.subarray(at, at + size)
    const last = at + size >= bytes.length ? 1 : 0
    pieces.push(blockHeader((block.length << 3) | last), block)
  }
  return concat(...pieces)
}

/** A frame of `count` run-length blocks, each 128 KiB of zeros. */
export function runLengths(count: number): Uint8Array {
  const blocks = Array.from({ length: count }, (_, i) =>
    concat(blockHeader((131_072 << 3) | 2 | (i === count - 1 ? 1 : 0)), zeros(1)),
  )
  return concat(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50), ...blocks)
}

const blockHeader = (value: number) => Uint8Array.of(value & 255, (value >> 8) & 255, value >> 16)

const storedVectors = [
  vector('zstd frames are decoded, skippable frames are omitted', async () => {
    const bytes = concat(skippableFrame, nodeCodecs.compressZstd(bytesOf('a')), skippableFrame)
    equal(inflateZstd(bytes, nodeCodecs, 10), bytesOf('a'))
  }),
]

/** Bodies and what is stored of them; they need no settings. */
export const compressedVectors: readonly Vector[] = [
  ...tailVectors,
  ...cutVectors,
  ...joinVectors,
  ...headerVectors,
  ...nestedVectors,
  ...frameVectors,
  ...storedVectors,
]

// Seekable gzip: whole, and in blocks.
import { createHash } from 'node:crypto'
import { gunzipSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBytes } from '../../../shared/bytes/concat.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { seekableBlockBytes, seekableGzip } from '../../../shared/codecs/seekable-gzip.ts'

async function* split(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    yield bytes.subarray(at, at + size)
    at += size
  }
}

const lines = (count: number) =>
  new TextEncoder().encode(Array.from({ length: count }, (_, i) => `${i.toString(16)} 10 ${i} 0\n`).join(''))

describe('seekable gzip', () => {
  test('inflates to the same bytes, however they arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60_000 }),
        fc.array(fc.integer({ min: 1, max: 700_000 }), { minLength: 1, maxLength: 5 }),
        async (count, sizes) => {
          const bytes = lines(count)
          const pieces = await Array.fromAsync(seekableGzip(split(bytes, sizes), nodeCodecs))
          expect(Buffer.compare(gunzipSync(concatBytes(pieces)), bytes)).toBe(0)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('each block can be inflated alone, and costs little', async () => {
    const bytes = lines(80_000)
    const pieces = await Array.fromAsync(seekableGzip(split(bytes, [100_000]), nodeCodecs))
    const blocks = pieces.slice(1, -1)
    expect(blocks.length).toBe(Math.ceil(bytes.length / seekableBlockBytes))
    const second = inflateRawSync(concatBytes([blocks[1]!, Uint8Array.of(3, 0)]))
    expect(Buffer.compare(second, bytes.subarray(seekableBlockBytes, 2 * seekableBlockBytes))).toBe(0)
  })

  test.each([
    [0, 0],
    [1, 1],
    [seekableBlockBytes, 1],
    [seekableBlockBytes + 1, 2],
    [2 * seekableBlockBytes, 2],
  ])('%i bytes have %i blocks', async (length, blocks) => {
    const pieces = await Array.fromAsync(seekableGzip(split(new Uint8Array(length), [1e6]), nodeCodecs))
    expect(pieces).toHaveLength(1 + blocks + 1)
  })

  test('the hash of clients is MD5', () => {
    const hasher = nodeCodecs.createMd5()
    hasher.update(lines(3))
    expect(hasher.hex()).toBe(createHash('md5').update(lines(3)).digest('hex'))
  })
})

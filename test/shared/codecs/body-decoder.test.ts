import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBodyDecoder, type Pace } from '../../../shared/codecs/body-decoder.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { contentEncoding } from '../../../shared/codecs/content-encoding.ts'
import { defaultLimits, Refusal, type SubmissionLimits } from '../../../shared/report/refusals.ts'
import { codings, runLengths } from '../../contract/compressed-vectors.ts'
import { concat, fakeDump } from '../../support/crash-request.ts'

interface Decoding {
  output: Uint8Array
  ignoredBytes: number
}

interface Options {
  chunkSizes?: readonly number[]
  limits?: Partial<SubmissionLimits>
  pace?: Pace
  onOutput?: (bytes: Uint8Array) => void
}

/** Decodes `bytes`, split into chunks of the given sizes in turn. */
async function decode(header: string, bytes: Uint8Array, options: Options = {}): Promise<Decoding> {
  const { chunkSizes = [bytes.length || 1], limits, pace } = options
  const output: Uint8Array[] = []
  const decoder = createBodyDecoder(contentEncoding(header), {
    codecs: nodeCodecs,
    limits: { ...defaultLimits, ...limits },
    onOutput: options.onOutput ?? ((piece) => output.push(piece.slice())),
    pace,
  })
  try {
    for (let at = 0, i = 0; at < bytes.length; i++) {
      const chunk = bytes.slice(at, at + chunkSizes[i % chunkSizes.length]!)
      await decoder.write(chunk)
      chunk.fill(0xee)
      at += chunk.length
    }
    await decoder.end()
    return { output: concat(...output), ignoredBytes: decoder.ignoredBytes }
  } finally {
    decoder.close()
  }
}

const coding = fc.constantFrom(...codings)
const chunkSizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 4 })
const plain = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.record({ size: fc.nat(200_000), seed: fc.nat(100) }).map(({ size, seed }) => fakeDump(size, seed)),
)
const garbage = fc.oneof(
  fc.nat(40).map((length) => new Uint8Array(length)),
  fc.uint8Array({ maxLength: 40 }),
)

describe('a body decoder', () => {
  test('inflates compressed data, regardless of the chunks', async () => {
    const pieces = fc.array(plain, { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(coding, pieces, chunkSizes, async ({ header, encode, joins }, contents, sizes) => {
        const joined = joins ? contents : contents.slice(0, 1)
        const { output } = await decode(header, concat(...joined.map(encode)), { chunkSizes: sizes })
        expect(Buffer.compare(output, concat(...joined))).toBe(0)
      }),
      { seed: 1, numRuns: 40 },
    )
  })

  test('settles for truncated, changed and continued data: with all of the content, or with the refusal of its coding', async () => {
    const damage = fc.record({ cut: fc.nat(60), flip: fc.option(fc.nat(), { nil: undefined }), garbage })
    await fc.assert(
      fc.asyncProperty(
        coding,
        plain,
        damage,
        chunkSizes,
        async ({ header, encode, damaged }, content, how, sizes) => {
          const whole = encode(content)
          const bytes = concat(whole.subarray(0, Math.max(0, whole.length - how.cut)), how.garbage)
          if (how.flip !== undefined && bytes.length > 0)
            bytes[how.flip % bytes.length]! ^= 1 << (how.flip & 7)
          const untouched = how.cut === 0 && how.flip === undefined
          try {
            const { output } = await decode(header, bytes, { chunkSizes: sizes })
            if (untouched) expect(Buffer.compare(output, content)).toBe(0)
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal)
            const reason = (error as Refusal).reason
            // Random bytes may declare another window, or start another stream.
            if (untouched) expect([damaged, 'zstd_window_too_large']).toContain(reason)
          }
        },
      ),
      { seed: 2, numRuns: 120 },
    )
  })

  test.each(codings)('passes on errors of the receiver of $name output, and stops there', async (one) => {
    const error = new TypeError('a bug')
    let calls = 0
    const onOutput = () => {
      calls++
      throw error
    }
    await expect(decode(one.header, one.encode(fakeDump(400_000)), { onOutput })).rejects.toBe(error)
    expect(calls).toBe(1)
  })

  test.each(codings)(
    'ends $name when the pace callback throws, between slices',
    async ({ header, encode }) => {
      const random = Uint8Array.from({ length: 100_000 }, (_, i) => Math.imul(i * i, 2654435761) >>> 13)
      const error = new Error('late')
      let paced = 0
      const pace = () => {
        if (++paced === 2) throw error
      }
      const bytes = header === 'zstd' ? concat(...chunksOf(random, 30_000).map(encode)) : encode(random)
      await expect(decode(header, bytes, { pace })).rejects.toBe(error)
      expect(paced).toBe(2)
    },
  )

  test.each([
    [16 * 1024 - 1, [1000]],
    [16 * 1024, [1000]],
    [16 * 1024 + 1, [1000, 0]],
    [32 * 1024, [1000, 0]],
  ])('is paced after each 16 KiB from the wire: %i bytes', async (length, expected) => {
    const packed = gzipSync(new Uint8Array(1000))
    const paced: number[] = []
    const body = concat(packed, new Uint8Array(length - packed.length))
    await decode('gzip', body, { pace: (bytes) => void paced.push(bytes) })
    expect(paced).toEqual(expected)
  })

  test('rejects a pending write when it is closed, and later ones', async () => {
    const decoder = createBodyDecoder('gzip', {
      codecs: nodeCodecs,
      limits: defaultLimits,
      onOutput: () => {},
    })
    const bytes = gzipSync(fakeDump(300_000))
    const first = decoder.write(bytes)
    decoder.close()
    await expect(first).rejects.toMatchObject({ reason: 'bad_gzip' })
    await expect(decoder.write(bytes)).rejects.toMatchObject({ reason: 'bad_gzip' })
  })

  test.each([
    ['gzip', gzipSync(new Uint8Array(60_000_000))],
    ['zstd', runLengths(2000)],
  ])('inflates no slice of %s to much more than its bytes on the wire allow', async (header, bomb) => {
    const slices: number[] = []
    let inflated = 0
    const onOutput = (bytes: Uint8Array) => {
      inflated += bytes.length
    }
    const limits = { maxRatio: 50, ratioFreeBytes: 1_000_000 }
    const work = decode(header, bomb, { limits, onOutput, pace: (bytes) => void slices.push(bytes) })
    await expect(work).rejects.toMatchObject({ reason: 'compression_ratio' })
    expect(inflated).toBeLessThan(2_100_000)
  })
})

describe('a body may have as much as its limits', () => {
  const content = new Uint8Array(1000)
  /** Zeros after the compressed data are padding. */
  const padded = (bytes: Uint8Array, length: number) => concat(bytes, new Uint8Array(length - bytes.length))
  const packed = padded(gzipSync(content), 100)
  const streams = concat(...Array<Uint8Array>(70).fill(gzipSync('')))
  test.each<[string, string, Uint8Array, Partial<SubmissionLimits>, Partial<SubmissionLimits>, string]>([
    ['bytes', '', content, { maxBodyBytes: 1000 }, { maxBodyBytes: 999 }, 'body_too_large'],
    [
      'plain bytes',
      '',
      content,
      { maxInflatedBytes: 1000 },
      { maxInflatedBytes: 999 },
      'inflated_body_too_large',
    ],
    ['compressed bytes', 'gzip', packed, { maxBodyBytes: 100 }, { maxBodyBytes: 99 }, 'body_too_large'],
    [
      'inflated bytes',
      'gzip',
      packed,
      { maxInflatedBytes: 1000 },
      { maxInflatedBytes: 999 },
      'inflated_body_too_large',
    ],
    [
      'bytes of any ratio',
      'gzip',
      packed,
      { ratioFreeBytes: 1000, maxRatio: 1 },
      { ratioFreeBytes: 999, maxRatio: 1 },
      'compression_ratio',
    ],
    [
      'inflated bytes for one on the wire',
      'gzip',
      packed,
      { ratioFreeBytes: 0, maxRatio: 10 },
      { ratioFreeBytes: 0, maxRatio: 9 },
      'compression_ratio',
    ],
  ])('%s', async (_, header, bytes, enough, tooFew, reason) => {
    const { output } = await decode(header, bytes, { limits: enough })
    expect(output).toHaveLength(1000)
    await expect(decode(header, bytes, { limits: tooFew })).rejects.toMatchObject({ reason })
  })

  test('streams: 64, and one more for 256 bytes on the wire', async () => {
    expect(await decode('gzip', padded(streams, 6 * 256))).toMatchObject({ output: new Uint8Array(0) })
    await expect(decode('gzip', padded(streams, 6 * 256 - 1))).rejects.toMatchObject({
      reason: 'too_many_streams',
    })
  })
})

const chunksOf = (bytes: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size))

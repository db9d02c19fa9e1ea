// Mutated submissions: no response is a server error, and stored reports are complete.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { inflateZstd } from '../../../shared/codecs/codecs.ts'
import { DumpEncoder } from '../../../shared/report/body/encoded-dump.ts'
import { encodeStoredReport, readStoredReport } from '../../../shared/report/stored.ts'
import { isCrashError } from '../../../shared/errors.ts'
import {
  boundary,
  bytesOf,
  concat,
  F,
  fakeDump,
  gzip,
  J,
  multipart,
  submitRequest,
  T,
} from '../../support/crash-request.ts'
import { createTestEdge } from '../edge.support.ts'

const plain = multipart([
  T('ProductName', 'Firefox'),
  J({ Version: '1.0', n: null, o: { a: [1] } }),
  F('upload_file_minidump', fakeDump(400)),
  T('Comments', 'é', 'text/plain; charset=utf-8'),
  F('log', '', 'application/gzip'),
])
const bodies: [Uint8Array, Record<string, string>][] = [
  [plain, {}],
  [await gzip(plain), { 'content-encoding': 'gzip' }],
  [await gzip(plain, 'deflate'), { 'content-encoding': 'deflate' }],
  [nodeCodecs.compressZstd(plain), { 'content-encoding': 'zstd' }],
]
const splices = [`\r\n--${boundary}`, `--${boundary}--`, '\r\n\r\n', '"', '\0', '{"a":', 'name=', '\xff'].map(
  bytesOf,
)

type Mutation =
  | { kind: 'flip'; at: number; bit: number }
  | { kind: 'cut'; at: number }
  | { kind: 'remove'; at: number; length: number }
  | { kind: 'splice'; at: number; what: number }

const at = fc.nat(1 << 20)
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('cut' as const), at }),
  fc.record({ kind: fc.constant('remove' as const), at, length: fc.nat(60) }),
  fc.record({ kind: fc.constant('splice' as const), at, what: fc.nat(splices.length - 1) }),
)

function mutate(bytes: Uint8Array, change: Mutation): Uint8Array {
  const place = bytes.length === 0 ? 0 : change.at % bytes.length
  switch (change.kind) {
    case 'flip': {
      const flipped = bytes.slice()
      if (flipped.length > 0) flipped[place]! ^= 1 << change.bit
      return flipped
    }
    case 'cut':
      return bytes.subarray(0, place)
    case 'remove':
      return concat(bytes.subarray(0, place), bytes.subarray(place + change.length))
    case 'splice':
      return concat(bytes.subarray(0, place), splices[change.what]!, bytes.subarray(place))
  }
}

test('mutated submissions get a response, and exactly the accepted ones are stored', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(bodies.length - 1),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
      async (which, mutations, chunkSize) => {
        const [body, headers] = bodies[which]!
        const edge = createTestEdge()
        const sent = mutations.reduce(mutate, body)
        const options = { headers, ...(chunkSize && { chunkSize }) }
        const { status, text } = await edge.ask(submitRequest(sent, options))
        const reports = [...(await edge.stored()).entries()]
        if (status === 200) {
          expect(reports.map(([id]) => `CrashID=bp-${id}\n`)).toEqual([text])
          const [, { rawCrash, dumps }] = reports[0]!
          expect(Object.keys(rawCrash.metadata.dump_checksums!)).toEqual(dumps.map(({ name }) => name))
        } else {
          expect([400, 401, 413]).toContain(status)
          expect(text).toMatch(/^Discarded=malformed_[a-z_]+$/)
          expect(reports).toEqual([])
        }
      },
    ),
    { seed: 20261123, numRuns: 500 },
  )
})

test('mutated stored reports are read, or refused with a typed error', () => {
  const encoder = new DumpEncoder('upload_file_minidump', nodeCodecs)
  encoder.append(fakeDump(3000))
  const rawCrash = { uuid: 'x', version: 2, submitted_timestamp: '', metadata: {} } as never
  const stored = concat(...encodeStoredReport(rawCrash, [encoder.finish()], nodeCodecs))
  const inflated = inflateZstd(stored, nodeCodecs, 1e6)
  fc.assert(
    fc.property(fc.boolean(), fc.array(mutation, { minLength: 1, maxLength: 3 }), (inside, mutations) => {
      const damaged = mutations.reduce(mutate, inside ? inflated : stored)
      try {
        readStoredReport(inside ? nodeCodecs.compressZstd(damaged) : damaged, nodeCodecs, 1e6)
      } catch (error) {
        if (!isCrashError(error)) throw error
      }
    }),
    { seed: 7, numRuns: 1000 },
  )
})

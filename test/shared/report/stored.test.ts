import { zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RawCrash } from '../../../shared/crash.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { inflateZstd } from '../../../shared/codecs/codecs.ts'
import { defaultLimits } from '../../../shared/report/refusals.ts'
import {
  DumpEncoder,
  type EncodedDump,
  freeDump,
  storedBoundary,
} from '../../../shared/report/body/encoded-dump.ts'
import {
  encodeStoredReport,
  inflateStoredReport,
  readReportMetadata,
  readStoredReport,
  storedMetadata,
} from '../../../shared/report/stored.ts'
import { readMultipart, submissionBoundary } from '../../../shared/report/submission.ts'
import { zstdFrames } from '../../../shared/codecs/zstd-frames.ts'
import { bytesOf, concat, fakeDump } from '../../support/crash-request.ts'

const rawCrash: RawCrash = {
  ProductName: 'Ünïcode',
  uuid: 'de1bb258-cbbf-4589-a673-34f800160918',
  submitted_timestamp: '2016-09-18T00:00:00+00:00',
  version: 2,
  metadata: {
    payload: 'multipart',
    payload_compressed: '0',
    payload_size: 1,
    collector_notes: [],
    dump_checksums: {},
    user_agent: 'wow',
    throttle_rule: 'accept_everything',
    throttle: { rule: 'accept_everything', percent: 100, weight: 1 },
    shadowed: { version: '7.1' },
  },
}

function encode(files: Record<string, Uint8Array>, pieceSize = 100_000, crash = rawCrash): Uint8Array {
  const dumps = Object.entries(files).map(([name, bytes]) => {
    const encoder = new DumpEncoder(name, nodeCodecs)
    for (let at = 0; at < bytes.length; at += pieceSize) encoder.append(bytes.subarray(at, at + pieceSize))
    return encoder.finish()
  })
  return concat(...encodeStoredReport(crash, dumps, nodeCodecs))
}

const finish = ({ encoder, bytes }: { encoder: DumpEncoder; bytes: Uint8Array }) => ({
  dump: encoder.finish(),
  bytes,
})

const filesOf = (stored: Uint8Array) =>
  Object.fromEntries(
    readStoredReport(stored, nodeCodecs).dumps.map(({ name, bytes }) => [name, bytes.slice()]),
  )

describe('a stored report', () => {
  test('is multipart that any parser of the format accepts', async () => {
    const { body, contentType } = inflateStoredReport(
      encode({ upload_file_minidump: bytesOf('abcd1234') }),
      nodeCodecs,
    )
    expect(contentType).toBe(`multipart/form-data; boundary=${storedBoundary}`)
    const form = await new Response(body as BodyInit, { headers: { 'content-type': contentType } }).formData()
    expect([...form.keys()]).toEqual(['upload_file_minidump', 'raw_crash'])
    expect(await (form.get('upload_file_minidump') as File).text()).toBe('abcd1234')
    expect(JSON.parse(await (form.get('raw_crash') as File).text())).toEqual(rawCrash)
  })

  test('round-trips: no dump, an empty one, one over several frames', () => {
    for (const files of [
      {},
      { a: new Uint8Array(0) },
      { b: fakeDump(1_500_000), a: fakeDump(3, 2), c: fakeDump(524_288, 3) },
    ]) {
      const stored = encode(files)
      expect(readStoredReport(stored, nodeCodecs).rawCrash).toEqual(rawCrash)
      expect(filesOf(stored)).toEqual(files)
    }
  })

  test('does not depend on how the content was split', () => {
    const files = { f: fakeDump(600_000) }
    expect(encode(files, 999)).toEqual(encode(files, 600_000))
  })

  test('keeps any content', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_]{1,30}$/).filter((text) => text !== '__proto__')
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.uint8Array({ maxLength: 200 })),
        fc.integer({ min: 1, max: 50 }),
        (files, size) => {
          expect(filesOf(encode(files, size))).toEqual({ ...files })
        },
      ),
      { seed: 3, numRuns: 100 },
    )
  })

  test.each([
    ['no file', [], 1],
    ['a small one', [5000], 1],
    ['one of a full frame', [131_072], 2],
    ['one of a frame and a half', [200_000], 2],
    ['two small ones', [5000, 5000], 2],
  ])('is as few frames as possible: %s', (_, sizes, frames) => {
    const files = Object.fromEntries(sizes.map((size, i) => [`f${i}`, fakeDump(size, i)]))
    expect([...zstdFrames(encode(files))]).toHaveLength(frames)
  })

  test('is split into frames of at most 160 KiB, also when raw_crash is large', () => {
    const long = { ...rawCrash, TelemetryEnvironment: 'x'.repeat(700_000) }
    const encoder = new DumpEncoder('f', nodeCodecs)
    encoder.append(fakeDump(100_000))
    const stored = concat(...encodeStoredReport(long, [encoder.finish()], nodeCodecs))
    for (const frame of zstdFrames(stored)) {
      expect(nodeCodecs.inflateZstdFrame(frame, 160 * 1024).length).toBeLessThanOrEqual(160 * 1024)
    }
    expect(readStoredReport(stored, nodeCodecs)).toMatchObject({ rawCrash: long })
  })

  test('contains its own files, in whichever order others are started, stored and discarded', () => {
    const step = fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }), end: fc.nat(3) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const open: { encoder: DumpEncoder; bytes: Uint8Array }[] = []
        const finished: { dump: EncodedDump; bytes: Uint8Array }[] = []
        for (const { bytes, end } of steps) {
          const encoder = new DumpEncoder('f', nodeCodecs)
          encoder.append(bytes)
          open.push({ encoder, bytes })
          if (end === 1) open.shift()!.encoder.free()
          if (end >= 2) finished.push(finish(open.shift()!))
          if (end === 3) freeDump(finished.shift()!.dump)
        }
        finished.push(...open.map(finish))
        for (const { dump, bytes } of finished) {
          const stored = concat(...encodeStoredReport(rawCrash, [dump], nodeCodecs))
          expect(filesOf(stored)).toEqual({ f: bytes })
        }
      }),
      { seed: 5, numRuns: 50 },
    )
  })

  test('uses another boundary when a dump contains the usual one, whole or split', () => {
    const trap = concat(
      `\r\n--${storedBoundary}\r\nContent-Disposition: form-data; name="evil"\r\n\r\n`,
      fakeDump(700_000),
      `\r\n--${storedBoundary}--\r\n`,
    )
    for (const pieceSize of [700_000, 13]) {
      const files = { first: fakeDump(100), trap, last: fakeDump(600_000, 9) }
      const stored = encode(files, pieceSize)
      expect(filesOf(stored)).toEqual(files)
      const { contentType } = inflateStoredReport(stored, nodeCodecs)
      expect(contentType).toMatch(/boundary=mayday-stored-report-[0-9a-f]{24}$/)
      expect(contentType).not.toContain(storedBoundary)
    }
  })

  test('keeps annotations that name a boundary', () => {
    const traps = ['--', '\r\n--', '\\--'].map((start) => `${start}${storedBoundary}--\r\n`)
    const crash: RawCrash = { ...rawCrash, Comments: traps.join(''), [traps[0]!]: 'x' }
    const stored = concat(...encodeStoredReport(crash, [], nodeCodecs))
    expect(readStoredReport(stored, nodeCodecs).rawCrash).toEqual(crash)
  })

  test('resubmitted, is the same report: without collector keys, with shadowed annotations restored', () => {
    const { body, contentType } = inflateStoredReport(
      encode({ upload_file_minidump: fakeDump(5000) }),
      nodeCodecs,
    )
    const reader = readMultipart(submissionBoundary(contentType), {
      codecs: nodeCodecs,
      limits: defaultLimits,
    })
    reader.write(body)
    const report = reader.finish()
    expect(Object.fromEntries(report.annotations)).toEqual({ ProductName: 'Ünïcode', version: '7.1' })
    expect(report.replayedId).toBe(rawCrash.uuid)
    expect(report.dumps.map(({ name, size }) => [name, size])).toEqual([['upload_file_minidump', 5000]])
  })

  test.each([
    [{ throttle: 5, dump_checksums: [], user_agent: 'kept' }, { user_agent: 'kept' }],
    [
      { throttle: { rule: 7, weight: 2 }, of_later: 1 },
      { throttle: { weight: 2 }, of_later: 1 },
    ],
    [{ collector_notes: ['a', null, 5], shadowed: 'x' }, { collector_notes: ['a'] }],
  ])('with the metadata %j is read with %j', (stored, read) => {
    const metadata: RawCrash['metadata'] = JSON.parse(JSON.stringify(stored))
    const report = readStoredReport(encode({}, 1, { ...rawCrash, metadata }), nodeCodecs)
    expect(report.rawCrash.metadata).toEqual(read)
  })

  test('when damaged or truncated anywhere, gives a typed error', () => {
    const stored = encode({ f: fakeDump(2000) })
    for (let length = 0; length < stored.length; length += 7) {
      expect(() => readStoredReport(stored.subarray(0, length), nodeCodecs)).toThrow(
        expect.objectContaining({ name: 'CrashError', code: 'bad-report' }),
      )
    }
    expect(() => readStoredReport(bytesOf('--plain text'), nodeCodecs)).toThrow(
      expect.objectContaining({ code: 'bad-report' }),
    )
    const other = nodeCodecs.compressZstd(bytesOf('--someone else\r\n'))
    expect(() => readStoredReport(other, nodeCodecs)).toThrow(expect.objectContaining({ code: 'bad-report' }))
  })

  test('is not inflated beyond the limit', () => {
    const stored = encode({ f: fakeDump(100_000) })
    expect(() => readStoredReport(stored, nodeCodecs, 50_000)).toThrow(
      expect.objectContaining({ code: 'limit' }),
    )
  })
})

describe('zstd frames', () => {
  test('are separated and all inflated', () => {
    const pieces = ['one', '', 'three '.repeat(50_000)].map(bytesOf)
    const all = concat(...pieces.map((piece) => nodeCodecs.compressZstd(piece)))
    expect([...zstdFrames(all)].map((frame) => new Uint8Array(zstdDecompressSync(frame)))).toEqual(pieces)
    expect(inflateZstd(all, nodeCodecs, 1_000_000)).toEqual(concat(...pieces))
  })

  test('may be skippable ones', () => {
    const skippable = Uint8Array.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
    expect([...zstdFrames(concat(skippable, nodeCodecs.compressZstd(bytesOf('x'))))]).toHaveLength(2)
  })
})

describe('object metadata', () => {
  test('encodes any text in ASCII, truncating long ones', () => {
    const report = { product: 'Über\n%41 産', version: '1.0', channel: '', dumpBytes: 5, dumpCount: 1 }
    const metadata = storedMetadata(report)
    expect(Object.values(metadata).join('')).toMatch(/^[ -~]*$/)
    expect(readReportMetadata(metadata)).toEqual(report)
    const long = storedMetadata({
      ...report,
      product: '産'.repeat(500),
      version: `\ud800${'v'.repeat(1000)}`,
    })
    expect(Object.values(long).every((value) => value.length <= 300)).toBe(true)
    expect(readReportMetadata(long).product).toBe('産'.repeat(33))
    expect(readReportMetadata({})).toEqual({
      product: '',
      version: '',
      channel: '',
      dumpBytes: 0,
      dumpCount: 0,
    })
  })
})

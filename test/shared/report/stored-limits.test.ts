// Stored reports: how their encoding paces itself, and errors and limits at their exact values.
import { describe, expect, test } from 'vitest'
import type { Codecs } from '../../../shared/codecs/codecs.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import type { RawCrash } from '../../../shared/crash.ts'
import { DumpEncoder, maxFrameBytes, storedBoundary } from '../../../shared/report/body/encoded-dump.ts'
import {
  encodeStoredReport,
  encodeStoredReportPaced,
  inflateStoredReport,
  readReportMetadata,
  readStoredReport,
  StoredPartsReader,
  storedMetadata,
} from '../../../shared/report/stored.ts'
import { bytesOf, concat, fakeDump } from '../../support/crash-request.ts'

const rawCrash = {
  uuid: 'de1bb258-cbbf-4589-a673-34f800160918',
  submitted_timestamp: '2016-09-18T00:00:00+00:00',
  version: 2,
  metadata: { user_agent: 'x' },
} as unknown as RawCrash

const dumpsOf = (...sizes: number[]) =>
  sizes.map((size, i) => {
    const encoder = new DumpEncoder(`f${i}`, nodeCodecs)
    encoder.append(fakeDump(size, i))
    return encoder.finish()
  })

describe('encoding in slices', () => {
  test.each([
    ['no dump', [], 0],
    ['one dump, which ends with the raw crash', [5000], 0],
    ['three dumps', [5000, 0, 200_000], 2],
  ])('%s: paces by a frame for each dump but the last, then by the text', async (_, sizes, frames) => {
    const crash = { ...rawCrash, Comments: 'x'.repeat(100_000) }
    const paced: number[] = []
    const pieces = await encodeStoredReportPaced(crash, dumpsOf(...sizes), {
      codecs: nodeCodecs,
      pace: async (bytes) => void paced.push(bytes),
    })
    const stored = concat(...pieces)
    expect(stored).toEqual(concat(...encodeStoredReport(crash, dumpsOf(...sizes), nodeCodecs)))
    expect(paced.slice(0, frames)).toEqual(Array(frames).fill(maxFrameBytes))
    const texts = paced.slice(frames)
    const { body } = inflateStoredReport(stored, nodeCodecs)
    const text = new TextDecoder('latin1').decode(body)
    const at = text.lastIndexOf(`--${storedBoundary}\r\nContent-Disposition: form-data; name="raw_crash"`)
    expect(texts.reduce((sum, length) => sum + length)).toBe(text.length - at)
    expect(Math.max(...texts)).toBeLessThanOrEqual(64 * 1024)
  })

  test('waits for the pace before it continues', async () => {
    const events: string[] = []
    const codecs: Codecs = {
      ...nodeCodecs,
      compressZstd(bytes) {
        events.push('compress')
        return nodeCodecs.compressZstd(bytes)
      },
    }
    const pace = async () => {
      events.push('wait')
      await new Promise((resume) => setImmediate(resume))
      events.push('continue')
    }
    await encodeStoredReportPaced(rawCrash, dumpsOf(10, 10, 10), { codecs, pace })
    const slices = (events.length - 5) / 2
    expect(events.slice(0, 6)).toEqual(['compress', 'wait', 'continue', 'compress', 'wait', 'continue'])
    expect(events.filter((event) => event === 'compress')).toHaveLength(3)
    expect(events.at(-1)).toBe('compress')
    expect(slices).toBeGreaterThan(1)
  })
})

describe('a damaged report', () => {
  const part = (name: string, content: string, headers = '') =>
    `--${storedBoundary}\r\nContent-Disposition: form-data; name="${name}"${headers}\r\n\r\n${content}\r\n`
  const end = `--${storedBoundary}--\r\n`
  const crash = JSON.stringify(rawCrash)
  const read = (text: string) => readStoredReport(nodeCodecs.compressZstd(bytesOf(text)), nodeCodecs)

  test.each([
    ['nothing', '', 'The stored report is empty'],
    [
      'a short line',
      `--${storedBoundary}`.slice(0, -1),
      'Not a stored report: its first line is not a boundary',
    ],
    [
      'another boundary',
      `--x${part('raw_crash', crash)}`,
      'Not a stored report: its first line is not a boundary',
    ],
    [
      'another last part',
      part('raw_crash', crash) + part('f', 'x') + end,
      'The stored report has no raw_crash at its end',
    ],
    ['no part', end, 'The stored report has no raw_crash at its end'],
    ['text', part('raw_crash', 'x') + end, 'The raw_crash of the stored report is not JSON'],
    ['a list', part('raw_crash', '[]') + end, 'The raw_crash of the stored report: '],
    [
      'no ID',
      part('raw_crash', crash.replace('uuid', 'u')) + end,
      'The raw_crash of the stored report: uuid ',
    ],
    [
      'another version',
      part('raw_crash', crash.replace(':2', ':3')) + end,
      'The raw_crash of the stored report: version ',
    ],
    [
      'no time',
      part('raw_crash', crash.replace('submitted_', 's')) + end,
      'The raw_crash of the stored report: submitted_timestamp ',
    ],
    [
      'no metadata',
      part('raw_crash', crash.replace('metadata', 'm')) + end,
      'The raw_crash of the stored report: metadata ',
    ],
  ])('of %s', (_, text, message) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'bad-report', message: expect.stringContaining(message) }),
    )
  })

  test('has at most 1000 parts', () => {
    const parts = (count: number) => part('f', '').repeat(count - 1) + part('raw_crash', crash) + end
    expect(read(parts(1000)).dumps).toHaveLength(999)
    expect(() => read(parts(1001))).toThrow(expect.objectContaining({ code: 'bad-report' }))
  })

  test('is found in pieces of any size', () => {
    const names: string[] = []
    const handler = {
      part: ({ name }: { name: string }) => void names.push(name),
      data: () => {},
      end: () => {},
    }
    const body = bytesOf(part('f', 'x') + part('raw_crash', crash) + end)
    for (const size of [1, storedBoundary.length + 1, storedBoundary.length + 2, body.length]) {
      const reader = new StoredPartsReader(handler)
      for (let at = 0; at < body.length; at += size) reader.write(body.subarray(at, at + size))
      reader.finish()
    }
    expect(names).toEqual(Array(4).fill(['f', 'raw_crash']).flat())
    expect(() => new StoredPartsReader(handler).finish()).toThrow('The stored report is empty')
  })

  test('has at most as many bytes as the caller allows', () => {
    const text = part('raw_crash', crash) + end
    const stored = nodeCodecs.compressZstd(bytesOf(text))
    const limits = [text.length, text.length - 1]
    expect(readStoredReport(stored, nodeCodecs, limits[0]).rawCrash.uuid).toBe(rawCrash.uuid)
    expect(() => readStoredReport(stored, nodeCodecs, limits[1])).toThrow(
      expect.objectContaining({ code: 'limit' }),
    )
    expect(inflateStoredReport(stored, nodeCodecs, limits[0]).body).toHaveLength(text.length)
    expect(() => inflateStoredReport(stored, nodeCodecs, limits[1])).toThrow(
      expect.objectContaining({ code: 'limit' }),
    )
  })
})

describe('object metadata', () => {
  const report = { product: 'p', version: 'v', channel: 'c', dumpBytes: 5, dumpCount: 2 }

  test('has a value for each field', () => {
    const metadata = { product: 'p', version: 'v', channel: 'c', 'dump-bytes': '5', 'dump-count': '2' }
    expect(storedMetadata(report)).toEqual(metadata)
    expect(readReportMetadata(metadata)).toEqual(report)
  })

  test.each([
    ['a b$c&d~e', 'a b$c&d~e'],
    [' a ', 'a'],
    ['50%', '50%25'],
    ['\x1f\x7f\n', '%1F%7F%0A'],
    ['é', '%C3%A9'],
    ['\ud800', '%EF%BF%BD'],
    ['x'.repeat(300), 'x'.repeat(300)],
    ['x'.repeat(301), 'x'.repeat(300)],
    [`${'x'.repeat(297)}%`, `${'x'.repeat(297)}%25`],
    [`${'x'.repeat(298)}%y`, 'x'.repeat(298)],
  ])('%j is stored as %j', (product, stored) => {
    expect(storedMetadata({ ...report, product }).product).toBe(stored)
  })

  test.each(['50%', '%zz', '%ff'])('%s of another writer is kept', (product) => {
    expect(readReportMetadata({ product }).product).toBe(product)
  })
})

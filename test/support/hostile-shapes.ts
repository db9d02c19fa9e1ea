// Bodies made to be expensive for a collector and cheap for the sender; used by benchmark and soak test. Add shapes here.
import { encode } from '@msgpack/msgpack'
import { deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { storedBoundary } from '../../shared/report/body/encoded-dump.ts'
import { rawBlocks, runLengths } from '../contract/compressed-vectors.ts'
import { boundary, bytesOf, concat, F, fakeDump, J, multipart, type PartSpec, T } from './crash-request.ts'
import { envelope } from './sentry-clients.ts'

export interface HostileShape {
  name: string
  /** `/submit` unless set. */
  path?: string
  headers: Readonly<Record<string, string>>
  body: () => Uint8Array
  /** Send the body in chunks of this many bytes. */
  pieceBytes?: number
}

const formType = { 'content-type': `multipart/form-data; boundary=${boundary}` }
const identity = [T('ProductName', 'Hostile'), T('Version', '1.0')]
const main = 'upload_file_minidump'
const disposition = 'Content-Disposition: form-data; '
const zeros = (bytes: number) => new Uint8Array(bytes)

const report = (...parts: readonly PartSpec[]) => multipart([...identity, ...parts])
/** A body of parts given as header lines and content, for parts that the builders cannot make. */
const withParts = (...parts: readonly [headers: string, content: string | Uint8Array][]) =>
  concat(
    ...parts.flatMap(([headers, content]) => [`--${boundary}\r\n${headers}\r\n\r\n`, content, '\r\n']),
    report(),
  )
const parts = (count: number, make: (i: number) => [string, string]) =>
  withParts(...Array.from({ length: count }, (_, i) => make(i)))

const plain = (name: string, body: () => Uint8Array, more: Partial<HostileShape> = {}): HostileShape => ({
  name,
  headers: formType,
  body,
  ...more,
})
const coded =
  (encoding: string, compress: (bytes: Uint8Array) => Uint8Array) =>
  (name: string, body: () => Uint8Array, more: Partial<HostileShape> = {}): HostileShape => ({
    name: `${encoding}: ${name}`,
    headers: { ...formType, 'content-encoding': encoding },
    body: () => compress(body()),
    ...more,
  })
const gzip = coded('gzip', (bytes) => gzipSync(bytes, { level: 9 }))
const deflate = coded('deflate', (bytes) => deflateRawSync(bytes, { level: 9 }))
const zstd = coded('zstd', (bytes) => zstdCompressSync(bytes))
const ready = coded('zstd', (bytes) => bytes)
const readyGzip = coded('gzip', (bytes) => bytes)

const noise = (bytes: number) => {
  let state = 1
  return Uint8Array.from({ length: bytes }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state >>> 24
  })
}

const compressed: readonly HostileShape[] = [
  gzip('a file of 100 MiB of zeros', () => report(F(main, zeros(100 << 20)))),
  gzip('a file of 8 MiB of zeros', () => report(F(main, zeros(8 << 20)))),
  gzip('a file that inflates up to the limit', () =>
    report(F(main, concat(...Array.from({ length: 60 }, () => [noise(2000), zeros(380_000)]).flat()))),
  ),
  deflate('a file of 8 MiB of one byte', () => report(F(main, zeros(8 << 20).fill(7)))),
  zstd('a file of 127 MiB of zeros', () => report(F(main, zeros(127 << 20)))),
  ready('1,000 run-length blocks', () => runLengths(1000)),
  ready('60,000 frames of one byte', () =>
    concat(zstdCompressSync(report()), ...Array.from({ length: 60_000 }, () => rawBlocks(zeros(1), 1))),
  ),
  ready('20,000 skippable frames', () => {
    const skippable = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0)
    return concat(...Array.from({ length: 20_000 }, () => skippable), zstdCompressSync(report()))
  }),
  readyGzip('20,000 members of one byte', () => {
    const member = gzipSync(zeros(1))
    return concat(gzipSync(report()), ...Array.from({ length: 20_000 }, () => member))
  }),
  readyGzip('a header without end', () =>
    concat(Uint8Array.of(0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0), zeros(500_000).fill(0x61)),
  ),
  readyGzip('garbage after the report', () => concat(gzipSync(report()), noise(500_000))),
]

const headers: readonly HostileShape[] = [
  gzip('500 names of broken escapes', () =>
    parts(500, (i) => [`${disposition}name="${i}${'%e0%a4%a'.repeat(1900)}"`, 'x']),
  ),
  gzip('60 names of escapes of one byte each', () =>
    parts(60, (i) => [`${disposition}name="${i}${'%41x'.repeat(3900)}"`, 'x']),
  ),
  gzip('60 names in RFC 8187 form', () =>
    parts(60, (i) => [`${disposition}name*=utf-8''${i}${'%e2%82%ac'.repeat(1700)}`, 'x']),
  ),
  gzip('60 headers of parameters', () =>
    parts(60, (i) => [`${disposition}name=${i}${';a=";'.repeat(3000)}`, 'x']),
  ),
  gzip('60 headers of folded lines', () =>
    parts(60, (i) => [`${disposition}\r\n name=${i}${'\r\n '.repeat(5000)}`, 'x']),
  ),
  gzip('60 headers of colons', () =>
    parts(60, (i) => [`${disposition}name=${i}\r\n${':\r\n'.repeat(5000)}`, 'x']),
  ),
  gzip('9,000 parts without a name', () => parts(9000, () => ['X: y', ''])),
  gzip('4,990 fields', () => parts(4990, (i) => [`${disposition}name=${i}`, 'x'])),
  gzip('4,990 fields of invalid text', () => parts(4990, (i) => [`${disposition}name=${i}`, '\ufffe\ud800'])),
  gzip('4,990 fields, each in another charset', () =>
    parts(4990, (i) => [`${disposition}name=${i}\r\nContent-Type: text/plain; charset=x${i}`, 'x']),
  ),
  gzip('4,990 pieces of one annotation', () => parts(4990, (i) => [`${disposition}name=a__${i + 1}`, 'x'])),
  gzip('4,990 pieces with names that contain each other', () =>
    parts(4990, (i) => [`${disposition}name=${'a__1'.repeat(30)}__${i + 1}`, 'x']),
  ),
  plain('128 empty files', () => parts(128, (i) => [`${disposition}name=f${i}; filename=f`, ''])),
  plain('files of one name', () =>
    parts(120, () => [`${disposition}name="${'\u4e2d'.repeat(40)}"; filename=f`, 'x']),
  ),
]

const contents: readonly HostileShape[] = [
  gzip('content of delimiters', () => report(F('f', `--${boundary}`.repeat(200_000)))),
  gzip('content that is almost the delimiter', () =>
    report(F('f', `\r\n--${boundary.slice(0, -1)}`.repeat(300_000))),
  ),
  gzip('content of line breaks', () => report(F('f', '\r\n'.repeat(2_000_000)))),
  gzip('a minidump full of the boundary that reports are stored with', () =>
    report(F(main, `MDMP--${storedBoundary}`.repeat(100_000))),
  ),
  plain('JSON of empty lists', () => report(J(`{"a":[${'[],'.repeat(7_300_000)}[]]}`))),
  gzip('JSON of empty lists', () => report(J(`{"a":[${'[],'.repeat(7_300_000)}[]]}`))),
  gzip('JSON of 19,000 objects', () => report(J(`{"a":[${'{},'.repeat(19_000)}{}]}`))),
  gzip('JSON of 4,900 names', () =>
    report(J(Object.fromEntries(Array.from({ length: 4900 }, (_, i) => [`name${i}`, i])))),
  ),
  gzip('JSON nested a million times', () => report(J('['.repeat(1_000_000)))),
  gzip('JSON of control characters', () => report(J({ a: '\u0001'.repeat(600_000) }))),
  gzip('a text of 4 MiB', () => report(T('a', 'x'.repeat(4 << 20)))),
  gzip('a text of 4 MiB that is not UTF-8', () => report(T('a', zeros(4 << 20).fill(0xff)))),
  gzip('a text of 4 MiB that is JSON', () =>
    report(T('TelemetryEnvironment', `{"a":[${'[],'.repeat(1_300_000)}[]]}`), T('ReleaseChannel', 'esr')),
  ),
]

const nested: readonly HostileShape[] = [
  plain('a minidump in gzip that inflates to 100 MiB', () => report(F(main, gzipSync(zeros(100 << 20))))),
  plain('a minidump in gzip in gzip in gzip', () =>
    report(F(main, gzipSync(gzipSync(gzipSync(zeros(60 << 20)))))),
  ),
  plain('a minidump in gzip that holds a body of many parts', () =>
    report(
      F(
        main,
        gzipSync(
          multipart(
            Array.from({ length: 4900 }, (_, i) => T(`${i}`, '')),
            { boundary: 'in' },
          ),
        ),
      ),
    ),
  ),
  plain('60 minidumps, each in 1,000 run-length blocks', () =>
    report(...Array.from({ length: 60 }, (_, i) => F(`${main}_${i}`, runLengths(1000)))),
  ),
  plain('60 minidumps in damaged gzip', () =>
    report(
      ...Array.from({ length: 60 }, (_, i) => F(`${main}_${i}`, gzipSync(fakeDump(20_000)).subarray(0, -9))),
    ),
  ),
]

const envelopeType = { 'content-type': 'application/x-sentry-envelope' }
const ofSentry: readonly HostileShape[] = [
  {
    name: 'sentry: an envelope of 5,000 empty items',
    path: '/api/1/envelope/',
    headers: envelopeType,
    body: () =>
      envelope(
        {},
        Array.from({ length: 5000 }, () => [{ type: 'session' }, '']),
      ),
  },
  {
    name: 'sentry: an event of a million values, gzip',
    path: '/api/1/envelope/',
    headers: { ...envelopeType, 'content-encoding': 'gzip' },
    body: () => gzipSync(envelope({}, [[{ type: 'event' }, `{"a":[${'[],'.repeat(1_000_000)}[]]}`]])),
  },
  {
    name: 'sentry: a minidump form with an event of 100,000 values',
    path: '/api/1/minidump/',
    headers: formType,
    body: () =>
      report(F(main, 'MDMP'), F('__sentry-event', encode(Array.from({ length: 100_000 }, () => [])))),
  },
]

const slow: readonly HostileShape[] = [
  plain('a report in chunks of one byte', () => report(F(main, fakeDump(8000))), { pieceBytes: 1 }),
  plain('headers in chunks of one byte', () => parts(1, () => [`X: ${'x'.repeat(16_000)}`, '']), {
    pieceBytes: 1,
  }),
  gzip('a report in chunks of one byte', () => report(F(main, fakeDump(20_000))), { pieceBytes: 1 }),
]

export const hostileShapes: readonly HostileShape[] = [
  ...compressed,
  ...headers,
  ...contents,
  ...nested,
  ...ofSentry,
  ...slow,
  plain('only dashes', () => bytesOf('-'.repeat(500_000))),
]

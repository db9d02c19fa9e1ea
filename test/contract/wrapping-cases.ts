// Wrapped minidumps, and bodies that are a minidump.
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { bytesOf, concat, F, fakeDump, J, multipart, type PartSpec, T } from '../support/crash-request.ts'
import type { ContentCase } from './content-cases.ts'

const main = 'upload_file_minidump'
const dump = fakeDump(3000, 5)
const otherDump = fakeDump(2000, 6)
const a = T('a', '1')
const gzip = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))
const zstd = (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes))
const inner = (parts: readonly PartSpec[]) => multipart(parts, { boundary: 'inner-boundary' })
const bareLf = (body: Uint8Array) => {
  const text = new TextDecoder('latin1').decode(body).replaceAll('\r\n', '\n')
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
/** Without line breaks, so that bare LF changes only headers. */
const lineless = concat('MDMP', new Uint8Array(500).fill(0x42))
const xz = Uint8Array.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4)

const compressed: ContentCase[] = [
  {
    name: 'minidumps as gzip and as zstd',
    body: [a, F(main, gzip(dump)), F(`${main}_gpu`, zstd(otherDump))],
    files: { [main]: dump, [`${main}_gpu`]: otherDump },
    notes: [`unwrapped gzip: ${main}`, `unwrapped zstd: ${main}_gpu`],
  },
  {
    name: 'a minidump as several zstd frames',
    body: [a, F(main, concat(zstd(dump.subarray(0, 1000)), zstd(dump.subarray(1000))))],
    files: { [main]: dump },
    notes: [`unwrapped zstd: ${main}`],
  },
  ...(
    [
      ['padding', new Uint8Array(512)],
      ['a single NUL', new Uint8Array(1)],
      ['a line break', bytesOf('\r\n')],
      ['garbage', bytesOf('garbage')],
    ] as const
  ).flatMap(([what, tail]): ContentCase[] => [
    {
      name: `a minidump as gzip, followed by ${what}`,
      body: [a, F(main, concat(gzip(dump), tail))],
      files: { [main]: dump },
      notes: [`unwrapped gzip: ${main}`, `after gzip: ${main}`],
    },
    {
      name: `a minidump as zstd, followed by ${what}`,
      body: [a, F(main, concat(zstd(dump), tail))],
      files: { [main]: dump },
      notes: [`unwrapped zstd: ${main}`, `after zstd: ${main}`],
    },
  ]),
  ...(
    [
      ['xz', xz],
      ['bzip2', bytesOf('BZh91AY&SY')],
      ['zip', bytesOf('PK\x03\x04 and so on')],
    ] as const
  ).map(
    ([format, bytes]): ContentCase => ({
      name: `a minidump as ${format}`,
      body: [a, F(main, bytes)],
      files: { [main]: bytes },
      notes: [`could not unwrap ${format}: ${main}`],
    }),
  ),
  {
    name: 'other files in these formats',
    body: [a, F('log', gzip(bytesOf('x'))), F('trace', xz)],
    files: { log: gzip(bytesOf('x')), trace: xz },
  },
  {
    name: 'a gzip text in place of the minidump, and the minidump',
    body: [a, F(main, gzip(bytesOf('text'))), F(main, gzip(dump))],
    files: { [`${main}_2`]: 'text', [main]: dump },
    notes: ['unwrapped gzip', 'unwrapped gzip', `${main} to ${main}_2`],
  },
  {
    name: 'a minidump as gzip without a file name',
    body: [a, T(main, gzip(dump))],
    annotations: { a: '1' },
    files: { [main]: dump },
    notes: ['unknown content type', `unwrapped gzip: ${main}`],
  },
]

const nested: ContentCase[] = [
  {
    name: 'a body inside the minidump, with its own annotations and files',
    body: [
      a,
      F(main, inner([T('a', 'other'), T('b', '2'), F(main, dump), F('log', 'x'), F(main, otherDump)])),
    ],
    annotations: { a: '1', b: '2' },
    replaced: { a: 'other' },
    files: { [main]: dump, log: 'x', [`${main}_2`]: otherDump },
    notes: [`unwrapped multipart: ${main}`, `to ${main}_2`],
  },
  {
    name: 'a body inside the minidump, and nothing else',
    body: [F(main, inner([T('prod', 'App'), T('ver', '1.2'), F(main, dump)]))],
    annotations: { prod: 'App', ver: '1.2', ProductName: 'App', Version: '1.2' },
    files: { [main]: dump },
    notes: [`unwrapped multipart: ${main}`],
  },
  {
    name: 'a body with JSON inside the minidump, and nothing else',
    body: [F(main, inner([J({ ProductName: 'App' }), F(main, dump)]))],
    annotations: { ProductName: 'App' },
    files: { [main]: dump },
    notes: [`unwrapped multipart: ${main}`],
  },
  ...(['\r\n', '\n', '\r\n\r\n'] as const).map(
    (empty): ContentCase => ({
      name: `a body inside the minidump after ${JSON.stringify(empty)}`,
      body: [a, F(main, concat(empty, inner([T('b', '2'), F(main, dump)])))],
      annotations: { a: '1', b: '2' },
      files: { [main]: dump },
      notes: [`unwrapped multipart: ${main}`],
    }),
  ),
  ...(['', '\n'] as const).map(
    (empty): ContentCase => ({
      name: `a body inside the minidump with bare line feeds, after ${JSON.stringify(empty)}`,
      body: [a, F(main, concat(empty, bareLf(inner([T('b', '2'), F(main, lineless)]))))],
      annotations: { a: '1', b: '2' },
      files: { [main]: lineless },
      notes: [`unwrapped multipart: ${main}`],
    }),
  ),
  {
    name: 'a body as zstd inside the minidump, with the minidump as gzip inside',
    body: [a, F(main, zstd(inner([T('b', '2'), F(main, gzip(dump))])))],
    annotations: { a: '1', b: '2' },
    files: { [main]: dump },
    notes: ['unwrapped zstd', 'unwrapped multipart', 'unwrapped gzip'],
  },
  {
    name: 'a body without a file inside the minidump',
    body: [a, F(main, inner([T('b', '2')]))],
    annotations: { a: '1' },
    files: { [main]: inner([T('b', '2')]) },
    notes: [`could not unwrap multipart: ${main}`],
  },
]

const bare = (contentType: string | null, headers = {}) => ({
  url: 'http://localhost/submit?prod=App&ver=1.2&Comments=a+b%C3%A9&answer=',
  contentType,
  headers,
})
const bareAnnotations = {
  prod: 'App',
  ver: '1.2',
  Comments: 'a bé',
  ProductName: 'App',
  Version: '1.2',
}

const alone: ContentCase[] = [
  ...[
    'application/x-dmp',
    'application/x-minidump',
    'application/x-www-form-urlencoded',
    'application/vnd.ms-minidump; version=1',
    'text/plain',
  ].map(
    (type): ContentCase => ({
      name: `a minidump as the whole body, ${type}`,
      body: dump,
      options: bare(type),
      annotations: bareAnnotations,
      files: { [main]: dump },
      origins: { [main]: { contentType: type, filename: null } },
      notes: ['unknown content type'],
    }),
  ),
  ...['application/octet-stream', null].map(
    (type): ContentCase => ({
      name: `a minidump as the whole body, ${type ?? 'untyped'}`,
      body: dump,
      options: bare(type),
      annotations: bareAnnotations,
      files: { [main]: dump },
    }),
  ),
  {
    name: 'a minidump as the whole body, in chunks of one byte',
    body: dump.subarray(0, 100),
    options: { ...bare('application/octet-stream'), chunkSize: 1 },
    annotations: bareAnnotations,
    files: { [main]: dump.subarray(0, 100) },
  },
  {
    name: 'a minidump as the whole body, without annotations',
    body: dump,
    options: { contentType: 'application/octet-stream' },
    annotations: {},
    files: { [main]: dump },
  },
  ...(
    [
      ['gzip', gzip],
      ['zstd', zstd],
    ] as const
  ).flatMap(([encoding, encode]): ContentCase[] => [
    {
      name: `a minidump as the whole body, with Content-Encoding ${encoding}`,
      body: encode(dump),
      options: bare('application/octet-stream', { 'content-encoding': encoding }),
      annotations: bareAnnotations,
      files: { [main]: dump },
    },
    {
      name: `a minidump as ${encoding} as the whole body`,
      body: encode(dump),
      options: bare('application/octet-stream'),
      annotations: bareAnnotations,
      files: { [main]: dump },
      notes: [`unwrapped ${encoding}: ${main}`],
    },
  ]),
  {
    name: 'only a minidump in a multipart body',
    body: [F(main, dump)],
    annotations: {},
    files: { [main]: dump },
  },
]

export const wrappingCases: readonly ContentCase[] = [...compressed, ...nested, ...alone]

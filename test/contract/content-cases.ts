// Unusual submissions and what must be stored of them: files, JSON, texts, product names.
import type { FileOrigin } from '../../shared/crash.ts'
import {
  bytesOf,
  concat,
  F,
  fakeDump,
  J,
  multipart,
  type PartSpec,
  type SubmitOptions,
  T,
} from '../support/crash-request.ts'
import { bytes } from './submission-vectors.ts'

export interface ContentCase {
  name: string
  body: readonly PartSpec[] | Uint8Array
  options?: SubmitOptions
  /** All annotations that are stored. */
  annotations?: Record<string, unknown>
  /** All files, in order, by stored name. */
  files: Record<string, string | Uint8Array>
  origins?: Record<string, Partial<FileOrigin>>
  shadowed?: Record<string, unknown>
  /** Values of annotations that were replaced by others of the same name. */
  replaced?: Record<string, unknown>
  /** Texts that occur in the notes, in order; omitted: no notes. */
  notes?: readonly string[]
}

const main = 'upload_file_minidump'
const dump = fakeDump(3000, 5)
const otherDump = fakeDump(2000, 6)
const a = T('a', '1')
const nameless = (header: string, content: string | Uint8Array): PartSpec => ({ header, content })
const cutText = 'é'.repeat(100)
const cutBytes = bytesOf(cutText)
const badJson = '{"ProductName":'
const replaced = (name: string) => `invalid text or charset: utf-8 in ${name}`

const fileCases: ContentCase[] = [
  {
    name: 'files whose reduced names are equal',
    body: [a, F('app-log.1', 'first'), F('applog1', 'second'), F('app.log.1', 'third')],
    files: { applog1_2: 'first', applog1: 'second', applog1_3: 'third' },
    origins: {
      applog1_2: { part: 'app-log.1' },
      applog1: { part: 'applog1' },
      applog1_3: { part: 'app.log.1' },
    },
    notes: ['app-log.1 to applog1_2', 'app.log.1 to applog1_3'],
  },
  {
    name: 'files whose names are equal in their first 30 characters',
    body: [a, F(`${'x'.repeat(40)}1`, 'first'), F(`${'x'.repeat(40)}2`, 'second')],
    files: { ['x'.repeat(30)]: 'first', [`${'x'.repeat(28)}_2`]: 'second' },
    notes: ['_2'],
  },
  {
    name: 'a number that is already in use',
    body: [a, F('f', '1'), F('f', '2'), F('f_2', '3'), F('f', '4')],
    files: { f: '1', f_3: '2', f_2: '3', f_4: '4' },
    notes: ['f to f_3', 'f to f_4'],
  },
  {
    name: 'files with names that are not Latin, or have no letters',
    body: [a, F('журнал', '1'), F('配置', '2'), F('../..', '3')],
    files: { unnamed: '1', unnamed_2: '2', unnamed_3: '3' },
    origins: { unnamed: { part: 'журнал' }, unnamed_2: { part: '配置' }, unnamed_3: { part: '../..' } },
    notes: ['配置 to unnamed_2', '../.. to unnamed_3'],
  },
  {
    name: 'files with reserved names',
    body: [a, F('raw_crash', '1'), F('dump_names', '2'), F('processed_crash', '3'), F('raw-crash', '4')],
    files: { raw_crash_2: '1', dump_names_2: '2', processed_crash_2: '3', rawcrash: '4' },
    notes: ['raw_crash_2', 'dump_names_2', 'processed_crash_2'],
  },
  {
    name: 'a file whose name reduces to that of the minidump, before it',
    body: [a, F(`${main}.`, 'text'), F(main, dump)],
    files: { [`${main}_2`]: 'text', [main]: dump },
    notes: [`${main}. to ${main}_2`],
  },
  {
    name: 'a file whose name reduces to that of the minidump, after it',
    body: [a, F(main, dump), F(`${main}.`, 'text')],
    files: { [main]: dump, [`${main}_2`]: 'text' },
    notes: [`${main}. to ${main}_2`],
  },
  {
    name: 'empty files with the name of the minidump, before and after it',
    body: [a, F(main, ''), F(main, dump), F(main, '')],
    files: { [`${main}_2`]: '', [main]: dump, [`${main}_3`]: '' },
    notes: [`${main} to ${main}_2`, `${main} to ${main}_3`],
  },
  {
    name: 'two minidumps of one name: an exact match is the main dump, otherwise the first',
    body: [a, F(`${main}!`, otherDump), F(main, dump), F(main, otherDump)],
    files: { [`${main}_2`]: otherDump, [main]: dump, [`${main}_3`]: otherDump },
    notes: ['_2', '_3'],
  },
  {
    name: 'file names and content types of the client',
    body: [
      a,
      F('log', '1', 'text/plain; charset=koi8-r', 'журнал "1"\\100%.txt'),
      F('empty', '2', 'application/octet-stream', ''),
      { name: 'page', text: '<p>', type: 'text/html' },
    ],
    files: { log: '1', empty: '2', page: '<p>' },
    origins: {
      log: { filename: 'журнал "1"\\100%.txt', contentType: 'text/plain; charset=koi8-r' },
      empty: { filename: '', contentType: 'application/octet-stream' },
      page: { filename: null, contentType: 'text/html' },
    },
    notes: ['unknown content type: log', 'unknown content type: page'],
  },
  {
    name: 'sixty-five files and a minidump',
    body: [a, ...Array.from({ length: 65 }, (_, i) => F(`log-${i}`, `${i}`)), F(main, dump)],
    files: {
      ...Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`log${i}`, `${i}`])),
      [main]: dump,
    },
  },
  {
    name: 'a minidump without a file name, without a type or as text',
    body: [a, T(main, dump), T(`${main}_gpu`, otherDump, 'text/plain')],
    annotations: { a: '1' },
    files: { [main]: dump, [`${main}_gpu`]: otherDump },
    origins: { [main]: { filename: null } },
    notes: [main, `${main}_gpu`],
  },
  {
    name: 'minidumps in parts without a name',
    body: [
      a,
      nameless('Content-Disposition: form-data; filename="a.dmp"', dump),
      nameless('X: y', otherDump),
    ],
    files: { [main]: dump, [`${main}_2`]: otherDump },
    notes: ['unknown content type', 'unknown content type', `to ${main}_2`],
  },
  {
    name: 'a file in a part without a name, and a text in another such part',
    body: [
      a,
      nameless('Content-Disposition: attachment; filename="log.txt"', 'x'),
      nameless('X: y', 'lost text'),
    ],
    files: { logtxt: 'x' },
    origins: { logtxt: { part: '', filename: 'log.txt' } },
    notes: ['unknown content type', 'without a name dropped: 9 bytes'],
  },
]

const closingCases: ContentCase[] = [
  {
    name: 'parts after the closing delimiter',
    body: concat(multipart([T('prod', 'App'), T('ver', '1.2')]), multipart([F(main, dump), F('log', 'x')])),
    annotations: { prod: 'App', ver: '1.2', ProductName: 'App', Version: '1.2' },
    files: { [main]: dump, log: 'x' },
  },
]

const jsonCases: ContentCase[] = [
  {
    name: 'an attached JSON file is a file',
    body: [
      T('ProductName', 'App'),
      { json: { ProductName: 'Wrong' }, name: 'settings', filename: 'settings.json' },
      F(main, dump),
    ],
    annotations: { ProductName: 'App' },
    files: { settings: '{"ProductName":"Wrong"}', [main]: dump },
    origins: { settings: { filename: 'settings.json', contentType: 'application/json' } },
    notes: ['unknown content type: settings application/json'],
  },
  {
    name: 'attached JSON that is malformed, or a list',
    body: [
      T('ProductName', 'App'),
      { json: badJson, name: 'settings', filename: 'settings.json' },
      { json: '[1]', name: 'list.json', filename: 'list.json' },
    ],
    annotations: { ProductName: 'App' },
    files: { settings: badJson, listjson: '[1]' },
    notes: ['settings', 'list.json'],
  },
  ...(
    [
      ['that is malformed', badJson, 'invalid_json'],
      ['that is a list', '[{"ProductName":"App"}]', 'invalid_json_value'],
      ['that is a text', '"App"', 'invalid_json_value'],
      ['that is empty', '', 'invalid_json'],
    ] as const
  ).flatMap(([name, json, reason]): ContentCase[] => [
    {
      name: `annotations as JSON ${name}, and others as text`,
      body: [T('ProductName', 'App'), J(json), F(main, dump)],
      annotations: { ProductName: 'App' },
      files: { extra: json, [main]: dump },
      origins: { extra: { part: 'extra', filename: 'extra.json', contentType: 'application/json' } },
      notes: [`${reason}: extra is stored as a file`, 'unknown content type: extra'],
    },
    {
      name: `annotations as JSON ${name}, and only a minidump`,
      body: [J(json), F(main, dump)],
      annotations: {},
      files: { extra: json, [main]: dump },
      notes: [`${reason}: extra`, 'unknown content type: extra'],
    },
  ]),
  {
    name: 'a raw_crash that cannot be read',
    body: [T('ProductName', 'App'), J(badJson, 'raw_crash')],
    annotations: { ProductName: 'App' },
    files: { raw_crash_2: badJson },
    notes: [
      'invalid_json: raw_crash is stored as a file',
      'unknown content type',
      'raw_crash to raw_crash_2',
    ],
  },
  {
    name: "annotations with the names of the collector's own",
    body: [J({ ProductName: 'App', uuid: 'x', version: '7', metadata: { b: 1 } }), F(main, dump)],
    annotations: { ProductName: 'App', Version: '7' },
    files: { [main]: dump },
    shadowed: { uuid: 'x', version: '7', metadata: { b: 1 } },
  },
]

const textCases: ContentCase[] = [
  {
    name: 'a text that is truncated within a character',
    body: [T('Comments', cutBytes.subarray(0, 9)), F(main, dump)],
    annotations: { Comments: `${cutText.slice(0, 4)}\ufffd` },
    files: { [main]: dump },
    notes: [replaced('Comments')],
  },
  {
    name: 'a text that contains U+FFFD',
    body: [T('Comments', 'a\ufffdb'), F(main, dump)],
    annotations: { Comments: 'a\ufffdb' },
    files: { [main]: dump },
  },
  {
    name: 'a truncated text that contains U+FFFD',
    body: [T('Comments', Uint8Array.of(0xef, 0xbf, 0xbd, 0xe2, 0x82)), F(main, dump)],
    annotations: { Comments: '\ufffd\ufffd' },
    files: { [main]: dump },
    notes: [replaced('Comments')],
  },
  {
    name: 'texts in unknown charsets',
    body: [
      T('utf8', 'é', 'text/plain; charset=klingon'),
      T('latin', bytes(0xe9), 'text/plain; charset=klingon'),
    ],
    annotations: { utf8: 'é', latin: 'é' },
    files: {},
    notes: ['invalid text or charset: klingon in utf8', 'invalid text or charset: klingon in latin'],
  },
  {
    name: 'a text that is not valid in its charset',
    body: [T('text', bytes(0x61, 0xff, 0x62), 'text/plain; charset=shift_jis')],
    annotations: { text: 'a\ufffdb' },
    files: {},
    notes: ['invalid text or charset: shift_jis in text'],
  },
  {
    name: 'a long value in pieces that are split at any byte',
    body: [
      T('key__1', cutBytes.subarray(0, 127)),
      T('key__2', cutBytes.subarray(127)),
      T('other__1', 'é'),
      T('other__2', 'x'),
      F(main, dump),
    ],
    annotations: { key: cutText, other: 'éx' },
    files: { [main]: dump },
  },
  {
    name: 'a long value in pieces, the last of which is truncated',
    body: [T('key__1', cutBytes.subarray(0, 127)), T('key__2', cutBytes.subarray(127, 150)), F(main, dump)],
    annotations: { key: cutText.slice(0, 75) },
    files: { [main]: dump },
  },
  {
    name: 'a long value in pieces, the last of which ends the body with a spare line break',
    body: [
      F(main, dump),
      T('key__1', cutBytes.subarray(0, 127)),
      T('key__2', concat(cutBytes.subarray(127), '\r\n')),
    ],
    annotations: { key: cutText },
    files: { [main]: dump },
  },
  {
    name: 'a long value in pieces that ends within a character, and a piece without a first one',
    body: [
      T('key__1', cutBytes.subarray(0, 127)),
      T('key__2', cutBytes.subarray(127, 151)),
      T('b__3', bytes(0xc3)),
    ],
    annotations: { key: `${cutText.slice(0, 75)}\ufffd`, b__3: '\ufffd' },
    files: {},
    notes: [replaced('key'), replaced('b__3')],
  },
]

const identityCases: ContentCase[] = [
  {
    name: 'product, version and channel in the query string',
    body: [T('guid', '1'), F(main, dump)],
    options: { url: 'http://localhost/submit?product=App&version=1.2&channel=beta&guid=2' },
    annotations: { guid: '1', ProductName: 'App', Version: '1.2', ReleaseChannel: 'beta' },
    files: { [main]: dump },
    notes: ['ProductName is from the query string', 'Version is from', 'ReleaseChannel is from'],
  },
  {
    name: 'a query string that repeats the body',
    body: [T('prod', 'App'), T('ver', '1.2'), F(main, dump)],
    options: { url: 'http://localhost/submit?product=App&version=1.3&guid=2' },
    annotations: { prod: 'App', ver: '1.2', ProductName: 'App', Version: '1.2' },
    files: { [main]: dump },
  },
  {
    name: 'the version in the query string, for the same product and for another one',
    body: [T('prod', 'App'), F(main, dump)],
    options: { url: 'http://localhost/submit?id=x&version=1.2' },
    annotations: { prod: 'App', ProductName: 'App', Version: '1.2' },
    files: { [main]: dump },
    notes: ['Version is from the query string'],
  },
  {
    name: 'the version of another product in the query string',
    body: [T('prod', 'App'), F(main, dump)],
    options: { url: 'http://localhost/submit?product=Engine&version=9' },
    annotations: { prod: 'App', ProductName: 'App' },
    files: { [main]: dump },
  },
  {
    name: 'annotations that JSON replaces, including the product',
    body: [
      T('prod', 'App'),
      T('ver', '1.2'),
      T('Email', 'x@y'),
      T('a', 'old'),
      J({ a: 'new' }),
      F(main, dump),
    ],
    annotations: { a: 'new', ProductName: 'App', Version: '1.2' },
    replaced: { prod: 'App', ver: '1.2', a: 'old' },
    files: { [main]: dump },
    notes: ['includes annotations in both'],
  },
  {
    name: 'annotations that JSON replaces, with a product in the JSON',
    body: [
      T('prod', 'Other'),
      T('ver', '9'),
      J({ ProductName: 'App' }),
      T('b', '2'),
      T('b', '3'),
      F(main, dump),
    ],
    annotations: { ProductName: 'App', b: '3' },
    replaced: { prod: 'Other', ver: '9', b: '2' },
    files: { [main]: dump },
    notes: ['includes annotations in both'],
  },
  {
    name: 'a truncated piece, and JSON that replaces it',
    body: [T('key__1', bytes(0x61, 0xc3)), J({ key__1: 'x', key__2: 'y' }), F(main, dump)],
    annotations: { key: 'xy' },
    replaced: { key__1: 'a\ufffd' },
    files: { [main]: dump },
    notes: ['includes annotations in both'],
  },
  {
    name: 'prod with version, in a JSON part',
    body: [J({ prod: 'App', version: '1.2' }), F(main, dump)],
    annotations: { prod: 'App', ProductName: 'App', Version: '1.2' },
    files: { [main]: dump },
    shadowed: { version: '1.2' },
  },
]

export const contentCases: readonly ContentCase[] = [
  ...fileCases,
  ...closingCases,
  ...jsonCases,
  ...textCases,
  ...identityCases,
]

// Submissions and their parsed content: test vectors of Socorro's collector and additional ones. Data for several suites.
import type { RefusalReason } from '../../shared/report/refusals.ts'
import { F, J, type PartSpec, T } from '../support/crash-request.ts'

export interface Expected {
  annotations: Record<string, unknown>
  dumps?: string[]
  notes?: string[]
  payload?: 'json' | 'multipart'
}

const main = F('upload_file_minidump')
const both = 'includes annotations in both json-encoded extra and formdata parts'
export const textNote = (problem: string) => `extract payload text part exception: ${problem}`
export const bytes = (...values: number[]) => Uint8Array.from(values)

export const acceptedVectors: [string, readonly PartSpec[], Expected][] = [
  [
    'two annotations and a dump',
    [T('ProductName', 'Firefox'), T('Version', '1.0'), main],
    { annotations: { ProductName: 'Firefox', Version: '1.0' }, dumps: ['upload_file_minidump'] },
  ],
  [
    '210 fields',
    [...Array.from({ length: 210 }, (_, i) => T(`k${i}`, `${i}`)), main],
    { annotations: Object.fromEntries(Array.from({ length: 210 }, (_, i) => [`k${i}`, `${i}`])) },
  ],
  [
    'two dumps',
    [T('a', '1'), main, F('upload_file_minidump_flash1')],
    { annotations: { a: '1' }, dumps: ['upload_file_minidump', 'upload_file_minidump_flash1'] },
  ],
  [
    'an untyped file',
    [T('a', '1'), F('upload_file_minidump', 'abcd1234', '', 'dump')],
    {
      annotations: { a: '1' },
      dumps: ['upload_file_minidump'],
      notes: ['unknown content type: upload_file_minidump text/plain'],
    },
  ],
  [
    'an annotation that is not UTF-8: Mayday keeps it, with replacement characters',
    [T('Version', '100'), T('ProductName', bytes(0xde, 0xde, 0xde))],
    {
      annotations: { Version: '100', ProductName: '\ufffd\ufffd\ufffd' },
      notes: [textNote('invalid text or charset: utf-8 in ProductName')],
    },
  ],
  [
    'only an annotation that is not UTF-8: Mayday keeps it',
    [T('a', bytes(0xff))],
    { annotations: { a: '\ufffd' }, notes: [textNote('invalid text or charset: utf-8 in a')] },
  ],
  [
    'annotations as JSON',
    [J({ ProductName: 'Firefox', Version: '1.0' }), main],
    {
      annotations: { ProductName: 'Firefox', Version: '1.0' },
      payload: 'json',
      dumps: ['upload_file_minidump'],
    },
  ],
  [
    'JSON after text replaces it',
    [T('k', 'v'), J({ a: '1' })],
    { annotations: { a: '1' }, payload: 'json', notes: [both] },
  ],
  [
    'text after JSON adds to it',
    [J({ a: '1' }), T('k', 'v')],
    { annotations: { a: '1', k: 'v' }, payload: 'json', notes: [both] },
  ],
  ['two JSON parts', [J({ a: '1' }), J({ b: '2' })], { annotations: { b: '2' }, payload: 'json' }],
  ['an untyped extra', [T('extra', '{"a":1}')], { annotations: { extra: '{"a":1}' } }],
  [
    'JSON values of any type',
    [J('{"a":null,"b":1,"c":{}}')],
    { annotations: { a: null, b: 1, c: {} }, payload: 'json' },
  ],
  ['a repeated name', [T('a', '1'), T('a', '2')], { annotations: { a: '2' } }],
  ['a NUL', [T('a', 'x\0y')], { annotations: { a: 'x\0y' } }],
  ['another charset', [T('a', bytes(0xe9), 'text/plain; charset=iso-8859-1')], { annotations: { a: 'é' } }],
  [
    'an unknown charset',
    [T('a', 'x', 'text/plain; charset=klingon'), T('b', '1')],
    { annotations: { a: 'x', b: '1' }, notes: [textNote('invalid text or charset: klingon in a')] },
  ],
  [
    'text with another content type',
    [T('a', '1'), T('page', '<p>', 'text/html')],
    { annotations: { a: '1' }, dumps: ['page'], notes: ['unknown content type: page text/html'] },
  ],
  [
    'a memory report',
    [T('a', '1'), F('memory_report', 'x', 'application/gzip')],
    {
      annotations: { a: '1' },
      dumps: ['memory_report'],
      notes: ['unknown content type: memory_report application/gzip'],
    },
  ],
  ['an empty value, an empty file', [T('a', ''), F('f', '')], { annotations: { a: '' }, dumps: ['f'] }],
  [
    'a file sent twice',
    [T('a', '1'), F('f', 'first'), F('g', 'g'), F('f', 'second')],
    { annotations: { a: '1' }, dumps: ['f', 'g', 'f_2'], notes: ['file renamed: f to f_2'] },
  ],
  [
    'a file whose name has no usable letter',
    [T('a', '1'), F('../..', 'x')],
    { annotations: { a: '1' }, dumps: ['unnamed'] },
  ],
  [
    'a reserved file name, and one that becomes reserved: renamed by Mayday',
    [T('a', '1'), F('processed_crash'), F('raw-_crash')],
    {
      annotations: { a: '1' },
      dumps: ['processed_crash_2', 'raw_crash_2'],
      notes: [
        'file renamed: processed_crash to processed_crash_2',
        'file renamed: raw-_crash to raw_crash_2',
      ],
    },
  ],
  ['JSON with a byte order mark', [J('\uFEFF{"a":1}')], { annotations: { a: 1 }, payload: 'json' }],
  [
    'the key __proto__',
    [J('{"__proto__":{"x":1},"a":1}'), T('b', '2')],
    { annotations: JSON.parse('{"__proto__":{"x":1},"a":1,"b":"2"}'), payload: 'json', notes: [both] },
  ],
  [
    'the extra line break of Firefox for Android',
    [T('a', '1\r\n'), main, T('CrashType', 'native\r\n')],
    { annotations: { a: '1\r\n', CrashType: 'native' }, dumps: ['upload_file_minidump'] },
  ],
]

/** Refused with the default limits of a policy. */
export const refusedVectors: [string, readonly PartSpec[], RefusalReason][] = [
  ['no part', [], 'no_annotations'],
  ['only a dump', [main], 'no_annotations'],
  ['an empty JSON object', [J({})], 'no_annotations'],
  ['a raw line break in JSON', [J('{"a":"x\ny"}')], 'invalid_json'],
  ['a JSON string', [J('"badvalue"')], 'invalid_json_value'],
  ['a JSON list', [J('[1]')], 'invalid_json_value'],
  ['JSON null', [J('null')], 'invalid_json_value'],
  ['JSON nested too deeply', [J(`{"a":${'['.repeat(65)}${']'.repeat(65)}}`)], 'invalid_json'],
]

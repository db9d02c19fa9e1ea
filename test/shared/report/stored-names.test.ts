// The stored names of files: which file keeps its name, how others are numbered, and what is remembered of each.
import { describe, expect, test } from 'vitest'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import {
  contentOf,
  DumpEncoder,
  isWrappedMinidump,
  partHeaders,
} from '../../../shared/report/body/encoded-dump.ts'
import {
  baseName,
  describeFile,
  nameFiles,
  originalNames,
  readOriginalNames,
  renameNotes,
  sanitizeDumpName,
} from '../../../shared/report/file-names.ts'

const encoded = (part: string, text = '', filename: string | null = null) => {
  const origin = { part, filename, contentType: 'text/x' }
  const encoder = new DumpEncoder(baseName({ origin, format: null }), nodeCodecs, origin)
  encoder.append(new TextEncoder().encode(text))
  return encoder.finish()
}
const x = 'x'.repeat(30)

describe('files', () => {
  test.each<[string, [part: string, text?: string, filename?: string][], string[]]>([
    ['without a conflict keep their names', [['a'], ['b-1'], ['журнал']], ['a', 'b1', 'unnamed']],
    ['of one name are numbered', [['a'], ['a'], ['a']], ['a', 'a_2', 'a_3']],
    ['are numbered around names that are taken', [['a'], ['a'], ['a_2'], ['a']], ['a', 'a_3', 'a_2', 'a_4']],
    [
      'of reserved names are numbered',
      [['raw_crash'], ['dump_names'], ['processed_crash']],
      ['raw_crash_2', 'dump_names_2', 'processed_crash_2'],
    ],
    [
      'with a minidump keep the name',
      [
        ['a', '\x1f\x8b'],
        ['a', 'MDMP'],
      ],
      ['a_2', 'a'],
    ],
    [
      'with a wrapper keep the name of text',
      [
        ['a', 'text'],
        ['a', 'BZh91AY&SY'],
      ],
      ['a_2', 'a'],
    ],
    ['with content keep the name of an empty one', [['a'], ['a', 'x']], ['a_2', 'a']],
    ['with the exact name keep it', [['a-'], ['a']], ['a_2', 'a']],
    [
      'with a minidump keep the name of an exact one',
      [
        ['a', 'x'],
        ['a-', 'MDMP'],
      ],
      ['a_2', 'a'],
    ],
    [
      'without a name have their file names',
      [
        ['', 'x', 'b.txt'],
        ['', 'x', '..'],
      ],
      ['btxt', 'unnamed'],
    ],
    ['without a name that are minidumps have the main name', [['', 'MDMP', 'b']], ['upload_file_minidump']],
    [
      'with long names are cut',
      [[`${x}y`], [`${x}z`], [x]],
      [`${'x'.repeat(28)}_2`, `${'x'.repeat(28)}_3`, x],
    ],
  ])('%s', (_, files, names) => {
    const dumps = files.map(([part, text, filename]) => encoded(part, text, filename))
    nameFiles(dumps, nodeCodecs)
    expect(dumps.map(({ name }) => name)).toEqual(names)
    const texts = dumps.map((dump) => Buffer.concat([...contentOf(dump, nodeCodecs)]).toString('latin1'))
    expect(texts).toEqual(files.map(([, text = '']) => Buffer.from(text).toString('latin1')))
  })

  test('that are numbered have a note, and those renamed keep their part names', () => {
    const long = `long-${'y'.repeat(600)}`
    const dumps = [encoded('a\n'), encoded('a'), encoded(long), encoded('b')]
    nameFiles(dumps, nodeCodecs)
    expect(renameNotes(dumps)).toEqual(['file renamed: a? to a_2'])
    expect(originalNames(dumps)).toEqual({
      a_2: 'a\n',
      [`long${'y'.repeat(26)}`]: long.slice(0, 500),
    })
  })
})

test('a sanitized name has thirty letters, digits and underscores', () => {
  expect(sanitizeDumpName('a-b.c_D 9/é')).toBe('abc_D9')
  expect(sanitizeDumpName(`-${x}yy`)).toBe(x)
  expect(sanitizeDumpName('…')).toBe('')
})

test.each<[unknown, [string, string][]]>([
  [{ original_names: { a: 'b', c: 5, d: null } }, [['a', 'b']]],
  [{ original_names: null }, []],
  [{ original_names: 'x' }, []],
  [{}, []],
  [null, []],
  ['x', []],
])('of the metadata %j the names that are text are read', (metadata, names) => {
  expect([...readOriginalNames(metadata)]).toEqual(names)
})

test('a file is described by its names, type and size', () => {
  expect(describeFile('a', { part: 'a-', filename: 'f', contentType: 't' }, 5)).toEqual({
    name: 'a',
    original_name: 'a-',
    filename: 'f',
    content_type: 't',
    size: 5,
  })
})

test.each<[string, string | null, string]>([
  [
    'application/x',
    'f',
    'Content-Disposition: form-data; name="a"; filename="f"\r\nContent-Type: application/x',
  ],
  ['', null, 'Content-Disposition: form-data; name="a"\r\nContent-Type: application/octet-stream'],
  ['é\n', '', 'Content-Disposition: form-data; name="a"; filename=""\r\nContent-Type: ??'],
  [
    'y'.repeat(201),
    'z'.repeat(501),
    `Content-Disposition: form-data; name="a"; filename="${'z'.repeat(500)}"\r\nContent-Type: ${'y'.repeat(200)}`,
  ],
])('a file of the type %j named %j has these headers', (contentType, filename, headers) => {
  expect(partHeaders('a', { filename, contentType })).toBe(
    `--mayday-stored-report-${'0'.repeat(24)}\r\n${headers}\r\n\r\n`,
  )
})

test.each([
  ['upload_file_minidump', 'gzip', true],
  ['upload_file_minidump_gpu', 'multipart', true],
  ['upload_file_minidump', 'minidump', false],
  ['upload_file_minidump', null, false],
  ['memory_report', 'gzip', false],
] as const)('%s with the format %s is a wrapped minidump: %s', (name, format, expected) => {
  expect(isWrappedMinidump({ name, format })).toBe(expected)
})

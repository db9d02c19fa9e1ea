// A report part by part, at the exact limits; notes, and the decoding of texts.
import { describe, expect, test } from 'vitest'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { decodeUtf8, TextReader } from '../../../shared/report/body/text.ts'
import { addNote, clip } from '../../../shared/report/notes.ts'
import { defaultLimits, Refusal, type SubmissionLimits } from '../../../shared/report/refusals.ts'
import { openSubmission } from '../../../shared/report/submission.ts'
import { type PartSeen, ReportBuilder, requireContent } from '../../../shared/report/report-builder.ts'

interface Part {
  name?: string
  filename?: string | null
  contentType?: string
  transferEncoding?: string
  /** Written byte by byte. */
  text?: string | Uint8Array
}

function built(parts: readonly Part[], limits: Partial<SubmissionLimits> = {}) {
  const seen: PartSeen[] = []
  const builder = new ReportBuilder(nodeCodecs, { ...defaultLimits, ...limits }, (part) => seen.push(part))
  const held: number[] = []
  for (const [
    i,
    { name = '', filename = null, contentType = '', transferEncoding = '', text = '' },
  ] of parts.entries()) {
    builder.part({ name, filename, contentType, transferEncoding })
    for (const byte of typeof text === 'string' ? new TextEncoder().encode(text) : text)
      builder.data(Uint8Array.of(byte))
    held.push(builder.heldBytes)
    builder.end(i === parts.length - 1)
  }
  return { builder, seen, held }
}

const reportOf = (parts: readonly Part[], limits?: Partial<SubmissionLimits>) =>
  built(parts, limits).builder.finish({ bare: true })
const octets = 'application/octet-stream'
const json = (text: string): Part => ({ name: 'extra', contentType: 'application/json', text })

describe('the kind of a part', () => {
  test.each<[Part, string]>([
    [{ name: 'a' }, 'text a 1'],
    [{ name: 'a', contentType: 'text/plain; charset=utf-8' }, 'text a 1'],
    [{ name: 'a', contentType: 'TEXT/PLAIN' }, 'text a 1'],
    [{ name: 'a', filename: '' }, 'text a 1'],
    [{ name: 'a', filename: 'f' }, 'file a 1'],
    [{ name: 'a', contentType: octets }, 'file a 1'],
    [{ name: 'a', contentType: 'application/json', text: '{}' }, 'file a 2'],
    [{ name: 'extra', contentType: 'application/json', text: '{}' }, 'json extra 2'],
    [{ name: 'extra', contentType: 'Application/JSON', text: '{}' }, 'json extra 2'],
    [{ name: 'raw_crash', contentType: 'application/json', text: '{}' }, 'json raw_crash 2'],
    [{ name: 'extra', contentType: 'application/json', text: '[]' }, 'file extra 2'],
    [{ name: 'extra' }, 'text extra 1'],
    [{}, 'nameless null 1'],
    [{ contentType: octets }, 'nameless null 1'],
    [{ filename: 'f' }, 'file f 1'],
    [{ name: 'a', text: 'MDMP..' }, 'file a 6'],
    [{ name: 'a', text: 'MDMP.' }, 'text a 5'],
    [{ text: 'MDMP..' }, 'file upload_file_minidump 6'],
    [{ name: 'upload_file_minidump', text: '\x1f\x8b....' }, 'text upload_file_minidump 7'],
    [
      { name: 'upload_file_minidump', text: Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0) },
      'file upload_file_minidump 6',
    ],
    [
      { name: 'upload_file_minidump2', text: Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0) },
      'file upload_file_minidump2 6',
    ],
    [{ name: 'other', text: Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0) }, 'text other 6'],
  ])('%j is %s', (part, expected) => {
    const { builder, seen } = built([{ text: 'x', ...part }])
    builder.finish({ bare: true })
    expect(seen.map(({ kind, keptAs, size }) => `${kind} ${keptAs} ${size}`)).toEqual([expected])
  })

  test.each(['', 'binary', '7bit', '8bit'])('with the transfer encoding %j is read', (transferEncoding) => {
    expect(reportOf([{ name: 'a', text: 'x', transferEncoding }]).annotations.get('a')).toBe('x')
  })

  test('with another transfer encoding is refused', () => {
    expect(() => reportOf([{ name: 'a', transferEncoding: 'base64' }])).toThrow(
      expect.objectContaining({ reason: 'invalid_payload_structure' }),
    )
  })
})

describe('a limit', () => {
  const fields = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `f${i}`, text: 'abc' }))
  const files = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ name: `f${i}`, contentType: octets }))
  test.each<[string, Partial<SubmissionLimits>, Part[], Part[], string]>([
    ['fields', { maxFields: 3 }, fields(3), fields(4), 'too_many_fields'],
    [
      'fields of JSON',
      { maxFields: 2 },
      [json('{"a":1,"b":2}')],
      [json('{"a":1,"b":2,"c":3}')],
      'too_many_fields',
    ],
    [
      'fields that are dumps',
      { maxFields: 1 },
      [{ name: 'd', text: 'MDMP..' }, ...fields(1)],
      fields(2),
      'too_many_fields',
    ],
    [
      'fields without a name',
      { maxFields: 1 },
      [{ text: 'x' }, { text: 'MDMP..' }, ...fields(1)],
      fields(2),
      'too_many_fields',
    ],
    ['files', { maxFiles: 2 }, files(2), files(3), 'too_many_files'],
    ['all texts', { maxAnnotationBytes: 9 }, fields(3), fields(4), 'annotations_too_large'],
    [
      'JSON and texts',
      { maxAnnotationBytes: 5 },
      [json('{}'), ...fields(1)],
      [json('{ }'), ...fields(1)],
      'annotations_too_large',
    ],
  ])('of %s is exact', (_, limits, within, beyond, reason) => {
    expect(() => reportOf(within, limits)).not.toThrow()
    expect(() => reportOf(beyond, limits)).toThrow(expect.objectContaining({ reason }))
  })

  test('of a field omits it, with a note', () => {
    const report = reportOf(
      [
        { name: 'a', text: '123' },
        { name: 'b', text: '1234' },
      ],
      { maxFieldBytes: 3 },
    )
    expect([...report.annotations]).toEqual([['a', '123']])
    expect(report.notes).toEqual(['extract payload text part exception: body part is too large'])
  })

  test('of memory counts what is held', () => {
    const { held } = built([
      { name: 'a', text: 'abc' },
      { name: 'b', text: 'de' },
      { name: 'f', contentType: octets, text: 'x'.repeat(1000) },
    ])
    expect(held.slice(0, 2)).toEqual([3, 5])
    expect(held[2]).toBeGreaterThan(1005)
  })
})

describe('a report', () => {
  test('notes parts without a name, and unknown types', () => {
    const report = reportOf([
      { text: 'lost' },
      { name: 'f', contentType: 'image/png' },
      { name: 'g', filename: 'x' },
    ])
    expect(report.notes).toEqual([
      'part without a name dropped: 4 bytes',
      'unknown content type: f image/png',
      'unknown content type: g text/plain',
    ])
  })

  test('keeps what later parts replace', () => {
    const twice = reportOf([
      { name: 'a', text: '1' },
      { name: 'a', text: '2' },
      { name: 'b', text: '3' },
      { name: 'b', text: '3' },
    ])
    expect([
      Object.fromEntries(twice.annotations),
      Object.fromEntries(twice.replaced),
      twice.payload,
    ]).toEqual([{ a: '2', b: '3' }, { a: '1' }, 'multipart'])
    const both = reportOf([{ name: 'a', text: '1' }, { name: 'b', text: '2' }, json('{"a":"1","c":4}')])
    expect([Object.fromEntries(both.annotations), Object.fromEntries(both.replaced), both.payload]).toEqual([
      { a: '1', c: 4 },
      { b: '2' },
      'json',
    ])
    expect(both.notes).toEqual(['includes annotations in both json-encoded extra and formdata parts'])
  })

  test('has its last text without a line break, and others with it', () => {
    const report = reportOf(['a', 'b', 'c'].map((name) => ({ name, text: 'x\r\n' })))
    expect([...report.annotations.values()]).toEqual(['x\r\n', 'x\r\n', 'x'])
    expect([...reportOf([{ name: 'a', text: 'x\n' }]).annotations.values()]).toEqual(['x\n'])
    expect([...reportOf([{ name: 'a', text: 'x\r' }]).annotations.values()]).toEqual(['x\r'])
  })

  test.each<[string, Part[], string | null]>([
    ['nothing', [], 'no_annotations'],
    ['an annotation', [{ name: 'a' }], null],
    ['a file', [{ name: 'f', contentType: octets, text: 'x' }], 'no_annotations'],
    ['a minidump', [{ name: 'f', contentType: octets, text: 'MDMP..' }], null],
    [
      'a compressed minidump',
      [{ name: 'upload_file_minidump', contentType: octets, text: Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0) }],
      null,
    ],
    ['JSON that cannot be read', [json('{')], 'invalid_json'],
    ['JSON that is not an object', [json('[]')], 'invalid_json_value'],
    [
      'JSON that cannot be read, and a file',
      [json('{'), { name: 'f', contentType: octets, text: 'x' }],
      null,
    ],
    [
      'JSON that cannot be read, and an empty file',
      [json('{'), { name: 'f', contentType: octets }],
      'invalid_json',
    ],
    ['JSON that cannot be read, twice', [json('{'), json('{')], 'invalid_json'],
  ])('with %s has content, unless: %s', (_, parts, reason) => {
    const run = () => built(parts).builder.finish()
    if (reason === null) expect(run).not.toThrow()
    else expect(run).toThrow(expect.objectContaining({ reason }))
    expect(() => built(parts).builder.finish({ bare: true })).not.toThrow()
  })

  test('without content is refused', () => {
    const empty = built([]).builder.finish({ bare: true })
    expect(() => requireContent(empty)).toThrow(expect.objectContaining({ reason: 'no_annotations' }))
    expect(() => requireContent({ ...empty, unreadable: 'invalid_json' })).toThrow(
      expect.objectContaining({ reason: 'invalid_json' }),
    )
  })

  test('that was stored before has its ID, and what it replaced', () => {
    const stored = {
      uuid: 'u',
      version: 2,
      a: '1',
      metadata: { replaced: { a: '0' }, original_names: { f: 'f-1' } },
    }
    const file = { name: 'f', contentType: octets, text: 'x' }
    const replay = (change: object) =>
      reportOf([
        {
          name: 'raw_crash',
          contentType: 'application/json',
          text: JSON.stringify({ ...stored, ...change }),
        },
        file,
      ])
    const report = replay({})
    expect([report.replayedId, [...report.replaced], report.dumps[0]!.origin.part]).toEqual([
      'u',
      [['a', '0']],
      'f-1',
    ])
    for (const change of [{ version: 1 }, { metadata: null }, { metadata: 'x' }, { uuid: 5 }])
      expect(replay(change).replayedId).toBeUndefined()
    expect(replay({ metadata: { replaced: null } }).dumps[0]!.origin.part).toBe('f')
  })
})

describe('a request', () => {
  const opened = (contentType: string | null, text: string) => {
    const headers = contentType === null ? new Headers() : new Headers({ 'content-type': contentType })
    const tools = { codecs: nodeCodecs, limits: defaultLimits }
    const reader = openSubmission({ headers, url: 'https://crash.example.org/submit?a=1&b=2' }, tools)
    reader.write(new TextEncoder().encode(text))
    return reader.finish()
  }

  test.each([octets, null])(
    'of the type %s with a minidump has the annotations of its query',
    (contentType) => {
      const { annotations, dumps } = opened(contentType, 'MDMP and more')
      expect(Object.fromEntries(annotations)).toEqual({ a: '1', b: '2' })
      expect(dumps.map(({ name, format, size }) => [name, format, size])).toEqual([
        ['upload_file_minidump', 'minidump', 13],
      ])
    },
  )

  test.each([
    [octets, 'other', 'wrong_content_type'],
    [octets, '--other', 'wrong_content_type'],
    [null, 'other', 'no_content_type'],
    ['multipart/form-data', 'MDMP', 'no_boundary'],
  ])('of the type %s with %j is refused', (contentType, text, reason) => {
    expect(() => opened(contentType, text)).toThrow(expect.objectContaining({ reason }))
  })
})

describe('pieces of a long value', () => {
  const piece = (name: string, hex: string, contentType = '') => ({
    name,
    contentType,
    text: new Uint8Array(Buffer.from(hex, 'hex')),
  })
  test.each<[string, Part[], Record<string, string>, string[]]>([
    ['are joined', [piece('k__1', '61'), piece('k__2', '62')], { k: 'ab' }, []],
    ['may be cut within a character', [piece('k__1', '61c3'), piece('k__2', 'a962')], { k: 'aéb' }, []],
    ['may be invalid together', [piece('k__1', '61c3'), piece('k__2', '62')], { k: 'a\ufffdb' }, ['k']],
    ['may be invalid alone', [piece('k__2', '61c3')], { k__2: 'a\ufffd' }, ['k__2']],
    ['may be sent again', [piece('k__1', '61c3'), piece('k__1', '61'), piece('k__2', '62')], { k: 'ab' }, []],
    ['are not joined after a gap', [piece('k__1', '61'), piece('k__3', '62')], { k: 'a', k__3: 'b' }, []],
    ['are not joined beside the value', [piece('k__1', '61'), piece('k', '62')], { k__1: 'a', k: 'b' }, []],
    [
      'of another charset are decoded alone',
      [piece('k__1', '61c3', 'text/plain; charset=x-y')],
      { k: 'aÃ' },
      ['x-y'],
    ],
  ])('%s', (_, parts, annotations, inexact) => {
    const report = reportOf(parts)
    expect(Object.fromEntries(report.annotations)).toEqual(annotations)
    const problem = (name: string) => (name === 'x-y' ? 'x-y in k__1' : `utf-8 in ${name}`)
    expect(report.notes).toEqual(
      inexact.map((name) => `extract payload text part exception: invalid text or charset: ${problem(name)}`),
    )
  })

  test('count as held until they are decoded again', () => {
    const { held } = built([piece('k__1', '61c3'), piece('k__1', '61'), piece('a', '61c3')])
    expect(held).toEqual([2, 2 + 2 + 1, 2 + 1 + 2])
  })
})

test('a refusal states why, with its code', () => {
  const refusal = new Refusal('no_boundary')
  expect(refusal.message).toBe('Refused: no boundary parameter, or one over 70 characters (no_boundary)')
  expect(refusal).toMatchObject({ code: 'bad-report', reason: 'no_boundary' })
})

describe('notes', () => {
  test('are two hundred, of which the last may stand for more', () => {
    const notes: string[] = []
    for (let i = 0; i < 200; i++) addNote(notes, `${i}`)
    expect([notes.length, notes.at(-1)]).toEqual([200, '199'])
    addNote(notes, 'more')
    expect([notes.length, notes.at(-2), notes.at(-1)]).toEqual([200, '198', 'further notes were omitted'])
  })

  test('have client text of a hundred visible characters', () => {
    expect(clip('x'.repeat(101))).toBe('x'.repeat(100))
    expect(clip('a\n\x00\x1f \x7f~')).toBe('a??? ?~')
  })
})

describe('a text', () => {
  test.each<[string, string, string, boolean]>([
    ['61c3a9', 'utf-8', 'aé', true],
    ['61c3a9', 'UTF-8', 'aé', true],
    ['61c3a9', 'utf8', 'aé', true],
    ['efbbbf61', 'utf-8', '\ufeffa', true],
    ['61ff', 'utf-8', 'a\ufffd', false],
    ['efbfbd', 'utf-8', '\ufffd', true],
    ['efbfbdff', 'utf-8', '\ufffd\ufffd', false],
    ['efbfbe', 'utf-8', '\ufffe', true],
    ['61e9', 'iso-8859-1', 'aé', true],
    ['61e9', 'x-unknown', 'aé', false],
    ['61c3a9', 'x-unknown', 'aé', false],
    ['8140', 'shift_jis', '\u3000', true],
    ['81', 'shift_jis', '\ufffd', false],
  ])('of the bytes %s in %s is %j, exact: %s', (hex, charset, text, exact) => {
    const bytes = new Uint8Array(Buffer.from(hex, 'hex'))
    expect(new TextReader().decode(bytes, charset)).toEqual({ text, exact })
  })

  test('with more than a thousand replacement characters is not exact', () => {
    const of = (count: number) => decodeUtf8(new TextEncoder().encode('\ufffd'.repeat(count))).exact
    expect([of(1000), of(1001)]).toEqual([true, false])
  })

  test('is searched for replacement characters up to the 100,000th character of their block', () => {
    const of = (others: number) =>
      decodeUtf8(new TextEncoder().encode(`${'\uf000'.repeat(others)}\ufffd`)).exact
    expect([of(99_999), of(100_000)]).toEqual([true, false])
  })

  test('may have twenty charsets in one report', () => {
    const reader = new TextReader()
    for (let i = 0; i < 19; i++) reader.decode(Uint8Array.of(0x61), `x-${i}`)
    const bytes = Uint8Array.of(0xe9)
    expect(reader.decode(bytes, 'iso-8859-1')).toEqual({ text: 'é', exact: true })
    expect(reader.decode(bytes, 'iso-8859-1').exact).toBe(true)
    expect(reader.decode(bytes, 'iso-8859-2').exact).toBe(false)
  })
})

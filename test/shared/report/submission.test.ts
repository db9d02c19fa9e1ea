import { describe, expect, test } from 'vitest'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { defaultLimits, type RefusalReason, type SubmissionLimits } from '../../../shared/report/refusals.ts'
import { renameNotes } from '../../../shared/report/file-names.ts'
import type { Submission } from '../../../shared/report/report-builder.ts'
import { readMultipart, submissionBoundary } from '../../../shared/report/submission.ts'
import { acceptedVectors, bytes, refusedVectors, textNote } from '../../contract/submission-vectors.ts'
import { boundary, concat, F, J, multipart, type PartSpec, T } from '../../support/crash-request.ts'

function read(body: Uint8Array, limits: Partial<SubmissionLimits> = {}): Submission {
  const reader = readMultipart(boundary, { codecs: nodeCodecs, limits: { ...defaultLimits, ...limits } })
  reader.write(body)
  return reader.finish()
}

const readParts = (parts: readonly PartSpec[], limits?: Partial<SubmissionLimits>) =>
  read(multipart(parts), limits)
const refusal = (reason: RefusalReason) => expect.objectContaining({ reason })

describe('a submission', () => {
  for (const [name, parts, expected] of acceptedVectors) {
    test(name, () => {
      const report = readParts(parts)
      expect(Object.fromEntries(report.annotations)).toEqual(expected.annotations)
      expect(report.payload).toBe(expected.payload ?? 'multipart')
      expect([...report.notes, ...renameNotes(report.dumps)]).toEqual(expected.notes ?? [])
      if (expected.dumps) expect(report.dumps.map((dump) => dump.name)).toEqual(expected.dumps)
    })
  }

  test('hashes each file', () => {
    const { dumps } = readParts([T('a', '1'), F('f', 'abcd1234'), F('empty', '')])
    expect(dumps.map(({ name, size, sha256hex }) => ({ name, size, sha256hex }))).toEqual([
      { name: 'f', size: 8, sha256hex: 'e9cee71ab932fde863338d08be4de9dfe39ea049bdafb342ce659ec5450b69ae' },
      {
        name: 'empty',
        size: 0,
        sha256hex: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      },
    ])
  })

  test('a text part over the limit is dropped with a note', () => {
    const long = 'x'.repeat(20 * 1024 * 1024 + 1)
    const report = readParts([T('ok', '1'), T('long', long)])
    expect([...report.annotations.keys()]).toEqual(['ok'])
    expect(report.notes).toEqual([textNote('body part is too large')])
    expect(readParts([T('long', long.slice(1))]).annotations.get('long')).toHaveLength(20 * 1024 * 1024)
  })

  test('a nameless part is dropped, including its content', () => {
    const body = concat(`--${boundary}\r\nX: y\r\n\r\nlost\r\n`, multipart([T('a', '1')]))
    expect([...read(body).annotations]).toEqual([['a', '1']])
  })

  const limited: [string, readonly PartSpec[], RefusalReason, Partial<SubmissionLimits>][] = [
    ['too many fields', [T('a', ''), T('b', ''), T('c', '')], 'too_many_fields', { maxFields: 2 }],
    ['too many JSON fields', [J({ a: 1, b: 2, c: 3 })], 'too_many_fields', { maxFields: 2 }],
    ['too many files', [T('a', ''), F('b'), F('c'), F('d')], 'too_many_files', { maxFiles: 2 }],
    [
      'JSON over the limit',
      [J({ a: 'x'.repeat(100) })],
      'annotations_too_large',
      { maxAnnotationBytes: 100 },
    ],
    [
      'JSON that is not UTF-8: invalid_json',
      [T('a', 'x'.repeat(60)), T('b', 'x'.repeat(60))],
      'annotations_too_large',
      { maxAnnotationBytes: 100 },
    ],
  ]
  for (const [name, parts, reason, limits] of [...refusedVectors, ...limited]) {
    test(`${name}: ${reason}`, () => expect(() => readParts(parts, limits)).toThrow(refusal(reason)))
  }

  test('rejects parts in base64', () => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="extra"\r\nContent-Type: application/json\r\n\r\n`
    expect(() => read(concat(head, '{"a":"', bytes(0xff), '"}', `\r\n--${boundary}--`))).toThrow(
      refusal('invalid_json'),
    )
  })

  test('JSON in UTF-16', () => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="extra"\r\nContent-Type: application/json\r\n\r\n`
    for (const [mark, little] of [
      ['', true],
      ['\uFEFF', true],
      ['', false],
      ['\uFEFF', false],
    ] as const) {
      const text = `${mark}{"a":"é"}`
      const encoded = new Uint8Array(text.length * 2)
      const view = new DataView(encoded.buffer)
      for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), little)
      expect(Object.fromEntries(read(concat(head, encoded, `\r\n--${boundary}--`)).annotations)).toEqual({
        a: 'é',
      })
    }
  })

  test('refuses parts in base64', () => {
    const body = `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n--${boundary}--`
    expect(() => read(concat(body))).toThrow(refusal('invalid_payload_structure'))
  })
})

describe('submissionBoundary', () => {
  const good: [string, string][] = [
    ['multipart/form-data; boundary=B', 'B'],
    ['multipart/mixed; boundary=B', 'B'],
    ['Multipart/Form-Data;BOUNDARY="a b"', 'a b'],
    ['multipart/form-data; charset=utf-8; boundary=B; x=y', 'B'],
    [`multipart/form-data; boundary=${'b'.repeat(70)}`, 'b'.repeat(70)],
  ]
  test.each(good)('%s', (header, expected) => expect(submissionBoundary(header)).toBe(expected))

  const bad: [string | null, RefusalReason][] = [
    [null, 'no_content_type'],
    ['', 'no_content_type'],
    ['application/json', 'wrong_content_type'],
    ['multipart/form-data', 'no_boundary'],
    ['multipart/form-data; boundary=', 'no_boundary'],
    ['multipart/form-data; boundary="x\u00ff"', 'no_boundary'],
    [`multipart/form-data; boundary=${'b'.repeat(71)}`, 'no_boundary'],
  ]
  test.each(bad)('%s: %s', (header, reason) =>
    expect(() => submissionBoundary(header)).toThrow(refusal(reason)),
  )
})

// Reports of Sentry's native clients as a whole: what becomes of each item of an envelope and each part of an upload.
import { describe, expect, test } from 'vitest'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { defaultLimits } from '../../../shared/report/refusals.ts'
import type { Submission } from '../../../shared/report/report-builder.ts'
import { contentOf } from '../../../shared/report/body/encoded-dump.ts'
import type { ReportReader } from '../../../shared/report/report-reader.ts'
import {
  NothingToStore,
  readSentryEnvelope,
  readSentryMinidump,
  type SentryTools,
} from '../../../shared/sentry/report.ts'
import { boundary, bytesOf, concat, F, multipart, T } from '../../support/crash-request.ts'

type Item = [head: object, content: string | Uint8Array]
const envelope = (header: object, items: readonly Item[]) =>
  concat(
    `${JSON.stringify(header)}\n`,
    ...items.flatMap(([head, content]) => [
      `${JSON.stringify({ length: bytesOf(content).length, ...head })}\n`,
      content,
      '\n',
    ]),
  )

const eventId = '0123456789abcdef0123456789abcdef'
const dump: Item = [
  { type: 'attachment', attachment_type: 'event.minidump', filename: 'x.dmp' },
  'MDMP and more',
]
const event = (fields: object): Item => [{ type: 'event' }, JSON.stringify(fields)]

function contentOfReport({ annotations, dumps, notes, eventId: id }: Submission) {
  const text = (i: number) => Buffer.concat([...contentOf(dumps[i]!, nodeCodecs)]).toString()
  return {
    annotations: Object.fromEntries(annotations),
    files: dumps.map(({ name, origin }, i) => [name, origin.filename, origin.contentType, text(i)]),
    notes,
    ...(id !== undefined && { eventId: id }),
  }
}

function readWith(
  open: (tools: SentryTools) => ReportReader,
  body: Uint8Array,
  change: Partial<SentryTools> = {},
) {
  const dropped: string[] = []
  const reader = open({
    codecs: nodeCodecs,
    limits: defaultLimits,
    project: '42',
    key: 'k',
    productOf: () => null,
    onDropped: (type) => dropped.push(type),
    ...change,
  })
  for (let at = 0; at < body.length; at += 100) reader.write(body.subarray(at, at + 100))
  return { ...contentOfReport(reader.finish()), dropped }
}

describe('an envelope', () => {
  const read = (header: object, items: readonly Item[], change: Partial<SentryTools> = {}) =>
    readWith(readSentryEnvelope, envelope(header, items), change)
  const octets = 'application/octet-stream'

  test('becomes annotations and files', () => {
    const items: Item[] = [
      event({ release: 'app@1.2', environment: 'beta' }),
      dump,
      [{ type: 'attachment', filename: 'log.txt', content_type: 'text/plain' }, 'a log'],
      [{ type: 'attachment', filename: 'extra', content_type: 'application/json' }, '{"a":1}'],
      [{ type: 'attachment' }, 'unnamed'],
      [{ type: 'user_report' }, '{"comments":"it broke"}'],
      [{ type: 'session' }, '{}'],
      [{ type: 'attachment', content_type: 'application/vnd.sentry.attachment-ref+json' }, '{}'],
      event({ release: 'second@2' }),
    ]
    expect(read({ event_id: eventId }, items)).toEqual({
      annotations: {
        ProductName: 'app',
        Version: '1.2',
        ReleaseChannel: 'beta',
        Comments: 'it broke',
        SentryEvent: `{"release":"app@1.2","environment":"beta","event_id":"${eventId}"}`,
        SentryEventID: eventId,
        SentryProject: '42',
      },
      eventId,
      files: [
        ['upload_file_minidump', 'x.dmp', octets, 'MDMP and more'],
        ['logtxt', 'log.txt', 'text/plain', 'a log'],
        ['extra', 'extra', octets, '{"a":1}'],
        ['attachment', 'attachment', octets, 'unnamed'],
      ],
      notes: ['unknown content type: log.txt text/plain'],
      dropped: ['session', 'attachment', 'event'],
    })
  })

  test('without data of an event names its project as the product', () => {
    expect(read({}, [dump])).toMatchObject({
      annotations: { ProductName: '42', SentryProject: '42' },
      notes: [],
    })
  })

  test.each([
    ['that of the key', 'k', {}, 'k'],
    ['that of the address in the header', null, { dsn: 'https://d@example.org/42' }, 'd'],
    ['that of none', null, {}, 'null'],
    ['that of the key before the header', 'k', { dsn: 'https://d@example.org/42' }, 'k'],
  ])('has the configured product: %s', (_, key, header, product) => {
    const found = read(header, [event({ release: 'app@1' }), dump], { key, productOf: (of) => String(of) })
    expect(found.annotations.ProductName).toBe(product)
  })

  test('that cannot be read in part keeps that part as a file, with a note', () => {
    const found = read({}, [[{ type: 'event' }, '{"a":'], dump, [{ type: 'feedback' }, '{']])
    expect(found.files).toEqual([
      ['upload_file_minidump', 'x.dmp', octets, 'MDMP and more'],
      ['feedback', 'feedback.json', octets, '{'],
      ['event', 'event.json', octets, '{"a":'],
    ])
    expect(found.notes).toEqual([
      "could not read the data of Sentry's client: feedback",
      "could not read the data of Sentry's client: event",
    ])
  })

  test('with an event too large to read keeps it as a file', () => {
    const large = JSON.stringify({ a: 'x'.repeat(2 ** 21) })
    const found = read({}, [[{ type: 'event' }, large], dump])
    expect(found.files.map(([name, , , text]) => [name, text!.length])).toEqual([
      ['event', large.length],
      ['upload_file_minidump', 13],
    ])
    expect(found.notes).toEqual(["could not read the data of Sentry's client: event"])
  })

  test('with an event but without a minidump is refused', () => {
    expect(() => read({}, [event({ a: 1 })])).toThrow(expect.objectContaining({ reason: 'no_minidump' }))
  })

  test('without a crash stores nothing: every item is dropped', () => {
    const dropped: string[] = []
    const items: Item[] = [
      [{ type: 'session' }, '{}'],
      [{ type: 'attachment', filename: 'a' }, 'x'],
      [{ type: 'user_report' }, '{}'],
    ]
    let thrown: unknown
    try {
      read({ event_id: eventId }, items, { onDropped: (type) => dropped.push(type) })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(NothingToStore)
    expect(thrown).toMatchObject({
      name: 'NothingToStore',
      message: 'The envelope contains no crash',
      eventId,
    })
    expect(dropped).toEqual(['session', 'attachment', 'user_report'])
  })
})

describe('a minidump upload', () => {
  const upload = (headers: Record<string, string>, query = '') => {
    const url = `https://crash.example.org/api/42/minidump/${query}`
    return (tools: SentryTools) => readSentryMinidump({ headers: new Headers(headers), url }, tools)
  }
  const form = { 'content-type': ` Multipart/Form-Data; boundary=${boundary}` }

  test('of parts has the data of its files, and its form fields', () => {
    const body = multipart([
      T('sentry', '{"environment":"beta","tags":{"a":"b"}}'),
      T('Version', '3'),
      F('__sentry-event', '{"release":"app@1.2","event_id":"ABCDEF0123456789ABCDEF0123456789"}'),
      F('__sentry-breadcrumb1', '[{"message":"one"}]'),
      F('__sentry-breadcrumb2', '[]'),
      F('upload_file_minidump', 'MDMP..'),
    ])
    expect(readWith(upload(form), body)).toEqual({
      annotations: {
        ProductName: 'app',
        Version: '3',
        ReleaseChannel: 'beta',
        Breadcrumbs: '[{"message":"one"}]',
        SentryEvent:
          '{"release":"app@1.2","event_id":"ABCDEF0123456789ABCDEF0123456789","environment":"beta"}',
        SentryEventID: 'ABCDEF0123456789ABCDEF0123456789',
        SentryTags: '{"a":"b"}',
        SentryProject: '42',
      },
      eventId: 'abcdef0123456789abcdef0123456789',
      files: [['upload_file_minidump', 'fakecrash.dump', 'application/octet-stream', 'MDMP..']],
      notes: [],
      dropped: [],
    })
  })

  test('of the minidump alone has the annotations of its query, without those of the protocol', () => {
    const open = upload({}, '?sentry_key=k&Version=1&sentry_version=7')
    expect(readWith(open, bytesOf('MDMP..'), { productOf: (key) => `of ${key}` })).toEqual({
      annotations: { Version: '1', SentryProject: '42', ProductName: 'of k' },
      files: [['upload_file_minidump', null, 'application/octet-stream', 'MDMP..']],
      notes: [],
      dropped: [],
    })
  })

  test('without a minidump is refused', () => {
    const open = () => readWith(upload(form), multipart([T('a', '1'), F('f', 'x')]))
    expect(open).toThrow(expect.objectContaining({ reason: 'no_minidump' }))
  })

  test.each([
    ['an empty one of that name', '', false],
    ['a compressed one', '\x1f\x8b......', true],
  ])('with %s counts as having one: %s', (_, content, expected) => {
    const read = () => readWith(upload(form), multipart([T('a', '1'), F('upload_file_minidump', content)]))
    if (expected) expect(read().annotations.a).toBe('1')
    else expect(read).toThrow(expect.objectContaining({ reason: 'no_minidump' }))
  })

  test('with a form field that cannot be read has a note', () => {
    const body = multipart([T('sentry', '{'), F('upload_file_minidump', 'MDMP..')])
    expect(readWith(upload(form), body).notes).toEqual([
      "could not read the data of Sentry's client: form field",
    ])
  })
})

// The submissions of Sentry's native clients, as their source code builds them, and the expected content.
// Sources: https://github.com/getsentry/sentry-native (src/backends, src/sentry_envelope.c, src/sentry_scope.c),
// https://github.com/getsentry/sentry-electron (src/main/integrations/electron-minidump.ts),
// https://github.com/getsentry/sentry-javascript (packages/core/src/utils/envelope.ts)
import { encode } from '@msgpack/msgpack'
import { concat, fakeDump, gzip } from './crash-request.ts'

export const sentryKey = 'e12d836b15bb49d7bbf99e64295d995b'
const project = '42'
const dsn = `https://${sentryKey}@crash.example/${project}`

/** Text of a user that only holders of a token may see. */
export const secretText = 'The tractor of aunt Erna'

export interface SentryBody {
  name: string
  /** Path with its query string. */
  path: string
  headers: Record<string, string>
  body: Uint8Array<ArrayBuffer>
  /** The expected stored report; null for a body without a minidump. */
  expected: {
    eventId: string
    annotations: Record<string, unknown>
    /** The parsed JSON annotations that are compared. */
    json: Record<string, unknown>
    dump: Uint8Array
    /** Prefixes of the names of all files. */
    files: string[]
  } | null
}

export type Item = [head: Record<string, unknown>, payload: string | Uint8Array]

/** An envelope; `lengths` false: only attachments have a length, as in sentry-javascript. */
export function envelope(
  header: Record<string, unknown>,
  items: readonly Item[],
  { lengths = true, lineEnd = '\n', trailing = '' } = {},
): Uint8Array<ArrayBuffer> {
  return concat(
    JSON.stringify(header),
    ...items.flatMap(([head, payload]) => {
      const bytes = concat(payload)
      const sized = lengths || head.type === 'attachment'
      return [lineEnd, JSON.stringify(sized ? { ...head, length: bytes.length } : head), lineEnd, bytes]
    }),
    trailing,
  )
}

const eventIds = {
  crashpad: '2dd132e467174db48dbaddabd3cbed57',
  breakpad: '9ec79c33ec9942ab8353589fcb2e04dc',
  inproc: '4c79f60c11214eb38604f4ae0781bfb2',
  upload: '12c2d058d58442709aa2eca08bf20986',
  electron: 'fc6d8c0c43fc4630ad850ee518f1b9d0',
}
const release = 'editor@1.2.3+4567'
const scope = {
  platform: 'native',
  release,
  environment: 'beta',
  user: { id: 'c7bf0c5e', username: 'some_name', email: 'user@example.org' },
  tags: { 'expected-tag': 'some value' },
  extra: { 'extra stuff': 'some value', '…unicode key…': 'őá…–🤮🚀¿ 한글 테스트' },
  contexts: {
    os: { name: 'Linux', version: '6.1.0', build: '13-amd64', distribution_name: 'debian' },
    runtime: { type: 'runtime', name: 'testing-runtime' },
    trace: { trace_id: 'aaf5b4b1b3c24c02b6ff8ea1e7a2c1b3', span_id: 'f0cd325ba0fe4bb0' },
  },
  sdk: {
    name: 'sentry.native',
    version: '0.13.1',
    packages: [{ name: 'github:getsentry/sentry-native', version: '0.13.1' }],
  },
}
const httpCrumb = {
  timestamp: '2026-11-20T10:00:02.000Z',
  type: 'http',
  message: secretText,
  category: 'example!',
  level: 'debug',
  data: { url: 'https://example.com/api/1.0/users', method: 'GET', status_code: 200 },
}
const firstCrumb = { timestamp: '2026-11-20T10:00:01.000Z', message: 'default level is info' }
const lastCrumb = { timestamp: '2026-11-20T10:00:03.000Z', message: 'lf\ncrlf\r\nlf\n...' }
const session = JSON.stringify({
  init: true,
  sid: '3c8a9f5e-4f1a-4b0f-9c1e-3a2f1d7f0001',
  status: 'crashed',
  errors: 1,
  started: '2026-11-20T09:59:00Z',
  attrs: { release, environment: 'beta' },
})
const common = {
  ProductName: 'editor',
  Version: '1.2.3',
  BuildID: '4567',
  ReleaseChannel: 'beta',
  SentryProject: project,
}
const commonJson = {
  SentryTags: scope.tags,
  SentryExtra: scope.extra,
  SentryUser: { id: 'c7bf0c5e', username: 'some_name' },
  SentryContexts: { os: scope.contexts.os, runtime: scope.contexts.runtime },
}
const nativeAuth = `Sentry sentry_key=${sentryKey}, sentry_version=7, sentry_client=sentry.native/0.13.1`
const nativeHeaders = {
  'x-sentry-auth': nativeAuth,
  'content-type': 'application/x-sentry-envelope',
  'user-agent': 'sentry.native/0.13.1',
}
const attachedLog = 'This is the CMakeCache file.\n'
const attachedBytes = new Uint8Array([0xc0, 0xff, 0xee])

const fileType = 'application/octet-stream'

function form(
  boundary: string,
  fields: Record<string, string>,
  files: readonly (readonly [name: string, filename: string, bytes: string | Uint8Array])[],
): Uint8Array<ArrayBuffer> {
  const disposition = (rest: string) => `--${boundary}\r\nContent-Disposition: form-data; ${rest}\r\n`
  return concat(
    ...Object.entries(fields)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, value]) => [disposition(`name="${name}"`), '\r\n', value, '\r\n']),
    ...files.flatMap(([name, filename, bytes]) => [
      disposition(`name="${name}"; filename="${filename}"`),
      `Content-Type: ${fileType}\r\n\r\n`,
      bytes,
      '\r\n',
    ]),
    `--${boundary}--\r\n`,
  )
}

const uploadHeaders = (boundary: string, userAgent: string) => ({
  'content-type': `multipart/form-data; boundary=${boundary}`,
  'content-encoding': 'gzip',
  'user-agent': userAgent,
})

/** sentry-native with Crashpad: event and breadcrumbs as msgpack files, and the minidump. */
async function sentryCrashpad(dump: Uint8Array): Promise<SentryBody> {
  const boundary = `---MultipartBoundary-${'aB3'.repeat(10)}zz---`
  const event = {
    ...scope,
    event_id: `${eventIds.crashpad.slice(0, 8)}-${eventIds.crashpad.slice(8, 12)}-${eventIds.crashpad.slice(12, 16)}-${eventIds.crashpad.slice(16, 20)}-${eventIds.crashpad.slice(20)}`,
    timestamp: '2026-11-20T10:00:05.250Z',
    level: 'fatal',
  }
  const guid = '5e12a1c0-0000-4000-8000-000000000000'
  const body = form(boundary, { guid }, [
    ['CMakeCache.txt', 'CMakeCache.txt', attachedLog],
    ['__sentry-breadcrumb1', '__sentry-breadcrumb1', concat(encode(httpCrumb), encode(lastCrumb))],
    ['__sentry-breadcrumb2', '__sentry-breadcrumb2', encode(firstCrumb)],
    ['__sentry-event', '__sentry-event', encode(event)],
    ['upload_file_minidump', `${guid}.dmp`, dump],
  ])
  return {
    name: 'sentry-native with Crashpad',
    path: `/api/${project}/minidump/?sentry_client=sentry.native/0.13.1&sentry_key=${sentryKey}&guid=${guid}`,
    headers: uploadHeaders(boundary, 'Crashpad/1.0.0 Linux/6.1 (x86_64)'),
    body: await gzip(body),
    expected: {
      eventId: eventIds.crashpad,
      annotations: { ...common, guid, CrashTime: `${Date.parse('2026-11-20T10:00:05Z') / 1000}` },
      json: { ...commonJson, Breadcrumbs: [httpCrumb, lastCrumb], SentryEvent: { level: 'fatal', release } },
      dump,
      files: ['upload_file_minidump', 'CMakeCache'],
    },
  }
}

/** sentry-native with Breakpad: one envelope with event, session, minidump and attachments. */
async function sentryBreakpad(dump: Uint8Array): Promise<SentryBody> {
  const event = {
    ...scope,
    event_id: eventIds.breakpad,
    timestamp: '2026-11-20T10:00:05.250000Z',
    level: 'fatal',
    breadcrumbs: [firstCrumb, httpCrumb],
    debug_meta: { images: [{ type: 'elf', code_file: '/home/jo/editor', image_addr: '0x400000' }] },
  }
  const report = { event_id: eventIds.breakpad, name: 'Jo', email: 'jo@example.org', comments: secretText }
  const body = envelope({ dsn, event_id: eventIds.breakpad }, [
    [{ type: 'event' }, JSON.stringify(event)],
    [{ type: 'session' }, session],
    [{ type: 'attachment', attachment_type: 'event.minidump', filename: '00c1.dmp' }, dump],
    [{ type: 'attachment', filename: 'CMakeCache.txt' }, attachedLog],
    [{ type: 'attachment', filename: 'bytes.bin', content_type: fileType }, attachedBytes],
    [{ type: 'user_report' }, JSON.stringify(report)],
  ])
  return {
    name: 'sentry-native with Breakpad',
    path: `/api/${project}/envelope/`,
    headers: { ...nativeHeaders, 'content-encoding': 'gzip' },
    body: await gzip(body),
    expected: {
      eventId: eventIds.breakpad,
      annotations: { ...common, Comments: secretText },
      json: {
        ...commonJson,
        Breadcrumbs: [firstCrumb, httpCrumb],
        SentryEvent: { level: 'fatal', debug_meta: event.debug_meta },
        SentryFeedback: { event_id: eventIds.breakpad, name: 'Jo' },
      },
      dump,
      files: ['upload_file_minidump', 'CMakeCache', 'bytes'],
    },
  }
}

/** sentry-native with its own handler in the process: an event with a stack, and no minidump. */
export function sentryInproc(): SentryBody {
  const event = {
    ...scope,
    event_id: eventIds.inproc,
    level: 'fatal',
    exception: {
      values: [
        {
          type: 'SIGSEGV',
          value: 'Segfault',
          mechanism: { type: 'signalhandler', synthetic: true, handled: false },
          stacktrace: { frames: [{ instruction_addr: '0x401136', function: 'trigger_crash' }] },
        },
      ],
    },
  }
  return {
    name: 'sentry-native with its own handler, which makes no minidump',
    path: `/api/${project}/envelope/`,
    headers: nativeHeaders,
    body: envelope({ dsn, event_id: eventIds.inproc }, [
      [{ type: 'event' }, JSON.stringify(event)],
      [{ type: 'session' }, session],
    ]),
    expected: null,
  }
}

/** The Electron SDK with Electron's own uploader: the event as JSON in pieces among Crashpad's fields. */
async function electronUploader(dump: Uint8Array): Promise<SentryBody> {
  const boundary = `---MultipartBoundary-${'e'.repeat(32)}---`
  const event = {
    event_id: eventIds.upload,
    level: 'fatal',
    platform: 'native',
    release,
    environment: 'beta',
    tags: { 'event.environment': 'native' },
    contexts: { app: { app_name: 'Editor', app_version: '1.2.3' }, trace: scope.contexts.trace },
    breadcrumbs: [{ timestamp: 1_795_168_801.5, category: 'electron', message: secretText, type: 'ui' }],
    user: { id: 'c7bf0c5e' },
  }
  const json = JSON.stringify(event)
  const cut = json.indexOf('"', json.length / 2) + 1
  const fields = {
    _companyName: '',
    _productName: 'Editor',
    _version: '1.2.3',
    guid: '5e12a1c0-0000-4000-8000-000000000001',
    platform: 'linux',
    process_type: 'renderer',
    prod: 'Electron',
    ptype: 'renderer',
    sentry___initialScope: JSON.stringify({ release, environment: 'release', tags: { early: 'yes' } }),
    sentry__1: json.slice(0, cut),
    sentry__2: json.slice(cut),
    ver: '33.0.0',
  }
  return {
    name: "Sentry's Electron SDK with Electron's uploader",
    path: `/api/${project}/minidump/?sentry_key=${sentryKey}`,
    headers: uploadHeaders(boundary, 'Electron'),
    body: await gzip(form(boundary, fields, [['upload_file_minidump', '0a1b.dmp', dump]])),
    expected: {
      eventId: eventIds.upload,
      annotations: { ...common, prod: 'Electron', ptype: 'renderer' },
      json: {
        SentryTags: { early: 'yes', 'event.environment': 'native' },
        SentryUser: { id: 'c7bf0c5e' },
        Breadcrumbs: [{ ...event.breadcrumbs[0], timestamp: '2026-11-20T10:00:01.500Z' }],
      },
      dump,
      files: ['upload_file_minidump'],
    },
  }
}

/** The Electron SDK with its own uploader: an envelope whose event has no length. */
async function electronSdk(dump: Uint8Array): Promise<SentryBody> {
  const event = {
    ...scope,
    event_id: eventIds.electron,
    timestamp: 1_795_168_805.25,
    level: 'fatal',
    tags: { ...scope.tags, 'event.environment': 'native', 'event.process': 'renderer' },
    breadcrumbs: { values: [firstCrumb] },
  }
  const header = {
    event_id: eventIds.electron,
    sent_at: '2026-11-20T10:00:06.000Z',
    sdk: { name: 'sentry.javascript.electron', version: '7.5.0' },
    trace: { environment: 'beta', release, public_key: sentryKey, trace_id: scope.contexts.trace.trace_id },
  }
  const minidump = { type: 'attachment', attachment_type: 'event.minidump', filename: '0a1b.dmp' }
  const body = envelope(
    header,
    [
      [{ type: 'event' }, JSON.stringify(event)],
      [minidump, dump],
    ],
    { lengths: false },
  )
  return {
    name: "Sentry's Electron SDK with its own uploader",
    path: `/api/${project}/envelope/?sentry_version=7&sentry_key=${sentryKey}&sentry_client=sentry.javascript.electron%2F7.5.0`,
    headers: { 'content-type': 'application/x-sentry-envelope', 'content-encoding': 'gzip' },
    body: await gzip(body),
    expected: {
      eventId: eventIds.electron,
      annotations: { ...common, ProcessType: 'renderer', CrashTime: '1795168805' },
      json: { ...commonJson, SentryTags: event.tags, Breadcrumbs: [firstCrumb] },
      dump,
      files: ['upload_file_minidump'],
    },
  }
}

/** Envelopes that are not crashes, by their items. */
export function otherEnvelopes(): SentryBody[] {
  const eventId = 'ab'.repeat(16)
  const feedback = { contexts: { feedback: { message: secretText, contact_email: 'jo@example.org' } } }
  const bodies: [name: string, items: Item[]][] = [
    ['a session', [[{ type: 'session' }, session]]],
    ['a transaction', [[{ type: 'transaction' }, JSON.stringify({ type: 'transaction', spans: [] })]]],
    ['a client report', [[{ type: 'client_report' }, '{"discarded_events":[]}']]],
    ['feedback alone', [[{ type: 'feedback' }, JSON.stringify(feedback)]]],
    ['a check-in', [[{ type: 'check_in' }, '{"status":"ok"}']]],
    ['an attachment alone', [[{ type: 'attachment', filename: 'a.txt' }, attachedLog]]],
    ['logs', [[{ type: 'log', item_count: 1 }, '{"items":[{}]}']]],
    ['an item of an unknown type', [[{ type: 'constructor' }, '{}']]],
    ['nothing', []],
  ]
  return bodies.map(([name, items]) => ({
    name: `sentry-native with ${name}`,
    path: `/api/${project}/envelope/`,
    headers: nativeHeaders,
    body: envelope({ dsn, event_id: eventId }, items),
    expected: null,
  }))
}

/** Every body that holds a minidump. */
export async function sentryCrashes(dump: Uint8Array = fakeDump(20_000, 7)): Promise<SentryBody[]> {
  return Promise.all([sentryCrashpad(dump), sentryBreakpad(dump), electronUploader(dump), electronSdk(dump)])
}

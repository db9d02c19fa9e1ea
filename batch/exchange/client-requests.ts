// Submission requests of known crash clients: one table of their differences, and the body each would send.
// Facts: https://chromium.googlesource.com/crashpad/crashpad, https://chromium.googlesource.com/breakpad/breakpad
import { randomBytes, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { mainDumpName } from '../../shared/crash.ts'
import { ascending } from '../../shared/text/ascending.ts'

interface ClientHabits {
  userAgent: string
  /** Annotations as form fields, or all together in one JSON part named `extra`. */
  annotations: 'fields' | 'json'
  /** Position of the minidump among the form fields. */
  dumpAt: 'end' | 'middle'
  sortFields: boolean
  quoteNames: boolean
  gzip: boolean
  chunked: boolean
  boundary: () => string
}

const hex = (bytes: number) => randomBytes(bytes).toString('hex')
const plain = { annotations: 'fields', dumpAt: 'end', sortFields: false, quoteNames: true } as const

const crashpad: ClientHabits = {
  ...plain,
  userAgent: 'Crashpad/0.8.0 Linux',
  sortFields: true,
  gzip: true,
  chunked: true,
  boundary: () => `---MultipartBoundary-${hex(16)}---`,
}

/** Each kind of client by name. */
export const clients = {
  breakpad: {
    ...plain,
    userAgent: 'Breakpad/1.0 (Linux)',
    gzip: false,
    chunked: false,
    boundary: () => `---------------------------${hex(8)}`,
  },
  crashpad,
  electron: { ...crashpad, userAgent: 'Crashpad/0.8.0 Electron' },
  firefox: {
    ...plain,
    userAgent: 'crashreporter/1.0.0',
    annotations: 'json',
    gzip: false,
    chunked: false,
    boundary: () => `------------------------${hex(8)}`,
  },
  android: {
    ...plain,
    userAgent: 'mozilla-android-crash-uploader',
    dumpAt: 'middle',
    quoteNames: false,
    gzip: true,
    chunked: false,
    boundary: () => `-${hex(16)}`,
  },
} as const satisfies Record<string, ClientHabits>

export type ClientKind = keyof typeof clients
export const clientKinds = Object.keys(clients) as ClientKind[]

/** A report before encoding. `dump` null: a crash without a minidump. */
export interface Submission {
  client: ClientKind
  annotations: Readonly<Record<string, unknown>>
  dump: Uint8Array | null
  /** Override the client's default. */
  gzip?: boolean
  chunked?: boolean
}

/** An HTTP request for `POST /submit`. */
export interface SubmissionRequest {
  headers: Record<string, string>
  body: Uint8Array
  /** Send without Content-Length, in chunks. */
  chunked: boolean
}

/** The request of this kind of client. */
export function encodeSubmission(submission: Submission): SubmissionRequest {
  const habits: ClientHabits = clients[submission.client]
  const boundary = habits.boundary()
  const form = Buffer.concat(formParts(submission, habits, boundary))
  const gzip = submission.gzip ?? habits.gzip
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'user-agent': habits.userAgent,
      ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    },
    body: gzip ? gzipSync(form) : form,
    chunked: submission.chunked ?? habits.chunked,
  }
}

function formParts(submission: Submission, habits: ClientHabits, boundary: string): Buffer[] {
  const quote = (text: string) => (habits.quoteNames ? `"${escapeName(text)}"` : text)
  const part = (headers: string, value: string | Uint8Array) =>
    Buffer.concat([
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${headers}\r\n\r\n`),
      typeof value === 'string' ? Buffer.from(value) : value,
      Buffer.from('\r\n'),
    ])
  const fields = annotationParts(submission.annotations, habits).map(([name, value]) =>
    name === null
      ? part('name="extra"; filename="extra.json"\r\nContent-Type: application/json', value)
      : part(`name=${quote(name)}`, value),
  )
  const dump = submission.dump
    ? [
        part(
          `name="${mainDumpName}"; filename="${randomUUID()}.dmp"\r\nContent-Type: application/octet-stream`,
          submission.dump,
        ),
      ]
    : []
  const at = habits.dumpAt === 'middle' ? fields.length >> 1 : fields.length
  return [...fields.slice(0, at), ...dump, ...fields.slice(at), Buffer.from(`--${boundary}--\r\n`)]
}

/** Form fields by name; the name null marks the JSON part. */
function annotationParts(
  annotations: Readonly<Record<string, unknown>>,
  habits: ClientHabits,
): [string | null, string][] {
  if (habits.annotations === 'json') return [[null, JSON.stringify(annotations)]]
  const fields = Object.entries(annotations).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
  return habits.sortFields ? fields.sort(([a], [b]) => ascending(a, b)) : fields
}

const escapeName = (name: string) =>
  name.replaceAll('%', '%25').replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

// Reports for soak tests: each has a label, and is sent the way one of several clients sends it.
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { boundary, concat, F, J, multipart, T } from './crash-request.ts'
import { envelope, type Item } from './sentry-clients.ts'

interface LabelledReport {
  path: string
  headers: Record<string, string>
  body: Uint8Array
}

/**
 * The report of a label as a client sends it, not compressed. `pair` selects content that is the same in every submission
 * of the report; `choice`, from 0 (inclusive) to 1 (exclusive), selects the encoding, which does not change the crash ID.
 */
export function labelledReport(
  label: string,
  dump: Uint8Array,
  { pair, choice }: { pair: number; choice: number },
): LabelledReport {
  if (pair % 5 === 0) {
    const event = JSON.stringify({ release: 'Soak@1', extra: { Label: label } })
    const minidump = { type: 'attachment', attachment_type: 'event.minidump' }
    const session: Item[] = choice < 0.5 ? [[{ type: 'session' }, '{}']] : []
    return {
      path: '/api/1/envelope/',
      headers: { 'content-type': 'application/x-sentry-envelope' },
      body: envelope({}, [[{ type: 'event' }, event], ...session, [minidump, dump]]),
    }
  }
  const fields =
    choice < 0.5 ? [T('ProductName', 'Soak'), T('Label', label)] : [J({ ProductName: 'Soak', Label: label })]
  return {
    path: '/submit',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: multipart([...fields, F('upload_file_minidump', pair % 5 === 1 ? wrapped(dump, choice) : dump)]),
  }
}

/** The minidump, sometimes wrapped as unusual clients do. */
function wrapped(dump: Uint8Array, choice: number): Uint8Array {
  const kind = Math.floor(choice * 8) % 4
  if (kind === 0) return concat(gzipSync(dump), new Uint8Array(512))
  if (kind === 1) return concat(zstdCompressSync(dump), '\r\n')
  if (kind === 2) return concat('\r\n', multipart([F('dump', dump)], { boundary: 'inner' }))
  return dump
}

/** The label of a stored report; undefined when it has none. */
export function labelOf(rawCrash: { readonly Label?: unknown; readonly SentryExtra?: unknown }): unknown {
  if (typeof rawCrash.SentryExtra !== 'string') return rawCrash.Label
  return (JSON.parse(rawCrash.SentryExtra) as { Label?: unknown }).Label
}

/** The crash ID in a response; null when it has none. */
export function crashIdOf(text: string, headers: { get(name: string): string | null }): string | null {
  return headers.get('x-crash-id') ?? /^CrashID=bp-(.{36})\n$/.exec(text)?.[1] ?? null
}

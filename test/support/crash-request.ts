// Builds the bodies of crash clients byte by byte, so that tests state exactly what is on the wire.
const encoder = new TextEncoder()

export type PartSpec =
  | { text: string | Uint8Array; name: string; type?: string }
  | { file: string | Uint8Array; name: string; filename?: string; type?: string }
  | { json: unknown; name?: string; filename?: string }
  /** With its own header lines. */
  | { header: string; content: string | Uint8Array }

export const boundary = 'socorrobound1234567'

/** Text part. */
export const T = (name: string, text: string | Uint8Array, type?: string): PartSpec => ({
  name,
  text,
  ...(type !== undefined && { type }),
})
/** File part with a file name; `application/octet-stream` unless `type` is given; '' omits the type. */
export const F = (
  name: string,
  file: string | Uint8Array = 'abcd1234',
  type = 'application/octet-stream',
  filename = 'fakecrash.dump',
): PartSpec => ({ name, file, type, filename })
/** JSON part named `extra`; a string is sent unchanged. */
export const J = (json: unknown, name = 'extra'): PartSpec => ({ json, name })

export function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? encoder.encode(text) : text
}

export function concat(...pieces: (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const arrays = pieces.map(bytesOf)
  const all = new Uint8Array(arrays.reduce((n, a) => n + a.length, 0))
  let at = 0
  for (const array of arrays) {
    all.set(array, at)
    at += array.length
  }
  return all
}

/** A strict multipart body. */
export function multipart(
  parts: readonly PartSpec[],
  options: { boundary?: string } = {},
): Uint8Array<ArrayBuffer> {
  const b = options.boundary ?? boundary
  return concat(...parts.flatMap((part) => [`--${b}\r\n`, ...encodePart(part), '\r\n']), `--${b}--\r\n`)
}

function encodePart(part: PartSpec): (string | Uint8Array)[] {
  if ('json' in part) {
    const text = typeof part.json === 'string' ? part.json : JSON.stringify(part.json)
    const filename = part.filename ?? 'extra.json'
    return [
      `Content-Disposition: form-data; name="${part.name ?? 'extra'}"; filename="${filename}"\r\n`,
      'Content-Type: application/json\r\n\r\n',
      text,
    ]
  }
  if ('header' in part) return [part.header, '\r\n\r\n', part.content]
  const type = part.type ? `Content-Type: ${part.type}\r\n` : ''
  if ('text' in part) return [`Content-Disposition: form-data; name="${part.name}"\r\n${type}\r\n`, part.text]
  const filename =
    part.filename === undefined ? '' : `; filename="${part.filename.replaceAll(/["\\]/g, '\\$&')}"`
  return [`Content-Disposition: form-data; name="${part.name}"${filename}\r\n${type}\r\n`, part.file]
}

export async function gzip(
  bytes: Uint8Array,
  format: CompressionFormat = 'gzip',
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new CompressionStream(format))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

export interface SubmitOptions {
  url?: string
  boundary?: string
  contentType?: string | null
  headers?: Record<string, string>
  /** Send a stream in chunks of this many bytes, without a length. */
  chunkSize?: number
}

/** The request that submits `body`. */
export function submitRequest(body: Uint8Array, options: SubmitOptions = {}): Request {
  const headers = new Headers({ 'user-agent': 'wow', ...options.headers })
  const type = options.contentType ?? `multipart/form-data; boundary=${options.boundary ?? boundary}`
  if (options.contentType !== null) headers.set('content-type', type)
  const { chunkSize } = options
  return new Request(options.url ?? 'http://localhost/submit', {
    method: 'POST',
    headers,
    body: chunkSize ? streamOf(body, chunkSize) : (body as Uint8Array<ArrayBuffer>),
    ...(chunkSize && { duplex: 'half' }),
  })
}

/** The bytes as a stream of chunks of `size`. */
export function streamOf(bytes: Uint8Array, size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.slice(at, at + size) as Uint8Array<ArrayBuffer>)
      at += size
    },
  })
}

/** A file of `size` bytes that compresses about as well as a minidump; the same for the same seed. */
export function fakeDump(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  let state = seed
  for (let i = 0; i < size; i++) {
    if (i % 16 < 3) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      bytes[i] = state >>> 24
    } else bytes[i] = (i >> 10) & 0x7f
  }
  bytes.set(encoder.encode('MDMP').subarray(0, size))
  return bytes
}

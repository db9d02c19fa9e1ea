// Writes a submission that most collectors understand: strict multipart/form-data (RFC 7578).
import { concatBytes } from '../bytes/concat.ts'

export interface PartToSend {
  name: string
  /** Without a file name the part is a field. */
  filename?: string
  contentType: string
  body: string | Uint8Array
}

/** The Content-Type of a field. */
export const fieldType = 'text/plain; charset=utf-8'
/** The Content-Type of a minidump. */
export const fileType = 'application/octet-stream'

const encoder = new TextEncoder()

/** The body, with the parts in order. `boundary` must not occur in any of them. */
export function encodeMultipart(boundary: string, parts: readonly PartToSend[]): Uint8Array {
  const pieces = parts.flatMap(({ name, filename, contentType, body }) => [
    encoder.encode(
      [`--${boundary}`, disposition(name, filename), `Content-Type: ${contentType}`, '', ''].join('\r\n'),
    ),
    typeof body === 'string' ? encoder.encode(body) : body,
    encoder.encode('\r\n'),
  ])
  return concatBytes([...pieces, encoder.encode(`--${boundary}--\r\n`)])
}

/** The Content-Disposition header of a part. A file name that is not plain ASCII is encoded by RFC 8187. */
export function disposition(name: string, filename?: string): string {
  const head = `Content-Disposition: form-data; name="${escapeName(name)}"`
  if (filename === undefined) return head
  if (isPlainValue(filename)) return `${head}; filename="${filename}"`
  return `${head}; filename*=${extendedValue(filename)}`
}

/** The value of a header parameter with `*` (RFC 8187). */
export const extendedValue = (text: string): string => {
  const encoded = encodeURIComponent(text.toWellFormed())
  return `UTF-8''${encoded.replaceAll(/[*'()]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`
}

/** Whether a parameter of a header needs no encoding between quotes. */
export const isPlainValue = (text: string): boolean => /^[^"\\%\x00-\x1f\x7f-\uffff]*$/.test(text)

/** As defined by the HTML standard for forms; Crashpad does the same. */
function escapeName(name: string): string {
  return name.replaceAll('%', '%25').replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

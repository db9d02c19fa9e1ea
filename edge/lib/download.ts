// Headers of files that clients made: browsers save them, and neither show nor run them.
import { baseName } from '../../shared/text/base-name.ts'
import { extendedValue, fileType, isPlainValue } from '../../shared/report/encode.ts'

const mediaType =
  /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}(?:; *[\w!#$&^.+-]{1,50}=(?:[\w!#$&^.+-]{1,100}|"[\w !#$&^.+-]{0,100}"))*$/

/** @param filename may contain folders, which are omitted @param contentType any text; an invalid one is not sent */
export function downloadHeaders(filename: string, contentType: string): Record<string, string> {
  return {
    'content-type': contentType.length <= 300 && mediaType.test(contentType) ? contentType : fileType,
    'content-disposition': attachment(filename),
    'content-security-policy': "default-src 'none'; sandbox",
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  }
}

const maxName = 200

/** RFC 6266; for a name that is not plain ASCII also a similar one, for old clients. */
function attachment(filename: string): string {
  const name = safeName(filename)
  if (isPlainValue(name)) return `attachment; filename="${name}"`
  const plain = name.replace(/[^ !#$&-[\]-~]/g, '_')
  return `attachment; filename="${plain}"; filename*=${extendedValue(name)}`
}

/** Without folders, control characters and characters that change the direction of text. */
function safeName(filename: string): string {
  const name = baseName(filename)
    .replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .slice(0, maxName)
    .toWellFormed()
  return /^[. ]*$/.test(name) ? 'file' : name
}

// The JSON text of an object in slices, so that a long one neither blocks nor takes memory several times over.

/** Characters of a slice, about. */
const sliceLength = 64 * 1024

/** The slices of `JSON.stringify(object)`. No occurrence of `marker`, without quotes and backslashes, is divided. */
export function* jsonSlices(object: Readonly<Record<string, unknown>>, marker: string): Generator<string> {
  let text = '{'
  let separator = ''
  for (const [key, value] of Object.entries(object)) {
    const json = isLong(value) ? '"' : JSON.stringify(value)
    if (json === undefined) continue
    text += `${separator}${JSON.stringify(key)}:${json}`
    separator = ','
    if (isLong(value)) {
      yield text
      for (const piece of piecesOf(value, marker)) yield JSON.stringify(piece).slice(1, -1)
      text = '"'
    }
    if (text.length < sliceLength) continue
    yield text
    text = ''
  }
  yield `${text}}`
}

const isLong = (value: unknown): value is string => typeof value === 'string' && value.length > sliceLength

/** Pieces of a text, which divide neither a surrogate pair nor a marker. */
function* piecesOf(text: string, marker: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = endOfPiece(text, at + sliceLength, marker)
    yield text.slice(at, end)
    at = end
  }
}

function endOfPiece(text: string, end: number, marker: string): number {
  if (end >= text.length) return text.length
  for (let start = end - marker.length + 1; start < end; start++) {
    if (text.startsWith(marker, start)) return start
  }
  return isHighSurrogate(text.charCodeAt(end - 1)) ? end - 1 : end
}

const isHighSurrogate = (code: number) => code >= 0xd800 && code < 0xdc00

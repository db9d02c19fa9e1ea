// JSON with line breaks and indentation, for readers. Numbers and escapes stay as the server wrote them.

const token = /"[^"\\]*(?:\\.[^"\\]*)*"?|[{}[\]:,]|[^\s"{}[\]:,]+/gs
/** Deeper levels are not indented further, so the length stays within a multiple of the input. */
const maxIndent = 12

/** Also takes the beginning of a JSON text; other text comes back with other white space. */
export function indentJson(text: string): string {
  const pieces: string[] = []
  let depth = 0
  let before = ''
  const newLine = () => pieces.push('\n', '  '.repeat(Math.min(depth, maxIndent)))
  for (const [piece] of text.matchAll(token)) {
    const isEmpty = (piece === '}' && before === '{') || (piece === ']' && before === '[')
    if (piece === '}' || piece === ']') depth = Math.max(0, depth - 1)
    if ((piece === '}' || piece === ']') && !isEmpty) newLine()
    else if ((before === '{' || before === '[' || before === ',') && !isEmpty) newLine()
    pieces.push(piece === ':' ? ': ' : piece)
    if (piece === '{' || piece === '[') depth++
    before = piece
  }
  return pieces.join('')
}

// Patterns in which `*` is any text, in settings.

/** Whether a text matches one of the patterns. A pattern costs one pass over the text. */
export function starMatcher(patterns: readonly string[]): (text: string) => boolean {
  const all = patterns.map((pattern) => pattern.split('*'))
  return (text) => all.some((parts) => matches(text, parts))
}

function matches(text: string, parts: readonly string[]): boolean {
  const first = parts[0]!
  if (parts.length === 1) return text === first
  const last = parts.at(-1)!
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at <= text.length - last.length
}

// Brackets in function names: removing and replacing them in one pass.

const closing = { '(': ')', '<': '>', '[': ']', '{': '}' } as const

/**
 * Replaces each outermost bracket of the kind `open`, including its content, with the result of `replace`. An arrow
 * (`->`) closes nothing; a bracket that is not closed extends to the end of the text.
 */
export function replaceBrackets(
  text: string,
  open: keyof typeof closing,
  replace: (inside: string, before: string) => string,
): string {
  const close = closing[open]
  let from = text.indexOf(open)
  if (from < 0) return text
  let result = ''
  let done = 0
  while (from >= 0) {
    let depth = 1
    let at = from + 1
    for (; at < text.length && depth > 0; at++) {
      if (text[at] === open) depth++
      else if (text[at] === close && text[at - 1] !== '-') depth--
    }
    const inside = text.slice(from + 1, depth === 0 ? at - 1 : at)
    result += text.slice(done, from) + replace(inside, text.slice(0, from))
    done = at
    from = text.indexOf(open, at)
  }
  return result + text.slice(done)
}

/** The first index of a character outside all brackets at or after `start`; -1 if there is none. */
export function indexOutside(text: string, wanted: string, start = 0): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const c = text[at]!
    if (depth === 0 && text.startsWith(wanted, at)) return at
    if (c === '(' || c === '<' || c === '[' || c === '{') depth++
    else if ((c === ')' || c === ']' || c === '}' || (c === '>' && text[at - 1] !== '-')) && depth > 0)
      depth--
  }
  return -1
}

/** The parts of a text between separators outside all brackets. */
export function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = []
  let start = 0
  for (let at = indexOutside(text, separator); at >= 0; at = indexOutside(text, separator, start)) {
    parts.push(text.slice(start, at))
    start = at + separator.length
  }
  return [...parts, text.slice(start)]
}

// Regular expressions with bounded cost: a small language whose worst case is a few million steps.

export const maxPatternLength = 200
const maxVariable = 3
/** Patterns see at most this many characters of a text. */
const maxMatchedLength = 256

/**
 * What is wrong with a pattern; null when it is valid. Allowed are characters, `.`, classes, escapes, `^`, `$`, `|`
 * between whole alternatives, and quantifiers; each alternative may have three of variable length. Groups,
 * look-around and back references are not allowed: `all`, `any` and `not` express the same.
 */
export function checkPattern(pattern: string): string | null {
  if (pattern.length > maxPatternLength) return `is longer than ${maxPatternLength} characters`
  try {
    new RegExp(pattern, 'u')
  } catch (error) {
    return `is not a regular expression: ${(error as Error).message}`
  }
  const plain = pattern.replace(/\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|.)/gsu, (pair) =>
    /\\[1-9k]/.test(pair) ? '(' : 'x',
  )
  const bare = plain.replace(/\[[^\]]*\]/g, 'x')
  if (/[()]/.test(bare)) return 'must not have groups, look-around or back references'
  for (const alternative of bare.split('|')) {
    const quantifiers = alternative.match(/[*+?]|\{\d+,\d*\}/g) ?? []
    if (quantifiers.length > maxVariable) {
      return `has ${quantifiers.length} quantifiers of variable length in one alternative; ${maxVariable} are allowed`
    }
    const largest = Math.max(0, ...[...alternative.matchAll(/\d+(?=[,}])/g)].map((m) => Number(m[0])))
    if (largest > maxMatchedLength) return `repeats more than ${maxMatchedLength} times`
  }
  return null
}

/** True when the text starts with a match. The pattern must have passed `checkPattern`. */
export function matchesPattern(pattern: string, text: string): boolean {
  return new RegExp(pattern, 'uy').test(text.slice(0, maxMatchedLength))
}

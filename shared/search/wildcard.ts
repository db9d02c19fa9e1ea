// Wildcards in the values of the operators for parts of a text: `*` is any text, `?` any character.

import type { TextOp } from './query.ts'
import { literalRe2 } from './regexp.ts'

/** Parts of a pattern: literal text, any text, any character. */
type Part = { readonly literal: string } | '*' | '?'

/** Parts of a value with wildcards; null without any. A backslash before `*`, `?` or a backslash makes it literal. */
export function wildcardParts(value: string): readonly Part[] | null {
  if (!/[*?]/.test(value)) return null
  return [...value.matchAll(/\\([*?\\])|([*?])|([^*?\\]+|\\)/gs)].map(([, escaped, wild, plain]) =>
    wild === undefined ? { literal: (escaped ?? plain)! } : (wild as '*' | '?'),
  )
}

/** The parts with `*` where the operator does not need the start or the end of a value. */
export function anchored(op: TextOp, parts: readonly Part[]): readonly Part[] {
  const open = (ops: TextOp) => (op === 'contains' || op === ops ? (['*'] as const) : [])
  return [...open('ends'), ...parts, ...open('starts')]
}

/** The pattern in RE2's syntax, for a match of the whole text with the flag `s`. */
export const wildcardRe2 = (parts: readonly Part[]): string =>
  parts.map((part) => (part === '*' ? '.*' : part === '?' ? '.' : literalRe2(part.literal))).join('')

/** A function that matches whole texts, in time proportional to the product of both lengths. */
export function wildcardTest(parts: readonly Part[]): (text: string) => boolean {
  const pattern: readonly string[] = parts.flatMap((part) =>
    typeof part === 'string' ? [part] : [...part.literal].map((char) => `=${char}`),
  )
  return (text) => matches(pattern, [...text])
}

/** Greedy: on a mismatch, the last `*` takes one more character. */
function matches(pattern: readonly string[], text: readonly string[]): boolean {
  let at = 0
  let star = -1
  let resume = 0
  for (let i = 0; i < text.length; ) {
    const part = pattern[at]
    if (part === '*') {
      star = at++
      resume = i
    } else if (part === '?' || (part !== undefined && part.slice(1) === text[i] && part[0] === '=')) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++resume
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}

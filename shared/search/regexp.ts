// Regular expressions in Lucene's syntax, as a tree that both back ends can match in linear time.
// https://www.elastic.co/guide/en/elasticsearch/reference/current/regexp-syntax.html

import { type Node, unbounded } from '../signature/patterns/automaton.ts'
import { type CharSet, single } from '../signature/patterns/char-set.ts'
import { createMatcher } from '../signature/patterns/matcher.ts'
import type { Regexp, RegexpTree } from './query.ts'

const maxLength = 2000
const maxDepth = 50
/** Product of nested counts, RE2's limit. */
const maxCount = 1000
/** Characters after expanding counts. */
const maxSteps = 5000

/** An expression that is not accepted; `position` counts code points from 0. */
export class RegexpError extends Error {
  override readonly name = 'RegexpError'
  readonly position: number

  constructor(problem: string, position: number) {
    super(`${problem} at position ${position}`)
    this.position = position
  }
}

interface Reader {
  readonly text: readonly string[]
  at: number
  depth: number
}

/**
 * Parses an expression: `.` any character, `[a-z]`, `[^a-z]`, `\d \w \s` and their complements over ASCII, groups, `|`,
 * `* + ? {n,m}`, `"literal text"`, `@` any text. A backslash makes another character literal.
 * @throws RegexpError for invalid syntax, for `# & ~ <` without a backslash, and for expressions that are too large
 */
export function parseRegexp(source: string): Regexp {
  const reader: Reader = { text: [...source], at: 0, depth: 0 }
  if (reader.text.length > maxLength) throw new RegexpError('too long', maxLength)
  const tree = source === '' ? { kind: 'literal' as const, text: '' } : readChoice(reader)
  if (reader.at < reader.text.length) throw new RegexpError('unbalanced )', reader.at)
  if (stepsOf(tree) > maxSteps) throw new RegexpError('counts are too large', 0)
  return { source, tree }
}

function readChoice(reader: Reader): RegexpTree {
  if (++reader.depth > maxDepth) throw new RegexpError('too many groups', reader.at)
  const items = [readSequence(reader)]
  while (reader.text[reader.at] === '|') {
    reader.at++
    items.push(readSequence(reader))
  }
  reader.depth--
  return items.length === 1 ? items[0]! : { kind: 'choice', items }
}

function readSequence(reader: Reader): RegexpTree {
  const items: RegexpTree[] = []
  for (;;) {
    const char = reader.text[reader.at]
    if (char === undefined || char === '|' || char === ')') break
    items.push(readRepeats(reader))
  }
  if (items.length === 0) throw new RegexpError('nothing to match', reader.at)
  return items.length === 1 ? items[0]! : { kind: 'sequence', items }
}

function readRepeats(reader: Reader): RegexpTree {
  let item = readOne(reader)
  for (let count = 0; ; count++) {
    const at = reader.at
    const range = readCount(reader)
    if (!range) return item
    if (count === 10) throw new RegexpError('too many repeats', at)
    item = { kind: 'repeat', item, ...range }
    if (countOf(item) > maxCount) throw new RegexpError(`counts above ${maxCount}`, at)
  }
}

function readCount(reader: Reader): { min: number; max: number | null } | null {
  const char = reader.text[reader.at]
  if (char === '*' || char === '+' || char === '?') {
    reader.at++
    return { min: char === '+' ? 1 : 0, max: char === '?' ? 1 : null }
  }
  if (char !== '{') return null
  const start = reader.at
  const end = reader.text.indexOf('}', start)
  const found = end < 0 ? null : /^(\d{1,5})(,(\d{1,5})?)?$/.exec(reader.text.slice(start + 1, end).join(''))
  if (!found) throw new RegexpError('invalid count', start)
  const min = Number(found[1])
  const max = found[2] === undefined ? min : found[3] === undefined ? null : Number(found[3])
  if (max !== null && max < min) throw new RegexpError('invalid count', start)
  if (Math.max(min, max ?? 0) > maxCount) throw new RegexpError(`counts above ${maxCount}`, start)
  reader.at = end + 1
  return { min, max }
}

function readOne(reader: Reader): RegexpTree {
  const at = reader.at
  const char = reader.text[reader.at++]!
  switch (char) {
    case '.':
      return { kind: 'dot' }
    case '@':
      return { kind: 'repeat', item: { kind: 'dot' }, min: 0, max: null }
    case '"':
      return readQuoted(reader, at)
    case '(':
      return readGroup(reader, at)
    case '[':
      return readClass(reader, at)
    case '\\':
      return readEscape(reader, at)
    case '#':
    case '&':
    case '~':
    case '<':
      throw new RegexpError(`unsupported operator ${char} (write \\${char})`, at)
    case '*':
    case '+':
    case '?':
    case '{':
      throw new RegexpError(`nothing to repeat before ${char}`, at)
    default:
      return { kind: 'literal', text: char }
  }
}

function readQuoted(reader: Reader, at: number): RegexpTree {
  const end = reader.text.indexOf('"', reader.at)
  if (end < 0) throw new RegexpError('unclosed "', at)
  const text = reader.text.slice(reader.at, end).join('')
  reader.at = end + 1
  return { kind: 'literal', text }
}

function readGroup(reader: Reader, at: number): RegexpTree {
  if (reader.text[reader.at] === ')') {
    reader.at++
    return { kind: 'literal', text: '' }
  }
  const tree = readChoice(reader)
  if (reader.text[reader.at] !== ')') throw new RegexpError('unclosed (', at)
  reader.at++
  return tree
}

type Ranges = readonly (readonly [number, number])[]

const named: Readonly<Record<'d' | 'w' | 's', Ranges>> = {
  d: [[0x30, 0x39]],
  w: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
  s: [
    [0x09, 0x0a],
    [0x0d, 0x0d],
    [0x20, 0x20],
  ],
}

function readEscape(reader: Reader, at: number): RegexpTree {
  const char = reader.text[reader.at++]
  if (char === undefined) throw new RegexpError('nothing after \\', at)
  const lower = char.toLowerCase()
  if (lower === 'd' || lower === 'w' || lower === 's') {
    return { kind: 'class', ranges: named[lower], not: char !== lower }
  }
  return { kind: 'literal', text: char }
}

function readClass(reader: Reader, at: number): RegexpTree {
  const not = reader.text[reader.at] === '^'
  if (not) reader.at++
  const ranges: [number, number][] = []
  while (reader.text[reader.at] !== ']') {
    const start = reader.at
    const first = readMember(reader, at)
    let last = first
    if (reader.text[reader.at] === '-' && reader.text[reader.at + 1] !== ']') {
      reader.at++
      last = readMember(reader, at)
    }
    if (last < first) throw new RegexpError('invalid range', start)
    ranges.push([first, last])
  }
  if (ranges.length === 0) throw new RegexpError('empty class', at)
  reader.at++
  return { kind: 'class', ranges: joined(ranges), not }
}

function readMember(reader: Reader, at: number): number {
  if (reader.text[reader.at] === '\\') reader.at++
  const char = reader.text[reader.at++]
  if (char === undefined) throw new RegexpError('unclosed [', at)
  return char.codePointAt(0)!
}

/** Sorted and disjoint. */
function joined(ranges: [number, number][]): [number, number][] {
  const result: [number, number][] = []
  for (const [first, last] of ranges.sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1)
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else result.push([first, last])
  }
  return result
}

/** The largest product of nested counts. */
function countOf(tree: RegexpTree): number {
  if ('items' in tree) return Math.max(1, ...tree.items.map(countOf))
  return tree.kind === 'repeat' ? Math.max(tree.min, tree.max ?? 1, 1) * countOf(tree.item) : 1
}

function stepsOf(tree: RegexpTree): number {
  if ('items' in tree) return tree.items.reduce((sum, item) => sum + stepsOf(item) + 1, 0)
  if (tree.kind === 'literal') return tree.text.length
  if (tree.kind !== 'repeat') return 1
  return stepsOf(tree.item) * Math.max(1, tree.max ?? tree.min + 1) + 1
}

/** The expression in RE2's syntax, for a match of the whole text with the flag `s`. */
export function printRe2(tree: RegexpTree): string {
  switch (tree.kind) {
    case 'literal':
      return literalRe2(tree.text)
    case 'dot':
      return '.'
    case 'class': {
      const members = tree.ranges.map(([first, last]) => `${hexRe2(first)}-${hexRe2(last)}`)
      return `[${tree.not ? '^' : ''}${members.join('')}]`
    }
    case 'sequence':
      return tree.items.map((item) => `(?:${printRe2(item)})`).join('')
    case 'choice':
      return tree.items.map((item) => `(?:${printRe2(item)})`).join('|')
    case 'repeat': {
      const count = tree.max === tree.min ? tree.min : `${tree.min},${tree.max ?? ''}`
      return `(?:${printRe2(tree.item)}){${count}}`
    }
  }
}

const hexRe2 = (point: number) => `\\x{${point.toString(16)}}`

/** The text with its special characters escaped for RE2. */
export const literalRe2 = (text: string): string =>
  text.replace(/[^A-Za-z0-9_\u{80}-\u{10ffff}]/gu, (char) => hexRe2(char.codePointAt(0)!))

/** A function that tests whether a text matches as a whole, in time linear in the text. */
export function regexpTest(tree: RegexpTree): (text: string) => boolean {
  const matcher = createMatcher([{ node: { kind: 'all', items: [nodeOf(tree), { kind: 'last' }] } }])
  return (text) => matcher.match(text) === 0
}

const anyCharacter: CharSet = { key: 'any', beyond: 'all', has: () => true }

function nodeOf(tree: RegexpTree): Node {
  switch (tree.kind) {
    case 'literal':
      return {
        kind: 'all',
        items: [...tree.text].map((char) => ({ kind: 'set', set: single(char.codePointAt(0)!) })),
      }
    case 'dot':
      return { kind: 'set', set: anyCharacter }
    case 'class':
      return { kind: 'set', set: classSet(tree.ranges, tree.not) }
    case 'sequence':
      return { kind: 'all', items: tree.items.map(nodeOf) }
    case 'choice':
      return { kind: 'any', options: tree.items.map(nodeOf) }
    case 'repeat':
      return { kind: 'repeat', item: nodeOf(tree.item), min: tree.min, max: tree.max ?? unbounded }
  }
}

const classSet = (ranges: Ranges, not: boolean): CharSet => ({
  key: `${not ? '^' : ''}[${ranges.join(';')}]`,
  beyond: 'some',
  has: (code) => ranges.some(([first, last]) => code >= first && code <= last) !== not,
})

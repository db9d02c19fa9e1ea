// Parses the patterns of signature lists: a subset of regular expressions that always matches in linear time.
// Syntax and meaning are those of Python's `re` on text, anchored at the start.

import { own } from '../../own.ts'
import { type Node, type Pattern, unbounded } from './automaton.ts'
import { anySet, between, type CharSet, digitSet, negated, single, spaceSet, wordSet } from './char-set.ts'
import { checkPattern, PatternError } from './pattern-check.ts'

/** Maximum number of open groups. */
const maxDepth = 50
/** Largest count in `{n,m}`. */
const maxCount = 1000

const classEscapes: Record<string, CharSet> = {
  d: digitSet,
  D: negated(digitSet),
  w: wordSet,
  W: negated(wordSet),
  s: spaceSet,
  S: negated(spaceSet),
}
const charEscapes: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 }

/** A pattern that matches texts that start with `text`, or, if `whole`, texts equal to it. */
export function literalPattern(text: string, whole: boolean): Pattern {
  const items: Node[] = [...text].map((c) => ({ kind: 'set', set: single(c.codePointAt(0)!) }))
  if (whole) items.push({ kind: 'last' })
  return { node: { kind: 'all', items } }
}

/**
 * Parses a pattern. Throws PatternError for invalid syntax, for features without linear-time matching (look-around,
 * back references), for nested repeats with exponential cost in backtracking engines, and for too large patterns.
 * @param isTrusted omits the checks of cost, which take most of the time
 */
export function parsePattern(source: string, { isTrusted = false } = {}): Pattern {
  const reader: Reader = { text: [...source], at: 0, depth: 0, names: new Set() }
  const node = readAlternatives(reader)
  if (reader.at < reader.text.length)
    throw new PatternError(`unbalanced parenthesis at position ${reader.at}`)
  if (!isTrusted) checkPattern(node)
  return { node }
}

interface Reader {
  text: string[]
  at: number
  depth: number
  names: Set<string>
}

function readAlternatives(reader: Reader): Node {
  const options = [readSequence(reader)]
  while (reader.text[reader.at] === '|') {
    reader.at++
    options.push(readSequence(reader))
  }
  return options.length === 1 ? options[0]! : { kind: 'any', options }
}

function readSequence(reader: Reader): Node {
  const items: Node[] = []
  while (reader.at < reader.text.length) {
    const c = reader.text[reader.at]!
    if (c === '|' || c === ')') break
    const count = readCount(reader)
    if (count) repeatLast(reader, items, count)
    else items.push(readItem(reader))
  }
  return { kind: 'all', items: items.filter((item) => item.kind !== 'all' || item.items.length > 0) }
}

/**
 * Parses `*`, `+`, `?` or `{n,m}`; null (consuming nothing) if there is none. A brace that is not a count is text.
 */
function readCount(reader: Reader): { min: number; max: number } | null {
  const c = reader.text[reader.at]
  const simple = own({ '*': [0, unbounded], '+': [1, unbounded], '?': [0, 1] }, c ?? '')
  if (simple) {
    reader.at++
    return { min: simple[0]!, max: simple[1]! }
  }
  if (c !== '{') return null
  const match = /^\{(\d*)(?:(,)(\d*))?\}/.exec(reader.text.slice(reader.at, reader.at + 24).join(''))
  if (!match || match[0] === '{}') return null
  reader.at += match[0].length
  const min = Number(match[1] || 0)
  const max = match[2] ? (match[3] ? Number(match[3]) : unbounded) : min
  if (min > max) throw new PatternError(`min repeat greater than max repeat at position ${reader.at}`)
  if (min > maxCount || (max !== unbounded && max > maxCount)) {
    throw new PatternError(`repeat count above ${maxCount} at position ${reader.at}`)
  }
  return { min, max }
}

function repeatLast(reader: Reader, items: Node[], { min, max }: { min: number; max: number }): void {
  const item = items.pop()
  if (!item || item.kind === 'end' || item.kind === 'last' || item.kind === 'start') {
    throw new PatternError(`nothing to repeat at position ${reader.at}`)
  }
  if (item.kind === 'repeat') throw new PatternError(`multiple repeat at position ${reader.at}`)
  const next = reader.text[reader.at]
  if (next === '?') reader.at++ // Lazy repeats: they do not affect whether a text matches.
  if (next === '+') throw new PatternError(`possessive repeats are not supported at position ${reader.at}`)
  items.push({ kind: 'repeat', item, min, max })
}

function readItem(reader: Reader): Node {
  const c = reader.text[reader.at++]!
  if (c === '(') return readGroup(reader)
  if (c === '[') return { kind: 'set', set: readClass(reader) }
  if (c === '.') return { kind: 'set', set: anySet }
  if (c === '^') return { kind: 'start' }
  if (c === '$') return { kind: 'end' }
  if (c === '\\') return readEscape(reader)
  return { kind: 'set', set: single(c.codePointAt(0)!) }
}

function readGroup(reader: Reader): Node {
  if (++reader.depth > maxDepth) throw new PatternError(`more than ${maxDepth} open groups`)
  if (reader.text[reader.at] === '?') skipGroupName(reader)
  const node = readAlternatives(reader)
  if (reader.text[reader.at] !== ')') throw new PatternError('missing ), unterminated group')
  reader.at++
  reader.depth--
  return node
}

function skipGroupName(reader: Reader): void {
  const rest = reader.text.slice(reader.at, reader.at + 64).join('')
  const match = /^\?(?::|P<([A-Za-z_]\w*)>)/.exec(rest)
  if (match) {
    if (match[1] && reader.names.has(match[1])) throw new PatternError(`group ${match[1]} is named twice`)
    if (match[1]) reader.names.add(match[1])
    reader.at += [...match[0]].length
    return
  }
  if (/^\?(<?[=!]|P=|\(|>)/.test(rest)) {
    throw new PatternError('look-around, back references and atomic groups cannot run in linear time')
  }
  throw new PatternError(`unknown extension ?${rest[1] ?? ''} at position ${reader.at}`)
}

function readEscape(reader: Reader): Node {
  const c = reader.text[reader.at]
  if (c === undefined) throw new PatternError('bad escape (end of pattern)')
  if (c === 'A') return step(reader, { kind: 'start' })
  if (c === 'Z') return step(reader, { kind: 'last' })
  if (c === 'b' || c === 'B')
    throw new PatternError(`\\${c} is not supported; write the following characters as a class`)
  if (c >= '1' && c <= '9') throw new PatternError('back references cannot run in linear time')
  return { kind: 'set', set: readSetEscape(reader) }
}

const step = <T>(reader: Reader, value: T): T => {
  reader.at++
  return value
}

/** Parses the character after a backslash, inside or outside a class: one set. */
function readSetEscape(reader: Reader): CharSet {
  const c = reader.text[reader.at++]
  if (c === undefined) throw new PatternError('bad escape (end of pattern)')
  const set = own(classEscapes, c)
  if (set) return set
  const character = own(charEscapes, c)
  if (character !== undefined) return single(character)
  const digits = own({ x: 2, u: 4, U: 8 }, c)
  if (digits) {
    const hex = reader.text.slice(reader.at, reader.at + digits).join('')
    const code = Number.parseInt(hex, 16)
    if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length < digits || code > 0x10ffff) {
      throw new PatternError(`incomplete escape \\${c}${hex}`)
    }
    reader.at += digits
    return single(code)
  }
  if (c >= '0' && c <= '7') {
    const octal = /^[0-7]{1,3}/.exec(reader.text.slice(reader.at - 1, reader.at + 2).join(''))![0]
    reader.at += octal.length - 1
    return single(Number.parseInt(octal, 8) & 0x1ff)
  }
  if (/[A-Za-z0-9]/.test(c)) throw new PatternError(`bad escape \\${c}`)
  return single(c.codePointAt(0)!)
}

function readClass(reader: Reader): CharSet {
  const negate = reader.text[reader.at] === '^'
  if (negate) reader.at++
  const sets: CharSet[] = []
  while (reader.text[reader.at] !== ']' || sets.length === 0) {
    const low = readClassItem(reader)
    if (reader.text[reader.at] === '-' && reader.text[reader.at + 1] !== ']') {
      reader.at++
      sets.push(range(codeOf(low), codeOf(readClassItem(reader))))
    } else sets.push(low)
  }
  reader.at++
  const set: CharSet = {
    key: `[${sets.map((s) => s.key).join()}]`,
    beyond: sets.every((s) => s.beyond === 'none') ? 'none' : 'some',
    has: (code) => sets.some((s) => s.has(code)),
  }
  return negate ? negated(set) : set
}

function readClassItem(reader: Reader): CharSet {
  const c = reader.text[reader.at++]
  if (c === undefined) throw new PatternError('unterminated character set')
  return c === '\\' ? readSetEscape(reader) : single(c.codePointAt(0)!)
}

function codeOf(set: CharSet): number {
  if (set.key[0] !== '=') throw new PatternError(`bad character range at ${set.key}`)
  return Number(set.key.slice(1))
}

function range(low: number, high: number): CharSet {
  if (low > high) throw new PatternError('bad character range: its end is before its start')
  return between(low, high)
}

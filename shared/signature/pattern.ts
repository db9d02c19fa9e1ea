// Patterns of signature lists: a regular expression subset that always matches in time linear in the text.
// Syntax and meaning are those of Python's `re` on text; a parsed list runs as one lazily built automaton (Thompson).

/** A set of code points; equal `key`s are equal sets. `beyond` tells which code points above U+007F it holds. */
interface CharSet {
  key: string
  beyond: 'all' | 'none' | 'some'
  has: (code: number) => boolean
}

/** What a pattern is made of. `end` also holds before a last newline, `last` only at the very end. */
type Node =
  | { kind: 'set'; set: CharSet }
  | { kind: 'all'; items: Node[] }
  | { kind: 'any'; options: Node[] }
  | { kind: 'repeat'; item: Node; min: number; max: number }
  | { kind: 'end' | 'last' | 'start' }

/** A pattern that was read and found sound. */
export interface Pattern {
  readonly node: Node
}

/** A pattern that cannot be used; the message says why. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

const unbounded = Number.POSITIVE_INFINITY
/** Most automaton steps one pattern may unfold to; `{n,m}` repeats count n to m times. */
const maxPatternSteps = 5000
/** Most states that the automaton of one pattern with an unbounded repeat may need. */
const maxPatternStates = 500
/** Most open groups. */
const maxDepth = 50
/** Largest count in `{n,m}`. */
const maxCount = 1000

const single = (code: number): CharSet => ({
  key: `=${code}`,
  beyond: code < 128 ? 'none' : 'some',
  has: (c) => c === code,
})
const named = (key: string, source: RegExp): CharSet => ({
  key,
  beyond: 'some',
  has: (c) => source.test(String.fromCodePoint(c)),
})
const digitSet = named('\\d', /^\p{Nd}$/u)
const wordSet = named('\\w', /^[\p{L}\p{N}_]$/u)
const spaceSet = named('\\s', /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/)
const opposite = { all: 'none', none: 'all', some: 'some' } as const
const negated = (set: CharSet): CharSet => ({
  key: `^${set.key}`,
  beyond: opposite[set.beyond],
  has: (c) => !set.has(c),
})
const anySet: CharSet = { key: '.', beyond: 'all', has: (c) => c !== 10 }

const classEscapes: Record<string, CharSet> = {
  d: digitSet,
  D: negated(digitSet),
  w: wordSet,
  W: negated(wordSet),
  s: spaceSet,
  S: negated(spaceSet),
}
const charEscapes: Record<string, number> = { a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 }

/** Pattern that matches texts which begin with `text`, or, if `whole`, texts equal to it. */
export function literalPattern(text: string, whole: boolean): Pattern {
  const items: Node[] = [...text].map((c) => ({ kind: 'set', set: single(c.codePointAt(0)!) }))
  if (whole) items.push({ kind: 'last' })
  return { node: { kind: 'all', items } }
}

/**
 * Reads a pattern. Throws PatternError for invalid syntax, for what cannot run in linear time (look-around, back
 * references), for nested repeats of the kind that explodes in backtracking engines, and for patterns too large.
 */
export function parsePattern(source: string): Pattern {
  const reader: Reader = { text: [...source], at: 0, depth: 0, names: new Set() }
  const node = readAlternatives(reader)
  if (reader.at < reader.text.length)
    throw new PatternError(`unbalanced parenthesis at position ${reader.at}`)
  checkAnchors(node, true)
  checkRepeats(node)
  if (stepsOf(node) > maxPatternSteps) {
    throw new PatternError(`the pattern unfolds to more than ${maxPatternSteps} steps; use smaller counts`)
  }
  if (hasUnboundedRepeat(node) && !isPlain(node)) checkStates(node)
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

/** Reads `*`, `+`, `?` or `{n,m}`; null (nothing consumed) if none stands here. A brace that is no count is text. */
function readCount(reader: Reader): { min: number; max: number } | null {
  const c = reader.text[reader.at]
  const simple = { '*': [0, unbounded], '+': [1, unbounded], '?': [0, 1] }[c ?? '']
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
  if (next === '?') reader.at++ // As few as possible: whether a text matches does not depend on it.
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
    throw new PatternError(`\\${c} is not supported; write what may follow as a class`)
  if (c >= '1' && c <= '9') throw new PatternError('back references cannot run in linear time')
  return { kind: 'set', set: readSetEscape(reader) }
}

const step = <T>(reader: Reader, value: T): T => {
  reader.at++
  return value
}

/** Reads what follows a backslash, in and out of a class: one set. */
function readSetEscape(reader: Reader): CharSet {
  const c = reader.text[reader.at++]
  if (c === undefined) throw new PatternError('bad escape (end of pattern)')
  if (classEscapes[c]) return classEscapes[c]
  if (charEscapes[c] !== undefined) return single(charEscapes[c])
  const digits = { x: 2, u: 4, U: 8 }[c]
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
  if (low > high) throw new PatternError('bad character range: its end stands before its start')
  return { key: `${low}-${high}`, beyond: high < 128 ? 'none' : 'some', has: (c) => c >= low && c <= high }
}

/** Anchors are only allowed where they can matter to a match that begins at the start: `$` last, `^` first. */
function checkAnchors(node: Node, isLast: boolean, isFirst = true): void {
  if (node.kind === 'end' || node.kind === 'last') {
    if (!isLast) throw new PatternError('an end anchor must stand last')
  } else if (node.kind === 'start') {
    if (!isFirst) throw new PatternError('a start anchor must stand first')
  } else if (node.kind === 'repeat') checkAnchors(node.item, false, false)
  else if (node.kind === 'any') for (const option of node.options) checkAnchors(option, isLast, isFirst)
  else if (node.kind === 'all') {
    for (const [i, item] of node.items.entries()) {
      checkAnchors(item, isLast && i === node.items.length - 1, isFirst && i === 0)
    }
  }
}

/** Refuses an unbounded repeat whose body may be nothing but another unbounded repeat, such as `(a+)+`. */
function checkRepeats(node: Node): void {
  if (node.kind === 'any') for (const option of node.options) checkRepeats(option)
  if (node.kind === 'all') for (const item of node.items) checkRepeats(item)
  if (node.kind !== 'repeat') return
  checkRepeats(node.item)
  if (node.max === unbounded && canBeOneRepeat(node.item)) {
    throw new PatternError('a repeat inside a repeat, such as (a+)+, explodes; write one repeat')
  }
}

function canBeOneRepeat(node: Node): boolean {
  if (node.kind === 'repeat') return node.max === unbounded || (node.max > 0 && canBeOneRepeat(node.item))
  if (node.kind === 'any') return node.options.some(canBeOneRepeat)
  if (node.kind !== 'all') return false
  return node.items.some(
    (item, i) => canBeOneRepeat(item) && node.items.every((other, j) => i === j || canBeEmpty(other)),
  )
}

function canBeEmpty(node: Node): boolean {
  if (node.kind === 'set') return false
  if (node.kind === 'all') return node.items.every(canBeEmpty)
  if (node.kind === 'any') return node.options.some(canBeEmpty)
  return node.kind !== 'repeat' || node.min === 0 || canBeEmpty(node.item)
}

const hasUnboundedRepeat = (node: Node): boolean => {
  if (node.kind === 'repeat') return node.max === unbounded || hasUnboundedRepeat(node.item)
  if (node.kind === 'any') return node.options.some(hasUnboundedRepeat)
  return node.kind === 'all' && node.items.some(hasUnboundedRepeat)
}

/** True for characters and `.*` in a row: such a pattern needs no more states than it has characters. */
const isPlain = (node: Node): boolean =>
  node.kind === 'all' &&
  node.items.every(
    (item) =>
      item.kind === 'end' ||
      (item.kind === 'set' && item.set.key[0] === '=') ||
      (item.kind === 'repeat' &&
        item.max === unbounded &&
        item.item.kind === 'set' &&
        item.item.set === anySet),
  )

/** Builds all states of one pattern's automaton: too many would be built while matching, character by character. */
function checkStates(node: Node): void {
  const { ops, starts } = compile([{ node }])
  const { kindCount, accepts } = createClasses(ops)
  const first = closure(ops, starts)
  const seen = new Set([first.join()])
  const open = [first]
  for (let places = open.pop(); places; places = open.pop()) {
    for (let kind = 0; kind < kindCount; kind++) {
      const next = closure(
        ops,
        stepFrom(ops, places, (set) => accepts(kind, set)),
      )
      const key = next.join()
      if (seen.has(key)) continue
      if (seen.size >= maxPatternStates) {
        throw new PatternError(`the pattern needs more than ${maxPatternStates} states; make it simpler`)
      }
      seen.add(key)
      open.push(next)
    }
  }
}

/** Places reached by reading one character that `accepts` tells the sets of. */
function stepFrom(
  ops: readonly Op[],
  places: readonly number[],
  accepts: (set: CharSet) => boolean,
): number[] {
  const reached: number[] = []
  for (const place of places) {
    const op = ops[place]!
    if ('set' in op && accepts(op.set)) reached.push(op.next)
  }
  return reached
}

function stepsOf(node: Node): number {
  if (node.kind === 'all') return node.items.reduce((sum, item) => sum + stepsOf(item), 0)
  if (node.kind === 'any') return node.options.reduce((sum, option) => sum + stepsOf(option) + 1, 0)
  if (node.kind !== 'repeat') return 1
  return stepsOf(node.item) * (node.max === unbounded ? node.min + 1 : Math.max(node.max, 1)) + 1
}

/** Finds the pattern of a list that a text begins with. */
export interface Matcher {
  /** Index of a pattern that matches at the start of the text, or -1. Linear in the text. */
  match(text: string): number
}

/** Instruction of the automaton: read one of a set, go on in two places, or be done. */
type Op =
  | { set: CharSet; next: number }
  | { split: readonly number[] }
  | { done: number; when: 'now' | 'end' | 'last' }

/** One state of the lazily built automaton; `next` by character class. */
interface State {
  places: number[]
  next: (State | undefined)[]
  /** Pattern that matched on reaching this state, or -1. */
  done: number
  /** Pattern that matches if the text ends here (or before a last newline: `end`), or -1. */
  doneAtEnd: number
  doneAtLast: number
  dead: boolean
  /** True if code points above U+007F must be told apart here. */
  fine: boolean
}

/** Most states kept; beyond, the cache begins anew, which costs time but no memory. */
const maxStates = 4096
/** Most characters whose class is remembered. */
const maxKnownCharacters = 4096

/** One matcher for a list of patterns. */
export function createMatcher(patterns: readonly Pattern[]): Matcher {
  const program = compile(patterns)
  const classes = createClasses(program.ops)
  let states = new Map<string, State>()

  const stateOf = (seeds: readonly number[]): State => {
    const places = closure(program.ops, seeds)
    const key = places.join()
    const known = states.get(key)
    if (known) return known
    if (states.size >= maxStates) states = new Map()
    const state = describeState(program.ops, places)
    states.set(key, state)
    return state
  }

  const advance = (state: State, kind: number): State => {
    const next = stateOf(stepFrom(program.ops, state.places, (set) => classes.accepts(kind, set)))
    state.next[kind] = next
    return next
  }

  const start = stateOf(program.starts)
  return {
    match(text) {
      let state = start
      const length = text.length
      for (let i = 0; i < length; i++) {
        if (state.done >= 0) return state.done
        if (state.dead) return -1
        const code = text.charCodeAt(i)
        if (code === 10 && i === length - 1 && state.doneAtEnd >= 0) return state.doneAtEnd
        let kind: number
        if (code < 128) kind = classes.ascii[code]!
        else {
          const point = text.codePointAt(i)!
          if (point > 0xffff) i++
          kind = state.fine ? classes.of(point) : classes.beyond
        }
        state = state.next[kind] ?? advance(state, kind)
      }
      if (state.done >= 0) return state.done
      return state.doneAtEnd >= 0 ? state.doneAtEnd : state.doneAtLast
    },
  }
}

function compile(patterns: readonly Pattern[]): { ops: Op[]; starts: number[] } {
  const ops: Op[] = []
  const add = (op: Op) => ops.push(op) - 1
  const build = (node: Node, next: number, index: number): number => {
    switch (node.kind) {
      case 'set':
        return add({ set: node.set, next })
      case 'all':
        return node.items.reduceRight((after, item) => build(item, after, index), next)
      case 'any':
        return add({ split: node.options.map((option) => build(option, next, index)) })
      case 'start':
        return next
      case 'end':
      case 'last':
        return add({ done: index, when: node.kind })
      case 'repeat':
        return buildRepeat(node, next, index)
    }
  }
  const buildRepeat = (node: Node & { kind: 'repeat' }, next: number, index: number): number => {
    let after = next
    if (node.max === unbounded) {
      const loop = add({ split: [] })
      ops[loop] = { split: [build(node.item, loop, index), next] }
      after = loop
    } else {
      for (let i = node.min; i < node.max; i++) {
        after = add({ split: [build(node.item, after, index), next] })
      }
    }
    for (let i = 0; i < node.min; i++) after = build(node.item, after, index)
    return after
  }
  const starts = patterns.map((pattern, index) =>
    build(pattern.node, add({ done: index, when: 'now' }), index),
  )
  return { ops, starts }
}

/** All places reachable without reading, in order, each once. */
function closure(ops: readonly Op[], seeds: readonly number[]): number[] {
  const seen = new Set<number>()
  const stack = [...seeds]
  while (stack.length > 0) {
    const place = stack.pop()!
    if (seen.has(place)) continue
    seen.add(place)
    const op = ops[place]!
    if ('split' in op) stack.push(...op.split)
  }
  return [...seen].filter((place) => !('split' in ops[place]!)).sort((a, b) => a - b)
}

function describeState(ops: readonly Op[], places: number[]): State {
  const lowest = (when: 'now' | 'end' | 'last') => {
    let found = -1
    for (const place of places) {
      const op = ops[place]!
      if ('done' in op && op.when === when && (found < 0 || op.done < found)) found = op.done
    }
    return found
  }
  return {
    places,
    next: [],
    done: lowest('now'),
    doneAtEnd: lowest('end'),
    doneAtLast: lowest('last'),
    dead: places.length === 0,
    fine: places.some((place) => {
      const op = ops[place]!
      return 'set' in op && op.set.beyond === 'some'
    }),
  }
}

/** Characters that no set of the program tells apart are of one class. */
function createClasses(ops: readonly Op[]) {
  const sets = [
    ...new Map(ops.flatMap((op) => ('set' in op ? [[op.set.key, op.set] as const] : []))).values(),
  ]
  const fineSets = sets.filter((set) => set.beyond === 'some')
  const kinds = new Map<string, number>()
  const members: Set<string>[] = []
  const kindOf = (holding: readonly CharSet[]): number => {
    const keys = holding.map((set) => set.key)
    const id = keys.join('\n')
    let kind = kinds.get(id)
    if (kind === undefined) {
      kind = members.push(new Set(keys)) - 1
      kinds.set(id, kind)
    }
    return kind
  }
  const whole = sets.filter((set) => set.beyond === 'all')
  const known = new Map<number, number>()
  const ascii = Uint16Array.from({ length: 128 }, (_, code) => kindOf(sets.filter((set) => set.has(code))))
  return {
    ascii,
    /** Class of all code points above U+007F where none of them are told apart. */
    beyond: kindOf(whole),
    /** Classes found so far: those of ASCII, and one for what is beyond. */
    kindCount: members.length,
    accepts: (kind: number, set: CharSet) => members[kind]!.has(set.key),
    of(code: number): number {
      let kind = known.get(code)
      if (kind === undefined) {
        kind = kindOf([...whole, ...fineSets.filter((set) => set.has(code))])
        if (known.size < maxKnownCharacters) known.set(code, kind)
      }
      return kind
    },
  }
}

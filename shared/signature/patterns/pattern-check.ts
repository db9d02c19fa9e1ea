// What a pattern must not be: what a match from the start cannot mean, what explodes, what is too large.
import { closure, compile, createClasses, type Node, stepFrom, unbounded } from './automaton.ts'
import { anySet } from './char-set.ts'

/** A pattern that cannot be used; the message says why. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

/** Most automaton steps one pattern may unfold to; `{n,m}` repeats count n to m times. */
const maxPatternSteps = 5000
/** Most states that the automaton of one pattern with an unbounded repeat may need. */
const maxPatternStates = 500

/** Throws PatternError if a pattern cannot be used. */
export function checkPattern(node: Node): void {
  checkAnchors(node, true)
  checkRepeats(node)
  if (stepsOf(node) > maxPatternSteps) {
    throw new PatternError(`the pattern unfolds to more than ${maxPatternSteps} steps; use smaller counts`)
  }
  if (hasUnboundedRepeat(node) && !isPlain(node)) checkStates(node)
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

function stepsOf(node: Node): number {
  if (node.kind === 'all') return node.items.reduce((sum, item) => sum + stepsOf(item), 0)
  if (node.kind === 'any') return node.options.reduce((sum, option) => sum + stepsOf(option) + 1, 0)
  if (node.kind !== 'repeat') return 1
  return stepsOf(node.item) * (node.max === unbounded ? node.min + 1 : Math.max(node.max, 1)) + 1
}

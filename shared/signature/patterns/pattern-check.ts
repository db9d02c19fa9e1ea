// Rejects patterns that cannot match from the start, have exponential cost, or are too large.
import { closure, compile, createClasses, type Node, stepFrom, unbounded } from './automaton.ts'
import { anySet } from './char-set.ts'

/** An invalid pattern; the message explains why. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

/** Maximum automaton steps of one pattern; `{n,m}` repeats count n to m times. */
const maxPatternSteps = 5000
/** Maximum states of the automaton of one pattern with an unbounded repeat. */
const maxPatternStates = 500

/** Throws PatternError for an invalid pattern. */
export function checkPattern(node: Node): void {
  checkAnchors(node, true)
  checkRepeats(node)
  if (stepsOf(node) > maxPatternSteps) {
    throw new PatternError(`the pattern expands to more than ${maxPatternSteps} steps; use smaller counts`)
  }
  if (hasUnboundedRepeat(node) && !isPlain(node)) checkStates(node)
}

/** Anchors are only allowed where they affect a match at the start: `$` at the end, `^` at the start. */
function checkAnchors(node: Node, isLast: boolean, isFirst = true): void {
  if (node.kind === 'end' || node.kind === 'last') {
    if (!isLast) throw new PatternError('an end anchor must be last')
  } else if (node.kind === 'start') {
    if (!isFirst) throw new PatternError('a start anchor must be first')
  } else if (node.kind === 'repeat') checkAnchors(node.item, false, false)
  else if (node.kind === 'any') for (const option of node.options) checkAnchors(option, isLast, isFirst)
  else if (node.kind === 'all') {
    for (const [i, item] of node.items.entries()) {
      checkAnchors(item, isLast && i === node.items.length - 1, isFirst && i === 0)
    }
  }
}

/** Rejects an unbounded repeat whose body can be just another unbounded repeat, such as `(a+)+`. */
function checkRepeats(node: Node): void {
  if (node.kind === 'any') for (const option of node.options) checkRepeats(option)
  if (node.kind === 'all') for (const item of node.items) checkRepeats(item)
  if (node.kind !== 'repeat') return
  checkRepeats(node.item)
  if (node.max === unbounded && canBeOneRepeat(node.item)) {
    throw new PatternError('a repeat inside a repeat, such as (a+)+, has exponential cost; write one repeat')
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

/** True for a sequence of characters and `.*`: such a pattern needs no more states than it has characters. */
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

/** Builds all states of one pattern's automaton: too many would also be built while matching. */
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
        throw new PatternError(`the pattern needs more than ${maxPatternStates} states; simplify it`)
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

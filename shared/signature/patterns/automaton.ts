// Patterns as a nondeterministic automaton (Thompson's construction).
import type { CharSet } from './char-set.ts'

/** The elements of a pattern. `end` also matches before a final newline, `last` only at the very end. */
export type Node =
  | { kind: 'set'; set: CharSet }
  | { kind: 'all'; items: Node[] }
  | { kind: 'any'; options: Node[] }
  | { kind: 'repeat'; item: Node; min: number; max: number }
  | { kind: 'end' | 'last' | 'start' }

/** A parsed and checked pattern. */
export interface Pattern {
  readonly node: Node
}

export const unbounded = Number.POSITIVE_INFINITY
/** Maximum number of characters with a cached class. */
const maxKnownCharacters = 4096

/** Instruction of the automaton: read a character of a set, branch, or accept. */
export type Op =
  | { set: CharSet; next: number }
  | { split: readonly number[] }
  | { done: number; when: 'now' | 'end' | 'last' }

/** The instructions of all patterns, and where each starts. */
export function compile(patterns: readonly Pattern[]): { ops: Op[]; starts: number[] } {
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

/** All positions reachable without reading, in order, unique. */
export function closure(ops: readonly Op[], seeds: readonly number[]): number[] {
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

/** Positions reached by reading one character; `accepts` tests it against a set. */
export function stepFrom(
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

/** Groups characters into classes that no set of the program distinguishes. */
export function createClasses(ops: readonly Op[]) {
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
    /** Class of all code points above U+007F when no set distinguishes them. */
    beyond: kindOf(whole),
    /** Classes found so far: those of ASCII, and one for all others. */
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

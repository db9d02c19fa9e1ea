// Matches texts against a list of patterns in linear time, with a lazily built deterministic automaton.
import { closure, compile, createClasses, type Op, type Pattern, stepFrom } from './automaton.ts'

/** Finds the pattern of a list that matches the start of a text. */
export interface Matcher {
  /** Index of a pattern that matches at the start of the text, or -1. Linear in the text. */
  match(text: string): number
}

/** One state of the automaton; `next` by character class. */
interface State {
  places: number[]
  next: (State | undefined)[]
  /** Pattern that matched on reaching this state, or -1. */
  done: number
  /** Pattern that matches if the text ends here (or before a final newline: `end`), or -1. */
  doneAtEnd: number
  doneAtLast: number
  dead: boolean
  /** True if code points above U+007F must be distinguished here. */
  fine: boolean
}

/** Maximum number of cached states; beyond it the cache is cleared, which costs time but no memory. */
const maxStates = 4096

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
    if (states.size >= maxStates) {
      states = new Map()
      start.next = [] // All other states are reachable only through their predecessors.
    }
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

// STACK CFI: rules in a small postfix language that compute the caller's registers.
import { rowCovering, type SymbolPage, stringOf } from '../symbols/symdex/symbol-page.ts'
import { literal, operate, type Value, wordOfValue } from './postfix.ts'
import type { Word } from './word.ts'

/** The callee's state that rules read. */
export interface CfiScope {
  readonly wordSize: 4 | 8
  /** A register of the callee by name, without `$`; null when unknown. */
  register(name: string): Word | null
  /** A word of the stack; null outside it. */
  read(address: Word): Word | null
}

/** `registers` has every register with a rule; null means that its rule failed and the value is unknown. */
export interface CfiResult {
  cfa: Word
  returnAddress: Word
  registers: Map<string, Word | null>
}

type Token = Value | string
/** Rules by register, including `.cfa` and `.ra`; null for malformed text. */
export type CfiRules = ReadonlyMap<string, readonly Token[]> | null

/** Parses `REG: EXPR REG: EXPR …`. The first token must be a register, and each register needs an expression. */
export function parseCfiRules(text: string): CfiRules {
  const rules = new Map<string, Token[]>()
  let tokens: Token[] | null = null
  for (const token of text.split(/[ \t\n\f\r]+/)) {
    if (token === '') continue
    if (token.endsWith(':')) {
      if (tokens?.length === 0) return null
      tokens = []
      rules.set(token.slice(token.startsWith('$') ? 1 : 0, -1), tokens)
    } else if (!tokens) return null
    else tokens.push(literal(token) ?? token)
  }
  return tokens?.length ? rules : null
}

/** Parsed rules by page and row: the same few hundred serve a whole module. */
const parsed = new WeakMap<SymbolPage, Map<number, CfiRules>>()

function rulesOf(page: SymbolPage, row: number): CfiRules {
  const known = parsed.get(page) ?? new Map<number, CfiRules>()
  if (known.size === 0) parsed.set(page, known)
  let rules = known.get(row)
  if (rules === undefined) {
    rules = parseCfiRules(stringOf(page, page.tables.rules, row) ?? '')
    known.set(row, rules)
  }
  return rules
}

/** The row of `cfi` that covers an address relative to the module, or -1. */
export const cfiRowAt = (page: SymbolPage, address: number) => rowCovering(page.tables.cfi, address)

/**
 * The rules at an address covered by row `row` of `cfi`; later rules override earlier ones. Null when any is
 * malformed.
 */
export function cfiRulesAt(page: SymbolPage, row: number, address: number): CfiRules {
  const { cfi, deltas } = page.tables
  const initial = rulesOf(page, cfi.rule[row]!)
  let merged: Map<string, readonly Token[]> | null = null
  for (let i = cfi.deltaStart[row]!; i < cfi.deltaEnd[row]! && deltas.address[i]! <= address; i++) {
    const rules = rulesOf(page, deltas.rule[i]!)
    if (!rules || !initial) return null
    merged ??= new Map(initial)
    for (const [register, tokens] of rules) merged.set(register, tokens)
  }
  return merged ?? initial
}

/** True for the rules of an entry point, such as `_start` or `clone`: the return address is undefined. */
export function isEndOfStack(rules: CfiRules): boolean {
  const tokens = rules?.get('.ra')
  return tokens?.length === 1 && tokens[0] === '.undef'
}

/** The caller's registers according to the rules; null without a valid `.cfa` and `.ra`. */
export function evaluateCfi(rules: CfiRules, scope: CfiScope): CfiResult | null {
  const cfaRule = rules?.get('.cfa')
  const raRule = rules?.get('.ra')
  if (!rules || !cfaRule || !raRule) return null
  const cfa = evaluate(cfaRule, scope, null)
  if (cfa === null) return null
  const returnAddress = evaluate(raRule, scope, cfa)
  if (returnAddress === null) return null
  const registers = new Map<string, Word | null>()
  for (const [register, tokens] of rules) {
    if (register !== '.cfa' && register !== '.ra') registers.set(register, evaluate(tokens, scope, cfa))
  }
  return { cfa, returnAddress, registers }
}

function evaluate(tokens: readonly Token[], scope: CfiScope, cfa: Word | null): Word | null {
  const stack: Value[] = []
  for (const token of tokens) {
    const value = typeof token === 'string' ? apply(token, stack, scope, cfa) : token
    if (value === null) return null
    stack.push(value)
  }
  return stack.length === 1 ? wordOfValue(stack[0]!, scope.wordSize) : null
}

/** The result of a token that is not a number; pops its operands. Null when it fails. */
function apply(token: string, stack: Value[], scope: CfiScope, cfa: Word | null): Value | null {
  switch (token) {
    case '.cfa':
      return cfa
    case '.undef':
      return null
    case '^': {
      const address = stack.pop()
      return address === undefined ? null : scope.read(wordOfValue(address, scope.wordSize))
    }
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '@': {
      const b = stack.pop()
      const a = stack.pop()
      return a === undefined || b === undefined ? null : operate(token, a, b, scope.wordSize)
    }
    default:
      return scope.register(token.slice(token.indexOf('$') + 1))
  }
}

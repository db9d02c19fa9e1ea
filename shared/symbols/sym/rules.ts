// Unwind rules of a symbol file, each distinct one stored once: they repeat many thousand times.
import { addRow, type SymbolTables } from '../symdex/columns.ts'
import type { Scan } from './scan.ts'

/** An open-addressed hash table over the rows of `rules`. */
export interface RuleSet {
  /** Row + 1 by hash, 0 where free; the length is a power of two, at most half is used. */
  slots: Int32Array
  /** Hash of each row. */
  hashes: Int32Array
}

const fewRules = 1024

export const createRuleSet = (): RuleSet => ({
  slots: new Int32Array(fewRules * 2),
  hashes: new Int32Array(fewRules),
})

/** The hash of a text is computed byte by byte from 0. */
export const hashStep = (hash: number, byte: number) => (Math.imul(hash, 31) + byte) | 0

/** The row of `rules` with the text from `start` to `end` (exclusive), added when it is missing. */
export function ruleRow(
  p: Scan & { tables: SymbolTables; ruleSet: RuleSet },
  start: number,
  end: number,
  hash: number,
): number {
  const { rules } = p.tables
  const { slots, hashes } = p.ruleSet
  const mask = slots.length - 1
  let slot = spread(hash) & mask
  for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
    const row = slots[slot]! - 1
    if (hashes[row] !== hash || rules.textLength[row] !== end - start) continue
    if (isSameText(p.bytes, rules.text[row]!, start, end)) return row
  }
  const row = addRow(rules, 'text')
  rules.text[row] = start
  rules.textLength[row] = end - start
  slots[slot] = row + 1
  hashes[row] = hash
  if (rules.length === hashes.length) p.ruleSet = twiceAsLarge(p.ruleSet, rules.length)
  return row
}

const spread = (hash: number) => hash ^ (hash >>> 15)

function isSameText(bytes: Uint8Array, known: number, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[known + i - start] !== bytes[i]) return false
  return true
}

function twiceAsLarge(old: RuleSet, rows: number): RuleSet {
  const slots = new Int32Array(old.slots.length * 2)
  const hashes = new Int32Array(old.hashes.length * 2)
  hashes.set(old.hashes)
  const mask = slots.length - 1
  for (let row = 0; row < rows; row++) {
    let slot = spread(hashes[row]!) & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = row + 1
  }
  return { slots, hashes }
}

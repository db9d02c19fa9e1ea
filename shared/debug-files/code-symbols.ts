// Functions that only a symbol table knows.
import { demangle } from '../demangle/demangle.ts'
import { countBefore } from './lists/search.ts'
import type { FunctionRecord, ModuleSymbols } from './module-symbols.ts'
import { orderOfFunctions } from './sym-text.ts'

/** `size` is 0 when the table does not tell. Addresses are relative to the base. */
export interface CodeSymbol {
  address: number
  size: number
  name: string
}

/** What compilers add to the names of parts and copies of functions. */
const cloneSuffix = /(\.(cold|part|constprop|isra|llvm|lto_priv|localalias|str)(\.\d+)*)+$/

const readable = (name: string) => demangle(name)?.text ?? name.replace(cloneSuffix, '')

/** The symbols of a table by their addresses. */
export class SymbolIndex {
  private readonly symbols: readonly CodeSymbol[]
  private byAddress: Map<number, CodeSymbol[]> | null = null

  /** `symbols` are sorted by address. */
  constructor(symbols: readonly CodeSymbol[]) {
    this.symbols = symbols
  }

  /** The name of the first mangled symbol at an address, as people write it; null without one. */
  nameAt(address: number): string | null {
    this.byAddress ??= Map.groupBy(this.symbols, (symbol) => symbol.address)
    for (const { name } of this.byAddress.get(address) ?? []) {
      const text = demangle(name)?.text
      if (text !== undefined) return text
    }
    return null
  }

  /** Functions with a size that start at `start` or after, and before `end`: one for each address. */
  *functionsBetween(start: number, end: number): Generator<FunctionRecord> {
    const { symbols } = this
    let last = -1
    for (let i = countBefore(symbols.length, (at) => symbols[at]!.address < start); i < symbols.length; i++) {
      const { address, size, name } = symbols[i]!
      if (address >= end) return
      if (size === 0 || address === last) continue
      last = address
      yield { start: address, size: Math.min(size, end - address), name: readable(name) }
    }
  }
}

/** Adds symbols outside known functions: as functions where they have a size, else as public symbols. */
export function addCodeSymbols(module: ModuleSymbols, symbols: readonly CodeSymbol[]): void {
  const order = orderOfFunctions(module)
  const { functions } = module
  let next = 0
  let covered = 0
  let last = -1
  for (const { address, size, name } of symbols) {
    while (next < order.length && functions.get(order[next]!, 0) <= address) {
      covered = Math.max(covered, functions.get(order[next]!, 0) + functions.get(order[next]!, 1))
      next++
    }
    if (address < covered || address === last || address < 0 || address >= 2 ** 32) continue
    last = address
    const following = next < order.length ? functions.get(order[next]!, 0) : Infinity
    if (size > 0)
      module.addFunction({ start: address, size: Math.min(size, following - address), name: readable(name) })
    else module.publics.push({ address, name: readable(name) })
  }
}

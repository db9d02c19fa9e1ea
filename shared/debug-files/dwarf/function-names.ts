// Names of functions: from the entry itself, its declaration or its origin, in any unit.
import { LRUCache } from 'lru-cache'
import { demangle } from '../../demangle/demangle.ts'
import { countBefore } from '../lists/search.ts'
import type { Dwarf } from './dwarf.ts'
import { supplementStart, type Unit } from './unit.ts'
import {
  NamedEntries,
  type NamedEntry,
  readUnitEntries,
  type Scope,
  type TextRef,
  type UnitEntries,
} from './unit-entries.ts'
import { readUnits } from './unit-reader.ts'

/** References from one entry to another, and scopes around one, are not followed further. */
const maxSteps = 32
/** Functions of other units of which the names are kept. */
const maxEntries = 50_000
const maxNames = 20_000
/** Linkage names of which the readable form is kept: units that include a header have the same ones. */
const maxDemangled = 20_000

interface Place {
  unit: Unit
  entry: NamedEntry
  dwarf: Dwarf
}

export class FunctionNames {
  private readonly dwarf: Dwarf
  private readonly units: readonly Unit[]
  private readonly entries = new LRUCache<Unit, UnitEntries>({
    maxSize: maxEntries,
    sizeCalculation: ({ names }) => Math.min(maxEntries, names.size + 1),
  })
  private readonly names = new Map<number, string | null>()
  /** By linkage name; undefined for one that is not mangled. */
  private readonly demangled = new Map<string, string | undefined>()
  private readonly supplementUnits: readonly Unit[]

  /** `units`: all, in order. */
  constructor(dwarf: Dwarf, units: readonly Unit[]) {
    this.dwarf = dwarf
    this.units = units
    this.supplementUnits = dwarf.supplement ? readUnits(dwarf.supplement).units : []
  }

  /** Uses the names of a unit that was read, instead of reading it again. */
  remember(entries: UnitEntries): void {
    this.entries.set(entries.unit, entries)
  }

  /**
   * The qualified name of the function at an offset of `.debug_info`: its linkage name, demangled, or else its name in
   * its scopes. Null when it has none, or when it is in a file that is not available.
   */
  nameAt(offset: number | null): string | null {
    if (offset === null) return null
    let name = this.names.get(offset)
    if (name === undefined) {
      name = this.read(offset)
      if (this.names.size >= maxNames) this.names.clear()
      this.names.set(offset, name)
    }
    return name
  }

  private read(offset: number): string | null {
    const chain = this.chainFrom(offset)
    for (const place of chain) {
      const linkage = textOf(place, place.entry.linkageName)
      const name = linkage === null ? undefined : this.readable(linkage)
      if (name !== undefined) return name
    }
    for (const place of chain) {
      const name = textOf(place, place.entry.name)
      if (name !== null) return qualified(place, name)
    }
    for (const place of chain) {
      const linkage = textOf(place, place.entry.linkageName)
      if (linkage !== null) return linkage
    }
    return null
  }

  private readable(linkage: string): string | undefined {
    const known = this.demangled.get(linkage)
    if (known !== undefined || this.demangled.has(linkage)) return known
    const text = demangle(linkage)?.text
    if (this.demangled.size >= maxDemangled) this.demangled.clear()
    this.demangled.set(linkage, text)
    return text
  }

  private chainFrom(offset: number): Place[] {
    const chain: Place[] = []
    const seen = new Set<number>()
    for (let at: number | null = offset; at !== null && !seen.has(at) && seen.size < maxSteps; ) {
      seen.add(at)
      const place = this.find(at)
      if (!place) break
      chain.push(place)
      const { origin } = place.entry
      // Offsets in a supplement are its own.
      at = origin !== null && place.dwarf !== this.dwarf ? supplementStart + origin : origin
    }
    return chain
  }

  private find(offset: number): Place | null {
    const isOutside = offset >= supplementStart
    const dwarf = isOutside ? this.dwarf.supplement : this.dwarf
    const at = isOutside ? offset - supplementStart : offset
    const unit = unitAt(isOutside ? this.supplementUnits : this.units, at)
    if (!unit || !dwarf) return null
    const entries = this.entries.get(unit) ?? this.load(dwarf, unit)
    const entry = entries.names.get(at)
    return entry ? { unit, entry, dwarf } : null
  }

  private load(dwarf: Dwarf, unit: Unit): UnitEntries {
    let entries: UnitEntries
    dwarf.spend(unit.end - unit.offset)
    try {
      entries = readUnitEntries(dwarf, unit, { withCode: false })
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      entries = { unit, names: new NamedEntries(), functions: [] }
    }
    this.remember(entries)
    return entries
  }
}

function textOf({ dwarf, unit }: Place, ref: TextRef | null): string | null {
  const text = ref && dwarf.text(unit, ref.form, ref.value)
  return text === '' ? null : text
}

function qualified(place: Place, name: string): string {
  const separator = separatorOf(place.unit.language)
  const parts = [name]
  let steps = 0
  let outer: Scope | null = separator ? place.entry.scope : null
  for (; outer && steps < maxSteps; outer = outer.parent, steps++) {
    const part = textOf(place, outer.name)
    if (part !== null) parts.unshift(part)
    else if (outer.isNamespace) parts.unshift('(anonymous namespace)')
  }
  return parts.join(separator)
}

/**
 * Languages (DWARF 5 §7.12) whose names have scopes: C++, Rust, D, Swift and others; not C, assembler, Go, Fortran. The
 * partial units of dwz state none.
 */
function separatorOf(language: number): string {
  if ([0, 0x04, 0x1a, 0x21, 0x2b, 0x3a, 0x11, 0x10].includes(language)) return '::'
  if (language === 0x1c) return '::'
  return [0x13, 0x1e, 0x0b, 0x27].includes(language) ? '.' : ''
}

/** The unit that holds an offset. */
function unitAt(units: readonly Unit[], offset: number): Unit | null {
  const low = countBefore(units.length, (middle) => units[middle]!.offset <= offset)
  const unit = units[low - 1]
  return unit && offset < unit.end ? unit : null
}

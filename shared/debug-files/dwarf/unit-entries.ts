// Walks the entries of a unit and keeps what symbol files need: functions with their inlined calls, and names.
import { countBefore } from '../lists/search.ts'
import type { Dwarf } from './dwarf.ts'
import { type Entry, tag } from './entry.ts'
import { rangesOf } from './ranges.ts'
import { referenceTarget, type Unit } from './unit.ts'
import { readUnitEntry, UnitReader } from './unit-reader.ts'

/** A text by form and value, decoded when it is needed. */
export interface TextRef {
  form: number
  value: number
}

/** A namespace or type around an entry. */
export interface Scope {
  parent: Scope | null
  name: TextRef | null
  isNamespace: boolean
}

/** What gives a function its name: its own attributes, or those of the entry that it refers to. */
export interface NamedEntry {
  scope: Scope | null
  name: TextRef | null
  linkageName: TextRef | null
  /** Offset in `.debug_info` of the declaration, or of the function that this is a copy of. */
  origin: number | null
}

export interface InlinedCall {
  depth: number
  origin: number | null
  ranges: readonly number[]
  callLine: number
  callFile: number
}

export interface CompiledFunction {
  offset: number
  ranges: readonly number[]
  inlines: InlinedCall[]
}

/** Functions by offset, in columns: headers declare thousands in each unit, of which few are looked up. */
export class NamedEntries {
  /** Per function: offset, form and value of the name, of the linkage name, and origin; -1 for none. */
  private readonly numbers: number[] = []
  private readonly scopes: (Scope | null)[] = []

  get size(): number {
    return this.scopes.length
  }

  /** Functions are added in the order of their offsets. */
  add(entry: Entry, scope: Scope | null, origin: number | null): void {
    this.numbers.push(entry.offset, entry.form('name'), entry.value('name'))
    this.numbers.push(entry.form('linkageName'), entry.value('linkageName'), origin ?? -1)
    this.scopes.push(scope)
  }

  get(offset: number): NamedEntry | null {
    const { numbers, scopes } = this
    const index = countBefore(scopes.length, (i) => numbers[i * width]! < offset)
    const [at, nameForm, name, linkageForm, linkage, origin] = numbers.slice(
      index * width,
      (index + 1) * width,
    )
    if (at !== offset) return null
    return {
      scope: scopes[index]!,
      name: nameForm === 0 ? null : { form: nameForm!, value: name! },
      linkageName: linkageForm === 0 ? null : { form: linkageForm!, value: linkage! },
      origin: origin === -1 ? null : origin!,
    }
  }
}

const width = 6

export interface UnitEntries {
  unit: Unit
  names: NamedEntries
  functions: CompiledFunction[]
}

/** Entries nested deeper are not read. */
const maxDepth = 1000
const scopeTags = new Set<number>([
  tag.namespace,
  tag.classType,
  tag.structureType,
  tag.unionType,
  tag.enumerationType,
  tag.module,
  tag.interfaceType,
])

/** Where the walk is: what the children of the current entry belong to. */
interface Place {
  scope: Scope | null
  function: CompiledFunction | null
  /** Depth of the next inlined call. */
  depth: number
}

/**
 * Reads a unit, also the attributes of its first entry into `unit`. Inlined calls and ranges are read only with
 * `withCode`.
 * @throws RangeError when the unit is damaged
 */
export function readUnitEntries(dwarf: Dwarf, unit: Unit, { withCode }: { withCode: boolean }): UnitEntries {
  const reader = new UnitReader(dwarf, unit)
  const walk = new UnitWalk(dwarf, unit, withCode)
  const stack: Place[] = []
  let place: Place = { scope: null, function: null, depth: 0 }
  while (reader.cursor.at < reader.cursor.end) {
    if (!reader.next()) {
      const outer = stack.pop()
      if (!outer) break
      place = outer
      continue
    }
    const inner = stack.length === 0 ? walk.first(reader.entry) : walk.visit(reader.entry, place)
    if (!reader.entry.hasChildren) {
      if (stack.length === 0) break
      continue
    }
    if (stack.push(place) > maxDepth) throw new RangeError('entries are nested too deeply')
    place = inner
  }
  return walk.entries
}

class UnitWalk {
  readonly entries: UnitEntries
  private readonly dwarf: Dwarf
  private readonly withCode: boolean

  constructor(dwarf: Dwarf, unit: Unit, withCode: boolean) {
    this.dwarf = dwarf
    this.withCode = withCode
    this.entries = { unit, names: new NamedEntries(), functions: [] }
  }

  first(entry: Entry): Place {
    readUnitEntry(this.dwarf, this.entries.unit, entry)
    return { scope: null, function: null, depth: 0 }
  }

  /** Returns where the children are. */
  visit(entry: Entry, place: Place): Place {
    if (scopeTags.has(entry.tag)) return { ...place, scope: this.scopeOf(entry, place) }
    if (entry.tag === tag.subprogram) return this.subprogram(entry, place)
    if (entry.tag === tag.inlinedSubroutine) return this.inlined(entry, place)
    return place
  }

  private scopeOf(entry: Entry, { scope }: Place): Scope {
    return { parent: scope, name: textRef(entry, 'name'), isNamespace: entry.tag === tag.namespace }
  }

  private subprogram(entry: Entry, { scope }: Place): Place {
    this.entries.names.add(entry, scope, this.reference(entry))
    const ranges = this.withCode ? rangesOf(this.dwarf, this.entries.unit, entry) : []
    const compiled = ranges.length > 0 ? { offset: entry.offset, ranges, inlines: [] } : null
    if (compiled) this.entries.functions.push(compiled)
    if (!entry.hasChildren) return { scope, function: compiled, depth: 0 }
    return {
      scope: { parent: scope, name: textRef(entry, 'name'), isNamespace: false },
      function: compiled,
      depth: 0,
    }
  }

  private inlined(entry: Entry, place: Place): Place {
    const { function: outer, depth } = place
    const ranges = outer ? rangesOf(this.dwarf, this.entries.unit, entry) : []
    if (!outer || ranges.length === 0) return place
    outer.inlines.push({
      depth,
      origin: this.reference(entry),
      ranges,
      callLine: entry.has('callLine') ? entry.value('callLine') : 0,
      callFile: entry.has('callFile') ? entry.value('callFile') : 0,
    })
    return { ...place, depth: depth + 1 }
  }

  private reference(entry: Entry): number | null {
    for (const field of ['abstractOrigin', 'specification'] as const) {
      if (entry.has(field)) return referenceTarget(this.entries.unit, entry.form(field), entry.value(field))
    }
    return null
  }
}

const textRef = (entry: Entry, field: 'name' | 'linkageName'): TextRef | null =>
  entry.has(field) ? { form: entry.form(field), value: entry.value(field) } : null

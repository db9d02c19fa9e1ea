// Which unloaded modules were at an address: any number may have been, one after the other.
import type { UnloadedModule } from '../minidump/modules.ts'
import { distance, type Word, wordOf } from '../unwind/word.ts'

/** An unloaded module that was at an address, and how far into it that is: once for each place it had. */
export interface UnloadedHit {
  module: string
  /** Ascending, each once. */
  offsets: Word[]
}

/** Tells what was at an address, sorted by name. */
export type UnloadedLookup = (address: Word) => UnloadedHit[]

interface Place {
  name: string
  base: Word
  /** First address after it. */
  end: Word
  /** The highest end in the part of the tree that it is the root of. */
  reach: Word
}

/**
 * Sorts the modules once, for a dump may have thousands of them and as many frames. The middle of a sorted part is the
 * root of a tree over it, so that a lookup passes by what ends before the address and what begins after it.
 */
export function createUnloadedLookup(modules: readonly UnloadedModule[]): UnloadedLookup {
  const places = modules
    .map(({ base, size, codeFile }): Place => {
      const end = wordOf(base + BigInt(size))
      return { name: codeFile, base: wordOf(base), end, reach: end }
    })
    .sort((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : 0))
  setReach(places, 0, places.length)
  return (address) => {
    const found = new Map<string, Set<Word>>()
    visit(places, 0, places.length, address, ({ name, base }) => {
      const offsets = found.get(name) ?? new Set()
      found.set(name, offsets.add(distance(address, base)!))
    })
    const names = [...found.keys()].sort()
    return names.map((module) => ({
      module,
      offsets: [...found.get(module)!].sort((a, b) => (a < b ? -1 : 1)),
    }))
  }
}

/** @returns the highest end of the places from `from` to before `to`; 0 when there are none */
function setReach(places: readonly Place[], from: number, to: number): Word {
  if (from === to) return 0
  const middle = (from + to) >>> 1
  const root = places[middle]!
  for (const reach of [setReach(places, from, middle), setReach(places, middle + 1, to)])
    if (reach > root.reach) root.reach = reach
  return root.reach
}

function visit(
  places: readonly Place[],
  from: number,
  to: number,
  address: Word,
  hit: (place: Place) => void,
): void {
  if (from === to) return
  const middle = (from + to) >>> 1
  const root = places[middle]!
  if (address >= root.reach) return
  visit(places, from, middle, address, hit)
  if (address < root.base) return
  if (address < root.end) hit(root)
  visit(places, middle + 1, to, address, hit)
}

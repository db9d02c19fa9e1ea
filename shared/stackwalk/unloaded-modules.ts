// Which unloaded modules were at an address: any number may have been, one after the other.
import type { UnloadedModule } from '../minidump/modules.ts'
import { distance, type Word, wordOf } from '../unwind/word.ts'

/** An unloaded module that was at an address, and how far into it that is: once for each place it had. */
export interface UnloadedHit {
  module: string
  /** Ascending, each once. */
  offsets: Word[]
}

/**
 * Windows keeps no more of them (https://learn.microsoft.com/windows/win32/devnotes/rtlgetunloadeventtrace), so only a
 * dump made to be large has more at one address.
 */
const maxPlaces = 64

/** Tells what was at an address, sorted by name: the 64 places that begin lowest, when there are more. */
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
    let left = maxPlaces
    visit(places, 0, places.length, address, ({ name, base }) => {
      const offsets = found.get(name) ?? new Set()
      found.set(name, offsets.add(distance(address, base)!))
      return --left > 0
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

/** Calls `hit` with each place that holds the address, until it says no. @returns what it said last, or true */
function visit(
  places: readonly Place[],
  from: number,
  to: number,
  address: Word,
  hit: (place: Place) => boolean,
): boolean {
  if (from === to) return true
  const middle = (from + to) >>> 1
  const root = places[middle]!
  if (address >= root.reach) return true
  if (!visit(places, from, middle, address, hit)) return false
  if (address < root.base) return true
  if (address < root.end && !hit(root)) return false
  return visit(places, middle + 1, to, address, hit)
}

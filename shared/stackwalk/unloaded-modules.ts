// Finds unloaded modules by address. Several may have occupied the same address, one after another.
import { ascending } from '../text/ascending.ts'
import { baseName } from '../text/base-name.ts'
import type { UnloadedModule } from '../minidump/modules.ts'
import { distance, type Word, wordOf } from '../unwind/word.ts'

/** An unloaded module at an address, with the offset into it for each range it occupied. */
export interface UnloadedHit {
  module: string
  /** Ascending, unique. */
  offsets: Word[]
}

/**
 * Windows records at most 64 unload events
 * (https://learn.microsoft.com/windows/win32/devnotes/rtlgetunloadeventtrace), so only a crafted dump has more at one
 * address.
 */
const maxRanges = 64

/** Returns what was at an address, sorted by name; when there are more than 64 ranges, those that start lowest. */
export type UnloadedLookup = (address: Word) => UnloadedHit[]

interface UnloadedRange {
  name: string
  base: Word
  /** Exclusive. */
  end: Word
  /** The highest end in this subtree. */
  reach: Word
}

/**
 * Sorts the modules once: a dump may have thousands of them and of frames. The middle of a sorted slice is the root
 * of a tree over it, so a lookup skips everything that ends before the address or starts after it.
 */
export function createUnloadedLookup(modules: readonly UnloadedModule[]): UnloadedLookup {
  const ranges = modules
    .map(({ base, size, codeFile }): UnloadedRange => {
      const end = wordOf(base + BigInt(size))
      return { name: baseName(codeFile), base: wordOf(base), end, reach: end }
    })
    .sort((a, b) => ascending(a.base, b.base))
  setReach(ranges, 0, ranges.length)
  return (address) => {
    const found = new Map<string, Set<Word>>()
    let left = maxRanges
    for (const { name, base } of rangesAt(address, ranges)) {
      const offsets = found.get(name) ?? new Set()
      found.set(name, offsets.add(distance(address, base)!))
      if (--left === 0) break
    }
    const names = [...found.keys()].sort()
    return names.map((module) => ({
      module,
      offsets: [...found.get(module)!].sort(ascending),
    }))
  }
}

/** @returns the highest end of the ranges from `from` (inclusive) to `to` (exclusive); 0 when there are none */
function setReach(ranges: readonly UnloadedRange[], from: number, to: number): Word {
  if (from === to) return 0
  const middle = (from + to) >>> 1
  const root = ranges[middle]!
  for (const reach of [setReach(ranges, from, middle), setReach(ranges, middle + 1, to)])
    if (reach > root.reach) root.reach = reach
  return root.reach
}

/** The ranges from `from` to before `to` that contain the address, the lowest start first. */
function* rangesAt(
  address: Word,
  ranges: readonly UnloadedRange[],
  from = 0,
  to = ranges.length,
): Generator<UnloadedRange> {
  if (from === to) return
  const middle = (from + to) >>> 1
  const root = ranges[middle]!
  if (address >= root.reach) return
  yield* rangesAt(address, ranges, from, middle)
  if (address < root.base) return
  if (address < root.end) yield root
  yield* rangesAt(address, ranges, middle + 1, to)
}

// Records of call frame information inside others.
import type { CfiRecord } from '../module-symbols.ts'

/**
 * The records without overlaps: where one begins inside another, its own rules apply. In the order of addresses; those
 * that begin at one address keep the first.
 */
export function withoutOverlaps(records: readonly CfiRecord[]): CfiRecord[] {
  const result: CfiRecord[] = []
  /** Records that reach beyond the current address, the innermost last. */
  const open: { record: CfiRecord; from: number }[] = []
  const closeUntil = (address: number) => {
    for (let outer = open.at(-1); outer; outer = open.at(-1)) {
      const end = outer.record.start + outer.record.size
      add(result, outer.record, { from: outer.from, to: Math.min(end, address) })
      outer.from = Math.max(outer.from, Math.min(end, address))
      if (end > address) return
      open.pop()
      const next = open.at(-1)
      if (next) next.from = Math.max(next.from, end)
    }
  }
  for (const record of records.toSorted((a, b) => a.start - b.start || b.size - a.size)) {
    closeUntil(record.start)
    open.push({ record, from: record.start })
  }
  closeUntil(Infinity)
  return result
}

function add(result: CfiRecord[], record: CfiRecord, { from, to }: { from: number; to: number }): void {
  if (to <= from) return
  if (from === record.start && to === from + record.size) {
    result.push(record)
    return
  }
  const rules = new Map(record.initial)
  for (const change of record.changes)
    if (change.address <= from) for (const [name, rule] of change.rules) rules.set(name, rule)
  const changes = record.changes.filter(({ address }) => address > from && address < to)
  result.push({ start: from, size: to - from, initial: [...rules], changes })
}

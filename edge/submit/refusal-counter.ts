// Counts refused reports in memory and writes the sums periodically, instead of one object per refusal.
import { refusalsKey } from '../../shared/keys.ts'
import {
  countOf,
  encodeRefusalCounts,
  type RefusalCount,
  type RefusalKind,
} from '../../shared/refusal-counts.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { describeError, type Log } from '../lib/log.ts'

export interface RefusalCounter {
  count(kind: RefusalKind, at: Date): void
  /** Writes the counts since the last flush; counts that cannot be written stay for the next. */
  flush(): Promise<void>
}

export interface RefusalCounterTools {
  storage: Storage
  log: Log
  /** Called on the first count after each flush attempt; must schedule the next `flush`. */
  schedule(flush: () => Promise<void>): void
  /** A name that no other writer uses. */
  uniqueName(): string
}

const maxKinds = 2000

export function createRefusalCounter(tools: RefusalCounterTools): RefusalCounter {
  let counts = new Map<string, RefusalCount>()
  let scheduled = false
  const add = (count: RefusalCount) => {
    const { count: number, ...kind } = count
    const key = JSON.stringify(kind)
    const known = counts.get(key)
    if (known) known.count += number
    else counts.set(key, count)
  }
  const flush = async () => {
    const taken = counts
    counts = new Map()
    scheduled = false
    for (const [date, batch] of byDate([...taken.values()])) {
      try {
        await tools.storage.put(refusalsKey(date, tools.uniqueName()), encodeRefusalCounts(batch), {
          contentType: 'application/jsonl',
          ifNoneMatch: '*',
        })
      } catch (error) {
        tools.log('error', 'refusals_not_written', { kinds: batch.length, error: describeError(error) })
        for (const count of batch) add(count)
      }
    }
  }
  return {
    count(kind, at) {
      if (!scheduled) tools.schedule(flush)
      scheduled = true
      const full = counts.size >= maxKinds
      add(countOf(full ? { ...otherKind, rule: kind.rule } : kind, at, 1))
    },
    flush,
  }
}

/** With too many kinds in one interval, which only invalid reports cause, products are no longer distinguished. */
const otherKind = { product: 'other', version: '', channel: '', platform: '', processType: '' }

function byDate(counts: readonly RefusalCount[]): Map<string, RefusalCount[]> {
  return Map.groupBy(counts, ({ hour }) => hour.slice(0, 10))
}

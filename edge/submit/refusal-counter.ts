// Counts refused reports in memory and writes the sums periodically, instead of one object per refusal.
import { refusalsKey } from '../../shared/keys.ts'
import { countOf, type RefusalCount, type RefusalKind } from '../../shared/refusal-counts.ts'
import { type BatchTools, createFlusher, writeBatches } from '../lib/batch-writer.ts'

export interface RefusalCounter {
  count(kind: RefusalKind, at: Date): void
  /** Writes the counts since the last flush; counts that cannot be written stay for the next. */
  flush(): Promise<void>
}

const maxKinds = 2000

export function createRefusalCounter(tools: BatchTools): RefusalCounter {
  let counts = new Map<string, RefusalCount>()
  const add = (count: RefusalCount) => {
    const { count: number, ...kind } = count
    const key = JSON.stringify(kind)
    const known = counts.get(key)
    if (known) known.count += number
    else counts.set(key, count)
  }
  const flusher = createFlusher(tools.schedule, async () => {
    const taken = [...counts.values()]
    counts = new Map()
    for (const count of await writeBatches(taken, { ...tools, ...batches })) add(count)
  })
  return {
    count(kind, at) {
      flusher.changed()
      const full = counts.size >= maxKinds
      add(countOf(full ? { ...otherKind, rule: kind.rule } : kind, at, 1))
    },
    flush: flusher.flush,
  }
}

const batches = {
  keyOf: refusalsKey,
  dateOf: ({ hour }: RefusalCount) => hour.slice(0, 10),
  failure: 'refusals_not_written',
}

/** With too many kinds in one interval, which only invalid reports cause, products are no longer distinguished. */
const otherKind = { product: 'other', version: '', channel: '', platform: '', processType: '' }

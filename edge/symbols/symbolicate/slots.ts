// Limits how many jobs run at a time across requests. On Workers a job may end without notice, with its request: after
// some time its slot is free again.
import type { Millis } from '../../../shared/units.ts'
import type { EdgeDeps } from '../../deps.ts'

export interface Slots {
  /** Waits for a slot; null when none is free in time. `release` may be called later than the slot is reused. */
  take(waitMs: Millis): Promise<{ waited: boolean; release(): void } | null>
}

interface SlotOptions {
  slots: number
  /** A job that takes longer than this has ended without notice. */
  staleMs: Millis
  tools: Pick<EdgeDeps, 'clock' | 'sleep'>
}

const lookEveryMs: Millis = 50

export function createSlots({ slots, staleMs, tools }: SlotOptions): Slots {
  const jobs = new Map<object, Millis>()
  const isFree = () => {
    for (const [job, startedAt] of jobs) if (tools.clock() - startedAt > staleMs) jobs.delete(job)
    return jobs.size < slots
  }
  return {
    async take(waitMs) {
      const end = tools.clock() + waitMs
      let waited = false
      while (!isFree()) {
        if (tools.clock() >= end) return null
        waited = true
        await tools.sleep(lookEveryMs)
      }
      const job = {}
      jobs.set(job, tools.clock())
      return { waited, release: () => void jobs.delete(job) }
    },
  }
}

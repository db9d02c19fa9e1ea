// The limits of one submission while it is in flight: memory, time, and turns of the processor.
import type { EdgeDeps } from '../deps.ts'
import { type Deadline, startDeadline } from '../lib/deadline.ts'
import type { MemoryReservation } from '../lib/memory-budget.ts'
import { TimedOut } from './body.ts'

export interface InFlight {
  share: MemoryReservation
  deadline: Deadline
}

/**
 * Runs the work of one submission and frees its memory when it ends, even if it never does: then with TimedOut after
 * `SUBMIT_TIMEOUT_MS`.
 * @throws Overloaded when too many submissions are in flight; TimedOut; errors of the work
 */
export async function whileInFlight<T>(deps: EdgeDeps, work: (bounds: InFlight) => Promise<T>): Promise<T> {
  const share = deps.budget.open()
  const late = () => new TimedOut('deadline')
  const deadline = startDeadline(deps.config.submitTimeoutMs, deps.startTimer, late)
  try {
    return await deadline.over(work({ share, deadline }))
  } finally {
    deadline.end()
    share.release()
  }
}

// The bounds of one submission while it is in flight: its memory, its time, and its turns of the processor.
import type { EdgeDeps } from '../deps.ts'
import { type Deadline, startDeadline } from '../lib/deadline.ts'
import type { MemoryReservation } from '../lib/memory-budget.ts'
import { TimedOut } from './body.ts'

export interface InFlight {
  share: MemoryReservation
  deadline: Deadline
}

/**
 * Does the work of one submission, and frees what it holds when it ends, also when it never does: then with TimedOut after
 * `SUBMIT_TIMEOUT_MS`.
 * @throws Overloaded when too many submissions are in flight; TimedOut; what the work throws
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

// The limits of one submission while it is in flight: memory, time, and turns of the processor.
import type { EdgeDeps } from '../deps.ts'
import { type Deadline, startDeadline } from '../lib/deadline.ts'
import type { MemoryReservation } from '../lib/memory-budget.ts'
import type { Turn } from '../lib/turns.ts'
import type { Pace } from '../../shared/codecs/body-decoder.ts'
import { type Body, TimedOut } from './body.ts'

export interface InFlight {
  share: MemoryReservation
  deadline: Deadline
  turn: Turn
  /** To be called between slices of long work: waits for the turn of the request, and ends late work. */
  pace: Pace
}

/** Bytes of work per turn of a request. */
const bytesPerTurn = 1024 * 1024

function createPace(deadline: Deadline, turn: Turn): Pace {
  let worked = 0
  return (bytes) => {
    if (deadline.passed) throw new TimedOut('deadline')
    worked += bytes
    if (worked < bytesPerTurn) return undefined
    worked = 0
    return turn.next()
  }
}

/** Lets the limits of a submission end its body. Disposing ends that and releases the body. */
export function limitBody(body: Body, { share, deadline }: Pick<InFlight, 'share' | 'deadline'>): Disposable {
  share.setClient({
    get lagMs() {
      return body.lagMs
    },
    evict: (reason) => void body.abandon(reason),
  })
  deadline.onPass(() => body.abandon(new TimedOut('deadline')))
  return {
    [Symbol.dispose]() {
      share.setClient(null)
      deadline.onPass(null)
      body.release()
    },
  }
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
  const turn = deps.turns.join()
  try {
    return await deadline.over(work({ share, deadline, turn, pace: createPace(deadline, turn) }))
  } finally {
    deadline.end()
    turn.rest()
    share.release()
  }
}

// The timers of the edge; tests replace them to control time.
import type { Millis } from '../../shared/units.ts'

/** Calls `act` once after `ms`. Returns a function that cancels it. */
export type StartTimer = (ms: Millis, act: () => void) => () => void

export const startTimer: StartTimer = (ms, act) => {
  const timer = setTimeout(act, ms)
  return () => clearTimeout(timer)
}

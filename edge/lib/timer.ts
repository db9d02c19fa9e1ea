// Timers as the edge starts them, so that tests can let time pass.
import type { Millis } from '../../shared/units.ts'

/** Calls `act` once after `ms`. Returns a function that cancels it. */
export type StartTimer = (ms: Millis, act: () => void) => () => void

export const startTimer: StartTimer = (ms, act) => {
  const timer = setTimeout(act, ms)
  return () => clearTimeout(timer)
}

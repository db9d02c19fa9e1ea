// The time limit of one request: it ends pending waits, and work that does not check it.
import type { Millis } from '../../shared/units.ts'
import type { StartTimer } from './timer.ts'

export interface Deadline {
  readonly passed: boolean
  /**
   * Calls `act` when the deadline passes. `act` returns true when the work then ends by itself. The latest call
   * replaces earlier ones; null removes it.
   */
  onPass(act: (() => boolean) | null): void
  /**
   * The result of the work; rejects with the error of the deadline when that passes and the work does not end by
   * itself.
   */
  over<T>(work: Promise<T>): Promise<T>
  /** Cancels the deadline. */
  end(): void
}

/** Starts a deadline `ms` from now. `lateError` creates the error for late work. */
export function startDeadline(ms: Millis, startTimer: StartTimer, lateError: () => Error): Deadline {
  let passed = false
  let act: (() => boolean) | null = null
  const late = Promise.withResolvers<never>()
  late.promise.catch(() => {})
  const cancel = startTimer(ms, () => {
    passed = true
    if (!act?.()) late.reject(lateError())
  })
  return {
    get passed() {
      return passed
    },
    onPass(next) {
      act = next
    },
    over: (work) => Promise.race([work, late.promise]),
    end: cancel,
  }
}

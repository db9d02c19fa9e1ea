// The time limit of one request: it ends whatever is waited for, and work that does not look.
import type { Millis } from '../../shared/units.ts'
import type { StartTimer } from './timer.ts'

export interface Deadline {
  readonly passed: boolean
  /**
   * Calls `act` when the deadline passes. `act` returns true when that makes the work end by itself. The latest call
   * counts; null takes it back.
   */
  onPass(act: (() => boolean) | null): void
  /** The result of the work; rejects with the error of the deadline when that passes and the work does not end by itself. */
  over<T>(work: Promise<T>): Promise<T>
  /** Cancels the deadline. */
  end(): void
}

/** Starts a deadline of `ms` from now. `lateError` makes the error for work that is late. */
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

// Retries with growing pauses: for stores, symbol servers, clients, and writes that lose a race.
import type { Millis } from './units.ts'

export interface RetryOptions {
  /** Maximum number of attempts, at least 1. */
  attempts: number
  /** Before the second attempt. Each later pause is twice as long as the previous one. */
  firstPause: Millis
  longestPause: Millis
  /** For all attempts and pauses together: a pause that would exceed it is not started. */
  timeout: Millis
  /** Whether another attempt may succeed after this error. */
  isTransient(error: unknown): boolean
  /** The shortest pause that the server requests. */
  pauseAfter(error: unknown): Millis
  /** Called before each attempt after the first, with the previous error. */
  onRetry(error: unknown): void
  /** Monotonic. */
  clock(): Millis
  sleep(ms: Millis): Promise<void>
  /** In [0, 1): each pause is randomized between half of its length and all of it. */
  random(): number
}

const defaults: RetryOptions = {
  attempts: 4,
  firstPause: 100,
  longestPause: 30_000,
  timeout: Number.POSITIVE_INFINITY,
  isTransient: () => true,
  pauseAfter: () => 0,
  onRetry: () => {},
  clock: () => performance.now(),
  sleep: (ms) => new Promise((resume) => setTimeout(resume, ms)),
  random: Math.random,
}

export interface Attempt {
  /** Counts from 1. */
  number: number
  /** The remaining timeout when the attempt starts. */
  remaining: Millis
}

/** The result of the first attempt that succeeds. Throws the error of the last one. */
export async function retry<T>(
  action: (attempt: Attempt) => Promise<T>,
  options: Partial<RetryOptions> = {},
): Promise<T> {
  const { attempts, isTransient, onRetry, clock, sleep, ...settings } = { ...defaults, ...options }
  const end = clock() + settings.timeout
  for (let number = 1; ; number++) {
    try {
      return await action({ number, remaining: end - clock() })
    } catch (error) {
      if (number >= attempts || !isTransient(error)) throw error
      const pause = pauseBefore(number, error, settings)
      if (clock() + pause >= end) throw error
      await sleep(pause)
      onRetry(error)
    }
  }
}

function pauseBefore(
  number: number,
  error: unknown,
  options: Pick<RetryOptions, 'firstPause' | 'longestPause' | 'pauseAfter' | 'random'>,
): Millis {
  const { firstPause, longestPause, pauseAfter, random } = options
  const pause = firstPause * 2 ** (number - 1) * (0.5 + random() / 2)
  return Math.min(longestPause, Math.max(pause, pauseAfter(error)))
}

// A time limit for promises.
import { CrashError } from '../../shared/errors.ts'
import type { Millis } from '../../shared/units.ts'

/** The promise's value, or CrashError('timeout') after `ms`. */
export async function within<T>(promise: Promise<T>, ms: Millis): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const fail = () => reject(new CrashError('timeout', `No response within ${Math.round(ms)} ms`))
    timer = setTimeout(fail, Math.max(0, ms))
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

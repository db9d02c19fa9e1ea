// The one retry policy of stores that are reached over a network.

export interface RetryOptions {
  /** Tries in all. */
  attempts: number
  /** The first pause is up to this long, each later one up to twice as long as the one before. */
  firstPauseMs: number
  sleep(ms: number): Promise<void>
  /** In [0, 1): where in its range a pause falls. */
  random(): number
}

const defaults: RetryOptions = {
  attempts: 4,
  firstPauseMs: 100,
  sleep: (ms) => new Promise((resume) => setTimeout(resume, ms)),
  random: Math.random,
}

/** Tries again while `isTransient` says of the error that another try may succeed; throws the last error. */
export async function retry<T>(
  action: () => Promise<T>,
  isTransient: (error: unknown) => boolean,
  options: Partial<RetryOptions> = {},
): Promise<T> {
  const { attempts, firstPauseMs, sleep, random } = { ...defaults, ...options }
  for (let attempt = 1; ; attempt++) {
    try {
      return await action()
    } catch (error) {
      if (attempt >= attempts || !isTransient(error)) throw error
      await sleep(random() * firstPauseMs * 2 ** (attempt - 1))
    }
  }
}

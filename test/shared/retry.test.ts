// Retries on a clock of their own: how many attempts, how long the pauses, and when they end.
import { describe, expect, test } from 'vitest'
import { type RetryOptions, retry } from '../../shared/retry.ts'

/** What happens when every attempt fails, or all before the one numbered `success`. */
async function events(options: Partial<RetryOptions>, success = Number.POSITIVE_INFINITY) {
  let now = 1000
  const log: string[] = []
  const result = await retry(
    async ({ number, remaining }) => {
      log.push(`attempt ${number} with ${remaining}`)
      now += 10
      if (number < success) throw new Error(`failure ${number}`)
      return 'done'
    },
    {
      clock: () => now,
      sleep: async (ms) => {
        log.push(`pause ${ms}`)
        now += ms
      },
      onRetry: (error) => log.push(`retry after ${(error as Error).message}`),
      random: () => 1,
      ...options,
    },
  ).catch((error: Error) => error.message)
  return [...log, result]
}

describe('an action that fails', () => {
  test('is tried four times, with pauses that double', async () => {
    expect(await events({})).toEqual([
      ...['attempt 1 with Infinity', 'pause 100', 'retry after failure 1'],
      ...['attempt 2 with Infinity', 'pause 200', 'retry after failure 2'],
      ...['attempt 3 with Infinity', 'pause 400', 'retry after failure 3'],
      ...['attempt 4 with Infinity', 'failure 4'],
    ])
  })

  test('is not tried again after a success', async () => {
    expect(await events({ timeout: 500 }, 2)).toEqual([
      ...['attempt 1 with 500', 'pause 100', 'retry after failure 1', 'attempt 2 with 390', 'done'],
    ])
  })

  test('is tried once when it may not succeed, or one attempt is allowed', async () => {
    const once = ['attempt 1 with Infinity', 'failure 1']
    expect(await events({ isTransient: () => false })).toEqual(once)
    expect(await events({ attempts: 1 })).toEqual(once)
  })

  test('is not tried at the end of the timeout', async () => {
    const once = ['attempt 1 with 110', 'failure 1']
    expect(await events({ timeout: 110, attempts: 2 })).toEqual(once)
    expect(await events({ timeout: 111, attempts: 2 })).toContain('attempt 2 with 1')
  })

  test.each<[string, Partial<RetryOptions>, string]>([
    ['half as long by chance', { random: () => 0 }, 'pause 50'],
    ['three quarters as long by chance', { random: () => 0.5 }, 'pause 75'],
    ['as long as the server requests', { pauseAfter: () => 700 }, 'pause 700'],
    ['no shorter than its own', { pauseAfter: () => 7 }, 'pause 100'],
    ['no longer than the longest', { pauseAfter: () => 700, longestPause: 300 }, 'pause 300'],
  ])('pauses %s', async (_, options, pause) => {
    expect((await events({ attempts: 2, ...options }))[1]).toBe(pause)
  })
})

// Public responses while the store is slow or fails. test/edge/runtime runs the same vectors in workerd and Deno.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { publicVectors } from '../../contract/public-answers.ts'
import { createTestEdge } from '../edge.support.ts'

afterEach(() => void vi.useRealTimers())

describe('in public', () => {
  for (const { name, run } of publicVectors) test(name, run)

  test('a store that does not respond is reported to all waiting clients after three seconds', async () => {
    vi.useFakeTimers()
    const edge = createTestEdge({}, (storage) => ({ ...storage, get: () => new Promise(() => {}) }))
    const heartbeat = () => edge.ask(new Request('https://crash.example/__heartbeat__'))
    const first = heartbeat()
    await vi.advanceTimersByTimeAsync(2000)
    const second = heartbeat()
    await vi.advanceTimersByTimeAsync(1000)
    for (const { status, text } of await Promise.all([first, second])) {
      expect([status, JSON.parse(text).errors]).toEqual([
        503,
        [{ name: 'store', msg: 'The store did not respond within 3000 ms' }],
      ])
    }
  })
})

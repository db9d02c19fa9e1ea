import { describe, expect, test } from 'vitest'
import { createBudget, Evicted, Overloaded, type SlowClient } from '../../../edge/lib/memory-budget.ts'

interface TestClient extends SlowClient {
  lagMs: number
  evicted: boolean
}

function client(lagMs: number): TestClient {
  return {
    lagMs,
    evicted: false,
    evict(reason) {
      expect(reason).toBeInstanceOf(Evicted)
      this.evicted = true
    },
  }
}

function replaceDelimiter(budget: ReturnType<typeof createBudget>, lagMs: number, bytes: number) {
  const reservation = budget.open()
  const one = client(lagMs)
  reservation.setClient(one)
  reservation.hold(bytes)
  return { reservation, client: one }
}

describe('a memory budget', () => {
  test('evicts the slowest clients for others, and only as many as needed', () => {
    const budget = createBudget(100)
    const lags = [1500, 9000, 999, 4000, 0]
    const others = lags.map((lag) => replaceDelimiter(budget, lag, 20))
    const asker = budget.open()
    asker.hold(30)
    expect(others.map((one) => one.client.evicted)).toEqual([false, true, false, true, false])
    expect([budget.heldBytes, budget.openCount]).toEqual([90, 4])
  })

  test('refuses the new request when no other client is slow, and frees its memory', () => {
    const budget = createBudget(100)
    const other = replaceDelimiter(budget, 999, 60)
    const asker = replaceDelimiter(budget, 50_000, 40)
    expect(() => asker.reservation.hold(41)).toThrow(Overloaded)
    expect([other.client.evicted, asker.client.evicted, budget.heldBytes]).toEqual([false, false, 60])
    expect(() => asker.reservation.hold(1)).toThrow(Overloaded)
    expect(budget.heldBytes).toBe(60)
  })

  test('frees memory once when an evicted request ends later', () => {
    const budget = createBudget(100)
    const slow = replaceDelimiter(budget, 2000, 90)
    const asker = budget.open()
    asker.hold(50)
    expect(slow.client.evicted).toBe(true)
    expect(() => slow.reservation.hold(10)).toThrow(Overloaded)
    slow.reservation.release()
    slow.reservation.setClient(client(5000))
    asker.hold(100)
    expect([budget.heldBytes, budget.openCount]).toEqual([100, 1])
    asker.release()
    asker.release()
    expect([budget.heldBytes, budget.openCount]).toEqual([0, 0])
  })

  test('does not evict a request that is not waiting for its client', () => {
    const budget = createBudget(100)
    const { reservation, client: one } = replaceDelimiter(budget, 5000, 60)
    reservation.setClient(null)
    expect(() => budget.open().hold(50)).toThrow(Overloaded)
    expect(one.evicted).toBe(false)
  })

  test('bounds the number of requests, too', () => {
    const budget = createBudget(1024 * 1024)
    const open = Array.from({ length: 32 }, (_, i) => replaceDelimiter(budget, i === 7 ? 1000 : 500, 0))
    const more = budget.open()
    expect(open.map((one) => one.client.evicted).indexOf(true)).toBe(7)
    expect(() => budget.open()).toThrow(Overloaded)
    more.release()
    budget.open()
    expect(budget.openCount).toBe(32)
  })
})

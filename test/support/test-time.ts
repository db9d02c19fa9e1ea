// Time that only a test advances, for code whose clock and timers are injected.
import type { StartTimer } from '../../edge/lib/timer.ts'

export interface TestTime {
  /** Milliseconds; each call adds one. */
  clock(): number
  startTimer: StartTimer
  /** Advances the time and runs the timers that are due, including those that they start. */
  advance(ms: number): Promise<void>
  /** Advances the time and returns immediately. */
  sleep(ms: number): Promise<void>
  /** Number of running timers. */
  readonly timers: number
}

export function createTestTime(): TestTime {
  const timers = new Set<{ at: number; act: () => void }>()
  let now = 0
  const settle = async () => {
    for (let i = 0; i < 5; i++) await new Promise((resume) => setImmediate(resume))
  }
  return {
    clock: () => now++,
    startTimer(ms, act) {
      const timer = { at: now + ms, act }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    async advance(ms) {
      const until = now + ms
      await settle()
      for (;;) {
        const [next] = [...timers].sort((a, b) => a.at - b.at)
        if (!next || next.at > until) break
        timers.delete(next)
        now = Math.max(now, next.at)
        next.act()
        await settle()
      }
      now = Math.max(now, until)
      await settle()
    },
    async sleep(ms) {
      now += ms
    },
    get timers() {
      return timers.size
    },
  }
}

// Time that passes only when a test says so, for everything that gets its clock and timers handed in.
import type { StartTimer } from '../../edge/lib/timer.ts'

export interface TestTime {
  /** Milliseconds; each call takes one. */
  clock(): number
  startTimer: StartTimer
  /** Lets time pass, with what is due in between, and everything that follows from it. */
  advance(ms: number): Promise<void>
  /** Passes at once. */
  sleep(ms: number): Promise<void>
  /** Timers that are running. */
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

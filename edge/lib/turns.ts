// Runs long work in slices, one per turn of the event loop across all requests, so that short requests are answered
// in between.
import type { Millis } from '../../shared/units.ts'
import type { StartTimer } from './timer.ts'

/** The turns of one request. */
export interface Turn {
  /** Waits for the next turn of this request; the request that waited longest comes first. */
  next(): Promise<void>
  /** Lets others continue, because this request waits for something else or has ended. Idempotent. */
  rest(): void
}

export interface Turns {
  join(): Turn
}

export interface TurnsTools {
  startTimer: StartTimer
  /** Fulfilled in the next turn of the event loop. */
  nextLoopTurn(): Promise<void>
}

/** A request that had the turn for this long has ended without notice, as some platforms do. */
const staleMs: Millis = 1000

export function createTurns({ startTimer, nextLoopTurn }: TurnsTools): Turns {
  const queue: { turn: object; wake(): void }[] = []
  let current: object | null = null
  const startNext = () => {
    const next = queue.shift()
    current = next?.turn ?? null
    next?.wake()
  }
  const leave = (turn: object) => {
    if (current === turn) startNext()
  }
  return {
    join() {
      const turn = {}
      return {
        async next() {
          let waits = true
          const woken = new Promise<void>((resolve) => {
            const wake = () => {
              waits = false
              resolve()
            }
            queue.push({ turn, wake })
          })
          await nextLoopTurn()
          if (current === turn || current === null) startNext()
          if (!waits) return
          const blocking = current
          const cancel = startTimer(staleMs, () => blocking && leave(blocking))
          await woken
          cancel()
        },
        rest() {
          if (current === turn) void nextLoopTurn().then(() => leave(turn))
        },
      }
    },
  }
}

/** Lets pending events run first: arriving data, timers, responses. */
export const nextLoopTurn = (): Promise<void> => new Promise((resume) => setImmediate(resume))

import { describe, expect, test } from 'vitest'
import { createTurns } from '../../../edge/lib/turns.ts'
import { createTestTime } from '../../support/test-time.ts'

/** An event loop that the test advances. */
function setUp() {
  const time = createTestTime()
  const waiting: (() => void)[] = []
  const turns = createTurns({
    startTimer: time.startTimer,
    nextLoopTurn: () => new Promise((resume) => void waiting.push(resume)),
  })
  const settle = () => new Promise((resume) => setImmediate(resume))
  const loop = async () => {
    for (const resume of waiting.splice(0)) resume()
    await settle()
  }
  /** A request that works in slices; each slice logs the name of the request. */
  const work = async (name: string, slices: number, log: string[]) => {
    const turn = turns.join()
    for (let i = 0; i < slices; i++) {
      await turn.next()
      log.push(name)
    }
    turn.rest()
  }
  const run = async (log: string[]) => {
    const perLoop: string[] = []
    while (waiting.length > 0) {
      const before = log.length
      await loop()
      perLoop.push(log.slice(before).join(''))
    }
    return perLoop
  }
  return { time, turns, work, run, loop, settle }
}

describe('turns', () => {
  test('let requests take turns, one slice per turn of the event loop', async () => {
    const { work, run, time } = setUp()
    const log: string[] = []
    const all = ['a', 'b', 'c'].map((name) => work(name, 3, log))
    const perLoop = await run(log)
    await Promise.all(all)
    expect(log.join('')).toBe('abcabcabc')
    expect(Math.max(...perLoop.map((slices) => slices.length))).toBe(1)
    expect(time.timers).toBe(0)
  })

  test('cost a single request one turn of the event loop each', async () => {
    const { work, run } = setUp()
    const log: string[] = []
    const done = work('a', 4, log)
    const perLoop = await run(log)
    await done
    expect(perLoop).toEqual(['a', 'a', 'a', 'a', ''])
  })

  test('move to the next request when one waits for something else', async () => {
    const { turns, loop, settle } = setUp()
    const [first, second] = [turns.join(), turns.join()]
    const taken = first.next()
    await loop()
    await taken
    let mine = false
    const next = second.next().then(() => {
      mine = true
    })
    await loop()
    await settle()
    expect(mine).toBe(false)
    first.rest()
    first.rest()
    await loop()
    await next
    second.rest()
  })

  test('move to the next request when one never ends its turn', async () => {
    const { turns, loop, time } = setUp()
    const gone = turns.join().next()
    await loop()
    await gone
    const next = turns.join().next()
    await loop()
    await time.advance(1000)
    await next
  })
})

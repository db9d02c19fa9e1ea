// What the symbol server remembers and limits: missing files, slots, reads.
import { describe, expect, test } from 'vitest'
import { createMissingFiles } from '../../../edge/symbols/missing-files.ts'
import { createReadBudget } from '../../../edge/symbols/symbolicate/read-budget.ts'
import { createSlots } from '../../../edge/symbols/symbolicate/slots.ts'

describe('files that were missing', () => {
  function setUp() {
    const state = { now: 1 }
    return { state, files: createMissingFiles(() => state.now) }
  }

  test('are remembered for ten seconds', () => {
    const { state, files } = setUp()
    expect(files.has('a')).toBe(false)
    files.begin('a')()
    expect([files.has('a'), files.has('b')]).toEqual([true, false])
    state.now += 10_000
    expect(files.has('a')).toBe(true)
    state.now += 1
    expect(files.has('a')).toBe(false)
  })

  test('are forgotten with an upload, and so is what a lookup found before', () => {
    const { files } = setUp()
    files.begin('a')()
    const early = files.begin('b')
    files.clear()
    early()
    expect([files.has('a'), files.has('b')]).toEqual([false, false])
    files.begin('b')()
    expect(files.has('b')).toBe(true)
  })

  test('are at most 10,000', () => {
    const { files } = setUp()
    for (let i = 0; i < 10_000; i++) files.begin(`${i}`)()
    expect(files.has('0')).toBe(true)
    files.begin('10000')()
    expect([...Array(2).keys()].filter((i) => !files.has(`${i}`))).toHaveLength(1)
  })
})

describe('slots', () => {
  function setUp(slots: number) {
    const state = { now: 0, slept: [] as number[], onSleep: () => {} }
    const sleep = async (ms: number) => {
      state.slept.push(ms)
      state.now += ms
      state.onSleep()
    }
    return { state, slots: createSlots({ slots, staleMs: 1000, tools: { clock: () => state.now, sleep } }) }
  }

  test('are given without waiting while there are some', async () => {
    const { state, slots } = setUp(2)
    const taken = [await slots.take(0), await slots.take(0)]
    expect(taken.map((slot) => slot?.waited)).toEqual([false, false])
    expect([await slots.take(0), state.slept]).toEqual([null, []])
    taken[0]!.release()
    taken[0]!.release()
    expect((await slots.take(0))?.waited).toBe(false)
    expect(await slots.take(0)).toBeNull()
  })

  test.each([
    [100, 2],
    [101, 3],
  ])('that are taken are waited for %d ms: %d looks', async (waitMs, looks) => {
    const { state, slots } = setUp(1)
    await slots.take(0)
    expect(await slots.take(waitMs)).toBeNull()
    expect(state.slept).toEqual(Array(looks).fill(50))
  })

  test('that become free are given to one that waits', async () => {
    const { state, slots } = setUp(1)
    const first = await slots.take(0)
    state.onSleep = () => first!.release()
    expect((await slots.take(100))?.waited).toBe(true)
    expect(state.slept).toEqual([50])
  })

  test('are free after the time of a job that did not end', async () => {
    const { state, slots } = setUp(1)
    await slots.take(0)
    state.now = 1000
    expect(await slots.take(0)).toBeNull()
    state.now = 1001
    expect(await slots.take(0)).not.toBeNull()
  })
})

describe('reads of a request', () => {
  test('are 5000, as long as they returned less than 128 MiB', async () => {
    const budget = createReadBudget(1000, () => 0)
    const limit = 128 * 1024 * 1024
    budget.took(limit - 1)
    for (let i = 0; i < 5000; i++) await budget.run(async () => {})
    await expect(budget.run(async () => {})).rejects.toMatchObject({
      code: 'limit',
      message: 'please request fewer modules: they need more than 5000 reads',
    })
    budget.took(1)
    await expect(budget.run(async () => {})).rejects.toMatchObject({
      code: 'limit',
      message: `please request fewer addresses: they need more than ${limit} bytes of symbols`,
    })
    expect([budget.bytes, budget.reads, budget.cachedRoots]).toEqual([limit, 5001, 0])
  })

  test('take time, which also those that fail use', async () => {
    let now = 500
    const budget = createReadBudget(1000, () => now)
    const read = async () => {
      now += 400
      if (now > 1000) throw new TypeError('down')
      return 'content'
    }
    expect(await budget.run(read)).toBe('content')
    expect([budget.seconds, budget.remaining()]).toEqual([0.4, 600])
    await expect(budget.run(read)).rejects.toThrow('down')
    expect([budget.seconds, budget.remaining()]).toEqual([0.8, 200])
    now += 300
    expect(budget.remaining()).toBe(0)
    await expect(budget.run(() => new Promise(() => {}))).rejects.toMatchObject({
      code: 'timeout',
      message: 'No response within 0 ms',
    })
  })
})

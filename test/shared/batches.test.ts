import { describe, expect, test } from 'vitest'
import { batchesOf, forEachConcurrent } from '../../shared/batches.ts'

test.each([
  [[], 2, []],
  [[1, 2, 3], 2, [[1, 2], [3]]],
  [[1, 2], 2, [[1, 2]]],
])('batchesOf(%j, %i)', (items, size, batches) => {
  expect([...batchesOf<number>(items, size)]).toEqual(batches)
})

describe('forEachConcurrent', () => {
  test('throws an error of the items themselves, also when others are requested at the same time', async () => {
    const failing = Promise.withResolvers<void>()
    async function* items() {
      yield 1
      await failing.promise
      throw new Error('no more items')
    }
    const work = async () => void setImmediate(failing.resolve)
    await expect(forEachConcurrent(items(), work, { concurrency: 16 })).rejects.toThrow('no more items')
  })

  test('works on at most the allowed number of items at a time', async () => {
    let running = 0
    let most = 0
    const work = async () => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
    }
    await forEachConcurrent(Array.from({ length: 20 }), work, { concurrency: 3 })
    expect(most).toBe(3)
  })

  test('starts nothing after an error, and throws it once all started items have ended', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const slow = Promise.withResolvers<void>()
    const work = async (item: number) => {
      begun.push(item)
      if (item === 1) {
        setImmediate(slow.resolve)
        throw new Error('first')
      }
      await slow.promise
      ended.push(item)
    }
    await expect(forEachConcurrent([0, 1, 2, 3, 4, 5], work, { concurrency: 2 })).rejects.toThrow('first')
    expect(ended).toEqual(begun.filter((item) => item !== 1))
    expect(begun.length).toBeLessThanOrEqual(3)
  })
})

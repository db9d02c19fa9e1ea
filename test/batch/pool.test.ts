import { afterEach, describe, expect, test } from 'vitest'
import {
  type BatchResult,
  createPool,
  type Job,
  type Pool,
  type PoolOptions,
} from '../../batch/processing/thread-pool.ts'

const job = (crashId: string): Job => ({
  crashId,
  ruleset: 'default',
  bytes: new Uint8Array([1, 2, 3]),
  duplicateOf: null,
  effort: 'full',
  failure: null,
})

let pool: Pool | null = null
const lost: string[] = []
function start(options: Partial<PoolOptions<null>> = {}): Pool {
  lost.length = 0
  pool = createPool({
    entry: new URL('./support/pool-worker.ts', import.meta.url),
    size: 2,
    timeLimit: 20_000,
    heapMb: 64,
    context: null,
    onLost: (crashId, why) => lost.push(`${crashId}: ${why}`),
    ...options,
  })
  return pool
}
afterEach(() => pool?.close())

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const told = (results: BatchResult[]) =>
  Object.fromEntries(results.flatMap((r) => r.documents.map((d) => [d.crashId, text(d.bytes)])))

describe('createPool', () => {
  test('runs many batches on few threads and answers each', async () => {
    const running = start()
    const batches = Array.from({ length: 20 }, (_, i) => running.run({ jobs: [job(`a${i}`), job(`b${i}`)] }))
    const results = (await Promise.all(batches)).flat()
    expect(Object.keys(told(results))).toHaveLength(40)
    expect(lost).toEqual([])
  })

  test.each([
    ['exit', 'thread exited'],
    ['throw', 'thread failed: RangeError'],
    ['huge', 'out of memory'],
  ])('a crash that ends its thread (%s) costs only itself', async (kind, why) => {
    const results = await start().run({ jobs: [job('good1'), job(kind), job('good2')] })
    expect(told(results)).toEqual({ good1: 'full null', good2: 'full null', [kind]: `no-dumps ${why}` })
    expect(lost).toEqual([`${kind}: ${why}`])
  })

  test('a crash without end loses its thread after the time limit', async () => {
    const results = await start({ timeLimit: 300 }).run({ jobs: [job('endless'), job('good')] })
    expect(told(results)).toEqual({ endless: 'no-dumps timeout after 0 s', good: 'full null' })
  })

  test('a crash that does harm even without its dumps keeps its id', async () => {
    const results = await start().run({ jobs: [job('exit-always')] })
    expect(told(results)).toEqual({ 'exit-always': 'id-only thread exited' })
    expect(lost).toHaveLength(2)
  })

  test('harm on all threads at once is survived', async () => {
    const running = start()
    const ids = ['exit1', 'throw1', 'exit2', 'good', 'throw2', 'exit3']
    const results = await Promise.all(ids.map((id) => running.run({ jobs: [job(id)] })))
    expect(Object.keys(told(results.flat())).sort()).toEqual([...ids].sort())
  })

  test('a worker may ask the main thread', async () => {
    const results = await start({ answer: async (question) => `${question} answered` }).run({
      jobs: [job('ask')],
    })
    expect(results[0]!.rows).toEqual({ answer: 'what answered' })
  })

  test('a worker that cannot start is told as such, not blamed on a crash', async () => {
    const running = start({ entry: new URL('./support/no-such-worker.ts', import.meta.url) })
    await expect(running.run({ jobs: [job('good')] })).rejects.toThrow('did not start')
  })
})

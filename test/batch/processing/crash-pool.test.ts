import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type CrashPool,
  type CrashPoolOptions,
  createCrashPool,
} from '../../../batch/processing/crash-pool.ts'
import type { BatchResult, Job, ProcessorContext } from '../../../batch/processing/jobs.ts'

const job = (crashId: string): Job => ({
  crashId,
  mode: 'process',
  bytes: new Uint8Array([1, 2, 3]),
  duplicateOf: null,
  effort: 'full',
  failure: null,
})

let pool: CrashPool | null = null
const lost: string[] = []
function start(options: Partial<CrashPoolOptions> = {}): CrashPool {
  lost.length = 0
  pool = createCrashPool({
    entry: new URL('../support/pool-worker.ts', import.meta.url),
    size: 2,
    timeLimit: 20_000,
    heapMb: 64,
    context: {} as ProcessorContext,
    onLost: (crashId, why) => lost.push(`${crashId}: ${why}`),
    ...options,
  })
  return pool
}
afterEach(() => pool?.[Symbol.asyncDispose]())

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const textsById = (results: BatchResult[]) =>
  Object.fromEntries(results.flatMap((r) => r.documents.map((d) => [d.crashId, text(d.bytes)])))

describe('createCrashPool', () => {
  test('runs many batches on few threads and returns every result', async () => {
    const running = start()
    const batches = Array.from({ length: 20 }, (_, i) => running.run([job(`a${i}`), job(`b${i}`)]))
    const results = (await Promise.all(batches)).flat()
    expect(Object.keys(textsById(results))).toHaveLength(40)
    expect(lost).toEqual([])
  })

  test.each([
    ['exit', 'thread exited'],
    ['throw', 'thread failed: RangeError'],
    ['huge', 'out of memory'],
  ])('a crash that ends its thread (%s) does not affect others', async (kind, why) => {
    const results = await start().run([job('good1'), job(kind), job('good2')])
    expect(textsById(results)).toEqual({ good1: 'full null', good2: 'full null', [kind]: `no-dumps ${why}` })
    expect(lost).toEqual([`${kind}: ${why}`])
  })

  test('a crash that does not end loses its thread after the time limit', async () => {
    const results = await start({ timeLimit: 300 }).run([job('endless'), job('good')])
    expect(textsById(results)).toEqual({ endless: 'no-dumps timeout after 0 s', good: 'full null' })
  })

  test('a crash that kills its thread even without its dumps keeps its ID', async () => {
    const results = await start().run([job('exit-always')])
    expect(textsById(results)).toEqual({ 'exit-always': 'id-only thread exited' })
    expect(lost).toHaveLength(2)
  })

  test('survives the simultaneous loss of all threads', async () => {
    const running = start()
    const ids = ['exit1', 'throw1', 'exit2', 'good', 'throw2', 'exit3']
    const results = await Promise.all(ids.map((id) => running.run([job(id)])))
    expect(Object.keys(textsById(results.flat())).sort()).toEqual([...ids].sort())
  })

  test('a worker can send questions to the main thread', async () => {
    const results = await start({ answer: async (question) => `${question} answered` }).run([job('ask')])
    expect(new TextDecoder().decode(results[0]!.rows.answer!.bytes)).toBe('what answered')
  })

  test('never has more threads than its size, regardless of losses', async () => {
    const alive = new Set<Worker>()
    let most = 0
    const count = (message: unknown) => {
      const { worker } = message as { worker: Worker }
      most = Math.max(most, alive.add(worker).size)
      worker.on('exit', () => alive.delete(worker))
    }
    subscribe('worker_threads', count)
    try {
      const running = start()
      const ids = Array.from({ length: 60 }, (_, i) => `${['good', 'exit', 'throw'][i % 3]}${i}`)
      await Promise.all(ids.map((id) => running.run([job(id)])))
    } finally {
      unsubscribe('worker_threads', count)
    }
    expect(lost).toHaveLength(40)
    expect(most).toBe(2)
  })

  test('a thread that ends while it is idle is replaced, and costs no crash', async () => {
    const started: Worker[] = []
    const note = (message: unknown) => void started.push((message as { worker: Worker }).worker)
    subscribe('worker_threads', note)
    try {
      const running = start({ size: 1 })
      await running.run([job('good')])
      await started[0]!.terminate()
      expect(textsById(await running.run([job('again')]))).toEqual({ again: 'full null' })
    } finally {
      unsubscribe('worker_threads', note)
    }
    expect([started.length, lost]).toEqual([2, []])
  })

  test('a run that waits for a thread ends when the pool is closed', async () => {
    const running = start({ size: 1 })
    const first = running.run([job('endless')]).catch(() => {})
    const second = running.run([job('good')])
    await Promise.all([expect(second).rejects.toThrow('The pool was closed'), running[Symbol.asyncDispose]()])
    await first
    await expect(running.run([job('good')])).rejects.toThrow('The pool is closed')
  })

  test('a worker that does not start is reported as such, not attributed to a crash', async () => {
    const running = start({ entry: new URL('../support/no-such-worker.ts', import.meta.url) })
    await expect(running.run([job('good')])).rejects.toThrow('did not start')
  })
})

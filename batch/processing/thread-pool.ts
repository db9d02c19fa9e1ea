// A bounded pool of worker threads that survives what it runs: time limit per crash, dead threads replaced.
import { Worker } from 'node:worker_threads'
import type { Millis } from '../../shared/units.ts'
import type { Regrouped } from './regroup.ts'
import type { Ruleset } from './rules/rulesets.ts'

/** How much of a crash is attempted; each step leaves out what may have done the harm. */
export type Effort = 'full' | 'no-dumps' | 'id-only'

/** One crash for a worker. `failure` says what went wrong at the step before. */
export interface Job {
  crashId: string
  ruleset: Ruleset
  /** The stored report; for `signature-only` the processed crash as stored. */
  bytes: Uint8Array
  duplicateOf: string | null
  /** Only tell what `signature-only` would change: an answer in `regrouped`, no document and no rows. */
  preview?: true
  effort: Effort
  failure: string | null
}

/** What the main thread sends: `control` counts the crashes begun, so that a dead thread tells where it died. */
export interface JobBatch {
  jobs: Job[]
}

/** What a worker answers: a document per job, in order, and the rows of all of them as Arrow IPC streams. */
export interface BatchResult {
  documents: { crashId: string; product: string; bytes: Uint8Array }[]
  rows: Record<string, Uint8Array>
  /** Answers to jobs that asked for a preview. */
  regrouped?: Regrouped[]
  /** Why symbols could not be had, and for how many crashes. */
  symbolFailures?: Record<string, number>
  /** Milliseconds spent, by stage and by rule, summed over the crashes. */
  timings: Record<string, Millis>
  ruleTimings: Record<string, Millis>
}

/** What a worker is started with. */
export interface WorkerStart<Context> {
  /** One Int32: how many crashes of the batch at hand were begun. */
  control: SharedArrayBuffer
  context: Context
}

export interface PoolOptions<Context> {
  /** The module each thread runs. */
  entry: URL
  size: number
  /** A crash that takes longer loses its thread. */
  timeLimit: Millis
  /** A thread whose heap is found larger than so many MiB is lost. Garbage counts. */
  heapMb: number
  context: Context
  /** Answers what a worker asks for (symbol files). */
  answer?: (question: unknown) => Promise<unknown>
  /** Told whenever a thread was lost: which crash it worked on and why. */
  onLost?: (crashId: string, why: string) => void
}

/** What a thread of `worker.ts` may take. */
export const threadLimits = { timeLimit: 120_000, heapMb: 1024 } satisfies Partial<PoolOptions<unknown>>

export interface Pool {
  /** Runs the jobs on one thread. Never rejects for what a job does: it comes back with less effort and a failure. */
  run(batch: JobBatch): Promise<BatchResult[]>
  close(): Promise<void>
}

/**
 * How far V8's own limit lies above `heapMb`, in MiB. It must not be reached: Node ends a thread there, but only if what
 * the thread takes until it has ended is less than 16 MiB; else V8 ends the whole process.
 */
const heapReserveMb = 1024

interface Slot {
  worker: Worker
  control: Int32Array
  /** Settles the run at hand; null when idle. */
  pending: { resolve: (outcome: Outcome) => void } | null
  /** The thread has ended; the slot must not be used again. */
  dead: boolean
}

/** `why` may be shown to everyone; `cause` may not. */
type Outcome =
  | { kind: 'done'; result: BatchResult }
  | { kind: 'lost'; begun: number; why: string; cause?: unknown }

/** Starts `size` threads. Batches beyond that wait in order of arrival. */
export function createPool<Context>(options: PoolOptions<Context>): Pool {
  const idle: Slot[] = []
  const all = new Set<Slot>()
  const waiting: ((slot: Slot) => void)[] = []

  const release = (slot: Slot) => {
    const next = waiting.shift()
    if (next) next(slot)
    else idle.push(slot)
  }
  let closed = false
  const acquire = (): Promise<Slot> => {
    if (closed) return Promise.reject(new Error('The pool is closed'))
    for (let slot = idle.pop(); slot; slot = idle.pop()) if (!slot.dead) return Promise.resolve(slot)
    if (all.size < options.size) return Promise.resolve(startSlot(options, all))
    return new Promise((resolve) => waiting.push(resolve))
  }
  const runOnce = async (jobs: Job[]): Promise<Outcome> => {
    const slot = await acquire()
    const outcome = await runOn(slot, jobs, options)
    if (outcome.kind === 'lost') {
      all.delete(slot)
      await slot.worker.terminate()
      const next = closed ? undefined : waiting.shift()
      if (next) next(startSlot(options, all))
    } else release(slot)
    return outcome
  }
  return {
    run: (batch) => runAll(batch.jobs, runOnce, options.onLost ?? (() => {})),
    async close() {
      closed = true
      await Promise.all([...all].map((slot) => slot.worker.terminate()))
    },
  }
}

/** Runs jobs; when a thread is lost, the crash it died of goes on alone with less effort, the others again. */
async function runAll(
  jobs: Job[],
  runOnce: (jobs: Job[]) => Promise<Outcome>,
  onLost: (crashId: string, why: string) => void,
): Promise<BatchResult[]> {
  if (jobs.length === 0) return []
  const outcome = await runOnce(jobs)
  if (outcome.kind === 'done') return [outcome.result]
  if (outcome.begun === 0)
    throw new Error(`A worker thread did not start: ${outcome.why}`, { cause: outcome.cause })
  const culprit = jobs[outcome.begun - 1]!
  onLost(culprit.crashId, outcome.why)
  const weaker = weaken(culprit, outcome)
  const rest = jobs.filter((job) => job !== culprit)
  return [...(await runAll([weaker], runOnce, onLost)), ...(await runAll(rest, runOnce, onLost))]
}

/** The same crash with the next lower effort. Throws when the lowest failed: then the fault is ours. */
function weaken(job: Job, { why, cause }: { why: string; cause?: unknown }): Job {
  if (job.effort === 'id-only') {
    throw new Error(`A thread died (${why}) on ${job.crashId} without reading it`, { cause })
  }
  return { ...job, effort: job.effort === 'full' ? 'no-dumps' : 'id-only', failure: why }
}

function startSlot<Context>(options: PoolOptions<Context>, all: Set<Slot>): Slot {
  const shared = new SharedArrayBuffer(4)
  const start: WorkerStart<Context> = { control: shared, context: options.context }
  const worker = new Worker(options.entry, {
    workerData: start,
    resourceLimits: { maxOldGenerationSizeMb: options.heapMb + heapReserveMb },
  })
  const slot: Slot = { worker, control: new Int32Array(shared), pending: null, dead: false }
  all.add(slot)
  const settle = (outcome: Outcome) => {
    const pending = slot.pending
    slot.pending = null
    pending?.resolve(outcome)
  }
  const lost = (why: string, cause?: unknown) =>
    settle({ kind: 'lost', begun: Atomics.load(slot.control, 0), why, cause })
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'result') settle({ kind: 'done', result: message.result })
    else void answerQuestion(worker, message, options.answer)
  })
  worker.on('error', (error: Error & { code?: string }) =>
    lost(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory : `thread failed: ${error.name}`, error),
  )
  worker.on('exit', () => {
    slot.dead = true
    all.delete(slot)
    lost('thread exited')
  })
  return slot
}

/** What a worker sends. A question is answered with `{kind: 'answer', id, value}` or `{…, error}`. */
export type WorkerMessage =
  | { kind: 'result'; result: BatchResult }
  | { kind: 'question'; id: number; question: unknown }

async function answerQuestion(
  worker: Worker,
  message: { id: number; question: unknown },
  answer: ((question: unknown) => Promise<unknown>) | undefined,
): Promise<void> {
  try {
    worker.postMessage({ kind: 'answer', id: message.id, value: await answer?.(message.question) })
  } catch (error) {
    worker.postMessage({
      kind: 'answer',
      id: message.id,
      error: error instanceof Error ? error.message : String(error),
    })
  }
}

/** A thread that has not begun its first crash by then will not. */
const maxStart: Millis = 60_000

/**
 * Sends the jobs, watches the count of crashes begun (one that stands still for `timeLimit` is too slow) and the heap.
 */
function runOn(
  slot: Slot,
  jobs: Job[],
  { timeLimit, heapMb }: Pick<PoolOptions<unknown>, 'timeLimit' | 'heapMb'>,
): Promise<Outcome> {
  return new Promise((resolve) => {
    Atomics.store(slot.control, 0, 0)
    let seen = 0
    let since = performance.now()
    const look = async () => {
      const begun = Atomics.load(slot.control, 0)
      if (begun !== seen) {
        seen = begun
        since = performance.now()
      } else if (performance.now() - since > (begun === 0 ? maxStart : timeLimit)) {
        return finish({ kind: 'lost', begun, why: `timeout after ${Math.round(timeLimit / 1000)} s` })
      }
      if ((await heapSize(slot.worker)) > heapMb * 2 ** 20) {
        finish({ kind: 'lost', begun: Atomics.load(slot.control, 0), why: outOfMemory })
      }
    }
    const timer = setInterval(look, Math.min(500, timeLimit / 4))
    const run = { resolve: (outcome: Outcome) => finish(outcome) }
    const finish = (outcome: Outcome) => {
      clearInterval(timer)
      // A look may end after the run, in the time of the next one.
      if (slot.pending === run) slot.pending = null
      resolve(outcome)
    }
    slot.pending = run
    slot.worker.postMessage({ kind: 'jobs', jobs })
  })
}

const outOfMemory = 'out of memory'

/** In bytes; 0 once the thread has ended. */
const heapSize = (worker: Worker): Promise<number> =>
  worker.getHeapStatistics().then(
    (heap) => heap.used_heap_size,
    () => 0,
  )

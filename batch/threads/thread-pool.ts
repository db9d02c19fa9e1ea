// A bounded pool of worker threads. A thread that hangs, dies or runs out of memory loses one task and is replaced.
import { Worker } from 'node:worker_threads'
import type { Millis } from '../../shared/units.ts'
import { outOfMemory, type ThreadMessage, type ThreadStart, type ToThread } from './thread-protocol.ts'

export interface ThreadPoolOptions<Context> {
  /** The module each thread runs. It calls `serveTasks`. */
  entry: URL
  /** Threads alive at the same time, including those that are being terminated. */
  size: number
  /** Passed to each thread at start. */
  context: Context
  /** A thread that spends longer on one step of its task is terminated. Default: no limit. */
  timeLimit?: Millis
  /** A thread whose heap, garbage included, is larger than this many MiB is terminated. Default: no limit. */
  heapMb?: number
  /** Handles the requests of threads. */
  answer?: (question: unknown) => Promise<unknown>
}

/** How a task ended. `why` is safe to publish; `cause` may contain report data. */
export type Outcome<Result> =
  | { kind: 'done'; result: Result }
  /** The thread was lost after it had started `begun` steps of the task. */
  | { kind: 'lost'; begun: number; why: string; cause?: unknown }

export interface ThreadPool<Task, Result> extends AsyncDisposable {
  /** Runs a task on the next free thread, in order of arrival. Rejects only when the pool is closed. */
  run(task: Task): Promise<Outcome<Result>>
}

/**
 * How far V8's own limit is above `heapMb`, in MiB. It must not be reached: Node terminates the thread at the limit
 * only if the thread allocates less than 16 MiB before it ends; otherwise V8 aborts the whole process.
 */
const heapReserveMb = 1024

/** Three times the space for new objects, in MiB. With V8's own size, threads take twice the memory and no less time. */
const youngMb = 48

/** A thread that has not started its first step by then never will. */
const maxStart: Millis = 60_000

interface Thread<Task, Result> {
  worker: Worker
  /** How many steps of the current task were started. */
  begun: Int32Array
  /** Ends the current task; null when the thread is idle. */
  settle: ((outcome: Outcome<Result>) => void) | null
  run(task: Task): Promise<Outcome<Result>>
}

/** Starts threads when tasks need them, up to `size`. */
export function createThreadPool<Context, Task, Result>(
  options: ThreadPoolOptions<Context>,
): ThreadPool<Task, Result> {
  const threads = new Threads(options.size, () => startThread<Context, Task, Result>(options))
  return {
    async run(task) {
      const thread = await threads.acquire()
      const outcome = await thread.run(task)
      if (outcome.kind === 'lost') await thread.worker.terminate()
      else threads.release(thread)
      return outcome
    },
    [Symbol.asyncDispose]: () => threads.close(),
  }
}

/** The threads of a pool. Each counts until it has exited. */
class Threads<Task, Result> {
  private readonly idle: Thread<Task, Result>[] = []
  private readonly alive = new Set<Thread<Task, Result>>()
  private readonly waiting: PromiseWithResolvers<Thread<Task, Result>>[] = []
  private readonly size: number
  private readonly create: () => Thread<Task, Result>
  private closed = false

  constructor(size: number, create: () => Thread<Task, Result>) {
    this.size = size
    this.create = create
  }

  /** The next free thread, in order of arrival. */
  async acquire(): Promise<Thread<Task, Result>> {
    if (this.closed) throw new Error('The pool is closed')
    const turn = Promise.withResolvers<Thread<Task, Result>>()
    this.waiting.push(turn)
    this.assign()
    return turn.promise
  }

  release(thread: Thread<Task, Result>): void {
    if (this.alive.has(thread)) this.idle.push(thread)
    this.assign()
  }

  async close(): Promise<void> {
    this.closed = true
    for (const turn of this.waiting.splice(0)) turn.reject(new Error('The pool was closed'))
    await Promise.all([...this.alive].map((thread) => thread.worker.terminate()))
  }

  /** Gives free threads to those who wait, and starts threads while there is room. */
  private assign(): void {
    while (this.waiting.length > 0 && !this.closed) {
      const thread = this.idle.pop() ?? (this.alive.size < this.size ? this.start() : undefined)
      if (!thread) return
      this.waiting.shift()!.resolve(thread)
    }
  }

  private start(): Thread<Task, Result> {
    const thread = this.create()
    this.alive.add(thread)
    thread.worker.once('exit', () => {
      this.alive.delete(thread)
      const at = this.idle.indexOf(thread)
      if (at >= 0) this.idle.splice(at, 1)
      this.assign()
    })
    return thread
  }
}

function startThread<Context, Task, Result>(options: ThreadPoolOptions<Context>): Thread<Task, Result> {
  const counter = new SharedArrayBuffer(4)
  const workerData: ThreadStart<Context> = { begun: counter, context: options.context }
  const { heapMb } = options
  const worker = new Worker(options.entry, {
    workerData,
    ...(heapMb && {
      resourceLimits: { maxYoungGenerationSizeMb: youngMb, maxOldGenerationSizeMb: heapMb + heapReserveMb },
    }),
  })
  const begun = new Int32Array(counter)
  const thread: Thread<Task, Result> = {
    worker,
    begun,
    settle: null,
    run: (task) => runTask(thread, task, options),
  }
  const lost = (why: string, cause?: unknown) =>
    thread.settle?.({ kind: 'lost', begun: Atomics.load(begun, 0), why, cause })
  worker.on('message', (message: ThreadMessage<Result>) => {
    if (message.kind === 'result') thread.settle?.({ kind: 'done', result: message.result })
    else void answerQuestion(worker, message, options.answer)
  })
  worker.on('error', (error: Error & { code?: string }) =>
    lost(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory : `thread failed: ${error.name}`, error),
  )
  worker.on('exit', () => lost('thread exited'))
  return thread
}

async function answerQuestion(
  worker: Worker,
  { id, question }: { id: number; question: unknown },
  answer: ThreadPoolOptions<unknown>['answer'],
): Promise<void> {
  const reply: ToThread<unknown> = { kind: 'answer', id }
  try {
    reply.value = await answer?.(question)
  } catch (error) {
    reply.error = error instanceof Error ? error.message : String(error)
  }
  worker.postMessage(reply)
}

/** Sends the task, then watches the thread's progress and its heap until the task ends or the thread is lost. */
function runTask<Task, Result>(
  thread: Thread<Task, Result>,
  task: Task,
  options: ThreadPoolOptions<unknown>,
): Promise<Outcome<Result>> {
  const { timeLimit = Number.POSITIVE_INFINITY, heapMb = Number.POSITIVE_INFINITY } = options
  const { promise, resolve } = Promise.withResolvers<Outcome<Result>>()
  Atomics.store(thread.begun, 0, 0)
  let seen = 0
  let since = performance.now()
  const check = async () => {
    const begun = Atomics.load(thread.begun, 0)
    if (begun !== seen) {
      seen = begun
      since = performance.now()
    } else if (performance.now() - since > (begun === 0 ? maxStart : timeLimit)) {
      return settle({ kind: 'lost', begun, why: `timeout after ${Math.round(timeLimit / 1000)} s` })
    }
    if (heapMb === Number.POSITIVE_INFINITY) return
    if ((await heapSize(thread.worker)) > heapMb * 2 ** 20) {
      settle({ kind: 'lost', begun: Atomics.load(thread.begun, 0), why: outOfMemory })
    }
  }
  const timer = setInterval(check, Math.min(500, timeLimit / 4))
  const settle = (outcome: Outcome<Result>) => {
    clearInterval(timer)
    // A check may finish after this task, while the thread runs the next one.
    if (thread.settle === settle) thread.settle = null
    resolve(outcome)
  }
  thread.settle = settle
  thread.worker.postMessage({ kind: 'task', task } satisfies ToThread<Task>)
  return promise
}

/** In bytes; 0 once the thread has ended. */
const heapSize = (worker: Worker): Promise<number> =>
  worker.getHeapStatistics().then(
    (heap) => heap.used_heap_size,
    () => 0,
  )

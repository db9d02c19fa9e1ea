// The messages between the main thread and pool threads, and the thread's side of them.
import { parentPort, workerData } from 'node:worker_threads'

/** Why a thread was lost when its heap grew too large. */
export const outOfMemory = 'out of memory'

/** Start data of a thread. */
export interface ThreadStart<Context> {
  /** One Int32: how many steps of the current task were started. It outlives the thread. */
  begun: SharedArrayBuffer
  context: Context
}

/** From the main thread. */
export type ToThread<Task> =
  | { kind: 'task'; task: Task }
  | { kind: 'answer'; id: number; value?: unknown; error?: string }

/** From a thread. */
export type ThreadMessage<Result> =
  | { kind: 'result'; result: Result }
  | { kind: 'question'; id: number; question: unknown }

/** Functions available to a task. */
export interface ThreadTools {
  /** Records the start of the next step of the task; a lost thread is attributed to it. */
  begin(): void
  /** Sends a request to the main thread. Rejects with the message of the error that `answer` threw. */
  ask(question: unknown): Promise<unknown>
}

/** Runs one task. Buffers in `transfer` are moved to the main thread, not copied. */
export type TaskRunner<Task, Result> = (
  task: Task,
) => Promise<{ result: Result; transfer?: readonly ArrayBuffer[] }>

/**
 * Turns the current thread into a pool thread. An error thrown by `run` ends the thread; the pool reports it.
 * @param open called once, with the context of the pool
 */
export function serveTasks<Context, Task, Result>(
  open: (context: Context, tools: ThreadTools) => TaskRunner<Task, Result>,
): void {
  const port = parentPort!
  const { begun, context } = workerData as ThreadStart<Context>
  const counter = new Int32Array(begun)
  const questions = new Map<number, PromiseWithResolvers<unknown>>()
  let lastQuestion = 0
  const send = (message: ThreadMessage<Result>, transfer: readonly ArrayBuffer[] = []) =>
    port.postMessage(message, transfer)
  const run = open(context, {
    begin: () => void Atomics.add(counter, 0, 1),
    ask(question) {
      const id = ++lastQuestion
      const reply = Promise.withResolvers<unknown>()
      questions.set(id, reply)
      send({ kind: 'question', id, question })
      return reply.promise
    },
  })
  port.on('message', async (message: ToThread<Task>) => {
    if (message.kind === 'task') {
      const { result, transfer } = await run(message.task)
      send({ kind: 'result', result }, transfer)
      return
    }
    const reply = questions.get(message.id)
    questions.delete(message.id)
    if (message.error === undefined) reply?.resolve(message.value)
    else reply?.reject(new Error(message.error))
  })
}

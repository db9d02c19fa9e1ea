// Many minidumps, walked in as many threads as are worth it; what comes out is in the order of the files.
import { Worker } from 'node:worker_threads'
import { createFileWalker, type StackwalkSettings, type WalkedFile } from './file.ts'

/** A thread takes as long to start as so many dumps to walk. */
const dumpsPerThread = 32
/** Dumps that a thread has before it at once, so that it need not wait for the next. */
const aheadPerThread = 2
/** Texts that wait for one before them, at most, for each thread. */
const waitingPerThread = 16

/** @param threads at most so many; memory for symbols is shared out among them */
export async function* walkFiles(
  paths: readonly string[],
  settings: StackwalkSettings,
  threads: number,
): AsyncGenerator<WalkedFile> {
  const count = Math.min(threads, Math.floor(paths.length / dumpsPerThread))
  if (count > 1) {
    yield* walkInThreads(paths, { ...settings, memoryBytes: settings.memoryBytes / count }, count)
    return
  }
  const walk = createFileWalker(settings)
  for (const path of paths) yield await walk(path)
}

async function* walkInThreads(
  paths: readonly string[],
  settings: StackwalkSettings,
  count: number,
): AsyncGenerator<WalkedFile> {
  /** By index, and held nowhere else: a text that was given out is let go, for all together may not fit. */
  const results = new Map<number, PromiseWithResolvers<WalkedFile>>()
  for (const index of paths.keys()) results.set(index, Promise.withResolvers())
  const threads = new Map<Worker, Set<number>>()
  let next = 0
  let written = 0

  /** Gives all threads as much as they may have. */
  function feed(): void {
    for (const [worker, open] of threads) {
      while (open.size < aheadPerThread && next < paths.length && next < written + count * waitingPerThread) {
        open.add(next)
        worker.postMessage({ index: next, path: paths[next++]! })
      }
    }
  }

  function start(): void {
    const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: settings })
    const open = new Set<number>()
    threads.set(worker, open)
    worker.on('message', ({ index, walked }: { index: number; walked: WalkedFile }) => {
      open.delete(index)
      results.get(index)!.resolve(walked)
      feed()
    })
    worker.on('error', (error: Error) => {
      threads.delete(worker)
      const [culprit, ...others] = open
      if (culprit === undefined) throw error
      results
        .get(culprit)!
        .resolve({ path: paths[culprit]!, failure: `walking it failed (${error.message})` })
      start()
      const [replacement, mine] = [...threads].at(-1)!
      for (const index of others) {
        mine.add(index)
        replacement.postMessage({ index, path: paths[index]! })
      }
      feed()
    })
  }

  for (let i = 0; i < count; i++) start()
  feed()
  try {
    for (const [index, { promise }] of results) {
      yield await promise
      results.delete(index)
      written++
      feed()
    }
  } finally {
    await Promise.all([...threads.keys()].map((worker) => worker.terminate()))
  }
}

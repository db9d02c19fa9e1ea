// Walks many minidumps on several threads; the results are in the order of the files.
import { pMapIterable } from 'p-map'
import { createThreadPool } from '../threads/thread-pool.ts'
import type { StackwalkSettings, WalkedFile } from './file.ts'

/** Starting a thread takes as long as walking about this many dumps. */
const dumpsPerThread = 32
/** Results per thread that may wait for an earlier one: texts are large, and all together may not fit in memory. */
const waitingPerThread = 16

/** A thread whose heap grows larger, or that walks one dump for longer, is replaced, and the dump fails. */
const limits = { heapMb: 1024, timeLimit: 600_000 }

export interface WalkFilesOptions {
  /** Maximum number. They share the memory for symbols. */
  threads: number
  /** Module that each thread runs. */
  entry?: URL
}

/** A dump that fills memory or hangs costs its thread, and only itself fails. */
export async function* walkFiles(
  paths: readonly string[],
  settings: StackwalkSettings,
  { threads, entry = new URL('./thread.ts', import.meta.url) }: WalkFilesOptions,
): AsyncGenerator<WalkedFile> {
  const count = Math.max(1, Math.min(threads, Math.floor(paths.length / dumpsPerThread)))
  await using pool = createThreadPool<StackwalkSettings, string, WalkedFile>({
    ...limits,
    entry,
    size: count,
    context: { ...settings, memoryBytes: settings.memoryBytes / count },
  })
  const walk = async (path: string): Promise<WalkedFile> => {
    const outcome = await pool.run(path)
    return outcome.kind === 'done' ? outcome.result : { path, failure: `walking it failed (${outcome.why})` }
  }
  yield* pMapIterable(paths, walk, { concurrency: count, backpressure: count * waitingPerThread })
}

// Walks many minidumps on several threads; the results are in the order of the files.
import { pMapIterable } from 'p-map'
import { createThreadPool } from '../threads/thread-pool.ts'
import { createFileWalker, type StackwalkSettings, type WalkedFile } from './file.ts'

/** Starting a thread takes as long as walking about this many dumps. */
const dumpsPerThread = 32
/** Results per thread that may wait for an earlier one: texts are large, and all together may not fit in memory. */
const waitingPerThread = 16

/** @param threads maximum number. They share the memory for symbols. */
export async function* walkFiles(
  paths: readonly string[],
  settings: StackwalkSettings,
  threads: number,
): AsyncGenerator<WalkedFile> {
  const count = Math.min(threads, Math.floor(paths.length / dumpsPerThread))
  if (count <= 1) {
    const walk = createFileWalker(settings)
    for (const path of paths) yield await walk(path)
    return
  }
  await using pool = createThreadPool<StackwalkSettings, string, WalkedFile>({
    entry: new URL('./thread.ts', import.meta.url),
    size: count,
    context: { ...settings, memoryBytes: settings.memoryBytes / count },
  })
  const walk = async (path: string): Promise<WalkedFile> => {
    const outcome = await pool.run(path)
    return outcome.kind === 'done' ? outcome.result : { path, failure: `walking it failed (${outcome.why})` }
  }
  yield* pMapIterable(paths, walk, { concurrency: count, backpressure: count * waitingPerThread })
}

// A worker thread that dies when it is to process a report with its dumps; everything else it does as always.
import { parentPort, workerData } from 'node:worker_threads'
import type { Job, ProcessorContext } from '../../../batch/processing/jobs.ts'
import type { ThreadStart, ToThread } from '../../../batch/threads/thread-protocol.ts'

parentPort!.on('message', (message: ToThread<readonly Job[]>) => {
  if (message.kind !== 'task') return
  const at = message.task.findIndex(({ mode, effort }) => mode === 'process' && effort === 'full')
  if (at < 0) return
  Atomics.add(new Int32Array((workerData as ThreadStart<ProcessorContext>).begun), 0, at + 1)
  process.exit(3)
})
await import('../../../batch/processing/worker.ts')

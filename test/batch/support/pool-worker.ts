// A worker thread for tests of the pool: the crash id says what happens.
import { parentPort, workerData } from 'node:worker_threads'
import type { Job, WorkerStart } from '../../../batch/processing/thread-pool.ts'

const { control } = workerData as WorkerStart<null>
const begun = new Int32Array(control)

parentPort!.on('message', async ({ kind, jobs, value }: { kind: string; jobs: Job[]; value?: unknown }) => {
  if (kind === 'answer') {
    parentPort!.postMessage({
      kind: 'result',
      result: { documents: [], rows: { answer: value }, timings: {}, ruleTimings: {} },
    })
    return
  }
  for (const job of jobs) {
    Atomics.add(begun, 0, 1)
    const harmful = job.effort === 'full' || (job.effort === 'no-dumps' && job.crashId.includes('always'))
    if (harmful && job.crashId.startsWith('endless')) for (;;);
    if (harmful && job.crashId.startsWith('exit')) process.exit(3)
    if (harmful && job.crashId.startsWith('throw')) throw new RangeError('secret text of a report')
    if (harmful && job.crashId.startsWith('huge')) fillMemory()
    if (job.crashId === 'ask') {
      parentPort!.postMessage({ kind: 'question', id: 0, question: 'what' })
      return
    }
  }
  const documents = jobs.map((job) => ({
    crashId: job.crashId,
    product: '',
    bytes: new TextEncoder().encode(`${job.effort} ${job.failure}`),
  }))
  parentPort!.postMessage({
    kind: 'result',
    result: { documents, rows: {}, timings: { walk: 1 }, ruleTimings: {} },
  })
})

function fillMemory(): void {
  const kept: unknown[] = []
  for (;;) kept.push(Array.from({ length: 1000 }, () => ({})))
}

// The thread entry: stored reports in; processed documents, and rows as Arrow IPC, out.
import { parentPort, workerData } from 'node:worker_threads'
import type { BatchResult, Job, WorkerMessage, WorkerStart } from './thread-pool.ts'
import { createRowWriter } from '../lake/parquet.ts'
import { openProcessor, type Processor, type ProcessorContext } from './process-report.ts'
import type { Regrouped } from './regroup.ts'
import { crashTables } from '../lake/tables.ts'

const port = parentPort!
const { control: shared, context } = workerData as WorkerStart<ProcessorContext>
const control = new Int32Array(shared)
const writers = crashTables.map((table) => ({ table, writer: createRowWriter(table.columns) }))

type Answer = { kind: 'answer'; id: number; value?: unknown; error?: string }
const open = new Map<number, (answer: Answer) => void>()
let nextQuestion = 0

/** Asks the main thread, which has the stores. */
function ask(question: unknown): Promise<unknown> {
  const id = nextQuestion++
  return new Promise((resolve, reject) => {
    open.set(id, (answer) =>
      answer.error === undefined ? resolve(answer.value) : reject(new Error(answer.error)),
    )
    send({ kind: 'question', id, question })
  })
}

function send(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}

const processor: Processor = openProcessor(context, ask)

port.on('message', (message: { kind: 'jobs'; jobs: Job[] } | Answer) => {
  if (message.kind === 'jobs') {
    // An error here is a bug of ours: it ends the thread, and the pool tells.
    void runJobs(message.jobs).then((result) => send({ kind: 'result', result }, buffersOf(result)))
  } else {
    open.get(message.id)?.(message)
    open.delete(message.id)
  }
})

async function runJobs(jobs: readonly Job[]): Promise<BatchResult> {
  const documents: BatchResult['documents'] = []
  const regrouped: Regrouped[] = []
  const symbolFailures: Record<string, number> = {}
  const timings: Record<string, number> = {}
  const ruleTimings: Record<string, number> = {}
  for (const job of jobs) {
    Atomics.add(control, 0, 1)
    if (job.preview) {
      regrouped.push(processor.compare(job))
      continue
    }
    const done = await processor.process(job)
    documents.push({ crashId: job.crashId, product: String(done.crash.product ?? ''), bytes: done.document })
    for (const why of done.symbolFailures) symbolFailures[why] = (symbolFailures[why] ?? 0) + 1
    for (const [stage, ms] of Object.entries(done.timings)) timings[stage] = (timings[stage] ?? 0) + ms
    for (const [rule, ms] of Object.entries(done.ruleTimings))
      ruleTimings[rule] = (ruleTimings[rule] ?? 0) + ms
    const began = performance.now()
    for (const { table, writer } of writers) {
      for (const row of table.rowsOf(done.crash, done.raw)) writer.append(row)
    }
    timings.rows = (timings.rows ?? 0) + (performance.now() - began)
  }
  const began = performance.now()
  const rows: BatchResult['rows'] = {}
  for (const { table, writer } of writers) rows[table.name] = writer.flush()
  timings.rows = (timings.rows ?? 0) + (performance.now() - began)
  return { documents, rows, regrouped, symbolFailures, timings, ruleTimings }
}

/** What can be handed over without a copy. Buffers that are part of a larger one are copied first. */
function buffersOf(result: BatchResult): ArrayBuffer[] {
  for (const document of result.documents) document.bytes = own(document.bytes)
  for (const [name, bytes] of Object.entries(result.rows)) result.rows[name] = own(bytes)
  const all = [...result.documents.map((document) => document.bytes), ...Object.values(result.rows)]
  return all.map((bytes) => bytes.buffer as ArrayBuffer)
}

const own = (bytes: Uint8Array) =>
  bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer ? bytes : bytes.slice()

// Entry point of worker threads: receives stored reports, returns processed crashes and rows.
import { addOwn, setOwn } from '../../shared/own.ts'
import type { Millis } from '../../shared/units.ts'
import { createRowWriter } from '../lake/rows.ts'
import { crashTables } from '../lake/tables.ts'
import { type BatchResult, emptyResult, type Job, type ProcessorContext } from './jobs.ts'
import { openProcessor, type Processor } from './process-report.ts'
import { serveTasks, type ThreadTools } from '../threads/thread-protocol.ts'

const writers = crashTables.map((table) => ({ table, writer: createRowWriter(table.columns) }))

serveTasks<ProcessorContext, readonly Job[], BatchResult>((context, tools) => {
  const processor = openProcessor(context, tools.ask)
  return async (jobs) => {
    const result = await runJobs(jobs, processor, tools)
    return { result, transfer: buffersOf(result) }
  }
})

async function runJobs(
  jobs: readonly Job[],
  processor: Processor,
  { begin }: ThreadTools,
): Promise<BatchResult> {
  const result = emptyResult()
  for (const job of jobs) {
    begin()
    if (job.preview) result.regrouped.push(processor.compare(job))
    else await processInto(result, job, processor)
  }
  const began = performance.now()
  for (const { table, writer } of writers) setOwn(result.rows, table.name, writer.flush())
  addTo(result.timings, { rows: performance.now() - began })
  return result
}

async function processInto(result: BatchResult, job: Job, processor: Processor): Promise<void> {
  const processed = await processor.process(job)
  if (typeof processed === 'string') {
    result[processed].push(job.crashId)
    return
  }
  const { crash, raw, document, symbolFailures, timings, ruleTimings } = processed
  result.documents.push({
    crashId: job.crashId,
    product: typeof crash.product === 'string' ? crash.product : '',
    bytes: document,
    inputBytes: job.bytes.length,
  })
  for (const why of symbolFailures) addOwn(result.symbolFailures, why, 1)
  addTo(result.timings, timings)
  addTo(result.ruleTimings, ruleTimings)
  const began = performance.now()
  for (const { table, writer } of writers) {
    for (const row of table.rowsOf(crash, raw)) writer.append(row)
  }
  addTo(result.timings, { rows: performance.now() - began })
}

/** Adds numbers to sums, by name. */
function addTo(sums: Record<string, Millis>, numbers: Readonly<Record<string, number>>): void {
  for (const [name, number] of Object.entries(numbers)) addOwn(sums, name, number)
}

/** The buffers to transfer. Views into larger buffers are copied first. */
function buffersOf({ documents, rows }: BatchResult): ArrayBuffer[] {
  return [...documents, ...Object.values(rows)].map((holder) => {
    const { bytes } = holder
    const isOwn = bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
    if (!isOwn) holder.bytes = bytes.slice()
    return holder.bytes.buffer as ArrayBuffer
  })
}

// Worker threads that process crashes. A crash that takes its thread down is tried again with less effort.
import type { Millis } from '../../shared/units.ts'
import type { BatchResult, Job, ProcessorContext } from './jobs.ts'
import { createThreadPool, type Outcome, type ThreadPool } from '../threads/thread-pool.ts'

/** Default limits of one worker thread. */
export const threadLimits: { timeLimit: Millis; heapMb: number } = { timeLimit: 120_000, heapMb: 1024 }

export interface CrashPoolOptions {
  size: number
  context: ProcessorContext
  /** A crash that takes longer loses its thread. */
  timeLimit?: Millis
  heapMb?: number
  /** The module each thread runs. */
  entry?: URL
  /** Answers the questions of the workers about symbol files. */
  answer?: (question: unknown) => Promise<unknown>
  /** Called for each lost thread with the crash it was processing. */
  onLost?: (crashId: string, why: string) => void
}

export interface CrashPool extends AsyncDisposable {
  /**
   * Runs the jobs on one thread, as one batch unless the thread is lost. A crash that cannot be processed comes back
   * with less effort and a failure.
   * @throws Error when a thread does not start, or is lost on a crash of which only the id was read
   */
  run(jobs: readonly Job[]): Promise<BatchResult[]>
}

export function createCrashPool(options: CrashPoolOptions): CrashPool {
  const { onLost = () => {}, entry = new URL('./worker.ts', import.meta.url), ...rest } = options
  const threads = createThreadPool<ProcessorContext, readonly Job[], BatchResult>({
    ...threadLimits,
    ...rest,
    entry,
  })
  return {
    run: (jobs) => runJobs(jobs, { threads, onLost }),
    [Symbol.asyncDispose]: () => threads[Symbol.asyncDispose](),
  }
}

interface RunTools {
  threads: ThreadPool<readonly Job[], BatchResult>
  onLost: (crashId: string, why: string) => void
}

/** When a thread is lost, the crash it was processing continues alone with less effort; the others run again. */
async function runJobs(jobs: readonly Job[], tools: RunTools): Promise<BatchResult[]> {
  if (jobs.length === 0) return []
  const outcome = await tools.threads.run(jobs)
  if (outcome.kind === 'done') return [outcome.result]
  if (outcome.begun === 0)
    throw new Error(`A worker thread did not start: ${outcome.why}`, { cause: outcome.cause })
  const culprit = jobs[outcome.begun - 1]!
  tools.onLost(culprit.crashId, outcome.why)
  const retried = await runJobs([withLessEffort(culprit, outcome)], tools)
  const others = jobs.filter((job) => job !== culprit)
  return [...retried, ...(await runJobs(others, tools))]
}

/** Throws when the lowest effort failed: nothing that a report contains can cause that. */
function withLessEffort(job: Job, { why, cause }: Extract<Outcome<never>, { kind: 'lost' }>): Job {
  if (job.effort === 'id-only') {
    throw new Error(`A thread died (${why}) on ${job.crashId} without reading it`, { cause })
  }
  return { ...job, effort: job.effort === 'full' ? 'no-dumps' : 'id-only', failure: why }
}

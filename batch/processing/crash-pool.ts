// Worker threads that process crashes. A crash that kills its thread is tried again with less effort.
import type { Millis } from '../../shared/units.ts'
import { type BatchResult, emptyResult, type Job, type ProcessorContext } from './jobs.ts'
import { createThreadPool, type Outcome, type ThreadPool } from '../threads/thread-pool.ts'

/** Default limits of one worker thread. */
export const threadLimits: { timeLimit: Millis; heapMb: number } = { timeLimit: 120_000, heapMb: 1024 }

export interface CrashPoolOptions {
  size: number
  context: ProcessorContext
  /** Time limit per crash: a thread that exceeds it is replaced. */
  timeLimit?: Millis
  heapMb?: number
  /** Module that each thread runs. */
  entry?: URL
  /** Answers questions of the workers about symbol files. */
  answer?: (question: unknown) => Promise<unknown>
  /** Called for each lost thread, with the crash it was processing. */
  onLost?: (crashId: string, why: string) => void
}

export interface CrashPool extends AsyncDisposable {
  /**
   * Runs jobs on one thread, as one batch unless the thread is lost. A crash that could not be processed returns with
   * less effort and a failure, or is skipped if its job asks for that.
   * @throws Error if a thread does not start, or is lost on a crash of which only the ID was read
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

/** After the loss of a thread, the crash it was processing runs alone with less effort; the others run again. */
async function runJobs(jobs: readonly Job[], tools: RunTools): Promise<BatchResult[]> {
  if (jobs.length === 0) return []
  const outcome = await tools.threads.run(jobs)
  if (outcome.kind === 'done') return [outcome.result]
  if (outcome.begun === 0)
    throw new Error(`A worker thread did not start: ${outcome.why}`, { cause: outcome.cause })
  const culprit = jobs[outcome.begun - 1]!
  tools.onLost(culprit.crashId, outcome.why)
  const again = withLessEffort(culprit, outcome)
  const isSkipped = culprit.skipIncomplete && culprit.mode === 'process'
  const retried = isSkipped ? [{ ...emptyResult(), lost: [again] }] : await runJobs([again], tools)
  const others = jobs.filter((job) => job !== culprit)
  return [...retried, ...(await runJobs(others, tools))]
}

/** Throws if the lowest effort failed: the content of a report cannot cause that. */
function withLessEffort(job: Job, { why, cause }: Extract<Outcome<never>, { kind: 'lost' }>): Job {
  if (job.effort === 'id-only') {
    throw new Error(`A thread died (${why}) on ${job.crashId} without reading it`, { cause })
  }
  return { ...job, effort: job.effort === 'full' ? 'no-dumps' : 'id-only', failure: why }
}

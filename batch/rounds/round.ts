// One round of `mayday run`: its steps in order, each reported on standard output and in the metrics.
import { aggregatesVersion, type RoundAggregate, type RoundStep } from '../../shared/aggregates/documents.ts'
import { roundKey } from '../../shared/keys.ts'
import { isoTime } from '../../shared/time/iso-time.ts'
import { requestsSince } from '../../shared/storage/counting.ts'
import { putDocument } from '../aggregates/write-documents.ts'
import { type Progress, withProgress } from '../cli/progress.ts'
import { expectedFailure } from '../lake/files/damage.ts'
import type { CountedStore } from '../lake/open-store.ts'
import { findProducts } from '../products/product-source.ts'
import type { StepOutcome } from './run-metrics.ts'
import { type Round, type StepResult, steps } from './steps.ts'

export interface RoundOptions extends Omit<Round, 'products' | 'began'> {
  open: CountedStore
}

/**
 * Runs a round until `end`; true when every step was good. Without valid product files no step runs, because nothing
 * would be known about retention.
 */
export async function runRound(options: RoundOptions, end: AbortSignal): Promise<boolean> {
  const began = new Date()
  const products = await readProducts(options)
  let good = products !== null
  for (const { name, unit, run } of products ? steps : []) {
    if (end.aborted) return good
    process.stderr.write(`mayday: ${name}: started\n`)
    const work = (progress: Progress) => run({ ...options, products: products!, began }, progress)
    const ok = await runStep(options, name, () => withProgress([name, 0, unit], work))
    good &&= ok
  }
  const written = await runStep(options, 'status', () => writeRound(options, { began, good }))
  good &&= written
  options.state.endRound(good)
  return good
}

/** For the status page. */
async function writeRound(
  { open, state }: RoundOptions,
  { began, good }: { began: Date; good: boolean },
): Promise<null> {
  const { steps, backlog, oldest } = state.round()
  await putDocument(open.stores.lake, roundKey, {
    version: aggregatesVersion,
    generated_at: isoTime(new Date()),
    began: isoTime(began),
    good,
    backlog,
    oldest_waiting: oldest && isoTime(oldest),
    steps: steps.map(roundStepOf),
  } satisfies RoundAggregate)
  return null
}

function roundStepOf({ step, ok, ms, requests }: StepOutcome): RoundStep {
  const { bytes_read, bytes_written, ...kinds } = requests
  const all = Object.values(kinds).reduce((sum, count) => sum + count, 0)
  return { name: step, good: ok, ms, requests: all, bytes_read, bytes_written }
}

/** The products of the round; null when a product file is invalid, which is reported like a failed step. */
async function readProducts(options: RoundOptions): Promise<Round['products'] | null> {
  let products: Round['products'] | null = null
  await runStep(options, 'products', async () => {
    products = (await findProducts(options.open)).products
    return null
  })
  return products
}

/** Runs and reports a step; true when it ended without error and findings. A result of null is not printed. */
async function runStep(
  { open, state }: RoundOptions,
  step: string,
  work: () => Promise<StepResult | null>,
): Promise<boolean> {
  const time = isoTime(new Date())
  const began = performance.now()
  const before = { ...open.requests }
  const end = (ok: boolean, report: object | null) => {
    const ms = Math.round(performance.now() - began)
    const requests = requestsSince(before, open.requests)
    state.endStep({ step, ok, ms, requests })
    if (report) process.stdout.write(`${JSON.stringify({ time, step, ok, ms, requests, ...report })}\n`)
    return ok
  }
  try {
    const result = await work()
    return end(!result?.findings, result?.report ?? null)
  } catch (error) {
    const failure = expectedFailure(error, open.config.cacheDir) ?? error
    return end(false, { error: failure instanceof Error ? failure.message : String(failure) })
  }
}

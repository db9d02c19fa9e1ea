// What the checks of one run share.
import type { Millis } from '../../shared/units.ts'
import type { OpenStore } from '../lake/open-store.ts'
import type { Deployment } from './deployment.ts'
import type { Finding } from './findings.ts'
import type { TestReport } from './test-report.ts'

export interface CheckContext {
  deployment: Deployment
  /** Token for reading; null: none was given. */
  token: string | null
  /** Token for uploads of symbols; null: none was given. */
  symbolToken: string | null
  /** The store of the deployment; null: none was given. */
  store: OpenStore | null
  report: TestReport
  /** How long to wait for what batch does; 0: not at all. */
  wait: Millis
  /** Called before a wait, with what it is for. */
  onWait(what: string): void
  now(): Date
  /** Ends early when `end` aborts. */
  sleep(ms: Millis): Promise<void>
  /** No further checks and waits. */
  end: AbortSignal
  /** What the checks left in the deployment so far. */
  left: Left
}

/** Filled by the checks that store something, emptied by the one that erases it. */
export interface Left {
  /** The test crash, when it was accepted. */
  crashId: string | null
  /** When it was sent, by the clock of this machine. */
  sentAt: Date | null
  /** Whether it was processed. */
  processed: boolean
  /** Where its symbols are stored. */
  symbols: 'regular' | 'try' | null
}

/** Some checks that belong together. */
export type Step = (context: CheckContext) => AsyncIterable<Finding>

const pollEvery: Millis = 500

/** Whether a condition came true within `wait` of the context. */
export async function waitFor(
  { wait, onWait, now, sleep, end }: CheckContext,
  what: string,
  holds: () => Promise<boolean>,
): Promise<boolean> {
  const until = now().getTime() + wait
  for (let attempt = 0; ; attempt++) {
    if (await holds()) return true
    if (end.aborted || now().getTime() + pollEvery > until) return false
    if (attempt === 0) onWait(what)
    // Slower while nothing happens, so that a long wait stays far below the limits of reads.
    await sleep(Math.min(pollEvery * 1.3 ** attempt, 10_000))
  }
}

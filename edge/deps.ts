// What the app needs from the world; the entry files fill it, tests too.
import type { MiddlewareHandler } from 'hono'
import type { Codecs } from '../shared/codecs/codecs.ts'
import type { Storage, Stores } from '../shared/storage/storage.ts'
import type { MemoryBudget } from './lib/memory-budget.ts'
import type { Config } from './config.ts'
import type { Log } from './lib/log.ts'
import type { MetricsRegistry } from './lib/metrics.ts'
import type { StartTimer } from './lib/timer.ts'
import type { Turns } from './lib/turns.ts'
import type { PolicySource } from './submit/policy.ts'
import type { RefusalCounter } from './submit/refusal-counter.ts'

export interface EdgeDeps {
  config: Config
  stores: Stores
  /** Takes reports that `stores.crashes` does not; absent: nothing does. */
  fallback?: Storage
  codecs: Codecs
  policy: PolicySource
  log: Log
  metrics: MetricsRegistry
  /** An answer given before a read has ended leaves that read in memory for good: then reads are waited for. */
  readsMustEnd?: boolean
  /** Memory that reports at work may hold together. */
  budget: MemoryBudget
  refusals: RefusalCounter
  /** True for a request of this machine itself to a name of this machine. */
  isLocal(request: Request): boolean
  /** False for a client that submits too often. */
  maySubmit(request: Request): Promise<boolean>
  /** False for a client that reads too often. */
  mayRead(request: Request): Promise<boolean>
  /** Compresses answers, where the platform does not. */
  compress?: MiddlewareHandler
  /** The dashboard's files; every page that is no file is the dashboard itself. */
  assets(request: Request): Promise<Response>
  now(): Date
  /** Milliseconds, steadily rising. */
  clock(): number
  sleep(ms: number): Promise<void>
  startTimer: StartTimer
  /** Turns of long work. */
  turns: Turns
  /** In [0, 1). */
  random(): number
}

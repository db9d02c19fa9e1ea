// The dependencies of the app, provided by the runtime entries and by tests.
import type { MiddlewareHandler } from 'hono'
import type { TablesApi } from '../shared/api/calls.ts'
import type { Codecs } from '../shared/codecs/codecs.ts'
import type { ResolveHost } from '../shared/symbols/sources/redirects.ts'
import type { Storage, Stores } from '../shared/storage/storage.ts'
import type { AuditLog } from './access/audit-log.ts'
import type { TokenSource } from './access/token-source.ts'
import type { Config } from './config.ts'
import type { Log } from './lib/log.ts'
import type { MemoryBudget } from './lib/memory-budget.ts'
import type { MetricsRegistry } from './lib/metrics.ts'
import type { StartTimer } from './lib/timer.ts'
import type { Turns } from './lib/turns.ts'
import type { PolicySource } from './submit/policy.ts'
import type { RefusalCounter } from './submit/refusal-counter.ts'

export interface EdgeDeps {
  config: Config
  stores: Stores
  /** The fallback store; absent: none. */
  fallback?: Storage
  codecs: Codecs
  policy: PolicySource
  tokens: TokenSource
  audit: AuditLog
  log: Log
  metrics: MetricsRegistry
  /** Set on runtimes that leak a pending body read when the response is sent first; handlers then await it. */
  readsMustEnd?: boolean
  /** A read waits for at least so many bytes, so that clients that send a byte at a time do not cost a read for each. */
  minReadBytes?: number
  /** Memory of all in-flight reports. */
  budget: MemoryBudget
  refusals: RefusalCounter
  /** True for a request from the local machine to one of its names. */
  isLocal(request: Request): boolean
  /** False for a client that submits too often. */
  maySubmit(request: Request): Promise<boolean>
  /** False for a client that reads too often. */
  mayRead(request: Request): Promise<boolean>
  /** Answers the endpoints that need the tables. Absent: they are passed on to `API_ORIGIN`. */
  api?: TablesApi
  /** Prometheus text of other parts of the program, for `/__metrics__`. */
  moreMetrics?(): Promise<string>
  /** What is wrong with other parts of the program, for `/__heartbeat__`. The texts are public. */
  moreProblems?(): Promise<readonly { name: string; msg: string }[]>
  /** The client's address as in `X-Forwarded-For`, behind the proxies' in front; null: unknown. */
  forwardedFor(request: Request): string | null
  /** Compresses responses, where the platform does not. */
  compress?: MiddlewareHandler
  /** The dashboard's files; for every other path, the dashboard itself. */
  assets(request: Request): Promise<Response>
  now(): Date
  /** Milliseconds, monotonic. */
  clock(): number
  sleep(ms: number): Promise<void>
  startTimer: StartTimer
  /** Continues after the response; failures are logged. */
  background(work: Promise<unknown>): void
  /** Finds the addresses of hosts to which symbol servers redirect. Absent on Workers, which reach public addresses only. */
  resolveHost?: ResolveHost
  /** Symbol files with more text are left to batch, because of memory. */
  maxIndexBytes: number
  /** Schedules long work. */
  turns: Turns
  /** In [0, 1). */
  random(): number
}

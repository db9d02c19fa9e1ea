// The dependencies that every runtime provides in the same way.
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import type { Stores } from '../../shared/storage/storage.ts'
import { createAuditLog } from '../access/audit-log.ts'
import { createTokenSource } from '../access/token-source.ts'
import type { Config } from '../config.ts'
import type { EdgeDeps } from '../deps.ts'
import { createLog, describeError } from '../lib/log.ts'
import type { BatchTools } from '../lib/batch-writer.ts'
import { createBudget } from '../lib/memory-budget.ts'
import { startTimer } from '../lib/timer.ts'
import { createTurns, nextLoopTurn } from '../lib/turns.ts'
import { createPolicySource } from '../submit/policy.ts'
import { createRefusalCounter } from '../submit/refusal-counter.ts'

const now = () => new Date()
/** Milliseconds, monotonic. */
export const clock = () => performance.now()
export const sleep = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms))
/** Work whose failure no one waits for. */
export const logged = (work: Promise<unknown>): Promise<unknown> =>
  work.catch((error: unknown) => log('error', 'background', { error: describeError(error) }))
export const log = createLog((line) => console.log(line), now)

/** What is counted and recorded in memory, and written in batches. */
export const createBatched = (tools: BatchTools) => ({
  refusals: createRefusalCounter(tools),
  audit: createAuditLog({ ...tools, now }),
})

/** Each call creates a memory budget and a queue of turns of its own. @throws CrashError 'bad-policy' */
export const commonDeps = (config: Config, stores: Stores) =>
  ({
    config,
    stores,
    log,
    codecs: nodeCodecs,
    policy: createPolicySource(config.policy, { storage: stores.crashes, log, clock }),
    tokens: createTokenSource({ config, storage: stores.crashes, codecs: nodeCodecs, log, clock }),
    minReadBytes: 64,
    background: (work: Promise<unknown>) => void logged(work),
    budget: createBudget(config.budgetMb * 1024 * 1024),
    now,
    clock,
    sleep,
    startTimer,
    turns: createTurns({ startTimer, nextLoopTurn }),
    random: Math.random,
  }) satisfies Partial<EdgeDeps>

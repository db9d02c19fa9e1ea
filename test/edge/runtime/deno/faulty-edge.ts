// The edge under Deno with a folder store that sometimes fails: `deno run --allow-all test/edge/runtime/deno/faulty-edge.ts FOLDER`.
// Prints the port it listens on. `GET /state` responds with the memory of reports in flight and of the process, in bytes.

import { createAuditLog } from '../../../../edge/access/audit-log.ts'
import { createTokenSource } from '../../../../edge/access/token-source.ts'
import { createApp } from '../../../../edge/app.ts'
import { readConfig } from '../../../../edge/config.ts'
import { createBudget } from '../../../../edge/lib/memory-budget.ts'
import { createMetrics } from '../../../../edge/lib/metrics.ts'
import { startTimer } from '../../../../edge/lib/timer.ts'
import { createTurns, nextLoopTurn } from '../../../../edge/lib/turns.ts'
import { createPolicySource } from '../../../../edge/submit/policy.ts'
import { createRefusalCounter } from '../../../../edge/submit/refusal-counter.ts'
import { nodeCodecs } from '../../../../shared/codecs/codecs.node.ts'
import { CrashError } from '../../../../shared/errors.ts'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import type { Storage } from '../../../../shared/storage/storage.ts'
import { createRandom } from '../../../support/mutate.ts'

const random = createRandom(42)
const sleep = (ms: number) => new Promise<void>((resume) => setTimeout(resume, ms))

/** In every period of this many writes the first ones fail: an outage that outlasts the retries of one report. */
const writesPerOutage = 400
const writesOut = 60
let writes = 0

/** Has outages; a sixth of all other writes fail before or after writing, or never return; some are slow; some reads fail. */
function withFaults(storage: Storage): Storage {
  return {
    ...storage,
    async put(key, body, options) {
      const fate = random()
      if (writes++ % writesPerOutage < writesOut || fate < 0.08)
        throw new CrashError('storage', 'fault before writing')
      if (fate > 0.95) await sleep(200)
      const done = await storage.put(key, body, options)
      if (fate < 0.16) throw new Error('fault after writing')
      if (fate < 0.18) return new Promise(() => {})
      return done
    },
    async head(key) {
      if (random() < 0.1) throw new Error('fault in looking')
      return storage.head(key)
    },
  }
}

const folder = Deno.args[0]!
const crashes = withFaults(createFolderStorage(`${folder}/crashes`))
const config = readConfig({ CRASH_ID_KEY: 'the key of the tests', STORE_TIMEOUT_MS: '600', BUDGET_MB: '8' })
const log = () => {}
const clock = () => performance.now()
const budget = createBudget(config.budgetMb * 1024 * 1024)
const batchTools = { storage: crashes, log, schedule: () => {}, uniqueName: () => crypto.randomUUID() }
const app = createApp({
  config,
  stores: {
    crashes,
    lake: createFolderStorage(`${folder}/lake`),
    symbols: createFolderStorage(`${folder}/symbols`),
  },
  codecs: nodeCodecs,
  policy: createPolicySource(config.policy, { storage: crashes, log, clock }),
  tokens: createTokenSource({ config, storage: crashes, codecs: nodeCodecs, log, clock }),
  log,
  background: () => {},
  maxIndexBytes: 0,
  metrics: createMetrics(),
  budget,
  refusals: createRefusalCounter(batchTools),
  audit: createAuditLog({ ...batchTools, now: () => new Date() }),
  isLocal: () => true,
  maySubmit: async () => true,
  mayRead: async () => true,
  forwardedFor: () => null,
  assets: async () => new Response(null, { status: 404 }),
  now: () => new Date(),
  clock,
  sleep,
  startTimer,
  turns: createTurns({ startTimer, nextLoopTurn }),
  random: Math.random,
})

const state = () => Response.json({ held: budget.heldBytes, rss: Deno.memoryUsage().rss })

Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: ({ port }) => console.log(port) }, (request) =>
  new URL(request.url).pathname === '/state' ? state() : app.fetch(request),
)

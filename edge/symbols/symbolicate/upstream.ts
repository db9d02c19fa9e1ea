// Symbols that the store lacks, from the symbol servers in the settings. A request waits for them only a moment.
import { LRUCache } from 'lru-cache'
import { isCrashError } from '../../../shared/errors.ts'
import { present } from '../../../shared/present.ts'
import type { ModuleError } from '../../../shared/symbolicate/symbolicate.ts'
import { httpFiles } from '../../../shared/symbols/sources/http.ts'
import type { SymbolFiles } from '../../../shared/symbols/sources/symbol-files.ts'
import { type ModuleKey, moduleKeyText, symbolPath } from '../../../shared/symbols/sources/symbol-path.ts'
import type { SymbolTable } from '../../../shared/symbols/symdex/symbol-table.ts'
import type { Bytes, Millis } from '../../../shared/units.ts'
import type { EdgeDeps } from '../../deps.ts'
import { describeError } from '../../lib/log.ts'
import { createIndexer, type Indexer, type IndexJob } from './indexing.ts'

/** A table, or why there is none; null when no server has the module. */
type Outcome = SymbolTable | ModuleError | null

export interface Upstream {
  /** Servers were configured. */
  readonly exists: boolean
  /**
   * Fetches one module after another, also after the response.
   * @param find returns the index of the module, if it was stored in the meantime
   */
  openQueue(): (module: ModuleKey, find: IndexJob['find'], waitMs: Millis) => Promise<Outcome>
}

const fetchTimeoutMs: Millis = 25_000
/** How long a server is not asked again for what it lacks or what cannot be used. */
const rememberMs: Millis = 600_000
const maxRemembered = 10_000
/** Modules of one request. */
const maxQueued = 100

const pending: ModuleError = {
  name: 'Pending',
  message: 'The symbols are being fetched from a symbol server: try again in a minute',
}

interface State {
  deps: EdgeDeps
  indexer: Indexer
  servers: readonly SymbolFiles[]
  known: LRUCache<string, { outcome: Outcome }>
}

export function createUpstream(deps: EdgeDeps): Upstream {
  const { config } = deps
  const options = {
    ...{ attempts: 2, timeout: fetchTimeoutMs, maxBytes: maxFetchBytes(deps) },
    ...present({ resolve: deps.resolveHost }),
  }
  const servers = config.symbolServers.map((url) => httpFiles(url, options))
  const known = new LRUCache<string, { outcome: Outcome }>({
    max: maxRemembered,
    ttl: rememberMs,
    perf: { now: () => deps.clock() },
    ttlResolution: 0,
  })
  const state: State = { deps, indexer: createIndexer(deps), servers, known }
  return {
    exists: servers.length > 0,
    openQueue() {
      let last: Promise<unknown> = Promise.resolve()
      let queued = 0
      return async (module, find, waitMs) => {
        const before = known.get(moduleKeyText(module))
        if (before) return before.outcome
        if (servers.length === 0 || symbolPath(module) === null) return null
        if (++queued > maxQueued) return pending
        const fetched = last.then(() => fetchModule(module, find, state))
        last = fetched
        deps.background(fetched)
        return Promise.race([fetched, deps.sleep(waitMs).then(() => pending)])
      }
    },
  }
}

const maxFetchBytes = ({ config, maxIndexBytes }: EdgeDeps): Bytes =>
  Math.min(maxIndexBytes, config.symbolFetchMb * 1024 * 1024)

async function fetchModule(module: ModuleKey, find: IndexJob['find'], state: State): Promise<Outcome> {
  let outcome: Outcome = null
  for (const server of state.servers) {
    const next = await fetchFrom(server, { module, find }, state)
    if (next && 'visit' in next && next.problem === null) return next
    outcome ??= next
  }
  const isLasting = outcome === null || 'visit' in outcome || outcome.name === 'LimitExceeded'
  if (isLasting) state.known.set(moduleKeyText(module), { outcome })
  return outcome
}

async function fetchFrom(
  server: SymbolFiles,
  { module, find }: Pick<IndexJob, 'module' | 'find'>,
  { deps, indexer }: State,
): Promise<Outcome> {
  const count = (result: string) => deps.metrics.record('symbol_fetches_total', 1, { result })
  try {
    const file = await server.find(module)
    const read = async () => file?.read() ?? null
    const job = { module, isTry: false, read, find, waitMs: fetchTimeoutMs }
    const table = await indexer.index({ ...job, maxBytes: maxFetchBytes(deps) })
    count(table ? 'found' : 'missing')
    return table
  } catch (error) {
    if (!isCrashError(error)) throw error
    count('failed')
    deps.log('warning', 'symbols_not_fetched', { module: symbolPath(module), error: describeError(error) })
    return error.code === 'limit'
      ? { name: 'LimitExceeded', message: 'The symbol file is too large to be fetched and indexed here' }
      : { name: 'Failing', message: 'The symbol servers did not answer: try again later' }
  }
}

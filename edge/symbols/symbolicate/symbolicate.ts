// POST /symbols/symbolicate/v5 and v4: the symbolication API of Mozilla's Eliot.
import { LRUCache } from 'lru-cache'
import { isCrashError } from '../../../shared/errors.ts'
import { answerPieces } from '../../../shared/symbolicate/answer.ts'
import {
  type ApiVersion,
  type Job,
  maxRequestBytes,
  parseRequest,
} from '../../../shared/symbolicate/request.ts'
import { type ModuleResult, symbolicate } from '../../../shared/symbolicate/symbolicate.ts'
import type { Bytes } from '../../../shared/units.ts'
import type { EdgeDeps } from '../../deps.ts'
import { RateLimited } from '../../errors.ts'
import { jsonAnswer, plainAnswer } from '../../lib/http.ts'
import { describeError } from '../../lib/log.ts'
import { streamPieces } from '../../lib/piece-stream.ts'
import { type InFlight, whileInFlight } from '../../submit/in-flight.ts'
import { debugStats } from './debug-stats.ts'
import { createIndexer } from './indexing.ts'
import { openModuleSource, type SharedSymbols } from './module-source.ts'
import { createReadBudget } from './read-budget.ts'
import { readBody } from './request-body.ts'
import type { KnownRoot } from './stored-symbols.ts'
import { createUpstream } from './upstream.ts'

/** Memory for the roots of indexes; one of a symbol file of 1 GB has about 160 kB. */
const rootBytes: Bytes = 16 * 1024 * 1024
/** Typed arrays of a root have 20 bytes per page, the file 16. */
const sizeOfRoot = ({ root }: KnownRoot) => Math.ceil(root.offset[0]! * 1.25)

export const createSymbolicator = (deps: EdgeDeps): SharedSymbols => ({
  deps,
  roots: new LRUCache({ maxSize: rootBytes, sizeCalculation: sizeOfRoot }),
  indexer: createIndexer(deps),
  upstream: createUpstream(deps),
})

/** Memory of a parsed request and its answer per byte of its body. */
const memoryFactor = 10
const refused = (title: string, status = 400) => jsonAnswer({ title }, { status })

/** @throws RateLimited, Overloaded, TimedOut, ClientGone */
export async function answerSymbolication(
  request: Request,
  version: ApiVersion,
  shared: SharedSymbols,
): Promise<Response> {
  const { deps } = shared
  const count = (result: string) => deps.metrics.record('symbolications_total', 1, { result })
  if (!(await deps.mayRead(request))) throw new RateLimited()
  return whileInFlight(deps, async (bounds) => {
    try {
      const body = await readBody(request, maxRequestBytes, { deps, bounds })
      if (!body) {
        count('refused')
        return refused(`please limit size of a request to <= ${maxRequestBytes} bytes`, 413)
      }
      bounds.share.hold(body.length * memoryFactor)
      const answer = await answerTo(parseRequest(body, version), { request, version, bounds }, shared)
      count('answered')
      return answer
    } catch (error) {
      if (!isCrashError(error) || (error.code !== 'bad-json' && error.code !== 'bad-usage')) throw error
      count('refused')
      return refused(error.message)
    }
  })
}

interface Context {
  request: Request
  version: ApiVersion
  bounds: InFlight
}

async function answerTo(
  jobs: readonly Job[],
  { request, version, bounds }: Context,
  shared: SharedSymbols,
): Promise<Response> {
  const { deps } = shared
  const startedAt = deps.clock()
  const budget = createReadBudget(deps.config.symbolicateTimeoutMs, deps.clock)
  const symbolicated = await symbolicate(jobs, {
    source: openModuleSource(shared, budget),
    onModule: (_module, result) => record(result, deps),
  })
  deps.metrics.record('symbolicate_bytes', budget.bytes, {})
  const seconds = (deps.clock() - startedAt) / 1000
  deps.metrics.record('symbolicate_ms', seconds * 1000, {})
  const debug = request.headers.get('debug') ? debugStats(symbolicated, budget, seconds) : undefined
  return answer(answerPieces(symbolicated, version, { debug }), deps, bounds)
}

function record({ found, error, cause }: ModuleResult, { metrics, log }: EdgeDeps): void {
  metrics.record('symbolicated_modules_total', 1, { result: found ? 'found' : error!.name.toLowerCase() })
  if (error?.name === 'Failing' && cause !== null)
    log('warning', 'symbols_not_read', { error: describeError(cause) })
}

const json = { 'content-type': 'application/json; charset=utf-8' }

/** A short answer at once; a long one in pieces, whose memory stays reserved until the client has it. */
function answer(pieces: Iterable<string>, deps: EdgeDeps, { share }: InFlight): Response {
  const iterator = pieces[Symbol.iterator]()
  const first = iterator.next()
  const second = iterator.next()
  if (second.done) return plainAnswer(first.value ?? '', 200, json)
  const held = deps.budget.open()
  held.hold(share.heldBytes)
  const { startTimer, config } = deps
  const body = streamPieces(
    (function* () {
      yield first.value as string
      yield second.value
      yield* { [Symbol.iterator]: () => iterator }
    })(),
    { startTimer, timeoutMs: config.submitTimeoutMs, onEnd: () => held.release() },
  )
  return new Response(body, { headers: json })
}

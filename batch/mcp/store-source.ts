// Reads from a store directly: public data.
import { join } from 'node:path'
import { publicView } from '../../shared/fields/public-view.ts'
import { parseCrashId } from '../../shared/crash-id.ts'
import { CrashError } from '../../shared/errors.ts'
import { processedKey } from '../../shared/keys.ts'
import { answerOf, answerText } from '../../shared/search/answer.ts'
import { openLimits } from '../../shared/search/parameters/options.ts'
import { parseQuery } from '../../shared/search/parameters/parse.ts'
import { searchSql } from '../../shared/search/sql/search.ts'
import { type AnswerV5, answerPieces } from '../../shared/symbolicate/answer.ts'
import { symbolicate } from '../../shared/symbolicate/symbolicate.ts'
import { bucketFiles } from '../../shared/symbols/sources/bucket.ts'
import { firstSource } from '../../shared/symbols/sources/symbol-source.ts'
import { indexedSource } from '../../shared/symbols/sources/symdex-cache.node.ts'
import type { Bytes } from '../../shared/units.ts'
import type { OpenStore } from '../lake/open-store.ts'
import { decodeProcessedCrash } from '../processing/processed-crash.ts'
import { openLiveTables } from '../serve/live-tables.ts'
import { createQueryRunner, defaultQueryLimits } from '../sql/sandbox/query-runner.ts'
import { openSymbolSources } from '../symbols/symbol-sources.ts'
import { type CrashSource, firstRows } from './source.ts'

export interface StoreSourceOptions {
  open: OpenStore
  dashboard: string
  /** Places of symbols besides those of the store. */
  symbols: readonly string[]
}

const cacheBytes: Bytes = 4 * 1024 * 1024 * 1024

/** Opens DuckDB once, for searches; statements run in processes of their own. */
export async function openStoreSource(options: StoreSourceOptions): Promise<CrashSource & AsyncDisposable> {
  const { open, dashboard } = options
  const { lake, crashes } = open.stores
  await using opened = new AsyncDisposableStack()
  const warn = (error: unknown) =>
    process.stderr.write(`mayday: ${error instanceof Error ? error.message : error}\n`)
  const tables = opened.use(await openLiveTables({ open, onFailure: warn }))
  const limits = { ...defaultQueryLimits, ...open.config.sqlLimits }
  const queries = opened.use(createQueryRunner(open.url, { limits }))
  const symbols = symbolsOf(options)
  const resources = opened.move()
  return {
    dashboard,
    async document(key) {
      const object = await lake.get(key)
      return object && JSON.parse(new TextDecoder().decode(await object.bytes()))
    },
    async report(crashId) {
      const object = await crashes.get(processedKey(parseCrashId(crashId).crashId))
      return object && publicView(decodeProcessedCrash(await object.bytes()))
    },
    search: (parameters, signal) =>
      tables.read(signal, async ({ relation, run }) => {
        const query = queryOf(parameters)
        const crashes = await relation('crashes', { processed: { from: query.from, to: query.to } })
        const result = await searchSql(query, {
          relation: crashes,
          distinctFrom: crashes,
          run: ({ sql, values }) => run<Record<string, unknown>>(sql, values),
        })
        return JSON.parse(answerText(answerOf(query, result)))
      }),
    async sql(sql, mostRows, signal) {
      const request = { sql, values: {}, format: 'jsonl', tableRows: 1, includeProtected: false } as const
      return firstRows((await queries.run(request, signal)).body, mostRows)
    },
    async symbolicate(job) {
      const symbolicated = await symbolicate([job], { source: symbols })
      const pieces = answerPieces(symbolicated, 5, { maxLength: Number.POSITIVE_INFINITY })
      return (JSON.parse([...pieces].join('')) as AnswerV5).results[0]!
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

function symbolsOf({ open, symbols }: StoreSourceOptions) {
  const folder = join(open.cacheDir, 'symdex')
  const own = indexedSource(bucketFiles(open.stores.symbols), { folder, maxBytes: cacheBytes })
  const { symbolFetchBytes: fetchBytes } = open.config
  return firstSource([own, openSymbolSources(symbols, { cacheFolder: folder, fetchBytes })])
}

/** @throws CrashError 'bad-usage' */
function queryOf(parameters: URLSearchParams) {
  const parsed = parseQuery(parameters, {
    now: Date.now() * 1000,
    protected: 'refuse',
    unknown: 'refuse',
    limits: { ...openLimits, results: 1000, facetSize: 1000 },
  })
  if (!('problems' in parsed)) return parsed.query
  throw new CrashError('bad-usage', [...new Set(parsed.problems.map(({ message }) => message))].join('; '))
}

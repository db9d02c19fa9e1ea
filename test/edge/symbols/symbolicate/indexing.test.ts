// Symbol files are indexed one at a time, and their index is stored.
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { EdgeDeps } from '../../../../edge/deps.ts'
import { createIndexer, type IndexJob } from '../../../../edge/symbols/symbolicate/indexing.ts'
import { CrashError } from '../../../../shared/errors.ts'
import { symdexKey } from '../../../../shared/keys.ts'
import { corruptTable } from '../../../../shared/symbols/symdex/symbol-table.ts'
import { createTestEdge } from '../../edge.support.ts'

const id = 'D48F191186D67E69DF025AD71FB91E1F0'
const module = { debugFile: 'app.pdb', debugId: id, codeFile: '', codeId: '' }
const text = new TextEncoder().encode(
  `MODULE windows x86_64 ${module.debugId} ${module.debugFile}\nPUBLIC 10 0 f\n`,
)
const job = (change: Partial<IndexJob> = {}): IndexJob => ({
  ...{ module, isTry: false, waitMs: 1000 },
  read: async () => text,
  find: async () => null,
  ...change,
})

const index = (change: Partial<IndexJob>, deps: EdgeDeps = createTestEdge().deps) =>
  createIndexer(deps).index(job(change))

describe('a symbol file', () => {
  test.each([
    ['text', text, false, module],
    ['gzip', gzipSync(text), true, module],
    ['of a path', text, false, { ...module, debugFile: 'C:\\build\\app.pdb' }],
  ])('%s is indexed, and its index is stored', async (_, bytes, isTry, named) => {
    const edge = createTestEdge()
    const counts: unknown[] = []
    Object.assign(edge.deps.metrics, { record: (...entry: unknown[]) => counts.push(entry) })
    const table = await index({ module: named, isTry, read: async () => bytes }, edge.deps)
    expect(table).not.toEqual(corruptTable(expect.anything()))
    const stored = (kind: boolean) =>
      edge.deps.stores.symbols.head(symdexKey(module.debugFile, module.debugId, kind))
    expect([(await stored(false)) !== null, (await stored(true)) !== null]).toEqual([!isTry, isTry])
    expect(counts).toEqual([['symbols_indexed_total', 1, {}]])
    expect(edge.logs).toEqual([])
  })

  test.each([
    ['text of the limit', text, text.length, null],
    ['text beyond it', text, text.length - 1, text.length - 1],
    ['gzip of the limit', gzipSync(text), text.length, null],
    ['gzip beyond it', gzipSync(text), text.length - 1, text.length - 1],
  ])('with %s', async (_, bytes, maxBytes, refusedAt) => {
    const own = createTestEdge().deps
    const ofRuntime = createTestEdge().deps
    ofRuntime.maxIndexBytes = maxBytes
    const read = async () => bytes
    for (const start of [() => index({ read, maxBytes }, own), () => index({ read }, ofRuntime)]) {
      const indexed = start()
      if (refusedAt === null) expect(await indexed).not.toBeNull()
      else
        await expect(indexed).rejects.toMatchObject({
          code: 'limit',
          message: `The symbol file has more than ${refusedAt} bytes`,
        })
    }
  })

  test.each([
    ['cut gzip', gzipSync(text).subarray(0, 30), 'its gzip data is damaged'],
    ['text of another kind', new TextEncoder().encode('x'), null],
  ])('of %s has no index', async (_, bytes, problem) => {
    const { deps } = createTestEdge()
    const table = await index({ read: async () => bytes }, deps)
    expect(table!.problem).toEqual(problem ?? expect.any(String))
    expect(await Array.fromAsync(deps.stores.symbols.list(''))).toEqual([])
  })

  test('that does not exist has no symbols', async () => {
    expect(await index({ read: async () => null })).toBeNull()
  })
})

describe('an index that cannot be stored', () => {
  test('for the store, is in the log', async () => {
    const { deps, logs } = createTestEdge()
    const put = () => Promise.reject(new CrashError('storage', 'read only'))
    deps.stores.symbols = { ...deps.stores.symbols, put }
    expect(await index({}, deps)).not.toBeNull()
    expect(logs).toMatchObject([
      {
        severity: 'warning',
        event: 'index_not_stored',
        key: symdexKey(module.debugFile, module.debugId, false),
        error: expect.stringContaining('read only'),
      },
    ])
  })

  test('for a mistake, fails; the next file is indexed', async () => {
    const { deps } = createTestEdge()
    const { symbols } = deps.stores
    const indexer = createIndexer(deps)
    deps.stores.symbols = { ...symbols, put: () => Promise.reject(new TypeError('a mistake')) }
    await expect(indexer.index(job())).rejects.toThrow('a mistake')
    deps.stores.symbols = symbols
    expect(await indexer.index(job({ waitMs: 0 }))).not.toBeNull()
  })
})

describe('while another file is indexed', () => {
  /** Starts a job that ends when `release` is called. */
  function occupied() {
    const { deps } = createTestEdge()
    const indexer = createIndexer(deps)
    const { promise, resolve } = Promise.withResolvers<null>()
    const first = indexer.index(job({ read: () => promise }))
    return {
      deps,
      indexer,
      release: async () => {
        resolve(null)
        await first
      },
    }
  }

  test('a file is refused after its time', async () => {
    const { indexer } = occupied()
    await expect(indexer.index(job())).rejects.toMatchObject({
      code: 'timeout',
      message: 'Other symbol files are being indexed',
    })
  })

  test.each([
    ['found, it is not read', corruptTable('found'), []],
    ['not found, it is read', null, ['read']],
  ])('a file waits; when its index is %s', async (_, found, calls) => {
    const { deps, indexer, release } = occupied()
    Object.assign(deps, { sleep: release })
    const called: string[] = []
    const read = async () => {
      called.push('read')
      return text
    }
    const table = await indexer.index(job({ read, find: async () => found }))
    expect(called).toEqual(calls)
    if (found) expect(table).toBe(found)
  })

  test('a job of more than a minute has ended without notice', async () => {
    const { deps, indexer } = occupied()
    let now = 60_000
    Object.assign(deps, { clock: () => now })
    await expect(indexer.index(job({ waitMs: 0 }))).rejects.toMatchObject({ code: 'timeout' })
    now += 2
    expect(await indexer.index(job({ waitMs: 0 }))).not.toBeNull()
  })
})

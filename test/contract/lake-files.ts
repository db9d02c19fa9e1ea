// Reads of search files and public tables, as vectors that run on an edge in any runtime.
import { deepStrictEqual as equal, match, notEqual, ok } from 'node:assert/strict'
import type { Storage } from '../../shared/storage/storage.ts'

export interface LakeEdge {
  fetch(request: Request): Promise<Response>
  /** The bucket `lake`, empty. */
  lake: Storage
  /** The private bucket. */
  crashes: Storage
  origin: string
}

export interface LakeVector {
  name: string
  run(edge: LakeEdge): Promise<void>
}

const hash = '0123456789abcdef0123456789abcdef'
const cols = `v1/2026-11-23-${hash}.cols`
const parquet = 'tables/crashes/date=2026-11-23/0of1-0.parquet'
const published = `iceberg/crashes/data/date=2026-11-23/0of1-0-abc-01234567.parquet`
const avro = 'iceberg/crashes/metadata/snap-123.avro'
const hint = 'iceberg/crashes/metadata/version-hint.text'
const content = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) % 251)

async function put(edge: LakeEdge): Promise<void> {
  await edge.lake.put(`search/${cols}`, content, { contentType: 'application/octet-stream' })
  await edge.lake.put(parquet, content, { contentType: 'application/vnd.apache.parquet' })
  for (const key of [published, avro, 'iceberg/lake.duckdb']) await edge.lake.put(key, content)
  const text = (key: string, value: string) => edge.lake.put(key, new TextEncoder().encode(value))
  await text(hint, '1')
  await text('iceberg/crashes/metadata/v1.metadata.json', '{"location":"s3://lake/iceberg/crashes","is":1}')
  await text('iceberg/crashes/metadata/v2.metadata.json', '{"location":"s3://lake/iceberg/crashes","is":2}')
  await edge.lake.put('search/v1/manifest.json', new TextEncoder().encode(`{"version":1${' '.repeat(3000)}}`))
}

async function ask(edge: LakeEdge, path: string, init: RequestInit = {}) {
  const accept = { 'accept-encoding': 'gzip, deflate, br' }
  const response = await edge.fetch(
    new Request(`${edge.origin}/${path}`, { ...init, headers: { ...accept, ...init.headers } }),
  )
  const bytes = new Uint8Array(await response.arrayBuffer())
  return { status: response.status, headers: response.headers, bytes }
}

const vector = (name: string, run: LakeVector['run']): LakeVector => ({
  name,
  async run(edge) {
    await put(edge)
    await run(edge)
  },
})

/** Each case with its range of the content; null: the whole; `unsatisfiable`: none. */
const ranges: [header: string, [from: number, to: number] | null | 'unsatisfiable'][] = [
  ['bytes=0-0', [0, 1]],
  ['bytes=100-199', [100, 200]],
  ['bytes=4990-', [4990, 5000]],
  ['bytes=-10', [4990, 5000]],
  ['bytes=-9999', [0, 5000]],
  ['bytes=4999-9999', [4999, 5000]],
  ['bytes=5000-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=5-4', null],
  ['bytes=0-1,4-5', null],
  ['rows=0-1', null],
  ['bytes=99999999999999999999-', null],
]

const files = [`search-data/${cols}`, parquet, published, avro, 'iceberg/lake.duckdb']

/** Every table that is not public, private buckets, and paths that try to leave the folder. */
const forbidden = [
  'tables/protected/date=2026-11-23/0of1-0.parquet',
  'tables/audit/date=2026-11-23/all-0.parquet',
  'tables/held_dumps/date=2026-11-23/all-0.parquet',
  'tables/crashes/../protected/date=2026-11-23/0of1-0.parquet',
  'tables/crashes/%2e%2e/protected/date=2026-11-23/0of1-0.parquet',
  'tables/crashes/..%2fprotected/date=2026-11-23/0of1-0.parquet',
  'tables/crashes/..%5cprotected/date=2026-11-23/0of1-0.parquet',
  'tables/crashes%2f..%2fprotected/date=2026-11-23/0of1-0.parquet',
  'tables//protected/date=2026-11-23/0of1-0.parquet',
  'tables/PROTECTED/date=2026-11-23/0of1-0.parquet',
  'tables/protected%00/date=2026-11-23/0of1-0.parquet',
  'tables/crashes/date=2026-11-23/0of1-0.parquet%0a',
  'tables/crashes/date=2026-11-23/',
  'tables/crashes/',
  'tables/%ff',
  'iceberg/protected/data/date=2026-11-23/0of1-0-abc-01234567.parquet',
  'iceberg/audit/metadata/v1.metadata.json',
  'iceberg/held_dumps/metadata/version-hint.text',
  'iceberg/crashes/data/..%2f..%2f..%2ftables%2fprotected%2fdate=2026-11-23%2f0of1-0.parquet',
  'iceberg/crashes/metadata/other.json',
  'iceberg/../raw/20261123/x',
  'iceberg/v1/namespaces/mayday/tables/protected',
  'iceberg/v1/namespaces/mayday/tables/..%2f..%2fraw',
  'iceberg/',
  'search-data/',
  'search-data/v1/',
  'search-data/v1/other.json',
  'search-data/v2/manifest.json',
  'search-data/../tables/protected/date=2026-11-23/0of1-0.parquet',
  'search-data/..%2f..%2fraw/20261123/x',
  'search-data/v1/..%2f..%2ftables%2fprotected%2fdate=2026-11-23%2f0of1-0.parquet',
  `search-data/v1/%2e%2e/v1/2026-11-23-${hash}.cols/..`,
  `search-data/v1/2026-11-23-${hash}.cols%00`,
  'search-data/v1/made-from/aggregates.json',
]

export const lakeVectors: readonly LakeVector[] = [
  ...files.map((path) =>
    vector(`ranges of ${path} are of the stored bytes`, async (edge) => {
      for (const [range, expected] of ranges) {
        const { status, headers, bytes } = await ask(edge, path, { headers: { range } })
        equal(headers.get('content-encoding'), null, range)
        if (expected === 'unsatisfiable') {
          equal([status, headers.get('content-range')], [416, 'bytes */5000'], range)
          continue
        }
        const [from, to] = expected ?? [0, 5000]
        equal(status, expected ? 206 : 200, range)
        equal(headers.get('content-range'), expected && `bytes ${from}-${to - 1}/5000`, range)
        equal(headers.get('content-length'), String(to - from), range)
        ok(Buffer.from(bytes).equals(content.subarray(from, to)), range)
      }
    }),
  ),

  vector('If-Range with another tag gets the whole file, with the right one the range', async (edge) => {
    for (const path of files) {
      const tag = (await ask(edge, path)).headers.get('etag')!
      match(tag, /^"[^"]+"$/)
      const part = (value: string) => ask(edge, path, { headers: { range: 'bytes=0-9', 'if-range': value } })
      equal((await part(tag)).status, 206)
      equal((await part('"other"')).status, 200)
      equal((await part(`W/${tag}`)).status, 200)
      equal((await ask(edge, path, { headers: { 'if-none-match': tag } })).status, 304)
    }
  }),

  vector('HEAD states the size and sends nothing', async (edge) => {
    for (const path of files) {
      const { status, headers, bytes } = await ask(edge, path, { method: 'HEAD' })
      equal([status, headers.get('content-length'), bytes.length], [200, '5000', 0])
      equal([headers.get('accept-ranges'), headers.get('content-encoding')], ['bytes', null])
    }
  }),

  vector('search files may be kept for a year, tables are asked for again', async (edge) => {
    const control = async (path: string) => (await ask(edge, path)).headers.get('cache-control')
    equal(await control(files[0]!), 'public, max-age=31536000, immutable, no-transform')
    for (const path of [published, avro, 'iceberg/crashes/metadata/v1.metadata.json'])
      equal(await control(path), 'public, max-age=31536000, immutable, no-transform', path)
    for (const path of [files[1]!, hint, 'iceberg/lake.duckdb'])
      equal(await control(path), 'no-cache, no-transform', path)
  }),

  vector('the manifest is asked for again each time, by its tag', async (edge) => {
    const { status, headers, bytes } = await ask(edge, 'search-data/v1/manifest.json')
    equal([status, headers.get('cache-control'), bytes.length > 0], [200, 'no-cache', true])
    const tag = headers.get('etag')!
    equal(
      (await ask(edge, 'search-data/v1/manifest.json', { headers: { 'if-none-match': tag } })).status,
      304,
    )
    await edge.lake.put('search/v1/manifest.json', new TextEncoder().encode('{"version":2}'))
    const after = await ask(edge, 'search-data/v1/manifest.json', { headers: { 'if-none-match': tag } })
    equal(after.status, 200)
    notEqual(after.headers.get('etag'), tag)
    equal((await ask(edge, 'search-data/v1/manifest.json', { method: 'HEAD' })).bytes.length, 0)
  }),

  vector('pages of any origin may read, no client may write', async (edge) => {
    for (const path of [...files, 'search-data/v1/manifest.json']) {
      const { headers } = await ask(edge, path)
      equal(headers.get('access-control-allow-origin'), '*')
      match(headers.get('access-control-expose-headers')!, /content-range/)
      const preflight = await ask(edge, path, { method: 'OPTIONS' })
      equal(preflight.status, 200)
      match(preflight.headers.get('access-control-allow-headers')!, /if-range/)
      for (const method of ['PUT', 'POST', 'DELETE']) equal((await ask(edge, path, { method })).status, 405)
    }
  }),

  vector(
    'the catalog has one namespace, the published tables, and the newest metadata of each',
    async (edge) => {
      const json = async (path: string) => {
        const { status, headers, bytes } = await ask(edge, `iceberg/v1/${path}`)
        equal([headers.get('access-control-allow-origin'), headers.get('cache-control')], ['*', 'no-cache'])
        return [status, JSON.parse(new TextDecoder().decode(bytes))]
      }
      const [status, config] = await json('config?warehouse=x')
      equal([status, config.defaults, config.overrides], [200, {}, {}])
      equal(await json('namespaces'), [200, { namespaces: [['mayday']] }])
      equal(await json('namespaces?parent=mayday'), [200, { namespaces: [] }])
      equal((await json('namespaces?parent=other'))[0], 404)
      equal(await json('namespaces/mayday'), [200, { namespace: ['mayday'], properties: {} }])
      await edge.lake.put('iceberg/protected/metadata/version-hint.text', new Uint8Array([0x31]))
      const identifiers = [{ namespace: ['mayday'], name: 'crashes' }]
      equal(await json('namespaces/mayday/tables'), [200, { identifiers }])
      const location = 's3://lake/iceberg/crashes'
      const metadata = { location, is: 2 }
      const expected = { 'metadata-location': `${location}/metadata/v2.metadata.json`, metadata, config: {} }
      equal(await json('namespaces/mayday/tables/crashes'), [200, expected])
      for (const path of [
        'namespaces/other',
        'namespaces/mayday/tables/bugs',
        'namespaces/mayday/views',
        'other',
        '',
      ])
        equal([path, (await json(path))[0]], [path, 404])
      const { error } = (await json('namespaces/mayday/tables/protected'))[1]
      equal([error.code, error.type], [404, 'NoSuchTableException'])
      equal((await ask(edge, 'iceberg/v1/namespaces/mayday/tables/crashes', { method: 'HEAD' })).status, 200)
      for (const method of ['POST', 'PUT', 'DELETE'])
        equal((await ask(edge, 'iceberg/v1/namespaces/mayday/tables/crashes', { method })).status, 405)
    },
  ),

  vector('other objects are not found, by any spelling of their path', async (edge) => {
    const secret = new TextEncoder().encode('secret')
    for (const storage of [edge.lake, edge.crashes]) {
      for (const table of ['protected', 'audit', 'held_dumps'])
        for (const name of ['0of1-0', 'all-0'])
          await storage.put(`tables/${table}/date=2026-11-23/${name}.parquet`, secret)
    }
    await edge.lake.put('search/v1/other.json', secret)
    await edge.lake.put('made-from/aggregates.json', secret)
    await edge.crashes.put('raw/20261123/x', secret)
    for (const path of forbidden) {
      const { bytes, headers } = await ask(edge, path)
      // The paths that a URL parser simplifies end at the dashboard, or at nothing.
      const text = new TextDecoder().decode(bytes)
      ok(!text.includes('secret') && headers.get('content-type') !== 'application/vnd.apache.parquet', path)
    }
  }),
]

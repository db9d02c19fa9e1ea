// The API of an edge without tables, as a table that any runtime can run: parameters, errors, permissions, audit.
import { deepStrictEqual as equal, match } from 'node:assert/strict'
import { decodeAuditRows } from '../../shared/access/audit.ts'
import type { Permission } from '../../shared/access/permissions.ts'
import { hashToken, type StoredToken } from '../../shared/access/tokens.ts'
import { recordMissing } from '../../shared/api/missing.ts'
import { decodeReprocessing } from '../../shared/api/reprocessing.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { auditPrefix, processedKey, reprocessingPrefix, tokensKey } from '../../shared/keys.ts'
import { storedMetadata } from '../../shared/report/stored.ts'
import { createTestEdge, type TestEdge } from '../edge/edge.support.ts'
import { bytesOf, F, multipart, submitRequest, T } from '../support/crash-request.ts'

export interface ApiVector {
  name: string
  run(): Promise<void>
}

const tokens = {
  pii: '0123456789abcdef0123456789abcde0',
  dumps: '0123456789abcdef0123456789abcde1',
  reprocess: '0123456789abcdef0123456789abcde2',
  expired: '0123456789abcdef0123456789abcde3',
  other: '0123456789abcdef0123456789abcde4',
} as const
type TokenName = keyof typeof tokens

const permissionsOf: Readonly<Record<TokenName, readonly Permission[]>> = {
  pii: ['view_pii'],
  dumps: ['view_pii', 'view_rawdump'],
  reprocess: ['reprocess_crashes'],
  expired: ['view_pii'],
  other: ['view_pii', 'view_rawdump', 'reprocess_crashes'],
}

const storedTokens = (Object.keys(tokens) as TokenName[]).map(
  (name): StoredToken => ({
    ...{ sha256: hashToken(tokens[name], nodeCodecs), label: name, permissions: [...permissionsOf[name]] },
    created_at: '2011-01-01T00:00:00Z',
    ...(name === 'expired' && { expires_at: '2011-02-01T00:00:00Z' }),
    ...(name === 'other' && { products: ['Ledger'] }),
  }),
)

interface OpenApi {
  edge: TestEdge
  /** Of a stored and processed report of the product Quill. */
  id: string
  call(path: string, options?: CallOptions): Promise<Reply>
  audit(): Promise<string[]>
}

interface CallOptions {
  token?: TokenName | string
  method?: string
  /** Becomes a form. */
  form?: Record<string, string> | [string, string][]
  json?: string
}

interface Reply {
  status: number
  headers: Headers
  text: string
  json: unknown
}

/** An edge with one report. */
async function openApi(env: Record<string, string> = {}): Promise<OpenApi> {
  const edge = createTestEdge(env)
  const parts = [
    T('ProductName', 'Quill'),
    T('URL', 'https://secret.example/'),
    F('upload_file_minidump', 'MDMPmain'),
    F('upload_file_minidump_browser', 'MDMPbrowser'),
    F('memory_report', 'gz'),
  ]
  const { text } = await edge.ask(submitRequest(multipart(parts), { url: 'https://crash.example/submit' }))
  const id = /^CrashID=bp-(.*)\n/.exec(text)![1]!
  const crash = { crash_id: id, uuid: id, signature: 'a</b', url: 'https://secret.example/' }
  const metadata = storedMetadata({ product: 'Quill', version: '', channel: '', dumpBytes: 0, dumpCount: 0 })
  await edge.crashes.put(processedKey(id), bytesOf(JSON.stringify(crash)), { metadata })
  await edge.crashes.put(tokensKey, bytesOf(JSON.stringify({ version: 1, tokens: storedTokens })))
  return {
    edge,
    id,
    async call(path, options = {}) {
      const response = await edge.fetch(requestOf(path.replaceAll('ID', id), options))
      const body = await response.text()
      const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
      return {
        status: response.status,
        headers: response.headers,
        text: body,
        json: isJson ? JSON.parse(body) : null,
      }
    },
    async audit() {
      await edge.deps.audit.flush()
      const rows: string[] = []
      for await (const { key } of edge.crashes.list(auditPrefix()))
        for (const row of decodeAuditRows(await (await edge.crashes.get(key))!.bytes()))
          rows.push(
            [row.label, row.action, row.subject === id ? 'ID' : row.subject, row.detail, row.product].join(
              ' ',
            ),
          )
      return rows
    },
  }
}

function requestOf(path: string, { token, method, form, json }: CallOptions): Request {
  const headers = new Headers()
  if (token !== undefined)
    headers.set('auth-token', Object.hasOwn(tokens, token) ? tokens[token as TokenName] : token)
  if (json !== undefined) headers.set('content-type', 'application/json')
  const body = json ?? (form && new URLSearchParams(form))
  const verb = method ?? (body === undefined ? 'GET' : 'POST')
  return new Request(`https://crash.example/api/${path}`, {
    method: verb,
    headers,
    ...(body !== undefined && { body }),
  })
}

const error = (text: string) => ({ error: text })
const required = (...names: string[]) => ({
  errors: Object.fromEntries(names.map((name) => [name, ['This field is required.']])),
})
const badArgument = (text: string) => error(`Bad request: BadArgumentError: ${text}`)
const bad = (name: string) => badArgument(`Bad value for parameter(s) '${name}'`)
const unknownId = '00000000-0000-0000-0000-000000110906'

/** Path, options, status, content. `ID` is the crash. */
const answers: readonly [string, CallOptions, number, unknown][] = [
  ['NoOp/?product=x', {}, 200, { hits: [], total: 0 }],
  ['NoOp/?product=x&unknown=1&_x=2', {}, 200, { hits: [], total: 0 }],
  ['NoOp/?product=bad', {}, 400, badArgument('Bad product')],
  ['NoOp/', {}, 400, required('product')],
  ['NoOp/?product=', {}, 400, required('product')],
  ['NoOp/?product=a%00b', {}, 400, { errors: { product: ['Null characters are not allowed.'] } }],
  ['NoOp/?product=x', { method: 'POST' }, 405, error('Method not allowed')],
  ['NoOp/?product=x', { method: 'DELETE' }, 405, error('Method not allowed')],
  ['NoOp/', { method: 'OPTIONS' }, 200, {}],
  ['Field/', {}, 404, error("No service called 'Field'")],
  ['SocorroMiddleware/', {}, 404, error("No service called 'SocorroMiddleware'")],
  ['PriorityJob/', {}, 404, error("No service called 'PriorityJob'")],
  ['constructor/', {}, 404, error("No service called 'constructor'")],
  ['NoOp/?product=x', { token: 'nope' }, 403, error('API Token not matched')],
  ['NoOp/?product=x', { token: 'expired' }, 403, error('API Token found but expired')],
  ['NoOp/?product=x', { token: '' }, 200, { hits: [], total: 0 }],
  ['NoOp/?product=x', { token: 'pii' }, 200, { hits: [], total: 0 }],
  ['ProcessedCrash/', {}, 400, required('crash_id')],
  ['ProcessedCrash/?crash_id=ID', {}, 200, { crash_id: 'ID', uuid: 'ID', signature: 'a</b' }],
  [
    'ProcessedCrash/?crash_id=ID&datatype=processed&format=meta',
    {},
    200,
    { crash_id: 'ID', uuid: 'ID', signature: 'a</b' },
  ],
  [
    'ProcessedCrash/?crash_id=ID',
    { token: 'reprocess' },
    200,
    { crash_id: 'ID', uuid: 'ID', signature: 'a</b' },
  ],
  ['ProcessedCrash/?crash_id=ID', { token: 'other' }, 200, { crash_id: 'ID', uuid: 'ID', signature: 'a</b' }],
  [
    'ProcessedCrash/?crash_id=ID',
    { token: 'pii' },
    200,
    { crash_id: 'ID', uuid: 'ID', signature: 'a</b', url: 'https://secret.example/' },
  ],
  ['ProcessedCrash/?crash_id=xx', {}, 400, bad('uuid')],
  [`ProcessedCrash/?crash_id=${unknownId}`, {}, 404, error(`Not found: CrashIDNotFound ${unknownId}`)],
  ['RawCrash/', {}, 400, required('crash_id')],
  ['RawCrash/?crash_id=ID&format=wrong', {}, 400, bad('format')],
  ['RawCrash/?crash_id=821fcd0c-d925-4900-85b6-687250180607docker/as_me.sh', {}, 400, bad('uuid')],
  [`RawCrash/?crash_id=${unknownId}`, {}, 404, error(`Not found: CrashIDNotFound ${unknownId}`)],
  [
    'RawCrash/?crash_id=ID&format=raw',
    {},
    403,
    error('Binary response requires permissions: View Raw Dumps'),
  ],
  [
    'RawCrash/?crash_id=ID&format=raw',
    { token: 'pii' },
    403,
    error('Binary response requires permissions: View Raw Dumps'),
  ],
  [
    'RawCrash/?crash_id=ID&format=raw',
    { token: 'other' },
    403,
    error('Binary response requires permissions: View Raw Dumps'),
  ],
  [
    `RawCrash/?crash_id=${unknownId}&format=raw`,
    { token: 'dumps' },
    404,
    error(`Not found: CrashIDNotFound ${unknownId}`),
  ],
  [
    'RawCrash/?crash_id=ID&format=raw&name=nothing',
    { token: 'dumps' },
    404,
    error('Not found: CrashIDNotFound ID'),
  ],
  ['MissingProcessedCrash/', {}, 200, { results: [], count: 0, next: null, previous: null }],
  ['MissingProcessedCrash/?page=7', {}, 200, { results: [], count: 0, next: null, previous: null }],
  ['MissingProcessedCrash/?page=x', {}, 400, error('invalid page number')],
  ['MissingProcessedCrash/', { method: 'POST' }, 405, error('Method not allowed')],
  ['Reprocessing/', {}, 403, error("Use of this endpoint requires the 'Reprocess Crashes' permission")],
  [
    'Reprocessing/',
    { token: 'pii', form: { crash_ids: 'ID' } },
    403,
    error("Use of this endpoint requires the 'Reprocess Crashes' permission"),
  ],
  ['Reprocessing/', { token: 'reprocess' }, 405, error('Method not allowed')],
  ['Reprocessing/', { token: 'reprocess', form: {} }, 400, required('crash_ids')],
  ['Reprocessing/', { token: 'reprocess', form: { crash_ids: 'x' } }, 400, bad("Crash id 'x' is not valid.")],
  [
    'Reprocessing/',
    { token: 'reprocess', form: { crash_ids: `${unknownId}:foo` } },
    400,
    bad("Ruleset 'foo' is not valid."),
  ],
  [
    'Reprocessing/',
    { token: 'reprocess', form: { crash_ids: '00000000-0000-0000-0000-000000110231' } },
    400,
    bad("Crash id '00000000-0000-0000-0000-000000110231' is not valid."),
  ],
  [
    'CrashSignature/',
    { form: { a: 'b' } },
    415,
    { detail: 'Unsupported media type "application/x-www-form-urlencoded;charset=UTF-8" in request.' },
  ],
  ['CrashSignature/', {}, 405, error('Method not allowed')],
  ['SignatureFirstDate/', {}, 400, required('signatures')],
  ['VersionString/?product=a', {}, 400, required('channel', 'build_id')],
]

const replaceId = (value: unknown, id: string): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('ID"', `${id}"`))

const named = ({ token, method, form }: CallOptions): string =>
  [method ?? (form ? 'POST' : 'GET'), token === undefined ? '' : `with the token ${token || '(empty)'}`]
    .join(' ')
    .trim()

const answerVectors: ApiVector[] = answers.map(([path, options, status, content]) => ({
  name: `${named(options)} /api/${path} is ${status} ${JSON.stringify(content)}`,
  async run() {
    const { call, id } = await openApi()
    const reply = await call(path, options)
    equal([reply.status, reply.json], [status, replaceId(content, id)])
    equal(reply.headers.get('access-control-allow-origin'), '*')
    match(reply.headers.get('content-type')!, /^application\/json; charset=utf-8$/i)
  },
}))

const files: readonly [query: string, filename: string, content: string][] = [
  ['', 'ID.dmp', 'MDMPmain'],
  ['&name=dump', 'ID-dump.dmp', 'MDMPmain'],
  ['&name=upload_file_minidump', 'ID-upload_file_minidump.dmp', 'MDMPmain'],
  ['&name=upload_file_minidump_browser', 'ID-upload_file_minidump_browser.dmp', 'MDMPbrowser'],
  ['&name=memory_report', 'memory_report.json.gz', 'gz'],
]

const fileVectors: ApiVector[] = files.map(([query, filename, content]) => ({
  name: `RawCrash sends ${content} as ${filename} for '${query}'`,
  async run() {
    const { call, id, audit } = await openApi()
    const { status, text, headers } = await call(`RawCrash/?crash_id=ID&format=raw${query}`, {
      token: 'dumps',
    })
    equal([status, text], [200, content])
    equal(headers.get('content-disposition'), `attachment; filename="${filename.replace('ID', id)}"`)
    equal(headers.get('content-type'), 'application/octet-stream')
    const name = query.split('=')[1] ?? 'dump'
    equal(await audit(), [`dumps read_file ID ${name === 'dump' ? 'upload_file_minidump' : name} Quill`])
  },
}))

export const apiVectors: readonly ApiVector[] = [
  ...answerVectors,
  ...fileVectors,
  {
    name: 'RawCrash shows public annotations to everyone, and all with a token, which is audited',
    async run() {
      const { call, id, audit } = await openApi()
      const anonymous = (await call('RawCrash/?crash_id=ID')).json as object
      equal(anonymous, {
        ProductName: 'Quill',
        submitted_timestamp: '2011-09-06T00:00:00+00:00',
        uuid: id,
        version: 2,
      })
      equal(await audit(), [])
      const { URL: url, metadata } = (await call('RawCrash/?crash_id=ID&format=meta', { token: 'pii' }))
        .json as {
        URL: string
        metadata: { dump_checksums: object }
      }
      equal(url, 'https://secret.example/')
      equal(Object.keys(metadata.dump_checksums), [
        'upload_file_minidump',
        'upload_file_minidump_browser',
        'memory_report',
      ])
      equal(await audit(), ['pii read_annotations ID  Quill'])
    },
  },
  {
    name: 'ProcessedCrash with a token is audited, and no cache keeps it',
    async run() {
      const { call, audit } = await openApi()
      const { headers } = await call('ProcessedCrash/?crash_id=ID', { token: 'pii' })
      equal(headers.get('cache-control'), 'private, no-store')
      equal(await audit(), ['pii read_crash ID  Quill'])
    },
  },
  {
    name: 'Reprocessing stores a request for the next round, and is audited crash by crash',
    async run() {
      const { call, edge, id, audit } = await openApi()
      const form: [string, string][] = [
        ['crash_ids', id],
        ['crash_ids', `${unknownId}:regenerate_signature`],
      ]
      const { status, json } = await call('Reprocessing/', { token: 'reprocess', form })
      equal([status, json], [200, true])
      const requests = []
      for await (const { key } of edge.crashes.list(reprocessingPrefix))
        requests.push(decodeReprocessing(await (await edge.crashes.get(key))!.bytes()))
      equal(requests, [
        {
          ...{ version: 1, requested_at: '2011-09-06T00:00:00.000Z', label: 'reprocess' },
          crashes: [
            { crash_id: id, ruleset: 'default' },
            { crash_id: unknownId, ruleset: 'regenerate_signature' },
          ],
        },
      ])
      equal(await audit(), [
        'reprocess reprocess_crashes ID default ',
        `reprocess reprocess_crashes ${unknownId} regenerate_signature `,
      ])
    },
  },
  {
    name: 'MissingProcessedCrash lists 1,000 crashes a page, with links to the other pages',
    async run() {
      const { call, edge } = await openApi()
      const idOf = (n: number) => `${String(n).padStart(8, '0')}-0000-0000-0000-000000110906`
      const found = new Set(Array.from({ length: 2001 }, (_, n) => idOf(n)))
      const now = new Date('2011-09-06T00:00:00Z')
      await recordMissing(edge.crashes, { found, isVerified: () => true, now })
      await recordMissing(edge.crashes, { found: new Set([idOf(1)]), isVerified: (id) => id < idOf(2), now })
      const pages = []
      for (const page of ['', '?page=2', '?page=3', '?page=4']) {
        const { results, ...rest } = (await call(`MissingProcessedCrash/${page}`)).json as {
          results: { crash_id: string }[]
        }
        pages.push({ ...rest, first: results[0], length: results.length })
      }
      const link = (page: number) => `https://crash.example/api/MissingProcessedCrash/?page=${page}`
      const entry = (n: number, is_processed: boolean) => ({
        ...{ crash_id: idOf(n), is_processed, created: '2011-09-06T00:00:00.000Z' },
      })
      const last = { count: 2001, next: null, previous: link(2), first: entry(2000, false), length: 1 }
      equal(pages, [
        { count: 2001, next: link(2), previous: null, first: entry(0, true), length: 1000 },
        { count: 2001, next: link(3), previous: link(1), first: entry(1000, false), length: 1000 },
        last,
        last,
      ])
    },
  },
  {
    name: 'a form may be multipart',
    async run() {
      const { edge, id } = await openApi()
      const form = new FormData()
      form.append('crash_ids', id)
      const headers = { 'auth-token': tokens.reprocess }
      const request = new Request('https://crash.example/api/Reprocessing/', {
        method: 'POST',
        body: form,
        headers,
      })
      equal([(await edge.ask(request)).text], ['true'])
    },
  },
  {
    name: 'pretty=print indents, and </ is escaped',
    async run() {
      const { call } = await openApi()
      equal((await call('NoOp/?product=x&pretty=print')).text, '{\n  "hits": [],\n  "total": 0\n}')
      match((await call('ProcessedCrash/?crash_id=ID')).text, /"a<\\\/b"/)
    },
  },
  {
    name: 'a GET without the last slash is redirected, a POST is not',
    async run() {
      const { call, id } = await openApi()
      const { status, headers } = await call('NoOp?product=x&a=%26')
      equal([status, headers.get('location')], [301, '/api/NoOp/?product=x&a=%26'])
      equal((await call('Reprocessing', { token: 'reprocess', form: { crash_ids: id } })).json, true)
    },
  },
  {
    name: 'answers may be kept for five minutes by the client, except crashes',
    async run() {
      const { call } = await openApi()
      equal((await call('NoOp/?product=x')).headers.get('cache-control'), 'private, max-age=300')
      equal((await call('RawCrash/?crash_id=ID')).headers.get('cache-control'), 'no-store')
      equal((await call('ProcessedCrash/?crash_id=ID')).headers.get('cache-control'), 'no-store')
    },
  },
  {
    name: 'a client that calls too often gets 429 with Retry-After',
    async run() {
      const { call, edge } = await openApi()
      edge.deps.mayRead = async () => false
      const reply = await call('NoOp/?product=x')
      equal(
        [reply.status, reply.json, reply.headers.get('retry-after')],
        [429, error('Too Many Requests'), '10'],
      )
      equal((await call('CrashSignature/', { json: '{}' })).json, { detail: 'Request was throttled.' })
    },
  },
  {
    name: 'an edge without tables reports what needs them',
    async run() {
      const { call } = await openApi()
      const { status, text } = await call('SignatureFirstDate/?signatures=a')
      equal(status, 503)
      match(text, /SignatureFirstDate needs the tables.*mayday serve.*API_ORIGIN/)
    },
  },
  {
    name: 'calls are counted by endpoint, program and status',
    async run() {
      const { call, edge } = await openApi()
      await call('NoOp/?product=x')
      await call('NoOp/')
      const text = edge.deps.metrics.toPrometheus()
      match(text, /mayday_edge_api_calls_total\{endpoint="NoOp",client="none",status="200"\} 1\n/)
      match(text, /mayday_edge_api_calls_total\{endpoint="NoOp",client="none",status="400"\} 1\n/)
      match(text, /mayday_edge_api_seconds_count\{endpoint="NoOp"\} 2\n/)
    },
  },
]

// Protected data and its audit, as functions that any runtime can call.
import { deepStrictEqual as equal, match, ok, rejects } from 'node:assert/strict'
import { decodeAuditRows } from '../../shared/access/audit.ts'
import type { Permission } from '../../shared/access/permissions.ts'
import { hashToken, type StoredToken } from '../../shared/access/tokens.ts'
import { concatBytes } from '../../shared/bytes/concat.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { auditPrefix, processedKey, rawKey, tokensKey } from '../../shared/keys.ts'
import { storedMetadata } from '../../shared/report/stored.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { createTestEdge, startTime, type TestEdge } from '../edge/edge.support.ts'
import { bytesOf, fakeDump, F, multipart, submitRequest, T } from '../support/crash-request.ts'

export interface ProtectedVector {
  name: string
  run(): Promise<void>
}

const token = '0123456789abcdef0123456789abcdef'
const allowed: Permission[] = ['view_pii', 'view_rawdump']
const dump = concatBytes([bytesOf('MDMP'), fakeDump(300_000)])
const note = bytesOf('<script>alert(1)</script>')
const parts = [
  T('ProductName', 'Ledger'),
  F('upload_file_minidump', dump, undefined, 'crash.dmp'),
  F('log', note, 'text/html', 'C:\\logs\\Fehler "ü" 😀\u202e.html'),
  F('empty', '', 'bad type', ''),
  F('last', 'the last', 'text/plain; charset=utf-8', 'last.txt'),
]

const writeTokens = (edge: TestEdge, ...changes: Partial<StoredToken>[]) => {
  const tokens = changes.map((change) => ({
    ...{ sha256: hashToken(token, nodeCodecs), label: 'ann', permissions: allowed },
    ...{ created_at: '2011-01-01T00:00:00Z', ...change },
  }))
  return edge.crashes.put(tokensKey, bytesOf(JSON.stringify({ version: 1, tokens })))
}

/** An edge with one stored report. */
async function openEdge(
  options: { change?: Partial<StoredToken>; wrap?: (storage: Storage) => Storage } = {},
) {
  const edge = createTestEdge({}, options.wrap)
  const { text } = await edge.ask(submitRequest(multipart(parts), { url: 'https://crash.example/submit' }))
  const id = /^CrashID=bp-(.*)\n/.exec(text)![1]!
  await writeTokens(edge, options.change ?? {})
  const get = async (
    path: string,
    headers: Record<string, string> = { 'auth-token': token },
    method = 'GET',
  ) => {
    const url = path.startsWith('/') ? path : `/api/report/${id}/${path}`
    const response = await edge.fetch(new Request(`https://crash.example${url}`, { headers, method }))
    const bytes = new Uint8Array(await response.arrayBuffer())
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      text: new TextDecoder().decode(bytes),
    }
  }
  const list = async () => JSON.parse((await get('files')).text)
  return { edge, id, get, list }
}

const auditOf = async ({ deps, crashes }: TestEdge) => {
  await deps.audit.flush()
  const rows = []
  for await (const { key } of crashes.list(auditPrefix()))
    rows.push(...decodeAuditRows(await (await crashes.get(key))!.bytes()))
  return rows
}

const downloads: readonly {
  path: string
  bytes: Uint8Array
  type: string
  disposition: (id: string) => string
}[] = [
  {
    path: 'dumps/upload_file_minidump',
    bytes: dump,
    type: 'application/octet-stream',
    disposition: () => 'attachment; filename="crash.dmp"',
  },
  {
    path: 'attachments/log',
    bytes: note,
    type: 'text/html',
    disposition: () =>
      `attachment; filename="Fehler ___ __.html"; filename*=UTF-8''Fehler%20%22%C3%BC%22%20%F0%9F%98%80.html`,
  },
  {
    path: 'attachments/empty',
    bytes: bytesOf(''),
    type: 'application/octet-stream',
    disposition: (id) => `attachment; filename="${id}-empty"`,
  },
  {
    path: 'attachments/last',
    bytes: bytesOf('the last'),
    type: 'text/plain; charset=utf-8',
    disposition: () => 'attachment; filename="last.txt"',
  },
]

const downloadVectors: ProtectedVector[] = downloads.map(({ path, bytes, type, disposition }) => ({
  name: `${path} is a download with its original name and type, that a browser does not run`,
  async run() {
    const { id, get } = await openEdge()
    const answer = await get(path)
    equal(answer.status, 200, answer.text)
    ok(nodeCodecs.crc32(answer.bytes, 0) === nodeCodecs.crc32(bytes, 0), 'other bytes')
    const header = (name: string) => answer.headers.get(name)
    equal(header('content-type'), type)
    equal(header('content-disposition'), disposition(id))
    equal(header('cache-control'), 'private, no-store')
    equal(header('content-security-policy'), "default-src 'none'; sandbox")
    equal(header('x-content-type-options'), 'nosniff')
    equal(header('access-control-allow-origin'), null)
  },
}))

const denials: readonly {
  name: string
  headers: Record<string, string>
  change?: Partial<StoredToken>
  status: number
}[] = [
  { name: 'no token', headers: {}, status: 401 },
  { name: 'an empty token', headers: { 'auth-token': '' }, status: 401 },
  { name: 'an unknown token', headers: { 'auth-token': 'x' }, status: 401 },
  {
    name: 'a token for protected fields only',
    headers: { 'auth-token': token },
    change: { permissions: ['view_pii'] },
    status: 403,
  },
  {
    name: 'a token for other products',
    headers: { 'auth-token': token },
    change: { products: ['Quill'] },
    status: 403,
  },
]
const paths = ['raw', 'files', 'dumps/upload_file_minidump', 'attachments/log']

const denialVectors: ProtectedVector[] = denials.map(({ name, headers, change, status }) => ({
  name: `${name} opens no raw data, and leaves no row in the audit`,
  async run() {
    const { edge, get } = await openEdge(change ? { change } : {})
    for (const path of paths) {
      const answer = await get(path, headers)
      equal([path, answer.status], [path, status])
      equal(answer.headers.get('cache-control'), 'private, no-store')
      ok(!answer.text.includes('MDMP') && !answer.text.includes('alert'))
    }
    equal(await auditOf(edge), [])
  },
}))

const linkVectors: ProtectedVector[] = [
  {
    name: 'the files of a report are listed with links that work without a token, in the name of the holder',
    async run() {
      const { edge, id, get, list } = await openEdge()
      const { report, files, links_expire_at } = await list()
      equal(links_expire_at, new Date(startTime.getTime() + 600_000).toISOString())
      equal(
        files.map(({ link, ...file }: { link: string }) => file),
        [
          {
            name: 'upload_file_minidump',
            kind: 'dump',
            filename: 'crash.dmp',
            content_type: 'application/octet-stream',
            size: dump.length,
          },
          {
            name: 'log',
            kind: 'attachment',
            filename: 'C:\\logs\\Fehler "ü" 😀\u202e.html',
            content_type: 'text/html',
            size: note.length,
          },
          { name: 'empty', kind: 'attachment', filename: '', content_type: 'bad type', size: 0 },
          {
            name: 'last',
            kind: 'attachment',
            filename: 'last.txt',
            content_type: 'text/plain; charset=utf-8',
            size: 8,
          },
        ],
      )
      const stored = (await edge.crashes.get(rawKey(id)))!
      equal(report.size, stored.size)
      equal(
        nodeCodecs.crc32((await get(report.link, {})).bytes, 0),
        nodeCodecs.crc32(await stored.bytes(), 0),
      )
      for (const { link, size } of files) equal((await get(link, {})).bytes.length, size)
      const rows = await auditOf(edge)
      equal(
        rows.map(({ label, action, subject, detail, product }) => [label, action, subject, detail, product]),
        [
          ['ann', 'list_files', id, '', 'Ledger'],
          ['ann', 'read_report', id, '', 'Ledger'],
          ...['upload_file_minidump', 'log', 'empty', 'last'].map((name) => [
            'ann',
            'read_file',
            id,
            name,
            'Ledger',
          ]),
        ],
      )
    },
  },
  {
    name: 'a link opens nothing after ten minutes, elsewhere, changed, or when its token was revoked',
    async run() {
      const { edge, get, list } = await openEdge()
      const { report, files } = await list()
      const link: string = files[0].link
      const later = String(startTime.getTime() + 1_000_000)
      const changed = [
        link.replace('upload_file_minidump', 'log'),
        link.replace(/expires=\d+/, `expires=${later}`),
        link.replace(/token=\w+/, 'token=0123456789ab'),
        link.replace(/signature=\w{4}/, 'signature=0000'),
        link.replace(/signature=\w+/, 'signature='),
        link.replace(/\?.*/, '?signature=x'),
        `${report.link.replace(/\?.*/, '')}${link.slice(link.indexOf('?'))}`,
      ]
      for (const path of changed) equal([path, (await get(path, {})).status], [path, 403])
      edge.setTime(new Date(startTime.getTime() + 599_999))
      equal((await get(link, {})).status, 200)
      edge.setTime(new Date(startTime.getTime() + 600_000))
      equal((await get(link, {})).status, 403)
      edge.setTime(startTime)
      await writeTokens(edge)
      await edge.deps.sleep(30_000)
      equal((await get(link, {})).status, 403)
    },
  },
]

const failureVectors: ProtectedVector[] = [
  {
    name: 'a file or report that does not exist, and a bad ID, get an answer that states it',
    async run() {
      const { get, id } = await openEdge()
      const other = id.replace(/^.{8}/, '00000000')
      const cases: [string, number, RegExp][] = [
        ['dumps/nothing', 404, /files lists its files/],
        ['dumps/raw_crash', 404, /no such file/],
        ['dumps/..%2f..%2fx', 404, /no such file/],
        ['dumps/__proto__', 404, /no such file/],
        [`/api/report/${other}`, 404, /No such report/],
        [`/api/report/${other}/raw`, 404, /No such report/],
        [`/api/report/${other}/dumps/log`, 404, /No such report/],
        ['/api/report/x/raw', 400, /Not a crash ID/],
      ]
      for (const [path, status, text] of cases) {
        const answer = await get(path)
        equal([path, answer.status], [path, status])
        match(answer.text, text)
        if (status === 404) equal(answer.headers.get('cache-control'), 'private, no-store')
      }
      equal((await get('raw', undefined, 'POST')).status, 405)
      const head = await get('dumps/log', undefined, 'HEAD')
      equal([head.status, head.bytes.length, head.headers.get('content-type')], [200, 0, 'text/html'])
    },
  },
  {
    name: 'a damaged report fails without a word about it, and what was sent before is cut off',
    async run() {
      const { edge, id, get } = await openEdge()
      const bytes = await (await edge.crashes.get(rawKey(id)))!.bytes()
      for (const damaged of [
        bytes.subarray(0, bytes.length - 20),
        nodeCodecs.compressZstd(bytesOf('x')),
        bytes.slice(9),
      ]) {
        await edge.crashes.put(rawKey(id), damaged, {
          metadata: storedMetadata({
            product: 'Ledger',
            version: '',
            channel: '',
            dumpBytes: 0,
            dumpCount: 0,
          }),
        })
        const answer = await get('files')
        equal([answer.status, answer.text], [500, '{"title":"500 Internal Server Error"}'])
      }
      await edge.crashes.put(rawKey(id), bytes.subarray(0, bytes.length / 2))
      await rejects(get('dumps/upload_file_minidump'))
    },
  },
  {
    name: 'a file behind 60 MiB of others is streamed',
    async run() {
      const { edge, get } = await openEdge()
      const id = 'de1bb258-cbbf-4589-a673-34f800110906'
      const line = `--mayday-stored-report-${'0'.repeat(24)}`
      const head = (name: string) =>
        `\r\nContent-Disposition: form-data; name="${name}"; filename="f"\r\n\r\n`
      const mebibyte = nodeCodecs.compressZstd(new Uint8Array(1024 * 1024))
      const pieces = [
        nodeCodecs.compressZstd(bytesOf(line + head('a'))),
        ...Array.from({ length: 60 }, () => mebibyte),
        nodeCodecs.compressZstd(bytesOf(`\r\n${line}${head('b')}found\r\n${line}--\r\n`)),
      ]
      await edge.crashes.put(rawKey(id), pieces)
      equal((await get(`/api/report/${id}/attachments/b`)).text, 'found')
      equal(
        JSON.parse((await get(`/api/report/${id}/files`)).text).files.map(
          ({ size }: { size: number }) => size,
        ),
        [60 * 1024 * 1024, 5],
      )
    },
  },
]

const canary: ProtectedVector = {
  name: 'the secret of a token is in no log, object or answer, and every kind of protected read in the audit',
  async run() {
    const { edge, id, get, list } = await openEdge()
    const crash = { crash_id: id, signature: 's', url: 'https://secret.example' }
    await edge.crashes.put(processedKey(id), bytesOf(JSON.stringify(crash)), {
      metadata: { product: 'Ledger' },
    })
    const texts: string[] = []
    const { files } = await list()
    const tried = ['', ...paths.map((path) => `/${path}`), '/dumps/nothing', '/nothing'].map(
      (path) => `/api/report/${id}${path}`,
    )
    const headers: Record<string, string>[] = [
      { 'auth-token': token },
      { 'auth-token': `${token}-label` },
      { authorization: `Bearer ${token}` },
      { 'auth-token': `${token}x` },
    ]
    for (const given of headers)
      for (const path of [...tried, files[0].link, '/__metrics__', '/__broken__', '/']) {
        const answer = await get(path, given)
        texts.push(answer.text, JSON.stringify([...answer.headers]))
      }
    const rows = await auditOf(edge)
    equal(
      new Set(rows.map(({ action }) => action)),
      new Set(['list_files', 'read_crash', 'read_report', 'read_file']),
    )
    await edge.deps.refusals.flush()
    for await (const { key } of edge.crashes.list(''))
      texts.push(key, new TextDecoder('latin1').decode(await (await edge.crashes.get(key))!.bytes()))
    texts.push(JSON.stringify(edge.logs), edge.deps.metrics.toPrometheus())
    ok(
      texts.some((text) => text.includes(hashToken(token, nodeCodecs))),
      'the document was not read',
    )
    for (const text of texts) ok(!text.includes(token), `reveals the token: ${text.slice(0, 200)}`)
  },
}

export const protectedVectors: readonly ProtectedVector[] = [
  ...downloadVectors,
  ...denialVectors,
  ...linkVectors,
  ...failureVectors,
  canary,
]

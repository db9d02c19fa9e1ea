// Downloads from the symbol server: what clients of Mozilla's Tecken expect (its tests/test_download.py), and the files
// themselves. Vectors for any runtime.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { symbolFileKey } from '../../shared/keys.ts'
import { writeCodePointer } from '../../shared/symbol-store/code-pointer.ts'
import { type FilePath, parseFilePath } from '../../shared/symbol-store/file-path.ts'
import { type FileFacts, metadataOf, type ModuleFacts } from '../../shared/symbol-store/stored-file.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { ask, type SymbolVector, vector } from './symbol-edge.ts'

export const ssltunnel = 'ssltunnel/8A07C88A3DA44E20A3490D88791183060/ssltunnel.sym'
const text = 'MODULE Linux x86_64 8A07C88A3DA44E20A3490D88791183060 ssltunnel\nPUBLIC 1000 0 main\n'
const stored = gzipSync(text)
const module: ModuleFacts = {
  debugFile: 'ssltunnel',
  debugId: '8A07C88A3DA44E20A3490D88791183060',
  codeFile: 'xul.dll',
  codeId: '651C9AF99241000',
  generator: 'mozilla/dump_syms 2.3.3',
  lacks: '',
}
const facts: FileFacts = { size: text.length, md5: 'd41d8cd98f00b204e9800998ecf8427e', module }

async function store(symbols: Storage, path: string, { isTry = false, plain = false } = {}): Promise<void> {
  await symbols.put(
    symbolFileKey(parseFilePath(path) as FilePath, isTry),
    plain ? new TextEncoder().encode(text) : stored,
    {
      ...(!plain && { contentEncoding: 'gzip', contentType: 'text/plain', metadata: metadataOf(facts) }),
    },
  )
  await writeCodePointer(symbols, module, isTry)
}

const absent = '/xul.pdb/44E4EC8C2F41492B9369D6B9A059577C2/xul.sym'
const cors = (headers: Headers) => headers.get('access-control-allow-origin')

const lookups: SymbolVector[] = [
  vector('a stored file is sent as gzip, with its sizes, and may be cached permanently', async (edge) => {
    await store(edge.symbols, ssltunnel)
    for (const path of [`/${ssltunnel}`, `/${ssltunnel.toLowerCase()}`]) {
      const { status, headers } = await ask(edge, path)
      equal(status, 200)
      equal(headers.get('content-type'), 'text/plain')
      equal(headers.get('cache-control'), 'public, max-age=31536000, immutable, no-transform')
      equal(headers.get('x-amz-meta-original_size'), `${text.length}`)
      match(headers.get('etag') ?? '', /^"[^"]+"$/)
      equal([cors(headers), headers.get('access-control-allow-methods')], ['*', 'GET'])
    }
    equal((await ask(edge, `/${ssltunnel}`)).text.includes('PUBLIC 1000 0 main'), true)
  }),
  vector('HEAD reports the size as stored and the location', async (edge) => {
    await store(edge.symbols, ssltunnel)
    const { status, headers, text: body } = await ask(edge, `/${ssltunnel}`, { method: 'HEAD' })
    equal([status, body], [200, ''])
    equal(headers.get('content-length'), `${stored.length}`)
    equal(headers.get('location'), `/symbols/${ssltunnel}`)
    equal(cors(headers), '*')
  }),
  vector('a missing file is 404 with a text', async (edge) => {
    const { status, headers, text: body } = await ask(edge, absent)
    equal([status, body, cors(headers)], [404, 'Symbol Not Found', '*'])
    equal((await ask(edge, absent, { method: 'HEAD' })).status, 404)
  }),
  vector('files that debuggers ask for and no store has are 404 without a lookup', async (edge) => {
    for (const path of [
      '/xul.pdb/44E4EC8C2F41492B9369D6B9A059577C2/xul.xxx',
      '/cxinjime.pdb/342D9B0A3CE64BFF9CBE7B3D28BFA2CB1/file.ptr',
      `/xul.pdb/${'0'.repeat(33)}/xul.sym`,
      '/xul.pdb/44E4EC8C2F41492B9369D6B9A059577C2/xul.SYM',
    ]) {
      const { status, text: body } = await ask(edge, path)
      equal([path, status, body], [path, 404, 'Symbol Not Found (and ignored)'])
    }
  }),
  vector('`Debug` adds the time of the lookup, 0 when there was none', async (edge) => {
    await store(edge.symbols, ssltunnel)
    const time = async (path: string, debug: string) =>
      (await ask(edge, path, { headers: { debug } })).headers.get('debug-time')
    match((await time(`/${ssltunnel}`, 'true')) ?? '', /^\d+(\.\d+)?(e-\d+)?$/)
    match((await time(absent, 'YES')) ?? '', /^\d/)
    equal(await time('/cxinjime.pdb/342D9B0A3CE64BFF9CBE7B3D28BFA2CB1/file.ptr', '1'), '0')
    equal(await time(absent, '0'), null)
  }),
  vector('a path that no file can have is 404 as JSON', async (edge) => {
    for (const [path, shown] of [
      ['/x%C3%BCl.pdb/44E4/xul.sym', '/xül.pdb/44E4/xul.sym'],
      ['/x%25l.pdb/44E4/xul.sym', '/x%l.pdb/44E4/xul.sym'],
      ['/crypt3%10.pdb/3D0443BF4FF5446B83955512615FD0942/crypt3%10.pd_', null],
      ['/xul.so/1A2B3G4E/xul.sym', '/xul.so/1A2B3G4E/xul.sym'],
      ['/nothing', '/nothing'],
      ['/', '/'],
      ['/symdex/44E4/xul.sym', '/symdex/44E4/xul.sym'],
      ['/a.pdb/%FF/a.sym', '/a.pdb/%FF/a.sym'],
    ] as const) {
      const { status, headers, text: body } = await ask(edge, path)
      equal([path, status, cors(headers)], [path, 404, null])
      const { error, path: reported } = JSON.parse(body)
      equal(error, 'Not Found')
      if (shown !== null) equal(reported, shown)
    }
  }),
  vector('names may have spaces and letters beyond U+00FF', async (edge) => {
    for (const path of [
      '/%E6%B1%89.pdb/44E4EC8C2F41492B9369D6B9A059577C2/%E6%B1%89.sym',
      '/space%20in%20the%20filename.pdb/44E4EC8C2F41492B9369D6B9A059577C2/space%20in%20the%20filename.sym',
      '/libgallium-24.2.8-1~bpo12+rpt1.so/1a2b3c/libgallium-24.2.8-1~bpo12+rpt1.so.sym',
    ]) {
      equal((await ask(edge, path)).text, 'Symbol Not Found')
      await store(edge.symbols, decodeURIComponent(path.slice(1)).replaceAll('汉', '漢'))
    }
    const kept = '/%E6%BC%A2.pdb/44E4EC8C2F41492B9369D6B9A059577C2/%E6%BC%A2.sym'
    equal((await ask(edge, kept)).status, 200)
  }),
  vector('other methods are 405 as JSON', async (edge) => {
    for (const method of ['PUT', 'POST', 'OPTIONS', 'DELETE']) {
      const { status, headers, text: body } = await ask(edge, `/${ssltunnel}`, { method })
      equal([status, headers.get('allow'), cors(headers)], [405, 'GET, HEAD', null])
      equal(JSON.parse(body), { error: `Method Not Allowed (${method}): /symbols/${ssltunnel}` })
    }
  }),
  vector('files of try builds are found below /try/ and with ?try, after regular ones', async (edge) => {
    await store(edge.symbols, ssltunnel, { isTry: true })
    const statuses = await Promise.all(
      [`/${ssltunnel}`, `/try/${ssltunnel}`, `/${ssltunnel}?try`, `/${ssltunnel}?try=True`].map(
        async (path) => (await ask(edge, path)).status,
      ),
    )
    equal(statuses, [404, 200, 200, 200])
    const head = await ask(edge, `/try/${ssltunnel}`, { method: 'HEAD' })
    equal(head.headers.get('location'), `/symbols/try/${ssltunnel}`)
    match(head.headers.get('cache-control') ?? '', /max-age=86400,/)
  }),
]

const codeLookups: SymbolVector[] = [
  vector('a code file and its ID redirect to the debug file, with the query', async (edge) => {
    await store(edge.symbols, ssltunnel)
    for (const [path, location] of [
      ['/xul.dll/651C9AF99241000/ssltunnel.sym', `/symbols/${ssltunnel}`],
      [
        '/xul.dll/651c9af99241000/ssltunnel.sym?code_file=x&_refresh',
        `/symbols/${ssltunnel}?code_file=x&_refresh`,
      ],
      ['/try/xul.dll/651C9AF99241000/ssltunnel.sym', `/symbols/try/${ssltunnel}`],
    ] as const) {
      for (const method of ['GET', 'HEAD']) {
        const { status, headers } = await ask(edge, path, { method, headers: { debug: '1' } })
        equal([status, headers.get('location'), cors(headers)], [302, location, '*'])
        equal(headers.get('debug-time'), null)
      }
    }
    equal((await ask(edge, '/xul.dll/651C9AF99241000/xul.dl_')).status, 404)
    equal((await ask(edge, '/XUL.dll/651C9AF99241000/xul.sym')).status, 404)
  }),
  vector('a redirect keeps legal characters and never leads to itself', async (edge) => {
    const odd = {
      ...module,
      debugFile: 'c++(a)~,;=@$!&: ü'.replace('ü', '汉'),
      codeFile: 'odd.exe',
      codeId: 'AB',
    }
    await writeCodePointer(edge.symbols, odd, false)
    const { headers } = await ask(edge, '/odd.exe/AB/odd.sym')
    equal(headers.get('location'), `/symbols/c++(a)~,;=@$!&:%20%E6%B1%89/${module.debugId}/odd.sym`)
    await writeCodePointer(
      edge.symbols,
      { ...module, debugFile: 'loop', debugId: 'ABC123', codeFile: 'loop', codeId: 'ABC123' },
      false,
    )
    equal((await ask(edge, '/loop/ABC123/loop.sym')).status, 404)
  }),
  vector('syminfo describes a module by either pair', async (edge) => {
    await store(edge.symbols, ssltunnel, { isTry: true })
    for (const path of ['xul.dll/651c9af99241000', 'ssltunnel/8A07C88A3DA44E20A3490D88791183060']) {
      const { status, headers, text: body } = await ask(edge, `/api/syminfo/${path}`)
      equal([status, cors(headers)], [200, '*'])
      equal(JSON.parse(body), {
        debug_id: module.debugId,
        debug_filename: 'ssltunnel',
        code_file: 'xul.dll',
        code_id: '651C9AF99241000',
        generator: module.generator,
        url: `${edge.origin}/symbols/try/${ssltunnel}`,
      })
    }
    const none = await ask(edge, '/api/syminfo/xul.dll/ABC')
    equal([none.status, none.text], [404, 'Code file / id Not Found'])
    equal((await ask(edge, '/api/syminfo/xul.dll/ABC', { method: 'HEAD' })).status, 405)
  }),
]

const parts: SymbolVector[] = [
  vector('ranges are of the stored bytes', async (edge) => {
    await store(edge.symbols, ssltunnel)
    const range = (range: string, more = {}) =>
      ask(edge, `/${ssltunnel}`, { method: 'GET', headers: { range, ...more } }).catch(
        (error) => error as Error,
      )
    for (const [header, offset, length] of [
      ['bytes=0-9', 0, 10],
      [`bytes=${stored.length - 4}-`, stored.length - 4, 4],
      ['bytes=-4', stored.length - 4, 4],
      [`bytes=10-${stored.length * 9}`, 10, stored.length - 10],
    ] as const) {
      const response = await edge.fetch(
        new Request(`${edge.origin}/symbols/${ssltunnel}`, { headers: { range: header } }),
      )
      equal(
        [response.status, response.headers.get('content-range')],
        [206, `bytes ${offset}-${offset + length - 1}/${stored.length}`],
      )
      await response.body?.cancel()
    }
    const beyond = await range(`bytes=${stored.length}-`)
    ok(!(beyond instanceof Error))
    equal([beyond.status, beyond.headers.get('content-range')], [416, `bytes */${stored.length}`])
    for (const header of ['bytes=0-1,3-4', 'lines=0-1', 'bytes=-', 'bytes=9-1']) {
      const whole = await range(header)
      ok(!(whole instanceof Error))
      equal([header, whole.status], [header, 200])
    }
    const changed = await range('bytes=0-9', { 'if-range': '"other"' })
    ok(!(changed instanceof Error))
    equal(changed.status, 200)
  }),
  vector('a client that has the file gets 304', async (edge) => {
    await store(edge.symbols, ssltunnel)
    const etag = (await ask(edge, `/${ssltunnel}`)).headers.get('etag') ?? ''
    const {
      status,
      headers,
      text: body,
    } = await ask(edge, `/${ssltunnel}`, { headers: { 'if-none-match': etag } })
    equal([status, body, headers.get('etag')], [304, '', etag])
  }),
  vector('files that other programs stored, as text or as gzip, arrive as text', async (edge) => {
    await store(edge.symbols, ssltunnel, { plain: true })
    const plain = await ask(edge, `/${ssltunnel}`)
    equal([plain.headers.get('content-encoding'), plain.text], [null, text])
    await edge.symbols.put(ssltunnel.replaceAll('ssltunnel', 'other'), stored)
    const { status, headers } = await ask(edge, `/${ssltunnel.replaceAll('ssltunnel', 'other')}`, {
      method: 'HEAD',
    })
    equal(
      [status, headers.get('content-encoding'), headers.get('content-length')],
      [200, 'gzip', `${stored.length}`],
    )
  }),
]

export const downloadVectors: readonly SymbolVector[] = [...lookups, ...codeLookups, ...parts]

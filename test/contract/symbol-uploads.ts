// Uploads to the symbol server by Tecken's protocols (its tests/test_upload.py, test_upload_v2.py), and what is refused.
// Vectors for any runtime.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { concatBytes } from '../../shared/bytes/concat.ts'
import { wantedIndexKey } from '../../shared/keys.ts'
import { readArrivals } from '../../shared/symbols/arrivals.ts'
import { tarOf } from '../support/archives.ts'
import { type ZipFile, zipOf } from '../support/zip.ts'
import { ask, type SymbolEdge, type SymbolVector, tokens, vector } from './symbol-edge.ts'

const id = 'BBACA09FD1C13F6C84254BFD8732AF400'
export const symText = (name = 'xpcshell', debugId = id, more = '') =>
  `MODULE Linux x86_64 ${debugId} ${name}\nINFO CODE_ID 0532197720E000 ${name}.exe\nINFO GENERATOR mozilla/dump_syms 2.3.3\nPUBLIC 1000 0 main\n${more}`
const symFile = (name = 'xpcshell'): ZipFile => ({
  name: `${name}/${id}/${name}.sym`,
  content: symText(name),
})
const md5 = (content: string | Uint8Array) => createHash('md5').update(content).digest('hex')

type Part = [name: string, value: string | Uint8Array<ArrayBuffer>, filename?: string]

export function formOf(...parts: Part[]) {
  const encode = (text: string) => new TextEncoder().encode(text)
  const pieces = parts.flatMap(([name, value, filename]) => [
    encode(`--xYz\r\nContent-Disposition: form-data; name="${name}"`),
    encode(
      filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: application/octet-stream`,
    ),
    encode('\r\n\r\n'),
    typeof value === 'string' ? encode(value) : value,
    encode('\r\n'),
  ])
  return {
    body: concatBytes([...pieces, encode('--xYz--\r\n')]),
    headers: { 'content-type': 'multipart/form-data; boundary=xYz' },
  }
}

const withToken = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { 'auth-token': token }

async function postForm(edge: SymbolEdge, parts: Part[], token: string | undefined = tokens.regular) {
  const { body, headers } = formOf(...parts)
  const answer = await ask(edge, '/upload/', {
    method: 'POST',
    body,
    headers: { ...headers, ...withToken(token) },
  })
  return { ...answer, json: JSON.parse(answer.text) }
}

const archive = (...files: ZipFile[]): Part => ['symbols.zip', zipOf(...files), 'symbols.zip']
const download = async (edge: SymbolEdge, path: string) => (await ask(edge, `/${path}`)).text

const accepted: SymbolVector[] = [
  vector('the files of a zip are stored, and described as Tecken describes them', async (edge) => {
    const jpeg = { name: 'flag/deadbeef/flag.jpeg', content: 'not really' }
    const parts = [
      archive({ name: 'build-symbols.txt', content: 'a list' }, jpeg, symFile(), {
        name: 'flag/.DS_Store',
        content: 'x',
      }),
    ]
    const { status, headers, json } = await postForm(edge, parts, `${tokens.regular}-nightly`)
    const { id: uploadId, size, completed_at, created_at, ...rest } = json.upload
    equal([status, headers.get('vary')], [201, 'Auth-Token'])
    ok(Number.isSafeInteger(uploadId) && size > 100)
    for (const time of [completed_at, created_at]) match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    equal(rest, {
      ...{
        filename: 'symbols.zip',
        bucket: 'symbols',
        download_url: null,
        try_symbols: false,
        redirect_urls: [],
      },
      ...{ user: 'regular@ci', skipped_keys: [], refused_keys: [] },
      ignored_keys: ['build-symbols.txt', 'flag/.DS_Store'],
    })
    equal(await download(edge, `xpcshell/${id}/xpcshell.sym`), symText())
    const head = await ask(edge, `/xpcshell/${id.toLowerCase()}/xpcshell.sym`, { method: 'HEAD' })
    equal(head.headers.get('x-amz-meta-original_md5_hash'), md5(symText()))
    const byCode = await ask(edge, '/xpcshell.exe/0532197720E000/xpcshell.sym')
    equal(byCode.headers.get('location'), `/symbols/xpcshell/${id}/xpcshell.sym`)
    ok(await edge.symbols.head('flag/DEADBEEF/flag.jpeg'))
    ok(await edge.symbols.head(wantedIndexKey('xpcshell', id, false)))
  }),
  vector(
    'files that are stored already are skipped; other content replaces, and both are recorded',
    async (edge) => {
      const events: unknown[] = []
      edge.deps.audit.record = (_, event) => void events.push(event)
      const other = { ...symFile(), content: symText('xpcshell', id, 'PUBLIC 2000 0 other\n') }
      for (const skipped of [[], [`xpcshell/${id}/xpcshell.sym`]])
        equal((await postForm(edge, [archive(symFile())])).json.upload.skipped_keys, skipped)
      equal((await postForm(edge, [archive(other)])).json.upload.skipped_keys, [])
      equal(await download(edge, `xpcshell/${id}/xpcshell.sym`), other.content)
      equal(events.length, 3)
      match(
        JSON.stringify(events[2]),
        new RegExp(`replaced content with MD5 ${md5(symText())} by MD5 ${md5(other.content)}`),
      )
      const arrivals = await Array.fromAsync(readArrivals(edge.symbols, new Date(0)))
      equal(
        arrivals.flatMap(({ modules }) => modules),
        Array.from({ length: 2 }, () => ({
          ...{ debug_file: 'xpcshell', debug_id: id, code_file: 'xpcshell.exe', code_id: '0532197720E000' },
        })),
      )
    },
  ),
  vector('a file that was missing a moment ago is found once it is uploaded', async (edge) => {
    const path = `/xpcshell/${id}/xpcshell.sym`
    equal((await ask(edge, path)).status, 404)
    await postForm(edge, [archive(symFile())])
    equal((await ask(edge, path)).status, 200)
  }),
  vector('`try` selects the storage, within what the token may do', async (edge) => {
    for (const [token, asked, expected] of [
      [tokens.regular, undefined, 'regular'],
      [tokens.try, undefined, 'try'],
      [tokens.regular, '0', 'try'],
      [tokens.regular, '', 'regular'],
      [tokens.try, '1', 'try'],
      [tokens.try, '', 403],
    ] as const) {
      const parts: Part[] = [archive(symFile()), ...(asked === undefined ? [] : [['try', asked] as Part])]
      const { status, json } = await postForm(edge, parts, token)
      const got = status === 201 ? (json.upload.try_symbols ? 'try' : 'regular') : status
      equal([token[0], asked, got], [token[0], asked, expected])
      if (status === 403) equal(json, { error: 'Forbidden' })
    }
    ok(await edge.symbols.head(`try/xpcshell/${id}/xpcshell.sym`))
  }),
  vector('a zip of several parts is staged, and removed', async (edge) => {
    const noise = new Uint8Array(6_000_000)
    for (let at = 0; at < noise.length; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536))
    const { status } = await postForm(edge, [
      archive(symFile(), { name: 'big.pdb/AB/big.pd_', content: noise }),
    ])
    equal(status, 201)
    const keys = (await Array.fromAsync(edge.symbols.list(''))).map(({ key }) => key)
    equal(
      keys.filter((key) => key.startsWith('staged/')),
      [],
    )
    const stored = await edge.symbols.get('big.pdb/AB/big.pd_')
    equal(md5((await stored!.bytes()) as Uint8Array), md5(noise))
  }),
  vector('the files of a tar are stored, plain or in gzip, regardless of its name', async (edge) => {
    const files = [symFile('one'), { name: `./${symFile('two').name}`, content: symText('two') }]
    const tar = await tarOf({ name: 'build-symbols.txt', content: 'a list' }, ...files)
    const compressed = new Uint8Array(gzipSync(tar))
    for (const [name, content] of [
      ['symbols.tar', tar],
      ['symbols.tar.gz', compressed],
      ['symbols.zip', compressed],
    ] as const) {
      const { status, json } = await postForm(edge, [[name, content, name]])
      const skipped = name === 'symbols.tar' ? [] : ['one', 'two'].map((file) => `${file}/${id}/${file}.sym`)
      equal(
        [status, json.upload.skipped_keys, json.upload.ignored_keys, json.upload.refused_keys],
        [201, skipped, ['build-symbols.txt'], []],
      )
    }
    equal(await download(edge, `two/${id}/two.sym`), symText('two'))
  }),
  vector('no file of a tar is stored when one has no place in a symbol store', async (edge) => {
    const tar = await tarOf(symFile('early'), { name: '../../etc/passwd', content: 'x' })
    equal(await error(edge, [['a.tar', tar, 'a.tar']]), [400, pattern("'../../etc/passwd'")])
    equal((await ask(edge, `/early/${id}/early.sym`)).status, 404)
    const [status, text] = await error(edge, [['a.tar', (await tarOf(symFile())).slice(0, 700), 'a.tar']])
    equal(status, 400)
    match(text, /tar archive is damaged/)
  }),
  vector('an archive may be empty, and its name of either case', async (edge) => {
    equal((await postForm(edge, [['X.ZIP', zipOf(), 'x']])).status, 201)
  }),
]

const error = async (edge: SymbolEdge, parts: Part[]) => {
  const { status, json } = await postForm(edge, parts)
  return [status, json.error]
}
const pattern = (name: string) =>
  `Unrecognized file pattern. Should only be <module>/<hex>/<file> or <name>-symbols.txt and nothing else. (First unrecognized pattern was ${name})`

const refusals: SymbolVector[] = [
  vector('archives are refused with the texts of Tecken', async (edge) => {
    const named = (name: string): Part => archive({ name, content: 'x' })
    const cases: [Part[], string][] = [
      [[['try', '1']], 'Must be multipart form data with at least one file'],
      [[['a.zip', '', 'a.zip']], 'File is not a zip file'],
      [[['a.zip', symText(), 'a.zip']], 'File is not a zip file'],
      [[['a.tar', symText(), 'a.tar']], 'File is not a zip or tar file'],
      [[['myfile.rar', zipOf(), 'myfile.zip']], 'Unrecognized archive file extension ".rar"'],
      [[['symbols', zipOf(), 'myfile.zip']], 'Unrecognized archive file extension ""'],
      [[named('xpcshell.sym')], pattern("'xpcshell.sym'")],
      [
        [named('xpcfoo.dbg/A7D6F1BB18CD4CB48/p%eter.sym')],
        pattern("'xpcfoo.dbg/A7D6F1BB18CD4CB48/p%eter.sym'"),
      ],
      [[named("it's/G/x.sym")], pattern('"it\'s/G/x.sym"')],
      [[named('a\\b/\u0010/x.sym')], pattern("'a\\\\b/\\x10/x.sym'")],
      [[named('sub/x-symbols.txt')], pattern("'sub/x-symbols.txt'")],
      [[named('../../a/AB/c.sym')], pattern("'../../a/AB/c.sym'")],
      [[named('/a/AB/c.sym')], pattern("'/a/AB/c.sym'")],
      [[named('symdex/AB/c.sym')], pattern("'symdex/AB/c.sym'")],
      [
        [named('qcom/proprietary/x')],
        "Content of archive file contains the snippet 'qcom/proprietary' which is not allowed",
      ],
      [
        [
          archive(
            { name: 'a/AB/a.sym', content: 'x'.repeat(39) },
            { name: 'a/AB/a.sym', content: 'x'.repeat(24) },
          ),
        ],
        'The zipfile buffer contains two files both called a/AB/a.sym and they have difference sizes (24 != 39)',
      ],
    ]
    for (const [parts, text] of cases) equal(await error(edge, parts), [400, text])
    equal((await Array.fromAsync(edge.symbols.list(''))).length, 0)
  }),
  vector('symbol files are refused one by one, with the reason', async (edge) => {
    const files: [ZipFile, RegExp][] = [
      [{ name: `a.so/${id}/a.so.sym`, content: 'hello' }, /does not start with a MODULE record/],
      [
        { name: `a.so/AB12/a.so.sym`, content: symText('a.so') },
        /has the ID BBACA09F\w+ \(code ID 0532197720E000\), its path has AB12/,
      ],
      [
        { name: `b.so/${id}/b.so.sym`, content: symText('a.so') },
        /records name a\.so and a\.so\.exe, its path b\.so/,
      ],
      [
        { name: `c.so/${id}/c.so.sym`, content: `MODULE Linux x86 ${id} c.so\n${'what?\n'.repeat(9)}` },
        /9 of its first 11 lines/,
      ],
    ]
    const { status, json } = await postForm(edge, [archive(symFile(), ...files.map(([file]) => file))])
    equal(status, 201)
    const reasons = new Map(
      json.upload.refused_keys.map(({ key, reason }: Record<string, string>) => [key, reason]),
    )
    for (const [{ name }, text] of files) match(String(reasons.get(name)), text)
    equal(reasons.size, files.length)
    equal((await ask(edge, `/${files[0]![0].name}`)).status, 404)
    const all = await error(edge, [archive(files[0]![0])])
    equal(all[0], 400)
    match(String(all[1]), /^No file was stored\. a\.so\//)
  }),
  vector('hostile and damaged archives are refused', async (edge) => {
    const bomb = { name: 'a/AB/a.pd_', content: new Uint8Array(70_000_000) }
    match(String((await error(edge, [archive(bomb)]))[1]), /70000000 bytes, more than 100 times its size/)
    for (const stated of [{ crc: 1 }, { size: 10 }, { size: 30_000 }]) {
      const file = { name: 'a/AB/a.pd_', content: 'y'.repeat(20_000), stated }
      const [status, text] = await error(edge, [archive(file)])
      equal([JSON.stringify(stated), status], [JSON.stringify(stated), 400])
      match(String(text), /^No file was stored\. a\/AB\/a\.pd_/)
    }
    const truncated = zipOf(symFile()).subarray(0, -30)
    equal(await error(edge, [['a.zip', truncated as Uint8Array<ArrayBuffer>, 'a.zip']]), [
      400,
      'File is not a zip file',
    ])
    equal((await Array.fromAsync(edge.symbols.list(''))).length, 0)
  }),
  vector('tokens are required, and refused with the texts of Tecken, after the method', async (edge) => {
    const get = await ask(edge, '/upload/')
    equal(
      [get.status, get.headers.get('allow'), get.text],
      [405, 'POST', '{"error":"Method Not Allowed (GET): /symbols/upload/"}'],
    )
    for (const path of ['/upload/', '/upload/v2/', '/upload/auth_info/']) {
      for (const [token, text] of [
        [undefined, 'This requires an Auth-Token to authenticate the request'],
        ['', 'This requires an Auth-Token to authenticate the request'],
        ['junk', 'API Token not matched'],
        ['e'.repeat(32), 'API Token not matched'],
        [tokens.expired, 'API Token found but expired'],
        [tokens.other, 'Forbidden'],
      ] as const) {
        const { body, headers } = formOf(
          archive(symFile(), { name: 'a/AB/a.pd_', content: new Uint8Array(300_000) }),
        )
        const answer = await ask(edge, path, {
          method: 'POST',
          body,
          headers: { ...headers, ...withToken(token) },
        })
        equal([path, token, answer.status, JSON.parse(answer.text).error], [path, token, 403, text])
      }
    }
  }),
  vector('a body without a form, or one that ends early, is 400', async (edge) => {
    const send = async (body: string, type: string) => {
      const answer = await ask(edge, '/upload/', {
        ...{ method: 'POST', body },
        headers: { 'content-type': type, 'auth-token': tokens.regular },
      })
      return [answer.status, JSON.parse(answer.text).error]
    }
    const none = 'Must be multipart form data with at least one file'
    equal(await send('hello', 'text/plain'), [400, none])
    equal(await send('a=b', 'application/x-www-form-urlencoded'), [400, none])
    equal(
      await send(
        '--x\r\nContent-Disposition: form-data; name="a.zip"; filename="a"\r\n\r\nPK',
        'multipart/form-data; boundary=x',
      ),
      [400, 'The multipart body is damaged, or ended early'],
    )
    for (const [url, text] of [
      ['http://ci.example/a.zip', 'Insecure URL'],
      ['https://ci.example:80/a.zip', "Not an allowed domain ('ci.example') to download from."],
      ['no url', 'Enter a valid URL.'],
    ] as const)
      equal(await send(`url=${encodeURIComponent(url)}`, 'application/x-www-form-urlencoded'), [400, text])
  }),
]

const manifests: SymbolVector[] = [
  vector('auth_info describes the token', async (edge) => {
    for (const [token, isTry] of [
      [tokens.regular, false],
      [tokens.try, true],
    ] as const) {
      const { status, text } = await ask(edge, '/upload/auth_info/', {
        method: 'POST',
        headers: withToken(token),
      })
      const { user_id, ...rest } = JSON.parse(text)
      ok(status === 200 && Number.isInteger(user_id))
      equal(rest, {
        email: isTry ? 'try@ci' : 'regular@ci',
        try_symbols: isTry,
        token_expires_at: 1_893_456_000,
        upload_api_version: 2,
      })
    }
    equal((await ask(edge, '/upload/auth_info/')).status, 405)
  }),
  vector('files of a manifest are sent one by one, compressed or not, and then skipped', async (edge) => {
    const sym = symText()
    const files = [
      { key: `xpcshell/${id.toLowerCase()}/xpcshell.sym`, size: sym.length, md5_hash: md5(sym) },
      { key: 'a.dll/AB/a.dl_', size: 3, md5_hash: md5('abc') },
    ]
    const list = async () => {
      const body = JSON.stringify({ files, more: 1 })
      const answer = await ask(edge, '/upload/v2/', {
        method: 'POST',
        body,
        headers: withToken(tokens.regular),
      })
      return { ...answer, json: JSON.parse(answer.text) }
    }
    const { status, json } = await list()
    const { id: uploadId, created_at, files: listed, ...rest } = json
    ok(status === 201 && Number.isInteger(uploadId) && Number.isInteger(created_at))
    equal(rest, { user: 'regular@ci', try_symbols: false, upload_protocol: 'gcs-resumable' })
    equal(
      listed.map(
        ({ key, action }: { key: string; action: { type: string; content_encoding: string | null } }) => [
          key,
          action.type,
          action.content_encoding,
        ],
      ),
      [
        [files[0]!.key, 'upload', 'gzip'],
        [files[1]!.key, 'upload', null],
      ],
    )
    const put = async (url: string, body: BodyInit, headers: Record<string, string> = {}) => {
      const { pathname } = new URL(url)
      return ask(edge, pathname.slice('/symbols'.length), { method: 'PUT', body, headers })
    }
    const wrong = await put(listed[0].action.url, gzipSync(`${sym}PUBLIC 3000 0 x\n`))
    equal(wrong.status, 400)
    match(wrong.text, /bytes; \d+ were announced/)
    equal((await put(listed[1].action.url, 'abd')).status, 400)
    equal((await put(listed[0].action.url, gzipSync(sym), { 'content-encoding': 'gzip' })).status, 200)
    equal((await put(listed[1].action.url, 'abc')).status, 200)
    equal(await download(edge, files[0]!.key), sym)
    equal(
      (await list()).json.files.map(({ action }: { action: object }) => action),
      [{ type: 'skip' }, { type: 'skip' }],
    )
    const forged = listed[1].action.url.replace(/.(?=.{10}$)/, (c: string) => (c === 'x' ? 'y' : 'x'))
    equal((await put(forged, 'abc')).status, 403)
  }),
  vector('entries of a manifest are refused one by one, and others as a whole', async (edge) => {
    const post = (body: string) =>
      ask(edge, '/upload/v2/', { method: 'POST', body, headers: withToken(tokens.try) })
    const hash = md5('')
    const keys = [
      'xül.pdb/1A2B3C4/xul.sym',
      'x%l.pdb/1A2B3C4/xul.sym',
      'xul.pdb/1A2B3C/xul#.ex_',
      'xul.so/1A2B3G4E/xul.sym',
      'crypt3\u0010.pdb/1A2B3C/crypt3\u0010.pd_',
    ]
    const hashes = ['D41D8CD98F00B204E9800998ECF8427E', hash.slice(1), `${hash}1`]
    const files = [
      ...keys.map((key) => ({ key, size: 5, md5_hash: hash })),
      ...hashes.map((md5_hash) => ({ key: 'xul.pdb/1/xul.sym', size: 5, md5_hash })),
    ]
    const { status, text } = await post(JSON.stringify({ files }))
    equal(status, 201)
    equal(
      JSON.parse(text).files.map(({ action }: { action: object }) => action),
      files.map((_, i) => ({
        type: 'error',
        msg: i < keys.length ? 'invalid key' : 'invalid MD5 hex digest',
      })),
    )
    equal(JSON.parse(text).try_symbols, true)
    for (const body of [
      '',
      '{',
      '[]',
      '{"files":"x"}',
      '{"files":[{"key":"a/1/b","size":"5","md5_hash":""}]}',
      '{"files":[null]}',
      '{"files":[{"key":"a/1/b","size":5}]}',
      '[1e999]',
    ]) {
      const refused = await post(body)
      equal([body, refused.status, refused.text], [body, 400, '{"error":"malformed JSON request body"}'])
    }
    equal((await post('{"files":[]}')).status, 201)
    const many = Array.from({ length: 1025 }, () => ({ key: 'a/1/b', size: 1, md5_hash: hash }))
    equal((await post(JSON.stringify({ files: many }))).text, '{"error":"too many files"}')
  }),
]

export const uploadVectors: readonly SymbolVector[] = [...accepted, ...refusals, ...manifests]

// The exchanges of Breakpad's `sym_upload` (src/common/linux/symbol_upload.cc): requests as its versions for Linux,
// Windows and macOS send them, and answers as it reads them.
import { deepStrictEqual as equal, match } from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { ask, type SymbolEdge, type SymbolVector, tokens, vector } from './symbol-edge.ts'
import { formOf, symText } from './symbol-uploads.ts'

const name = 'libbreakpad test.so'
const id = '1DE1BB258CBBF4589A673034F8001609180'
const symbols = symText(name, id)
const stored = `/libbreakpad%20test.so/${id}/libbreakpad%20test.so.sym`

/** As the client finds a member; null where it fails. */
const find = (text: string, member: string) => new RegExp(`"${member}": "([^"]+)"`).exec(text)?.[1] ?? null

const fields = (file: string | Uint8Array<ArrayBuffer>, debugId = id) =>
  formOf(
    ['code_file', name],
    ['cpu', 'x86_64'],
    ['debug_file', name],
    ['debug_identifier', debugId],
    ['os', 'Linux'],
    ['version', '1.0'],
    ['symbol_file', file, '/tmp/libbreakpad.sym'],
  )

const postV1 = (edge: SymbolEdge, query: string, form: ReturnType<typeof formOf>) =>
  ask(edge, `/sym_upload${query}`, {
    method: 'POST',
    body: form.body,
    headers: { ...form.headers, 'user-agent': 'Breakpad/1.0 (Linux)' },
  })

/** Steps of version 2, without the check of the status. */
async function send(edge: SymbolEdge, file: BodyInit, completion: string, token: string = tokens.regular) {
  const post = (path: string, body: string, type: string) =>
    ask(edge, `${path}?key=${token}`, { method: 'POST', body, headers: { 'content-type': type } })
  const created = await post('/v1/uploads:create', '', 'application/x-www-form-urlencoded')
  const url = find(created.text, 'uploadUrl')
  const key = find(created.text, 'uploadKey')
  if (url === null || key === null) return { text: created.text, status: created.status, result: null }
  const put = await ask(edge, new URL(url).pathname.slice('/symbols'.length), { method: 'PUT', body: file })
  equal(put.status, 200)
  const { text, status } = await post(`/v1/uploads/${key}:complete`, completion, 'application/son')
  return { text, status, result: find(text, 'result') }
}

const status = async (edge: SymbolEdge, token: string = tokens.regular) =>
  find((await ask(edge, `/v1/symbols/libbreakpad%20test.so/${id}:checkStatus?key=${token}`)).text, 'status')

const linux = (type = 'BREAKPAD', debugId = id) =>
  `{ symbol_id: {debug_file: "${name}", debug_id: "${debugId}" }, symbol_upload_type: "${type}" }`
const windows = `{ symbol_id: {debug_file: "${name}", debug_id: "${id}" }, symbol_upload_type: "BREAKPAD", use_async_processing: true, metadata: {product_name: "App" } }`
const mac = JSON.stringify({
  symbol_id: { debug_file: name, debug_id: id },
  symbol_upload_type: 'BREAKPAD',
  use_async_processing: 'true',
})

export const symUploadVectors: readonly SymbolVector[] = [
  vector('sym_upload, version 1: one form, with the token in the URL, is answered with 200', async (edge) => {
    equal((await postV1(edge, `?key=${tokens.regular}`, fields(symbols))).status, 200)
    equal((await ask(edge, stored)).text, symbols)
    equal(
      (await postV1(edge, `?key=${tokens.regular}`, fields(new Uint8Array(gzipSync(symbols))))).status,
      200,
    )
    const without = await postV1(edge, '', fields(symbols))
    equal(
      [without.status, JSON.parse(without.text).error],
      [403, 'This requires an Auth-Token to authenticate the request'],
    )
    const wrong = await postV1(edge, `?key=${tokens.regular}`, fields(symbols, 'AB'))
    equal(wrong.status, 400)
    match(wrong.text, /has the ID 1DE1BB\w+, the request AB/)
  }),
  vector('sym_upload, version 2: status, URL, file, completion; of all systems', async (edge) => {
    equal(await status(edge), 'MISSING')
    equal((await send(edge, symbols, linux())).result, 'OK')
    equal(await status(edge), 'FOUND')
    equal((await ask(edge, stored)).text, symbols)
    for (const completion of [linux(), windows, mac])
      equal((await send(edge, symbols, completion)).result, 'DUPLICATE_DATA')
    equal(await status(edge, tokens.try), 'MISSING')
    equal((await send(edge, symbols, mac, tokens.try)).result, 'OK')
    equal((await ask(edge, `/try${stored}`)).status, 200)
  }),
  vector('sym_upload, version 2: shows why an upload is refused', async (edge) => {
    for (const [file, completion, text] of [
      [symbols, linux('ELF'), /neither a program nor a debug file, the request states the type ELF/],
      [symbols, linux('BREAKPAD', 'AB'), /has the ID 1DE1BB\w+, the request AB/],
      ['\u007fELF', linux(), /its headers are cut or damaged/],
      ['hello', linux(), /does not start with a MODULE record/],
    ] as const) {
      const answer = await send(edge, file, completion)
      equal([answer.status, answer.result], [400, null])
      match(answer.text, text)
    }
    const refused = await send(edge, symbols, linux(), 'e'.repeat(32))
    equal([refused.status, JSON.parse(refused.text).error], [403, 'API Token not matched'])
    const never = await ask(edge, `/v1/uploads/forged.ticket:complete?key=${tokens.regular}`, {
      method: 'POST',
      body: linux(),
    })
    equal([never.status, JSON.parse(never.text).error], [403, 'This upload URL is not valid'])
  }),
]

// Sending symbol files: what a server is asked, and what each of its answers becomes.
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sendSymbols } from '../../../batch/symbols/send-symbols.ts'

interface Asked {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}

interface Answer {
  status?: number
  body?: unknown
}

const folder = mkdtempSync(join(tmpdir(), 'mayday-send-symbols-'))
const asked: Asked[] = []
let answerOf: (request: Asked) => Answer
let url = ''
const server = createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>))
  const { method = '', headers } = request
  asked.push({ method, url: request.url!, headers, body })
  const { status = 200, body: answer = '' } = answerOf(asked.at(-1)!)
  response.writeHead(status).end(typeof answer === 'string' ? answer : JSON.stringify(answer))
})
beforeAll(async () => {
  await new Promise<void>((resume) => server.listen(0, '127.0.0.1', resume))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => void asked.splice(0))
afterAll(async () => {
  await new Promise((resume) => server.close(resume))
  rmSync(folder, { recursive: true, force: true })
})

const id = 'BBACA09FD1C13F6C84254BFD8732AF400'
const contentOf = (name: string) => `MODULE Linux x86_64 ${id} ${name}\nPUBLIC 1000 0 main of ${name}\n`

/** Puts files into a folder of their own. */
function filesOf(...names: string[]): string {
  const root = mkdtempSync(join(folder, 'files-'))
  for (const name of names) {
    mkdirSync(join(root, name, id), { recursive: true })
    writeFileSync(join(root, name, id, `${name}.sym`), contentOf(name))
  }
  return root
}

async function send(path: string, base = url) {
  let looked = 0
  const report = await sendSymbols([path], { url: base, token: 'secret' }, { onFile: () => looked++ })
  return { ...report, looked }
}

const upload = (content_encoding: string | null) => ({ type: 'upload', url: `${url}/put`, content_encoding })
const manifest = (...actions: object[]): Answer => ({
  status: 201,
  body: { files: actions.map((action, i) => ({ key: `${i}`, action })) },
})
const nothing = { added: [], replaced: [], unchanged: [], refused: [], modules: [] }
const keyOf = (name: string) => `${name}/${id}/${name}.sym`

test('the manifest has the key, size and MD5 of each file', async () => {
  answerOf = () => manifest({ type: 'skip' }, { type: 'error', msg: 'not now' })
  const path = filesOf('a', 'b')
  expect(await send(path, `${url}/symbols//`)).toEqual({
    ...nothing,
    unchanged: [keyOf('a')],
    refused: [{ file: join(path, 'b', id, 'b.sym'), problem: 'not now' }],
    looked: 4,
  })
  expect(asked.map(({ method, url }) => [method, url])).toEqual([['POST', '/symbols/upload/v2/']])
  expect(asked[0]!.headers['auth-token']).toBe('secret')
  expect(JSON.parse(String(asked[0]!.body))).toEqual({
    files: ['a', 'b'].map((name) => ({
      key: keyOf(name),
      size: contentOf(name).length,
      md5_hash: createHash('md5').update(contentOf(name)).digest('hex'),
    })),
  })
})

test.each([
  [null, undefined],
  ['gzip', 'gzip'],
])('a file is sent with the encoding %s', async (encoding, expected) => {
  answerOf = ({ method }) => (method === 'POST' ? manifest(upload(encoding)) : {})
  expect(await send(filesOf('a'))).toEqual({ ...nothing, added: [keyOf('a')], looked: 2 })
  const { method, url: path, headers, body } = asked[1]!
  expect([method, path, headers['content-type'], headers['content-encoding']]).toEqual([
    ...['PUT', '/put', 'application/octet-stream', expected],
  ])
  expect(String(encoding === null ? body : gunzipSync(body))).toBe(contentOf('a'))
})

test('a file that the server refuses is in the report', async () => {
  answerOf = ({ method }) =>
    method === 'POST' ? manifest(upload(null)) : { status: 400, body: { error: 'It is damaged' } }
  const path = filesOf('a')
  const problem = 'The server answered 400: It is damaged'
  expect(await send(path)).toMatchObject({
    ...nothing,
    refused: [{ file: join(path, 'a', id, 'a.sym'), problem }],
  })
})

describe('sending ends with', () => {
  const path = filesOf('a')
  const target = () => `${url}/upload/v2/`
  test.each<[string, Answer, () => string]>([
    ['the words of a refusal', { status: 403, body: { error: 'No' } }, () => `${target()} answered 403: No`],
    ['the text of a refusal', { status: 404, body: 'Nothing' }, () => `${target()} answered 404: Nothing`],
    ['a refusal of another kind', { status: 200, body: {} }, () => `${target()} answered 200: {}`],
    [
      '300 characters of a refusal',
      { status: 404, body: 'x'.repeat(301) },
      () => `${target()} answered 404: ${'x'.repeat(300)}`,
    ],
    [
      'an answer that is not JSON',
      { status: 201, body: '<' },
      () => `${target()} did not answer as a symbol server`,
    ],
    [
      'answers about fewer files',
      { status: 201, body: { files: [] } },
      () => `${target()} did not answer as a symbol server`,
    ],
    [
      'answers about more files',
      { status: 201, body: { files: ['a', 'b'].map((key) => ({ key, action: { type: 'skip' } })) } },
      () => `${target()} did not answer as a symbol server`,
    ],
    [
      'an unknown action',
      { status: 201, body: { files: [{ key: 'a', action: { type: 'wait' } }] } },
      () => `${target()} did not answer as a symbol server`,
    ],
    ['too many requests', { status: 429 }, () => `${url} cannot be reached: it answered 429`],
  ])('%s', async (_, answer, message) => {
    answerOf = () => answer
    await expect(send(path)).rejects.toMatchObject({ code: 'storage', message: message() })
    expect(asked).toHaveLength(answer.status === 429 ? 4 : 1)
  })

  test('a refusal of the content', async () => {
    answerOf = ({ method }) => (method === 'POST' ? manifest(upload(null)) : { status: 403, body: 'Expired' })
    const message = `${url} answered 403: Expired`
    await expect(send(path)).rejects.toMatchObject({ code: 'storage', message })
  })

  test('a server that does not listen', async () => {
    const message = expect.stringMatching(/^http:\/\/127\.0\.0\.1:1 cannot be reached: ./)
    await expect(send(path, 'http://127.0.0.1:1/symbols')).rejects.toMatchObject({ code: 'storage', message })
  })
})

test('a server that fails once is asked again, with the same content', async () => {
  let failures = 0
  answerOf = ({ method }) => {
    if (failures++ % 2 === 0) return { status: 500 }
    return method === 'POST' ? manifest(upload(null)) : {}
  }
  expect((await send(filesOf('a'))).added).toEqual([keyOf('a')])
  expect(asked.map(({ method }) => method)).toEqual(['POST', 'POST', 'PUT', 'PUT'])
  expect(asked[3]!.body).toEqual(Buffer.from(contentOf('a')))
})

import { createServer, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { symdexKey } from '../../../../shared/keys.ts'
import type { JobResult } from '../../../../shared/symbolicate/answer.ts'
import { other, testproj, vectorFiles } from '../../../contract/symbolication-files.ts'
import { until } from '../../../support/until.ts'
import { createTestEdge, type TestEdge } from '../../edge.support.ts'

const never = () => new Promise<void>(() => {})

/** What the server answers, by path; every other path gets 404. */
let files: Map<string, { status: number; body: string | Buffer; wait?: Promise<void> }>
let requests: string[]
let server: Server
let url: string

beforeEach(async () => {
  files = new Map()
  requests = []
  server = createServer(async ({ url: path = '' }, response) => {
    requests.push(path)
    const { status, body, wait } = files.get(decodeURIComponent(path)) ?? { status: 404, body: '' }
    await wait
    response.writeHead(status).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
})
afterEach(() => void server.close())

/** `sleep` decides how long requests wait for servers. */
function openEdge(sleep: () => Promise<void>, servers = `${url}/a`, env = {}): TestEdge {
  const edge = createTestEdge({ SYMBOL_SERVERS: servers, ...env })
  Object.assign(edge.deps, { sleep })
  return edge
}

async function symbolicate(edge: TestEdge, modules: [string, string][]): Promise<JobResult> {
  const body = JSON.stringify({ memoryMap: modules, stacks: [modules.map((_, i) => [i, 0x5380])] })
  const request = new Request('http://localhost/symbols/symbolicate/v5', { method: 'POST', body })
  return JSON.parse((await edge.ask(request)).text).results[0]
}

const path = `testproj/${testproj}/testproj.sym`
const wanted: [string, string][] = [['testproj', testproj]]
const errorIn = ({ module_errors }: JobResult) => Object.values(module_errors ?? {})[0]?.[0]

describe('symbol servers behind symbolication', () => {
  test.each([
    ['text', vectorFiles[path]!],
    ['gzip', gzipSync(vectorFiles[path]!)],
  ])('a module that the store lacks is fetched once, as %s, and its index is stored', async (_, body) => {
    files.set(`/a/${path}`, { status: 200, body })
    const edge = openEdge(never)
    for (let i = 0; i < 3; i++) {
      const { found_modules, stacks } = await symbolicate(edge, wanted)
      expect(found_modules).toEqual({ [`testproj/${testproj}`]: true })
      expect(stacks[0]![0]!.function).toBe('testproj::main')
    }
    expect(requests).toHaveLength(1)
    expect(await edge.deps.stores.symbols.head(symdexKey('testproj', testproj))).not.toBeNull()
  })

  test('the next server is asked when one lacks the module or has an unusable file', async () => {
    files.set(`/b/${path}`, { status: 200, body: '<!doctype html>' })
    files.set(`/c/${path}`, { status: 200, body: vectorFiles[path]! })
    const edge = openEdge(never, `${url}/a, ${url}/b,${url}/c/`)
    expect((await symbolicate(edge, wanted)).stacks[0]![0]!.function).toBe('testproj::main')
    expect(requests.map((asked) => asked.slice(0, 3))).toEqual(['/a/', '/b/', '/c/'])
  })

  test('a request does not wait longer than the limit; a later one has the symbols', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    files.set(`/a/${path}`, { status: 200, body: vectorFiles[path]!, wait: promise })
    const edge = openEdge(async () => {})
    expect(errorIn(await symbolicate(edge, wanted))).toEqual({
      name: 'Pending',
      message: 'The symbols are being fetched from a symbol server: try again in a minute',
    })
    resolve()
    const key = symdexKey('testproj', testproj)
    await until(async () => (await edge.deps.stores.symbols.head(key)) !== null, { what: 'the index' })
    expect((await symbolicate(edge, wanted)).stacks[0]![0]!.function).toBe('testproj::main')
  })

  test('a server that lacks a module is not asked for it again for ten minutes', async () => {
    const edge = openEdge(never)
    let now = 0
    Object.assign(edge.deps, { clock: () => now })
    for (now of [1, 2, 599_000]) expect(errorIn(await symbolicate(edge, wanted))?.name).toBe('Missing')
    expect(requests).toHaveLength(1)
    now = 601_000
    files.set(`/a/${path}`, { status: 200, body: vectorFiles[path]! })
    expect((await symbolicate(edge, wanted)).stacks[0]![0]!.function).toBe('testproj::main')
  })

  test.each([
    ['an HTML page', { status: 200, body: '<html>' }, 'Malformed', 'it is an HTML page'],
    [
      'another module',
      { status: 200, body: `MODULE Linux x86_64 ${other} x\nPUBLIC 1 0 f\n` },
      'WrongId',
      other,
    ],
    ['damaged gzip data', { status: 200, body: Buffer.from('1f8b080000000000', 'hex') }, 'Malformed', 'gzip'],
    [
      'too much text',
      { status: 200, body: gzipSync('\n'.repeat(2 ** 20 + 1)) },
      'LimitExceeded',
      'too large',
    ],
    ['a failure', { status: 503, body: '' }, 'Failing', 'did not answer'],
  ])('%s is reported as such', async (_, answer, name, message) => {
    files.set(`/a/${path}`, answer)
    const error = errorIn(await symbolicate(openEdge(never), wanted))
    expect(error?.name).toBe(name)
    expect(error?.message).toContain(message)
    expect(error?.message).not.toContain('127.0.0.1')
  })

  test('the setting limits what a file may inflate to', async () => {
    const body = gzipSync(`${vectorFiles[path]!}${'\n'.repeat(2 ** 20)}`)
    files.set(`/a/${path}`, { status: 200, body })
    const ask = (env: Record<string, string>) => {
      const edge = openEdge(never, undefined, env)
      Object.assign(edge.deps, { maxIndexBytes: 8 * 2 ** 20 })
      return symbolicate(edge, wanted)
    }
    expect(errorIn(await ask({ SYMBOL_FETCH_MB: '1' }))?.name).toBe('LimitExceeded')
    expect(errorIn(await ask({}))).toBeUndefined()
  })

  test('one request fetches at most 100 modules, one after another', async () => {
    const modules = Array.from({ length: 150 }, (_, i): [string, string] => [`m${i}.so`, testproj])
    const { module_errors } = await symbolicate(openEdge(never), modules)
    const names = Object.values(module_errors!).map(([error]) => error!.name)
    expect(names.filter((name) => name === 'Missing')).toHaveLength(100)
    expect(names.filter((name) => name === 'Pending')).toHaveLength(50)
    expect(requests).toHaveLength(100)
  })

  test('nothing is asked for modules without a usable name or ID', async () => {
    await symbolicate(openEdge(never), [
      ['..', testproj],
      ['a', '0'.repeat(33)],
      ['b\n', testproj],
    ])
    expect(requests).toEqual([])
  })
})

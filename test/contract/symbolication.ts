// POST /symbols/symbolicate on an edge of any runtime: every vector, methods, CORS, limits.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict'
import { symdexKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { AnswerV5 } from '../../shared/symbolicate/answer.ts'
import { maxRequestBytes } from '../../shared/symbolicate/request.ts'
import { bytesOf } from '../support/crash-request.ts'
import { answeredRequests } from './symbolication-answers.ts'
import { testproj, vectorFiles } from './symbolication-files.ts'
import { job, refusedRequests } from './symbolication-refusals.ts'

export interface SymbolicationEdge {
  ask(request: Request): Promise<{ status: number; text: string; headers: Headers }>
  /** Bucket `symbols`. */
  symbols: Storage
}

export interface SymbolicationCase {
  name: string
  run(edge: SymbolicationEdge): Promise<void>
}

/** Stores the symbol files of the vectors as another program would: without indexes. */
export async function storeVectorFiles({ symbols }: SymbolicationEdge): Promise<void> {
  for (const [path, text] of Object.entries(vectorFiles)) await symbols.put(path, bytesOf(text))
}

const post = (
  body: string | Uint8Array,
  path = '/symbols/symbolicate/v5',
  headers: Record<string, string> = {},
) => new Request(`http://localhost${path}`, { method: 'POST', headers, body: body as BodyInit })

const send = (method: string, headers: Record<string, string> = {}) =>
  new Request('http://localhost/symbols/symbolicate/v5', { method, headers })

const bodyOf = (file: string, id = testproj) => JSON.stringify(job([[file, id]], [[[0, 0x5380]]]))
const key = `testproj/${testproj}`

const vectors: SymbolicationCase[] = [
  ...refusedRequests.map(({ name, version, body, title }) => ({
    name: `${name}, gets 400`,
    async run({ ask }: SymbolicationEdge) {
      const { status, text, headers } = await ask(post(body, `/symbols/symbolicate/v${version}`))
      equal([status, JSON.parse(text)], [400, { title }])
      match(headers.get('content-type') ?? '', /^application\/json/)
    },
  })),
  ...answeredRequests.map(({ name, version, body, answer }) => ({
    name: `${name}, is answered`,
    async run({ ask }: SymbolicationEdge) {
      const { status, text, headers } = await ask(post(body, `/symbols/symbolicate/v${version}`))
      equal([status, JSON.parse(text)], [200, answer])
      match(headers.get('content-type') ?? '', /^application\/json/)
    },
  })),
]

const cors = (headers: Headers) =>
  ['allow-origin', 'allow-methods', 'allow-headers', 'max-age'].map((name) =>
    headers.get(`access-control-${name}`),
  )
const exposes = /^accept, accept-encoding, authorization, content-type, dnt, origin, user-agent, /

const protocol: SymbolicationCase[] = [
  {
    name: 'a preflight request may ask for any header',
    async run({ ask }) {
      const asked = { origin: 'https://profiler.firefox.com', 'access-control-request-method': 'POST' }
      const some = await ask(send('OPTIONS', { ...asked, 'access-control-request-headers': 'user-agent' }))
      equal([some.status, some.text, cors(some.headers)], [200, '', ['*', 'POST', 'user-agent', '86400']])
      match(some.headers.get('access-control-expose-headers') ?? '', exposes)
      const any = await ask(send('OPTIONS', asked))
      equal(cors(any.headers), ['*', 'POST', '*', '86400'])
    },
  },
  {
    name: 'OPTIONS without an origin gets the method',
    async run({ ask }) {
      const { status, headers } = await ask(send('OPTIONS'))
      equal([status, headers.get('allow'), ...cors(headers)], [200, 'POST', null, null, null, null])
    },
  },
  {
    name: 'answers and refusals are readable from any origin',
    async run({ ask }) {
      for (const body of [bodyOf('testproj'), '{}']) {
        const { headers } = await ask(post(body, undefined, { origin: 'http://other' }))
        equal(cors(headers), ['*', null, null, null])
        match(headers.get('access-control-expose-headers') ?? '', exposes)
      }
      equal(cors((await ask(post(bodyOf('testproj')))).headers), [null, null, null, null])
    },
  },
  ...['GET', 'HEAD', 'PUT', 'DELETE'].map((method) => ({
    name: `${method} gets 405`,
    async run({ ask }: SymbolicationEdge) {
      const { status, text, headers } = await ask(send(method))
      equal([status, headers.get('allow')], [405, 'POST, OPTIONS'])
      if (method !== 'HEAD') equal(JSON.parse(text), { title: '405 Method Not Allowed' })
    },
  })),
  {
    name: 'a base URL with a slash at its end works',
    async run({ ask }) {
      const { status, text } = await ask(post(bodyOf('testproj'), '/symbols//symbolicate/v5'))
      equal([status, (JSON.parse(text) as AnswerV5).results[0]!.found_modules], [200, { [key]: true }])
    },
  },
  {
    name: 'a body that is too large gets 413',
    async run({ ask }) {
      const { status, text } = await ask(post(new Uint8Array(maxRequestBytes + 1)))
      equal(
        [status, JSON.parse(text)],
        [413, { title: `please limit size of a request to <= ${maxRequestBytes} bytes` }],
      )
    },
  },
  {
    name: 'with the header Debug the answer has statistics',
    async run({ ask }) {
      const answerTo = async (headers: Record<string, string>) =>
        JSON.parse((await ask(post(bodyOf('testproj'), undefined, headers))).text) as { debug?: Stats }
      equal([(await answerTo({})).debug, (await answerTo({ debug: '' })).debug], [undefined, undefined])
      const { debug } = await answerTo({ debug: 'false' })
      equal(debug!.modules, { count: 1, stacks_per_module: { [key]: 1 } })
      equal(debug!.cache_lookups.count, 1)
      ok(debug!.time > 0 && debug!.downloads.size > 0)
    },
  },
]

interface Stats {
  time: number
  cache_lookups: { count: number; hits: number }
  downloads: { count: number; size: number }
  modules: unknown
}

const large = 'E1B2C3D4E5F60718293A4B5C6D7E8F900'
const functions = Array.from(
  { length: 20_000 },
  (_, i) => `FUNC ${(i * 64).toString(16)} 40 0 name_of_function_${i}`,
)
const largeText = `MODULE Linux x86_64 ${large} large.so\n${functions.join('\n')}\n`
const ofLarge = (offsets: number[]) =>
  JSON.stringify(job([['large.so', large]], [offsets.map((at) => [0, at])]))

async function namesIn({ ask }: SymbolicationEdge, body: string): Promise<(string | undefined)[]> {
  const { results } = JSON.parse((await ask(post(body))).text) as AnswerV5
  return results[0]!.stacks[0]!.map((frame) => frame.function)
}

const stored: SymbolicationCase[] = [
  {
    name: 'a symbol file without an index gets one, which is then read in parts',
    async run(edge) {
      const { symbols, ask } = edge
      await symbols.put(`large.so/${large}/large.so.sym`, bytesOf(largeText))
      const offsets = [0x20, 64 * 19_999, 64 * 777 + 5]
      const names = ['name_of_function_0', 'name_of_function_19999', 'name_of_function_777']
      equal(await namesIn(edge, ofLarge(offsets)), names)
      const index = await symbols.head(symdexKey('large.so', large))
      ok(index)
      await symbols.delete(`large.so/${large}/large.so.sym`)
      equal(await namesIn(edge, ofLarge(offsets)), names)
      const debug = { debug: '1' }
      const { text } = await ask(post(ofLarge([0x20]), undefined, debug))
      ok((JSON.parse(text) as { debug: Stats }).debug.downloads.size < index.size / 2)
    },
  },
  {
    name: 'an index that is replaced or deleted is noticed',
    async run(edge) {
      const { symbols } = edge
      const path = `large.so/${large}/large.so.sym`
      await symbols.put(path, bytesOf(largeText))
      equal(await namesIn(edge, ofLarge([0x20])), ['name_of_function_0'])
      await symbols.delete(symdexKey('large.so', large))
      await symbols.put(path, bytesOf(largeText.replaceAll('name_of', 'other')))
      await namesIn(edge, ofLarge([0x20]))
      equal(await namesIn(edge, ofLarge([0x20])), ['other_function_0'])
      await symbols.delete([path, symdexKey('large.so', large)])
      await namesIn(edge, ofLarge([0x20]))
      equal(await namesIn(edge, ofLarge([0x20])), [undefined])
    },
  },
  {
    name: 'symbols of try builds are found after the others',
    async run(edge) {
      const text = vectorFiles[`testproj/${testproj}/testproj.sym`]!
      const id = testproj.replace('D', 'E')
      await edge.symbols.put(`try/testproj/${id}/testproj.sym`, bytesOf(text.replace(testproj, id)))
      for (let i = 0; i < 2; i++) equal(await namesIn(edge, bodyOf('testproj', id)), ['testproj::main'])
      ok(await edge.symbols.head(symdexKey('testproj', id, true)))
    },
  },
]

export const symbolicationCases: readonly SymbolicationCase[] = [...vectors, ...protocol, ...stored]

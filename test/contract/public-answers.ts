// Public responses while a store is slow or fails, as functions that any runtime can call: they reveal little and cost little.
import { deepStrictEqual as equal, doesNotMatch, match, ok } from 'node:assert/strict'
import { CrashError } from '../../shared/errors.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { processedKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { createTestEdge } from '../edge/edge.support.ts'
import { bytesOf, F, multipart, submitRequest, T } from '../support/crash-request.ts'

export interface PublicVector {
  name: string
  run(): Promise<void>
}

const heartbeat = () => new Request('https://crash.example/__heartbeat__')

/** Counts reads and writes of the store; `fail` makes each of them fail. */
function counting(fail?: () => Error) {
  const calls = { get: 0, put: 0 }
  const wrap = (storage: Storage): Storage => ({
    ...storage,
    async get(...args) {
      calls.get++
      if (fail) throw fail()
      return storage.get(...args)
    },
    async put(...args) {
      calls.put++
      return storage.put(...args)
    },
  })
  return { calls, wrap }
}

/** Everything that only operators may know. */
const secrets = ['store.internal', ':9000', 'mayday-crashes', '/var/lib/mayday', 'ECONNREFUSED', 'raw/2026']
const outage = () =>
  new CrashError('storage', `GET https://${secrets.slice(0, 2).join('')}/mayday-crashes/raw/2026 failed`, {
    cause: new Error('ECONNREFUSED /var/lib/mayday/crashes'),
  })

function expectNoSecrets(text: string): void {
  for (const secret of secrets) ok(!text.includes(secret), `reveals ${secret}: ${text}`)
  doesNotMatch(text, /\n\s+at /)
}

const id = 'de1bb258-cbbf-4589-a673-34f800160918'
const routes = (): Request[] => [
  heartbeat(),
  new Request('https://crash.example/__version__'),
  new Request('https://crash.example/__metrics__'),
  new Request('https://crash.example/__broken__'),
  new Request(`https://crash.example/api/report/${id}`),
  new Request('https://crash.example/api/report/nonsense'),
  new Request('https://crash.example/aggregates/v4/home.json'),
  new Request('https://crash.example/'),
  new Request('https://crash.example/assets/x.js'),
  submitRequest(multipart([T('prod', 'App'), F('upload_file_minidump')])),
  submitRequest(multipart([T('prod', 'App')]), { url: 'https://crash.example/submit/check' }),
]

const readToken = 'read-token-0123456789'

/** An edge with a processed crash of 90 MiB, of which 60 MiB are protected. */
async function edgeWithLargeCrash() {
  const edge = createTestEdge({ READ_TOKEN: readToken })
  const mebibyte = (letter: string) => bytesOf(letter.repeat(1024 * 1024))
  const members = [
    `{"crash_id":"${id}","signature":"main | crash","user_comments":"`,
    ...Array.from({ length: 60 }, () => mebibyte('s')),
    '","app_notes":"',
    ...Array.from({ length: 30 }, () => mebibyte('n')),
    '","product":"App","addons":["a","b"]}',
  ].map(bytesOf)
  const frames = members.map((bytes) => nodeCodecs.compressZstd(bytes))
  await edge.crashes.put(processedKey(id), frames)
  return { edge, bytes: members.reduce((sum, { length }) => sum + length, 0) }
}

const report = (headers: Record<string, string> = {}) =>
  new Request(`https://crash.example/api/report/${id}`, { headers })

const largeVectors: readonly PublicVector[] = [
  {
    name: 'a crash that is larger than memory has a public view with truncated texts',
    async run() {
      const { edge } = await edgeWithLargeCrash()
      const { status, text } = await edge.ask(report())
      equal(status, 200)
      ok(text.length < 70_000, `${text.length} bytes`)
      const { app_notes: notes, ...view } = JSON.parse(text)
      equal(view, {
        crash_id: id,
        signature: 'main | crash',
        product: 'App',
        addons: ['a', 'b'],
        cut_fields: ['app_notes'],
      })
      match(notes, /^n{65000,}… \[cut\]$/)
      equal(edge.deps.budget.heldBytes, 0)
    },
  },
  {
    name: 'a crash that is larger than memory is streamed in full to holders of the token',
    async run() {
      const { edge, bytes } = await edgeWithLargeCrash()
      const response = await edge.fetch(report({ authorization: `Bearer ${readToken}` }))
      equal(response.status, 200)
      let received = 0
      for await (const piece of response.body!) received += piece.length
      equal(received, bytes)
    },
  },
]

export const publicVectors: readonly PublicVector[] = [
  ...largeVectors,
  {
    name: 'a thousand concurrent heartbeats, and more within ten seconds, make one read and one write',
    async run() {
      const { calls, wrap } = counting()
      const edge = createTestEdge({}, wrap)
      const answers = await Promise.all(Array.from({ length: 1000 }, () => edge.ask(heartbeat())))
      equal(new Set(answers.map(({ status }) => status)), new Set([200]))
      equal(calls, { get: 1, put: 1 })
      for (let i = 0; i < 10; i++) equal((await edge.ask(heartbeat())).status, 200)
      equal(calls, { get: 1, put: 1 })
      await edge.deps.sleep(10_000)
      equal((await edge.ask(heartbeat())).status, 200)
      equal(calls, { get: 2, put: 2 })
    },
  },
  {
    name: 'a failed probe is reused too, and only the log contains the error',
    async run() {
      const { calls, wrap } = counting(outage)
      const edge = createTestEdge({}, wrap)
      const answers = await Promise.all(Array.from({ length: 100 }, () => edge.ask(heartbeat())))
      equal(new Set(answers.map(({ status }) => status)), new Set([503]))
      equal(JSON.parse(answers[0]!.text).errors, [
        { name: 'store', msg: 'The store could not be read and written' },
      ])
      equal(calls, { get: 1, put: 0 })
      match(JSON.stringify(edge.logs), /store\.internal.*ECONNREFUSED/)
    },
  },
  {
    name: 'only the log, and no response, names the location of a store that fails',
    async run() {
      const failing = async () => Promise.reject(outage())
      const wrap = (storage: Storage): Storage => ({ ...storage, get: failing, put: failing, head: failing })
      const edge = createTestEdge({ STORE_TIMEOUT_MS: '100' }, wrap)
      edge.deps.stores.lake.get = failing
      edge.deps.assets = failing
      for (const request of routes()) {
        const { text, headers } = await edge.ask(request)
        expectNoSecrets(text + JSON.stringify([...headers]))
      }
      match(JSON.stringify(edge.logs), /store\.internal/)
    },
  },
]

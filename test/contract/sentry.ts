// How the edge stores and answers the bodies of Sentry's clients, as vectors that any runtime can run.
import { deepStrictEqual as equal, match, ok } from 'node:assert/strict'
import { rawPrefix } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { streamOf } from '../support/crash-request.ts'
import { otherEnvelopes, type SentryBody, sentryCrashes, sentryInproc } from '../support/sentry-clients.ts'
import { type Vector, vector } from './vector.ts'

/** The request that sends the body, in chunks of `chunkSize` bytes. */
function sentryRequest({ path, headers, body }: SentryBody, chunkSize = 1000): Request {
  const init = { method: 'POST', headers, body: streamOf(body, chunkSize), duplex: 'half' } as RequestInit
  return new Request(`http://localhost${path}`, init)
}

async function countStored(crashes: Storage): Promise<number> {
  let count = 0
  for await (const _ of crashes.list(rawPrefix())) count++
  return count
}

const isStored = (sent: SentryBody) =>
  vector(`${sent.name}: the report is stored, with the values of the event as annotations`, async (open) => {
    const { ask, report } = await open()
    const { status, text, headers } = await ask(sentryRequest(sent))
    const { eventId, annotations, json, dump, files } = sent.expected!
    equal([status, JSON.parse(text)], [200, { id: eventId }])
    equal(headers.get('access-control-allow-origin'), '*')
    const crashId = headers.get('x-crash-id')!
    match(crashId, /^[0-9a-f-]{36}$/)
    const { rawCrash, dumps } = await report(crashId)
    const stored = new Map(Object.entries(rawCrash))
    for (const [name, value] of Object.entries(annotations)) equal([name, stored.get(name)], [name, value])
    for (const [name, value] of Object.entries(json)) {
      const parsed = JSON.parse(stored.get(name) as string)
      equal([name, Array.isArray(value) ? parsed : { ...parsed, ...(value as object) }], [name, parsed])
    }
    const names = dumps.map(({ name }) => name)
    equal(names.length, files.length)
    for (const file of files)
      ok(
        names.some((name) => name.startsWith(file)),
        `${file} in ${names}`,
      )
    equal(dumps.find(({ name }) => name === 'upload_file_minidump')!.bytes, dump)
  })

const hasOneId = (sent: SentryBody) =>
  vector(`${sent.name}: chunks of any size give the same report, stored once`, async (open) => {
    const { ask, crashes } = await open()
    const ids = new Set<string | null>()
    for (const size of [7, 1000, 100_000]) {
      const { headers } = await ask(sentryRequest(sent, size))
      ids.add(headers.get('x-crash-id'))
    }
    equal([ids.size, await countStored(crashes)], [1, 1])
  })

const isAcknowledged = (sent: SentryBody) =>
  vector(`${sent.name}: is acknowledged, and nothing is stored`, async (open) => {
    const { ask, crashes } = await open()
    const { status, text, headers } = await ask(sentryRequest(sent))
    equal([status, JSON.parse(text)], [200, { id: 'ab'.repeat(16) }])
    equal([headers.get('x-crash-id'), await countStored(crashes)], [null, 0])
  })

const isRefused = (sent: SentryBody) =>
  vector(`${sent.name}: is refused, and the response contains the reason`, async (open) => {
    const { ask, crashes } = await open()
    const { status, text, headers } = await ask(sentryRequest(sent))
    const { detail, causes } = JSON.parse(text)
    equal([status, causes], [400, ['malformed_no_minidump']])
    match(detail, /minidump/)
    equal(headers.get('content-type'), 'application/json; charset=utf-8')
    equal(await countStored(crashes), 0)
  })

const crashes = await sentryCrashes()
export const sentryVectors: readonly Vector[] = [
  ...crashes.map(isStored),
  ...crashes.map(hasOneId),
  ...otherEnvelopes().map(isAcknowledged),
  isRefused(sentryInproc()),
]

// Stores that fail, and clients that disconnect before the response.
import { describe, expect, test } from 'vitest'
import { rawKey } from '../../../shared/keys.ts'
import { readStoredReport } from '../../../shared/report/stored.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import {
  boundary,
  concat,
  F,
  fakeDump,
  multipart,
  type SubmitOptions,
  submitRequest,
  T,
} from '../../support/crash-request.ts'
import { createTestEdge, type TestEdge } from '../edge.support.ts'

const main = F('upload_file_minidump')
const firefox = [T('ProductName', 'Firefox'), T('Version', '1.0'), main]
const crashIdAnswer = /^CrashID=bp-([0-9a-f-]{29}0110906)\n$/

/** Submits, expects acceptance, returns the crash ID. */
async function accepted(edge: TestEdge, body: Uint8Array, options?: SubmitOptions): Promise<string> {
  const { status, text } = await edge.ask(submitRequest(body, options))
  expect([status, text]).toEqual([200, expect.stringMatching(/^CrashID=bp-[0-9a-f-]{36}\n$/)])
  return text.slice('CrashID=bp-'.length).trim()
}

describe('a store', () => {
  /** Fails the first `times` writes, before or after writing. */
  const failing =
    (times: number, when: 'before' | 'after') =>
    (storage: Storage): Storage => {
      let left = times
      return {
        ...storage,
        async put(key, body, options) {
          if (when === 'before' && left-- > 0) throw new Error('no disk')
          const result = await storage.put(key, body, options)
          if (when === 'after' && left-- > 0) throw new Error('answer lost')
          return result
        },
      }
    }

  test('that always fails gives 500 with an empty body after some tries', async () => {
    const edge = createTestEdge({}, failing(100, 'before'))
    const { status, text } = await edge.ask(submitRequest(multipart(firefox)))
    expect([status, text]).toEqual([500, ''])
    expect((await edge.stored()).size).toBe(0)
    const events = edge.logs.map(({ severity, event }) => `${severity} ${event}`)
    expect(events).toEqual([...Array(4).fill('warning store_retry'), 'error store_failed', 'info submission'])
  })

  test('that fails briefly is tried again', async () => {
    const edge = createTestEdge({}, failing(2, 'before'))
    const id = await accepted(edge, multipart(firefox))
    expect([...(await edge.stored()).keys()]).toEqual([id])
  })

  test('that still reads the body of an abandoned try reads all of it', async () => {
    const bodies: (readonly Uint8Array[])[] = []
    const edge = createTestEdge({ STORE_TIMEOUT_MS: '1000' }, (storage) => ({
      ...storage,
      async put(key, body, options) {
        bodies.push(body as readonly Uint8Array[])
        if (bodies.length === 1) throw new Error('no answer yet')
        return storage.put(key, body, options)
      },
    }))
    const id = await accepted(edge, multipart(firefox))
    expect(readStoredReport(concat(...bodies[0]!), edge.deps.codecs).rawCrash.uuid).toBe(id)
  })

  test('that always fails after writing loses nothing', async () => {
    for (const times of [1, 100]) {
      const edge = createTestEdge({}, failing(times, 'after'))
      const id = await accepted(edge, multipart(firefox))
      expect([...(await edge.stored()).keys()]).toEqual([id])
    }
  })

  test('that always fails loses nothing when there is a fallback store', async () => {
    const edge = createTestEdge({}, failing(100, 'before'))
    const fallback = createMemoryStorage()
    edge.deps.fallback = fallback
    const { text } = await edge.ask(submitRequest(multipart(firefox)))
    const id = crashIdAnswer.exec(text)![1]!
    const bytes = await (await fallback.get(rawKey(id)))!.bytes()
    expect(readStoredReport(bytes, edge.deps.codecs).rawCrash.uuid).toBe(id)
    expect((await edge.stored()).size).toBe(0)
    expect(edge.logs.at(-1)).toMatchObject({ outcome: 'fallback', crash_id: id })
    edge.deps.fallback = failing(100, 'before')(fallback)
    expect(await edge.ask(submitRequest(multipart([...firefox, T('a', '1')])))).toMatchObject({
      status: 500,
      text: '',
    })
  })

  test('that does not respond gives 500 within the time limit', async () => {
    const edge = createTestEdge({ STORE_TIMEOUT_MS: '100' }, (storage) => ({
      ...storage,
      put: () => new Promise(() => {}),
    }))
    const { status, text } = await edge.ask(submitRequest(multipart(firefox)))
    expect([status, text]).toEqual([500, ''])
  })
})

describe('a client that disconnects', () => {
  test('leaves nothing in the store or in memory', async () => {
    const edge = createTestEdge()
    const body = multipart([...firefox, F('f', fakeDump(100_000))])
    let sent = false
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (sent) controller.error(new Error('connection reset'))
        else controller.enqueue(body.subarray(0, 50_000))
        sent = true
      },
    })
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` }
    const init = { method: 'POST', headers, body: stream, duplex: 'half' } as RequestInit
    const { status } = await edge.ask(new Request('http://localhost/submit', init))
    expect(status).toBe(400)
    expect((await edge.stored()).size).toBe(0)
    expect(edge.logs.map((line) => line.event)).toEqual(['client_gone'])
  })
})

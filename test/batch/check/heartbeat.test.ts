// `mayday check` against a deployment that has just started.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contextFor, findingsOf } from './check.support.ts'

/** What `/__heartbeat__` reports, one after another; the last one stays. */
let beats: readonly string[][]
let asked: number
const server = createServer(({ url }, response) => {
  if (url !== '/__heartbeat__') return void response.writeHead(404).end()
  const names = beats[Math.min(asked++, beats.length - 1)]!
  const errors = names.map((name) => ({ name, msg: 'The rounds do not run' }))
  response.writeHead(errors.length > 0 ? 503 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ errors, store_ms: 3 }))
})
beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)))
afterAll(() => void server.close())

test.each<[string, string[][], 'ok' | 'failed', number | null]>([
  ['is asked again until the rounds run', [['rounds'], ['rounds'], []], 'ok', 3],
  ['fails when they never run', [['rounds']], 'failed', null],
  ['is asked once when the store fails as well', [['rounds', 'store'], []], 'failed', 1],
])('the heartbeat %s', async (_, given, result, times) => {
  ;[beats, asked] = [given, 0]
  let time = Date.parse('2026-11-22T14:00:00Z')
  const context = contextFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    wait: 180_000,
    now: () => new Date(time),
    async sleep(ms) {
      time += ms
    },
  })
  const [heartbeat] = await findingsOf(context, ['service'])
  expect([heartbeat!.check, heartbeat!.result]).toEqual(['heartbeat', result])
  if (times !== null) expect(asked).toBe(times)
  expect(time - Date.parse('2026-11-22T14:00:00Z')).toBeLessThanOrEqual(30_000)
})

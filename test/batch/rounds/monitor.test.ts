// The HTTP server of `mayday run --metrics`.
import { expect, test } from 'vitest'
import { parseAddress, startMonitor } from '../../../batch/rounds/monitor.ts'
import { createRunState } from '../../../batch/rounds/run-metrics.ts'

async function startWith(healthy: boolean) {
  const state = createRunState(1000, () => new Date())
  const health = () => ({ ...state.health(), healthy })
  return await startMonitor({ host: '127.0.0.1', port: 0 }, { text: state.text, health })
}

test('serves metrics and health, and nothing else', async () => {
  await using monitor = await startWith(true)
  const metrics = await fetch(`${monitor.url}/metrics`)
  expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(await metrics.text()).toContain('# TYPE mayday_run_oldest_unprocessed_age_seconds gauge\n')
  const health = await fetch(`${monitor.url}/health?x=1`)
  expect([health.status, await health.json()]).toEqual([
    200,
    expect.objectContaining({ healthy: true, last_good_round: null, limit_seconds: 1 }),
  ])
  expect((await fetch(`${monitor.url}/other`)).status).toBe(404)
  expect((await fetch(`${monitor.url}/metrics`, { method: 'POST' })).status).toBe(405)
})

test('health responds 503 when the rounds are not healthy', async () => {
  await using monitor = await startWith(false)
  expect((await fetch(`${monitor.url}/health`)).status).toBe(503)
})

test('an address in use is an error in one line', async () => {
  await using monitor = await startWith(true)
  const port = Number(new URL(monitor.url).port)
  const state = createRunState(1000, () => new Date())
  await expect(startMonitor({ host: '127.0.0.1', port }, state)).rejects.toThrow(
    `--metrics: cannot listen on 127.0.0.1:${port}: EADDRINUSE`,
  )
})

test.each([
  ['9464', { host: '127.0.0.1', port: 9464 }],
  ['0.0.0.0:9464', { host: '0.0.0.0', port: 9464 }],
  ['[::]:0', { host: '::', port: 0 }],
  ['localhost:1', { host: 'localhost', port: 1 }],
])('reads the address %s', (text, address) => expect(parseAddress(text)).toEqual(address))

test.each(['', 'x', '65536', '1:2:3', ':9464', '::1:9464', '9464 ', 'http://x:1'])(
  'rejects the address %j',
  (text) => expect(() => parseAddress(text)).toThrow('--metrics must be a port or HOST:PORT'),
)

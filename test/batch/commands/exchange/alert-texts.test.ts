// What `mayday alerts` prints without destinations, with unknown ones, and after failures.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rememberFound } from '../../../../batch/alerts/memory-store.ts'
import { everything } from '../../../../batch/alerts/product-facts.ts'
import { openStores } from '../../../../shared/storage/open.node.ts'
import { type Receiver, startReceiver } from '../../../support/receivers.ts'
import { callMayday } from '../../../support/run-mayday.ts'

const dir = mkdtempSync(join(tmpdir(), 'mayday-alert-texts-'))
const store = ['--store', `file:${join(dir, 'store')}`]
const products = ['--products', dir]
const now = new Date()
const day = now.toISOString().slice(0, 10)
const minute = now.toISOString().slice(0, 16).replace('T', ' ')
const nowhere = 'A product file names the destination nowhere, which ALERT_DESTINATIONS does not have.'
const mayday = (env: string, ...args: string[]) =>
  callMayday(['alerts', ...args], { ALERT_DESTINATIONS: env })

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
  writeFileSync(join(dir, 'app.json'), JSON.stringify({ name: 'App', alerts: { destinations: ['nowhere'] } }))
  const { stores, close } = await openStores(store[1]!, {}, { missing: 'create' })
  const found = { ...everything, product: 'Lumen', day, value: 2500, usual: 1000 } as const
  const candidates = [
    { ...found, rule: 'spike', subject: '' } as const,
    {
      ...found,
      rule: 'new_signature',
      subject: 'f',
      value: 0.5,
      usual: 0,
      version: '2',
      against: '1',
    } as const,
  ]
  await rememberFound(stores.crashes, { candidates, day, now })
  await close()
})
afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true })
})

test('list names what is missing', async () => {
  const empty = mkdtempSync(join(dir, 'empty-'))
  await callMayday(['policy', 'put', 'accept-all', '--store', `file:${empty}`])
  expect((await mayday('', 'list', '--store', `file:${empty}`)).stdout).toBe(
    'No alerts yet.\n\nNo destinations: ALERT_DESTINATIONS is not set.\n',
  )
})

test('list has a line for each alert and each destination, up to the limit', async () => {
  const env = `ops=slack:${receiver.url}/secret`
  const { stdout } = await mayday(env, 'list', ...store, ...products)
  const lines = stdout.split('\n')
  expect(lines.slice(0, 2).sort()).toEqual([
    expect.stringMatching(`^${minute}  New signature: Lumen: f is new since `),
    expect.stringMatching(`^${minute}  Spike: Lumen: 2,500 crashes on `),
  ])
  expect(lines.slice(2)).toEqual([
    '',
    `ops (slack, ${new URL(receiver.url).host}): 2 alerts to send, nothing sent yet`,
    nowhere,
    '',
  ])
  expect((await mayday(env, 'list', ...store, '--limit', '1')).stdout.split('\n')).toHaveLength(4)
  const { stdout: json } = await mayday(env, 'list', ...store, ...products, '--json')
  const { alerts, destinations, unknown_destinations } = JSON.parse(json)
  expect(alerts.map(({ id, text }: { id: string; text: string }) => [id.length, text !== ''])).toEqual([
    [32, true],
    [32, true],
  ])
  expect(destinations).toEqual([
    {
      ...{ name: 'ops', kind: 'slack', target: new URL(receiver.url).host },
      ...{ due: expect.arrayContaining(alerts.map(({ id }: { id: string }) => id)), last_sent_at: null },
      ...{ failures: 0, last_error: null },
    },
  ])
  expect(unknown_destinations).toEqual(['nowhere'])
})

test('send prints failures and unknown destinations, and list how often it failed', async () => {
  const env = `ops=slack:${receiver.url}/secret`
  receiver.failures = [{ status: 404, body: 'no_team' }]
  const failed = await mayday(env, 'send', ...store, ...products)
  const host = new URL(receiver.url).host
  expect(failed).toEqual({
    ...{ code: 1, stderr: '' },
    stdout: `Sent 0 messages with 0 alerts.\nops failed: ${host} answered 404 (no_team)\n${nowhere}\n`,
  })
  const { stdout } = await mayday(env, 'list', ...store)
  expect(stdout.split('\n')[3]).toBe(
    `ops (slack, ${host}): 2 alerts to send, nothing sent yet; failed 1 time: ${host} answered 404 (no_team)`,
  )
})

test('send needs a destination, and test one that exists', async () => {
  expect(await mayday('', 'send', ...store)).toEqual({
    ...{ code: 2, stdout: '' },
    stderr: 'mayday: Set ALERT_DESTINATIONS; see docs/alerts.md\n',
  })
  expect((await mayday('', 'test', 'ops')).stderr).toBe(
    'mayday: ALERT_DESTINATIONS has no ops; it has none\n',
  )
})

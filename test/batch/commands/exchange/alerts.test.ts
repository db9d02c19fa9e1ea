// The command `mayday alerts`: what was found, what would be sent, test messages.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rememberFound } from '../../../../batch/alerts/memory-store.ts'
import { everything } from '../../../../batch/alerts/product-facts.ts'
import { openStores } from '../../../../shared/storage/open.node.ts'
import { type Receiver, startReceiver } from '../../../support/receivers.ts'
import { callMayday } from '../../../support/run-mayday.ts'

let receiver: Receiver
const dir = mkdtempSync(join(tmpdir(), 'mayday-alerts-'))
const store = `file:${dir}`
const day = new Date().toISOString().slice(0, 10)
const call = (...args: string[]) =>
  callMayday(['alerts', ...args], { ALERT_DESTINATIONS: `ops=slack:${receiver.url}/secret` })

beforeAll(async () => {
  receiver = await startReceiver()
  const { stores, close } = await openStores(store, {}, { missing: 'create' })
  const candidate = { ...everything, product: 'Lumen\u001b[2J', rule: 'spike', subject: '', day } as const
  const candidates = [{ ...candidate, value: 2500, usual: 1000 }]
  await rememberFound(stores.crashes, { candidates, day, now: new Date() })
  await close()
})
afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true })
})

test('list shows alerts and what would be sent, without secrets and control characters, and sends nothing', async () => {
  const { code, stdout } = await call('list', '--store', store)
  expect(code).toBe(0)
  expect(stdout).toMatch(/ {2}Spike: Lumen\\u001b\[2J: 2,500 crashes on .*; 1,000 a day are usual\n/)
  expect(stdout).toContain(`ops (slack, ${new URL(receiver.url).host}): 1 alert to send, nothing sent yet\n`)
  expect(stdout).not.toContain('secret')
  expect(receiver.received).toEqual([])
})

test('test sends one message to a destination, and states what is wrong', async () => {
  expect(await call('test', 'ops')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Sent a test message to ops/),
  })
  const { text } = receiver.received.pop()!.body as { text: string }
  expect(text).toMatch(/^Test message\n• Example: example::Document::open is new since/)
  receiver.failures = [{ status: 404, body: 'no_team' }]
  const failed = await call('test', 'ops')
  expect(failed.code).toBe(1)
  expect(failed.stderr).toMatch(/^mayday: 127\.0\.0\.1:\d+ answered 404 \(no_team\)\n$/)
  expect(await call('test', 'nope')).toMatchObject({
    code: 2,
    stderr: 'mayday: ALERT_DESTINATIONS has no nope; it has ops\n',
  })
  receiver.received = []
})

test('send sends what is due once', async () => {
  for (const stdout of ['Sent 1 message with 1 alert.\n', 'Sent 0 messages with 0 alerts.\n'])
    expect(await call('send', '--store', store)).toEqual({ code: 0, stderr: '', stdout })
  expect(receiver.received).toHaveLength(1)
  const { stdout } = await call('list', '--store', store, '--json')
  expect(JSON.parse(stdout).destinations).toMatchObject([{ name: 'ops', due: [], failures: 0 }])
})

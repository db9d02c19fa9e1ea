// What the servers of the edge log from their start to their end.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { freePort } from '../../support/free-port.ts'

const root = resolve(import.meta.dirname, '../../..')
const folder = mkdtempSync(join(tmpdir(), 'mayday-log-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each([
  ['Node', [process.execPath, 'edge/runtime/node-server.ts']],
  ['Deno', [join(root, 'node_modules/.bin/deno'), 'run', '--allow-all', 'edge/runtime/deno-server.ts']],
])('%s: the addresses that it listens on, and how it ends', async (_, [program, ...args]) => {
  const [port, http10] = [await freePort(), await freePort()]
  const settings = { HOST: '127.0.0.1', PORT: `${port}`, HTTP10_PORT: `${http10}` }
  const child = spawn(program!, args, {
    cwd: root,
    env: {
      ...process.env,
      ...settings,
      CRASH_ID_KEY: 'the key of the tests',
      MAYDAY_STORE: `file:${folder}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((done) => child.once('close', done))
  let text = ''
  const listening = new Promise<void>((done) =>
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      if (/"listening"/.test(text) && /"listening_http10"/.test(text)) done()
    }),
  )
  await Promise.race([listening, ended])
  expect((await fetch(`http://127.0.0.1:${port}/__lbheartbeat__`)).status).toBe(200)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  const logged = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { severity: string; event: string; port?: number })
    .filter(({ event }) => /listening|shut/.test(event))
  expect(logged.map(({ severity, event, port }) => [severity, event, port])).toEqual(
    expect.arrayContaining([
      ['info', 'listening', port],
      ['info', 'listening_http10', http10],
      ['info', 'shutting_down', undefined],
      ['info', 'shut_down', undefined],
    ]),
  )
  expect(logged).toHaveLength(4)
})

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { edgeVars, portError, startLocalEdge } from '../../../../batch/local/local-edge.ts'
import { settingDocs } from '../../../../edge/config.ts'
import { edgeSettings, serverSettings } from '../../../../shared/settings.ts'
import { freePort } from '../../../support/free-port.ts'
import { runMayday } from '../../../support/run-mayday.ts'

const root = resolve(import.meta.dirname, '../../../..')
const stateDir = mkdtempSync(join(tmpdir(), 'mayday-edge-'))
afterAll(() => rmSync(stateDir, { recursive: true, force: true }))

describe('mayday edge', () => {
  test('passes on every setting of the edge', () => {
    expect([...edgeSettings, ...serverSettings].sort()).toEqual(settingDocs.map(({ name }) => name).sort())
    expect(edgeVars({ CRASH_ID_KEY: 'k', HOME: '/root', READ_TOKEN: '' })).toEqual({ CRASH_ID_KEY: 'k' })
  })

  test('reports that its port is in use', async () => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { code, stderr } = await runMayday(['edge', '--port', String(port)])
    server.close()
    expect(code).toBe(2)
    expect(stderr).toContain(`Port ${port} is in use`)
  })

  const secrets = {
    CRASH_ID_KEY: 'the-secret-for-crash-ids',
    SUBMIT_TOKEN: 'the-secret-of-senders',
    READ_TOKEN: 'the-secret-of-readers',
    OPERATOR_TOKEN: 'the-secret-of-operators',
  }
  const leaked = (text: string) => Object.values(secrets).filter((secret) => text.includes(secret))

  test.each([
    ['mayday edge', [process.execPath, 'batch/mayday.ts', 'edge', '--port', '0', '--store-dir', stateDir]],
    ['Deno', [join(root, 'node_modules/.bin/deno'), 'run', '--allow-all', 'edge/runtime/deno-server.ts']],
  ])(
    '%s prints no secret and warns once of names that are not settings',
    async (_runtime, [program, ...args]) => {
      const port = await freePort()
      const child = spawn(program!, args, {
        cwd: root,
        env: {
          ...process.env,
          ...secrets,
          PORT: String(port),
          MAYDAY_STORE: `file:${stateDir}`,
          CRASH_ID_KEYS: 'x',
          MAYDAY_POLCY: 'x',
          BUDGET_MBS: '1',
        },
      })
      const ended = new Promise<number | null>((done) => child.once('close', done))
      let printed = ''
      const url = await new Promise<string | undefined>((done) => {
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding('utf8').on('data', (text: string) => {
            printed += text
            const listening = /Listening on (\S+);|Listening on (\S+) |"event":"listening"/.exec(printed)
            if (listening) done(listening[1] ?? `http://127.0.0.1:${port}`)
          })
        }
        void ended.then(() => done(undefined))
      })
      const headers = { authorization: `Bearer ${secrets.OPERATOR_TOKEN}` }
      expect((await fetch(`${url}/__metrics__`, { headers })).status).toBe(200)
      expect((await fetch(`${url}/submit`, { method: 'POST', body: 'junk', headers })).status).toBe(400)
      child.kill('SIGTERM')
      expect(await ended).toBe(0)
      expect(printed).toContain('"event":"refused"')
      expect(leaked(printed)).toEqual([])
      for (const name of ['CRASH_ID_KEYS', 'MAYDAY_POLCY', 'BUDGET_MBS']) {
        expect(printed.split(name)).toHaveLength(2)
      }
    },
  )

  test.each([
    ['mayday edge', [process.execPath, 'batch/mayday.ts', 'edge', '--port', '0', '--store-dir', stateDir]],
    ['Deno', [join(root, 'node_modules/.bin/deno'), 'run', '--allow-all', 'edge/runtime/deno-server.ts']],
  ])('%s rejects a key that is too short, without printing it', async (_runtime, [program, ...args]) => {
    const child = spawn(program!, args, {
      cwd: root,
      env: { ...process.env, CRASH_ID_KEY: 'short-secret', PORT: '0', MAYDAY_STORE: `file:${stateDir}` },
    })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text
      })
    }
    expect(await new Promise((done) => child.once('close', done))).toBe(1)
    expect(printed).toContain('CRASH_ID_KEY must be at least 16 characters')
    expect(printed).not.toContain('short-secret')
  })

  test('answers 400 to an invalid Host', async () => {
    const edge = await startLocalEdge({ port: 0, stateDir })
    const statusOf = (host: string) =>
      new Promise<string>((done, fail) => {
        const socket = connect(Number(new URL(edge.url).port), '127.0.0.1')
        let answer = ''
        socket.setEncoding('latin1').on('data', (text: string) => {
          answer += text
        })
        socket.once('error', fail)
        socket.once('close', () => done(answer.slice(9, 12)))
        socket.write(`GET /__version__ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      })
    for (const host of ['a b', '[', 'a:99999', '<>', 'a/b', 'a?b', 'x@localhost', '%zz', '1.2.3.999', '']) {
      expect([host, await statusOf(host)]).toEqual([host, '400'])
    }
    expect(await statusOf('localhost')).toBe('200')
    await edge.stop()
  })

  test.each([
    ['EADDRINUSE', 'Port 80 is in use; choose another with --port or $PORT'],
    [
      'EACCES',
      'Port 80 may not be opened by this user, as is usual below 1024; choose another with --port or $PORT',
    ],
    ['ENOBUFS', 'Port 80 cannot be opened: listen ENOBUFS 127.0.0.1:80'],
  ])('explains what %s means for its port', (code, message) => {
    const error = Object.assign(new Error(`listen ${code} 127.0.0.1:80`), { code })
    expect(portError(80, error)).toMatchObject({ code: 'bad-usage', message })
  })
})

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { edgeSettings, edgeVars, portError } from '../../../batch/local/local-edge.ts'
import { settingDocs } from '../../../edge/config.ts'
import { runMayday } from '../../support/run-mayday.ts'

describe('mayday edge', () => {
  test('hands on every setting that the edge knows', () => {
    const ofDeno = ['FALLBACK_STORE', 'HOST', 'HTTP10_PORT', 'MAYDAY_STORE', 'PORT']
    const known = settingDocs.map(({ name }) => name).filter((name) => !ofDeno.includes(name))
    expect([...edgeSettings].sort()).toEqual(known.sort())
    expect(edgeVars({ CRASH_ID_KEY: 'k', HOME: '/root', READ_TOKEN: '' })).toEqual({ CRASH_ID_KEY: 'k' })
  })

  test('says that its port is taken', async () => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { code, stderr } = await runMayday(['edge', '--port', String(port)])
    server.close()
    expect(code).toBe(2)
    expect(stderr).toContain(`Port ${port} is in use`)
  })

  test('prints no secret, from its start to its end', async () => {
    const secrets = {
      CRASH_ID_KEY: 'the-secret-for-crash-ids',
      SUBMIT_TOKEN: 'the-secret-of-senders',
      READ_TOKEN: 'the-secret-of-readers',
      OPERATOR_TOKEN: 'the-secret-of-operators',
    }
    const stateDir = await mkdtemp(join(tmpdir(), 'mayday-edge-'))
    const child = spawn(
      process.execPath,
      ['batch/mayday.ts', 'edge', '--port', '0', '--store-dir', stateDir],
      { cwd: resolve(import.meta.dirname, '../../..'), env: { ...process.env, ...secrets } },
    )
    const ended = new Promise<number | null>((done) => child.once('close', done))
    let printed = ''
    const url = await new Promise<string | undefined>((done) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text: string) => {
          printed += text
          if (printed.includes('Ctrl-C')) done(/Listening on (\S+);/.exec(printed)?.[1])
        })
      }
      void ended.then(() => done(undefined))
    })
    const headers = { authorization: `Bearer ${secrets.OPERATOR_TOKEN}` }
    const answer = await fetch(`${url}/__metrics__`, { headers })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect((await fetch(`${url}/submit`, { method: 'POST', body: 'junk', headers })).status).toBe(400)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    await rm(stateDir, { recursive: true, force: true })
    expect(printed).toContain('"event":"refused"')
    expect(Object.values(secrets).filter((secret) => printed.includes(secret))).toEqual([])
  })

  test.each([
    ['EADDRINUSE', 'Port 80 is in use; choose another with --port or $PORT'],
    [
      'EACCES',
      'Port 80 may not be opened by this user, as is usual below 1024; choose another with --port or $PORT',
    ],
    ['ENOBUFS', 'Port 80 cannot be opened: listen ENOBUFS 127.0.0.1:80'],
  ])('tells what %s means for its port', (code, message) => {
    const error = Object.assign(new Error(`listen ${code} 127.0.0.1:80`), { code })
    expect(portError(80, error)).toMatchObject({ code: 'bad-usage', message })
  })
})

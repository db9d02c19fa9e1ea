import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { edgeSettings, edgeVars, portError } from '../../batch/local/local-edge.ts'
import { settingDocs } from '../../edge/config.ts'
import { runMayday } from '../support/run-mayday.ts'

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

// HTTP that only the server under Node must handle, and its start and end.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { boundary, F, fakeDump, gzip, multipart, T } from '../../../support/crash-request.ts'
import { freePort } from '../../../support/free-port.ts'
import { type RunningEdge, startNodeEdge } from '../../../support/running-edge.ts'
import { until } from '../../../support/until.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayday-node-'))
})
afterAll(() => rm(folder, { recursive: true }))

const portOf = (edge: RunningEdge) => Number(new URL(edge.url).port)

/** Sends raw pieces; returns the whole response. */
async function exchange(port: number, pieces: readonly (string | Uint8Array)[], host = '127.0.0.1') {
  const socket = connect(port, host)
  for (const piece of pieces) socket.write(piece)
  const received: Buffer[] = []
  socket.on('data', (bytes) => received.push(bytes)).on('error', () => {})
  await once(socket, 'close')
  return Buffer.concat(received).toString('latin1')
}

describe('unusual HTTP', () => {
  let edge: RunningEdge
  let http10: number
  beforeAll(async () => {
    http10 = await freePort()
    const settings = { HOST: '0.0.0.0', HTTP10_PORT: String(http10), BODY_TIMEOUT_MS: '400' }
    edge = await startNodeEdge(join(folder, 'unusual'), settings)
  })
  afterAll(() => edge.stop())

  test('chunked HTTP/1.0 is accepted on both ports', async () => {
    const body = await gzip(multipart([T('prod', 'App'), F('upload_file_minidump')], { boundary: 'b' }))
    const head = [
      'POST /submit?product=App HTTP/1.0',
      'Host: crash.example',
      'Content-Type: multipart/form-data; boundary=b',
      'Content-Encoding: gzip',
      'Transfer-Encoding: chunked\r\n\r\n',
    ].join('\r\n')
    const chunked = [`${body.length.toString(16)}\r\n`, body, '\r\n0\r\n\r\n']
    for (const port of [portOf(edge), http10]) {
      const answer = await exchange(port, [head, ...chunked])
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\nCrashID=bp-[0-9a-f-]{36}\n$/s)
    }
  })

  test('a request of HTTP/1.0 needs no Host', async () => {
    expect(await exchange(http10, ['GET /__lbheartbeat__ HTTP/1.0\r\n\r\n'])).toMatch(/^HTTP\/1\.1 200 /)
  })

  const hosts = [
    'a b',
    '[',
    'a:b',
    'a:99999',
    '<>',
    'a/b',
    'a\\b',
    'a?b',
    'a#b',
    'x@localhost',
    '%zz',
    '1.2.3.999',
  ]
  test.each(hosts)('the Host %j gets 400', async (host) => {
    const head = `GET /__version__ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
    expect(await exchange(portOf(edge), [head])).toMatch(/^HTTP\/1\.1 400 /)
  })

  test.each(['localhost', 'LOCALHOST:1', '[::1]:80', 'crash.example.', 'xn--9ca'])(
    'the Host %j is accepted',
    async (host) => {
      const head = `GET /__version__ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
      expect(await exchange(portOf(edge), [head])).toMatch(/^HTTP\/1\.1 200 /)
    },
  )

  const ambiguous = ['A: b\rX: y\r\n', 'A b: c\r\n', 'Content-Length: 1\r\nTransfer-Encoding: chunked\r\n']
  test.each(ambiguous)('a head that two parsers may read differently gets 400: %j', async (line) => {
    const head = `POST /submit HTTP/1.1\r\nHost: crash.example\r\n${line}\r\n`
    expect(await exchange(portOf(edge), [head])).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('a connection that sends no complete head is closed', async () => {
    const answer = await exchange(portOf(edge), ['POST /submit HTTP/1.1\r\n'])
    expect(answer).toMatch(/^(HTTP\/1\.1 408 .*)?$/s)
  })

  const own = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  test.skipIf(!own)('Host: localhost from another address is not trusted', async () => {
    const ask = (host: string) =>
      exchange(
        portOf(edge),
        [`GET /__metrics__ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`],
        own!.address,
      )
    expect(await ask('localhost')).toMatch(/^HTTP\/1\.1 421 /)
    expect(await ask(own!.address)).toMatch(/^HTTP\/1\.1 404 /)
  })
})

test('behind a proxy, clients are counted by the address that the proxy saw', async () => {
  const edge = await startNodeEdge(join(folder, 'proxied'), {
    CLIENT_ADDRESS_HEADER: 'X-Forwarded-For',
    READS_PER_MINUTE: '2',
  })
  const status = async (list: string) => {
    const answer = await fetch(`${edge.url}/api/report/x`, { headers: { 'x-forwarded-for': list } })
    await answer.body?.cancel()
    return answer.status
  }
  const lists = ['9.9.9.1, 192.0.2.7', '9.9.9.2, 192.0.2.7:1', '9.9.9.3, 192.0.2.7', '192.0.2.8']
  const found: number[] = []
  for (const list of lists) found.push(await status(list))
  expect(found).toEqual([400, 400, 429, 400])
  await edge.stop()
})

test('SIGTERM finishes requests in flight and refuses new ones', async () => {
  const edge = await startNodeEdge(join(folder, 'ending'))
  const dump = fakeDump(1_300_000)
  const body = multipart([T('ProductName', 'Firefox'), T('Version', '1.0'), F('upload_file_minidump', dump)])
  const socket = connect(portOf(edge), '127.0.0.1')
  const head = [
    'POST /submit HTTP/1.1',
    'Host: 127.0.0.1',
    `Content-Type: multipart/form-data; boundary=${boundary}`,
    `Content-Length: ${body.length}`,
    'Connection: close',
    'Expect: 100-continue\r\n\r\n',
  ]
  socket.write(head.join('\r\n'))
  const [first] = (await once(socket, 'data')) as [Buffer]
  expect(String(first)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  const ended = edge.stop()
  await until(async () => {
    const answer = await fetch(`${edge.url}/__lbheartbeat__`)
    await answer.body?.cancel()
    return answer.status === 503 && answer.headers.get('retry-after') === '1'
  })
  const received: Buffer[] = []
  socket.on('data', (bytes) => received.push(bytes))
  socket.write(body)
  await once(socket, 'close')
  expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*CrashID=bp-[0-9a-f-]{36}\n$/s)
  await ended
})

test('an edge that cannot start logs one line and exits with 1', async () => {
  const edge = await startNodeEdge(join(folder, 'taken'))
  const cases: [Record<string, string>, RegExp][] = [
    [{ CRASH_ID_KEY: 'x' }, /CRASH_ID_KEY must be at least 16 characters/],
    [{ PORT: String(portOf(edge)) }, /EADDRINUSE/],
  ]
  for (const [env, expected] of cases) {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['edge/runtime/node-server.ts'], {
      cwd: resolve(import.meta.dirname, '../../../..'),
      env: { ...process.env, HOST: '127.0.0.1', MAYDAY_STORE: `file:${folder}/x`, ...env },
      encoding: 'utf8',
    })
    const last = stdout.trim().split('\n').at(-1)!
    expect([status, stderr, JSON.parse(last).event]).toEqual([1, '', 'not_started'])
    expect(last).toMatch(expected)
  }
  await edge.stop()
})

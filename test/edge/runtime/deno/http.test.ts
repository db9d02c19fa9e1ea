// HTTP that only the server under Deno must handle: chunked HTTP/1.0, and Host headers that claim to be localhost.
import { F, gzip, multipart, T } from '../../../support/crash-request.ts'
import { until } from '../../../support/until.ts'
import { startEdge, stopEdge } from './edge.support.ts'

const encoder = new TextEncoder()

/** Sends raw bytes; returns the whole response. */
async function exchange(hostname: string, port: number, pieces: readonly Uint8Array[]): Promise<string> {
  const connection = await Deno.connect({ hostname, port })
  const answer = new Response(connection.readable).text()
  const writer = connection.writable.getWriter()
  for (const piece of pieces) await writer.write(piece)
  return answer
}

function freePort(): number {
  const listener = Deno.listen({ hostname: '127.0.0.1', port: 0 })
  const { port } = listener.addr as Deno.NetAddr
  listener.close()
  return port
}

function expectMatch(text: string, pattern: RegExp): void {
  if (!pattern.test(text)) throw new Error(`Expected ${pattern}, got ${JSON.stringify(text.slice(0, 500))}`)
}

/** True while a process holds the socket at `port` whose other end has the port `peer`. */
async function isHeld(port: number, peer: number): Promise<boolean> {
  const hex = (number: number) => number.toString(16).toUpperCase().padStart(4, '0')
  const lines = (await Deno.readTextFile('/proc/net/tcp')).split('\n').map((line) => line.trim().split(/\s+/))
  const socket = lines.find(
    ([, local, remote]) => local?.endsWith(`:${hex(port)}`) && remote?.endsWith(`:${hex(peer)}`),
  )
  return socket !== undefined && socket[9] !== '0'
}

Deno.test('the edge under Deno handles unusual HTTP', async (t) => {
  const folder = await Deno.makeTempDir()
  const http10 = freePort()
  const edge = await startEdge(folder, {
    HOST: '0.0.0.0',
    HTTP10_PORT: String(http10),
    BODY_TIMEOUT_MS: '400',
  })
  const port = Number(new URL(edge.url).port)

  await t.step('accepts chunked HTTP/1.0 on its second port, and responds with a length', async () => {
    const body = await gzip(multipart([T('prod', 'App'), F('upload_file_minidump')], { boundary: 'b' }))
    const head = [
      'POST /submit?product=App HTTP/1.0',
      'Host: crash.example',
      'Content-Type: multipart/form-data; boundary=b',
      'Content-Encoding: gzip',
      'Transfer-Encoding: chunked',
      '',
      '',
    ].join('\r\n')
    const half = body.length >> 1
    const chunk = (bytes: Uint8Array) => [
      encoder.encode(`${bytes.length.toString(16)}\r\n`),
      bytes,
      encoder.encode('\r\n'),
    ]
    const pieces = [
      encoder.encode(head.slice(0, 30)),
      encoder.encode(head.slice(30)),
      ...chunk(body.subarray(0, half)),
      ...chunk(body.subarray(half)),
      encoder.encode('0\r\n\r\n'),
    ]
    const answer = await exchange('127.0.0.1', http10, pieces)
    expectMatch(
      answer,
      /^HTTP\/1\.1 200 OK\r\n.*content-length: 48\r\n.*\r\n\r\nCrashID=bp-[0-9a-f-]{36}\n$/s,
    )
    if (/transfer-encoding/i.test(answer)) throw new Error('The response is chunked')
  })

  await t.step('refuses heads on its second port that two parsers may read differently', async () => {
    const start = 'POST /submit/check HTTP/1.0\r\nHost: crash.example\r\n'
    for (const head of [
      'junk\r\n\r\n',
      `${start}Content-Type: multipart/form-data; boundary=b\n\n--b\r\n\r\n`,
      `${start}A: b\rX-Peer: 127.0.0.1\r\n\r\n`,
      `${start}A: b\r\n c\r\n\r\n`,
      `${start}A b: c\r\n\r\n`,
      `${start}Host: localhost\r\n\r\n`,
    ]) {
      expectMatch(
        await exchange('127.0.0.1', http10, [encoder.encode(head)]),
        /^HTTP\/1\.1 400 Bad Request\r\n.*connection: close\r\n.*\r\n\r\n\{"title":"400 Bad Request"/s,
      )
    }
  })

  await t.step('shows no internal header in a dry run', async () => {
    const body = multipart([T('prod', 'App')], { boundary: 'b' })
    const head = `POST /submit/check HTTP/1.0\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length}\r\n\r\n`
    const answer = await exchange('127.0.0.1', http10, [encoder.encode(head), body])
    expectMatch(answer, /^HTTP\/1\.1 200 OK\r\n.*"prod":"App"/s)
    if (/peer|127\.0\.0\.1/i.test(answer)) throw new Error(`Reveals an internal header: ${answer}`)
  })

  await t.step('responds with 400 to an invalid Host, on both ports', async () => {
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
      'é',
    ]
    for (const host of hosts) {
      for (const to of [port, http10]) {
        const head = `GET /__version__ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
        expectMatch(await exchange('127.0.0.1', to, [encoder.encode(head)]), /^HTTP\/1\.1 400 /)
      }
    }
    for (const host of ['localhost', 'LOCALHOST:1', '[::1]:80', 'crash.example.', 'xn--9ca', '']) {
      const head = `GET /__version__ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
      expectMatch(await exchange('127.0.0.1', port, [encoder.encode(head)]), /^HTTP\/1\.1 200 /)
    }
  })

  await t.step('closes an idle connection on its second port', async () => {
    const answer = await exchange('127.0.0.1', http10, [encoder.encode('POST /submit HTTP/1.0\r\n')])
    if (answer !== '') throw new Error(`Answered ${answer}`)
  })

  await t.step({
    name: 'closes a connection on its second port after the response',
    ignore: Deno.build.os !== 'linux',
    async fn() {
      const connection = await Deno.connect({ hostname: '127.0.0.1', port: http10 })
      await connection.write(encoder.encode('GET /__lbheartbeat__ HTTP/1.0\r\n\r\n'))
      while ((await connection.read(new Uint8Array(1000))) !== null);
      await until(async () => !(await isHeld(http10, connection.localAddr.port)), { timeoutMs: 5000 })
      connection.close()
    },
  })

  const own = Deno.networkInterfaces().find(
    ({ family, address }) => family === 'IPv4' && !address.startsWith('127.'),
  )
  await t.step({
    name: 'does not trust Host: localhost from another address',
    ignore: own === undefined,
    async fn() {
      const ask = (host: string, to: number) =>
        exchange(own!.address, to, [
          encoder.encode(`GET /__metrics__ HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
        ])
      for (const to of [port, http10]) {
        expectMatch(await ask('localhost', to), /^HTTP\/1\.1 421 /)
        expectMatch(await ask(own!.address, to), /^HTTP\/1\.1 404 /)
      }
    },
  })

  await t.step({
    name: 'does not trust a head that another parser would end earlier',
    ignore: own === undefined,
    async fn() {
      const head = 'GET /__metrics__ HTTP/1.0\r\nHost: localhost\n\nX: y\r\n\r\n'
      expectMatch(await exchange(own!.address, http10, [encoder.encode(head)]), /^HTTP\/1\.1 400 /)
    },
  })
  await stopEdge(edge)
  await Deno.remove(folder, { recursive: true })
})

Deno.test('the edge under Deno behind a proxy', async (t) => {
  const folder = await Deno.makeTempDir()
  const edge = await startEdge(folder, {
    CLIENT_ADDRESS_HEADER: 'X-Forwarded-For',
    TRUSTED_PROXY_HOPS: '2',
    RATE_PER_MINUTE: '3',
    READS_PER_MINUTE: '2',
  })
  const statuses = async (path: string, lists: string[]) => {
    const all: number[] = []
    for (const list of lists) {
      const method = path === '/submit' ? 'POST' : 'GET'
      const answer = await fetch(edge.url + path, { method, headers: { 'x-forwarded-for': list } })
      await answer.body?.cancel()
      all.push(answer.status)
    }
    return all.join()
  }

  await t.step('counts submissions by the address that the outer proxy saw', async () => {
    const lists = ['9.9.9.1', '9.9.9.2', '9.9.9.3', '9.9.9.4'].map(
      (fake) => `${fake}, 192.0.2.7:1, 203.0.113.5`,
    )
    expectMatch(await statuses('/submit', lists), /^400,400,400,429$/)
    expectMatch(await statuses('/submit', ['192.0.2.8, 203.0.113.5']), /^400$/)
  })

  await t.step('counts reads separately, a /64 IPv6 network as one client', async () => {
    const lists = ['a', 'b', 'c'].map((last) => `[2001:db8:1:2::${last}]:443, 203.0.113.5`)
    expectMatch(await statuses('/api/report/x', lists), /^400,400,429$/)
    expectMatch(await statuses('/aggregates/v4/home.json', lists.slice(0, 1)), /^429$/)
    expectMatch(await statuses('/aggregates/v4/home.json', ['192.0.2.7, 203.0.113.5']), /^404$/)
  })

  await t.step('does not treat proxied requests as local', async () => {
    expectMatch(await statuses('/__metrics__', ['127.0.0.1, 127.0.0.1']), /^404$/)
  })
  await stopEdge(edge)
  await Deno.remove(folder, { recursive: true })
})

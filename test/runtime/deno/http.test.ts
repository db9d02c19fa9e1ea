// HTTP as only the server under Deno meets it: HTTP/1.0 in chunks, and Host headers that claim to be this machine.
import { F, gzip, multipart, T } from '../../support/crash-request.ts'
import { startEdge, stopEdge } from './edge.support.ts'

const encoder = new TextEncoder()

/** The answer, whole, to bytes sent as they are. */
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

Deno.test('the edge under Deno and the oddities of HTTP', async (t) => {
  const folder = await Deno.makeTempDir()
  const http10 = freePort()
  const edge = await startEdge(folder, {
    HOST: '0.0.0.0',
    HTTP10_PORT: String(http10),
    BODY_TIMEOUT_MS: '400',
  })
  const port = Number(new URL(edge.url).port)

  await t.step('takes HTTP/1.0 in chunks on its other port, and answers with a length', async () => {
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
    if (/transfer-encoding/i.test(answer)) throw new Error('The answer is chunked')
  })

  await t.step('closes what is no request', async () => {
    const answer = await exchange('127.0.0.1', http10, [encoder.encode('junk\r\n\r\n')]).catch(() => '')
    if (answer !== '') throw new Error(`Answered ${answer}`)
  })

  await t.step('closes its other port to who says nothing', async () => {
    const answer = await exchange('127.0.0.1', http10, [encoder.encode('POST /submit HTTP/1.0\r\n')])
    if (answer !== '') throw new Error(`Answered ${answer}`)
  })

  const own = Deno.networkInterfaces().find(
    ({ family, address }) => family === 'IPv4' && !address.startsWith('127.'),
  )
  await t.step({
    name: 'believes nobody who writes localhost into Host from elsewhere',
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
  await stopEdge(edge)
  await Deno.remove(folder, { recursive: true })
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { clientKinds, encodeSubmission } from '../../../../batch/exchange/client-requests.ts'
import { callMayday } from '../../../support/run-mayday.ts'

const dumps = resolve(import.meta.dirname, '../../../fixtures/dumps')
const packed = join(dumps, 'cpp-basics-O0-null-read.dmp.gz')
const scratch = mkdtempSync(join(tmpdir(), 'mayday-submit-'))
const plainDump = join(scratch, 'plain.dmp')
const idOf = (n: number) => `00000000-0000-8000-8000-0000${n}0261020`

interface Seen {
  headers: IncomingHttpHeaders
  body: Buffer
}
type Answer = { status: number; text: string } | 'hang up'

/** A server that records requests and sends the given responses. */
let seen: Seen[] = []
let answer: (n: number) => Answer
let server: Server
let url: string

beforeAll(async () => {
  writeFileSync(plainDump, gunzipSync(readFileSync(packed)))
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      seen.push({ headers: request.headers, body: Buffer.concat(chunks) })
      const reply = answer(seen.length - 1)
      if (reply === 'hang up') return void request.socket.destroy()
      response.writeHead(reply.status, { 'content-type': 'text/plain' }).end(reply.text)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/submit`
})
afterEach(() => {
  seen = []
})
afterAll(() => {
  server.close()
  rmSync(scratch, { recursive: true })
})

const accepted = (n: number): Answer => ({ status: 200, text: `CrashID=bp-${idOf(n)}\n` })
const unpack = ({ headers, body }: Seen) => (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)

describe('mayday submit', () => {
  test('sends plain and gzipped dumps and prints their IDs in order', async () => {
    answer = () => {
      const dumpAt = seen.at(-1)!.body.indexOf('MDMP')
      return accepted(dumpAt > 0 ? seen.length - 1 : 9)
    }
    const args = ['submit', plainDump, packed, '-a', 'prod=App', '-a', 'ver=1=2', '--url', url]
    const outcome = await callMayday([...args, '--concurrency', '1'])
    expect(outcome).toEqual({ code: 0, stdout: `bp-${idOf(0)}\nbp-${idOf(1)}\n`, stderr: '' })
    for (const { body } of seen) {
      expect(body.includes('name="ver"\r\n\r\n1=2\r\n')).toBe(true)
      expect(body.includes(readFileSync(plainDump))).toBe(true)
    }
  })

  test('takes keys of one character, empty values, and at most 256 requests at once', async () => {
    answer = accepted
    const args = ['submit', packed, '-a', 'prod=App', '-a', 'k=', '--url', url, '--concurrency', '256']
    expect((await callMayday(args)).code).toBe(0)
    expect(seen[0]!.body.includes('name="k"\r\n\r\n\r\n')).toBe(true)
  })

  test('compresses with --gzip and sends in chunks with --chunked', async () => {
    answer = accepted
    await callMayday(['submit', packed, '-a', 'prod=App', '--url', url, '--gzip', '--chunked'])
    expect(seen[0]!.headers).toMatchObject({ 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' })
    expect(seen[0]!.headers['content-length']).toBeUndefined()
    expect(unpack(seen[0]!).includes(readFileSync(plainDump))).toBe(true)
  })

  test('reports refused reports, continues with the others, and exits with 1', async () => {
    answer = (n) => (n === 0 ? { status: 400, text: 'Discarded=malformed_no_annotations' } : accepted(n))
    const args = ['submit', packed, packed, '-a', 'prod=App', '--url', url, '--concurrency', '1']
    const outcome = await callMayday(args)
    expect(outcome.code).toBe(1)
    expect(outcome.stdout).toBe(`bp-${idOf(1)}\n`)
    expect(outcome.stderr).toContain('refused: malformed_no_annotations')
  })

  test('reports a response that is neither, as JSON', async () => {
    answer = () => ({ status: 404, text: 'no such page' })
    const outcome = await callMayday(['submit', packed, '-a', 'prod=App', '--url', url, '--json'])
    expect([outcome.code, JSON.parse(outcome.stdout)]).toEqual([
      1,
      { file: packed, kind: 'failed', reason: 'HTTP 404: no such page' },
    ])
    expect(seen).toHaveLength(1)
  })

  test('names the unreadable dump', async () => {
    answer = accepted
    const outcome = await callMayday(['submit', join(scratch, 'none.dmp'), '-a', 'prod=App', '--url', url])
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toContain('none.dmp')
    expect(seen).toHaveLength(0)
  })

  test.each<[string[], string]>([
    [['submit', packed], 'needs an annotation'],
    [['submit', packed, '-a', 'novalue'], 'KEY=VALUE'],
    [['submit', packed, '-a', '=value'], 'KEY=VALUE'],
    [['submit', packed, '-a', 'a=b', '--url', 'nowhere'], 'Not a URL'],
    ...['0', '1.5', '257', 'x'].map((count): [string[], string] => [
      ['submit', packed, '-a', 'a=b', '--concurrency', count],
      '1 to 256',
    ]),
    [['submit'], 'missing required argument'],
  ])('exits with 2 on bad usage: %j', async (args, words) => {
    const outcome = await callMayday(args)
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toContain(words)
  })
})

describe('encodeSubmission', () => {
  const dump = Uint8Array.of(77, 68, 77, 80, 13, 10, 45, 45)
  const submission = { annotations: { Version: '1', ProductName: 'App "x"' }, dump, gzip: false }
  const text = (client: (typeof clientKinds)[number]) => {
    const { headers, body } = encodeSubmission({ ...submission, client })
    const boundary = headers['content-type']!.split('boundary=')[1]!
    return Buffer.from(body)
      .toString('latin1')
      .replaceAll(boundary, 'B')
      .replace(/[0-9a-f-]{36}\.dmp/, 'D.dmp')
  }
  const file = (name: string) =>
    `--B\r\nContent-Disposition: form-data; name="upload_file_minidump"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\nMDMP\r\n--\r\n`
  const field = (name: string, value: string) =>
    `--B\r\nContent-Disposition: form-data; name=${name}\r\n\r\n${value}\r\n`

  test('Breakpad: fields in the given order, then the file', () => {
    const fields = field('"Version"', '1') + field('"ProductName"', 'App "x"')
    expect(text('breakpad')).toBe(`${fields}${file('D.dmp')}--B--\r\n`)
  })

  test.each(['crashpad', 'electron'] as const)('%s: fields sorted by name', (client) => {
    const fields = field('"ProductName"', 'App "x"') + field('"Version"', '1')
    expect(text(client)).toBe(`${fields}${file('D.dmp')}--B--\r\n`)
    expect(encodeSubmission({ client, annotations: {}, dump })).toMatchObject({ chunked: true })
  })

  test('Firefox: one JSON part first', () => {
    const extra =
      '--B\r\nContent-Disposition: form-data; name="extra"; filename="extra.json"\r\nContent-Type: application/json\r\n\r\n{"Version":"1","ProductName":"App \\"x\\""}\r\n'
    expect(text('firefox')).toBe(`${extra}${file('D.dmp')}--B--\r\n`)
  })

  test('Android: unquoted names, the file in the middle', () => {
    const [before, after] = [field('Version', '1'), field('ProductName', 'App "x"')]
    expect(text('android')).toBe(`${before}${file('D.dmp')}${after}--B--\r\n`)
  })

  test.each(clientKinds)('%s: escapes field names and works without a dump', (client) => {
    const { body } = encodeSubmission({ client, annotations: { 'a"b\r\nc%': 'x' }, dump: null, gzip: false })
    const form = Buffer.from(body).toString()
    expect(form).not.toContain('upload_file_minidump')
    if (client !== 'android')
      expect(form).toContain(client === 'firefox' ? 'a\\"b\\r\\nc%' : 'a%22b%0D%0Ac%25')
  })
})

// Archives that the edge fetches itself. The path of a request determines the response of the server here.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SymbolServer } from '../../../edge/symbols/context.ts'
import { fetchArchive } from '../../../edge/symbols/upload/fetch-archive.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'

const megabyte = 1024 * 1024
/** Of all tests; each has paths of its own, so that they can wait for retries together. */
const calls: string[] = []
const callsOf = (name: string) => calls.filter((call) => call.endsWith(name))

/** `/redirects/3/…` redirects three times, `/HEAD/404` and `/GET/404` have that status, `/bytes/5/…` is five bytes long. */
const server = createServer((request, response) => {
  const { method, url = '' } = request
  calls.push(`${method} ${url}`)
  const [, what, value = '', name = ''] = url.split('/')
  if (what === 'redirects' && Number(value) > 0)
    return void response.writeHead(302, { location: `/redirects/${Number(value) - 1}/${name}` }).end()
  if (what === 'elsewhere')
    return void response.writeHead(301, { location: name || 'http://other.test/a' }).end()
  if (what === 'cut')
    return void response.writeHead(200, { 'content-length': '10' }).write('abc', () => response.destroy())
  if (what === method) return void response.writeHead(Number(value), { 'content-length': '0' }).end()
  response.writeHead(200)
  response.end(what === 'bytes' ? Buffer.alloc(Number(value), 7) : 'zip')
})

let origin: string
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

function fetchFrom(path: string, hosts: readonly string[] = [origin]) {
  const config = { symbolUploadHosts: hosts, symbolUploadTimeoutMs: 5000, symbolUploadMb: 1 }
  const deps = { config, stores: { symbols: createMemoryStorage() } }
  return fetchArchive(path.startsWith('/') ? origin + path : path, { deps } as unknown as SymbolServer)
}

describe.concurrent('an archive', () => {
  test('has the name of its first URL, and all URLs that led to it', async () => {
    const { name, content, urls } = await fetchFrom('/redirects/2/app.zip')
    expect(name).toBe('app.zip')
    expect(urls).toEqual([2, 1, 0].map((left) => `${origin}/redirects/${left}/app.zip`))
    expect(content.size).toBe(3)
    expect(callsOf('app.zip')).toEqual([
      ...[2, 1, 0].map((left) => `HEAD /redirects/${left}/app.zip`),
      'GET /redirects/0/app.zip',
    ])
  })

  test('is read behind five redirects, not behind six', async () => {
    expect((await fetchFrom('/redirects/5/five.zip')).urls).toHaveLength(6)
    await expect(fetchFrom('/redirects/6/six.zip')).rejects.toMatchObject({
      status: 400,
      message: `Too many redirects trying to open ${origin}/redirects/6/six.zip`,
    })
    expect(callsOf('six.zip')).toHaveLength(6)
  })

  test('has at most as many bytes as an upload', async () => {
    expect((await fetchFrom(`/bytes/${megabyte}/a.zip`)).content.size).toBe(megabyte)
    await expect(fetchFrom(`/bytes/${megabyte + 1}/a.zip`)).rejects.toMatchObject({
      status: 400,
      message: `${origin}/bytes/${megabyte + 1}/a.zip has more than ${megabyte} bytes`,
    })
  })
})

describe.concurrent('a server that', () => {
  test.each([
    ['/HEAD/399', 200, ''],
    ['/HEAD/400', 400, "can't be found (400)"],
    ['/HEAD/404', 400, "can't be found (404)"],
    ['/HEAD/499', 400, "can't be found (499)"],
    ['/HEAD/501', 500, 'errored (501)'],
    ['/HEAD/503', 500, 'errored (503)'],
  ])('answers %s is answered with %d', async (path, status, text) => {
    const fetched = fetchFrom(path)
    if (status === 200) expect((await fetched).urls).toEqual([origin + path])
    else await expect(fetched).rejects.toMatchObject({ status, message: `${origin}${path} ${text}` })
  })

  test.each([201, 204, 302, 404, 503])('has status %d for the file has no archive', async (status) => {
    await expect(fetchFrom(`/GET/${status}`)).rejects.toMatchObject({
      status: 400,
      message: `non-200 status code when retrieving ${origin}/GET/${status}`,
    })
  })

  test.each([
    ['/HEAD/500', 'HEAD'],
    ['/HEAD/429', 'HEAD'],
    ['/GET/500', 'GET'],
  ])('answers %s is asked four times', async (path, method) => {
    const message = `RetryError trying to open ${origin}${path}`
    await expect(fetchFrom(path)).rejects.toMatchObject({ status: 500, message })
    expect(callsOf(`${method} ${path}`)).toHaveLength(4)
  })

  test('ends early, or does not exist, has a connection error', async () => {
    await expect(fetchFrom('/cut/a.zip')).rejects.toMatchObject({
      status: 500,
      message: `ConnectionError trying to open ${origin}/cut/a.zip`,
    })
    const closed = 'http://127.0.0.1:1'
    await expect(fetchFrom(`${closed}/a.zip`, [closed])).rejects.toMatchObject({
      status: 500,
      message: `ConnectionError trying to open ${closed}/a.zip`,
    })
  })
})

describe.concurrent('a URL', () => {
  test.each([
    [' ', 'Enter a valid URL.'],
    ['a.zip', 'Enter a valid URL.'],
    ['https:a.zip', 'Enter a valid URL.'],
    ['http://files.test/a.zip', 'Insecure URL'],
    ['ftp://files.test/a.zip', 'Insecure URL'],
    ['https://other.test/a.zip', "Not an allowed domain ('other.test') to download from."],
    ['https://files.test.other/a.zip', "Not an allowed domain ('files.test.other') to download from."],
  ])('%s is refused', async (url, message) => {
    await expect(fetchFrom(url, ['files.test'])).rejects.toMatchObject({ status: 400, message })
    expect(callsOf(`HEAD ${url}`)).toEqual([])
  })

  test('behind a redirect must be allowed, too', async () => {
    await expect(fetchFrom('/elsewhere/x')).rejects.toMatchObject({ status: 400, message: 'Insecure URL' })
    expect(callsOf('/elsewhere/x')).toEqual(['HEAD /elsewhere/x'])
  })
})

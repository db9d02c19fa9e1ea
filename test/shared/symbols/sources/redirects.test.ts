// Redirects of symbol servers into private networks.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fetchFollowing, isPrivateHost } from '../../../../shared/symbols/sources/redirects.ts'

test.each([
  ['127.0.0.1', true],
  ['[::1]', true],
  ['localhost', true],
  ['x.localhost.', true],
  ['10.1.2.3', true],
  ['192.168.0.1', true],
  ['172.16.0.1', true],
  ['169.254.169.254', true],
  ['[fe80::1]', true],
  ['[fd00::1]', true],
  ['[::ffff:10.0.0.1]', true],
  ['0.0.0.0', true],
  ['100.64.0.1', true],
  ['8.8.8.8', false],
  ['[2606:4700::1111]', false],
  ['symbols.example', false],
])('%s is private: %s', async (host, expected) => {
  expect(await isPrivateHost(host)).toBe(expected)
})

test('a name is private when any of its addresses is', async () => {
  const resolve = async (name: string) => (name === 'inside.example' ? ['8.8.8.8', '10.0.0.1'] : ['8.8.8.8'])
  expect(await isPrivateHost('inside.example', resolve)).toBe(true)
  expect(await isPrivateHost('outside.example', resolve)).toBe(false)
  expect(await isPrivateHost('none.example', () => Promise.reject(new Error('unknown host')))).toBe(false)
})

describe('a server that redirects', () => {
  const server = createServer((request, response) => {
    if (request.url === '/end') return void response.end('reached')
    response.writeHead(302, {
      location: request.url === '/loop' ? '/loop' : request.url === '/odd' ? 'ftp://x/' : '/end',
    })
    response.end()
  })
  let url = ''
  beforeAll(async () => {
    await new Promise<void>((resume) => server.listen(0, '127.0.0.1', resume))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise((resume) => server.close(resume)))

  test('is followed within its own network only', async () => {
    const answer = await fetchFollowing(`${url}/start`, {}, { mayBePrivate: true })
    expect(await answer.text()).toBe('reached')
    await expect(fetchFollowing(`${url}/start`, {}, { mayBePrivate: false })).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('redirects to a private address'),
    })
  })

  test('is abandoned when it redirects too often, or to what is not a server', async () => {
    for (const [path, text] of [
      ['/loop', 'redirects too often'],
      ['/odd', 'redirects to what is not a URL'],
    ] as const)
      await expect(fetchFollowing(url + path, {}, { mayBePrivate: true })).rejects.toThrow(text)
  })
})

// Redirects of symbol servers into private networks.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { debuginfodFiles } from '../../../../shared/symbols/servers/debuginfod.ts'
import { symsrvFiles } from '../../../../shared/symbols/servers/symsrv.ts'
import { httpFiles } from '../../../../shared/symbols/sources/http.ts'
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
    const answer = await fetchFollowing(`${url}/start`, {}, { mayBePrivate: async () => true })
    expect(await answer.text()).toBe('reached')
    await expect(
      fetchFollowing(`${url}/start`, {}, { mayBePrivate: async () => false }),
    ).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('redirects to a private address'),
    })
  })

  test('is abandoned when it redirects too often, or to what is not a server', async () => {
    for (const [path, text] of [
      ['/loop', 'redirects too often'],
      ['/odd', 'redirects to what is not a URL'],
    ] as const)
      await expect(fetchFollowing(url + path, {}, { mayBePrivate: async () => true })).rejects.toThrow(text)
  })
})

describe.each([
  ['Breakpad symbol files', httpFiles],
  ['the layout of SymSrv', symsrvFiles],
  ['debuginfod', debuginfodFiles],
])('a server of %s that redirects to a name inside', (_, open) => {
  const module = {
    debugFile: 'libapp.so',
    debugId: '467448445CC75F91D4A77862EA6919A50',
    codeFile: '/usr/lib/libapp.so',
    codeId: '467448445cc75f91d4a77862ea6919a50328ed15',
  }
  const requested: string[] = []
  const realFetch = globalThis.fetch
  const server = createServer((request, response) => {
    requested.push(request.headers['x-host'] as string)
    if (request.headers['x-host'] === 'inside.example') return void response.end('reached')
    response.writeHead(302, { location: 'http://inside.example/secret' }).end()
  })
  beforeAll(async () => {
    await new Promise<void>((resume) => server.listen(0, '127.0.0.1', resume))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    // In place of the resolver of the system, which knows no such names.
    vi.stubGlobal('fetch', (input: string, init: RequestInit) =>
      realFetch(url, { ...init, headers: { 'x-host': new URL(input).hostname } }),
    )
  })
  afterAll(async () => {
    vi.unstubAllGlobals()
    await new Promise((resume) => server.close(resume))
  })

  const addresses = (outside: string) => async (name: string) =>
    name === 'symbols.example' ? [outside] : ['10.0.0.1']
  const find = async (outside: string) => {
    requested.length = 0
    const files = open('http://symbols.example', { resolve: addresses(outside), attempts: 1 })
    return (await files.find(module))?.isThere?.()
  }

  test('is not followed from a public address', async () => {
    await expect(find('8.8.8.8')).rejects.toThrow('redirects to a private address')
    expect(requested).toEqual(['symbols.example'])
  })

  test('is followed when it is inside, too', async () => {
    expect(await find('10.0.0.2')).toBe(true)
    expect(requested.slice(0, 2)).toEqual(['symbols.example', 'inside.example'])
  })
})

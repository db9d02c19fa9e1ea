// Symbol servers in all states: paths, retries, redirects, hostile names.
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { httpFiles } from '../../../../shared/symbols/sources/http.ts'
import { textSource } from '../../../../shared/symbols/sources/symbol-files.ts'
import type { SymbolSource } from '../../../../shared/symbols/sources/symbol-source.ts'
import { findSymbol } from '../../../../shared/symbols/symdex/symbol-page.ts'

const id = '5A9832E5287241C1838ED98914E9B7FF1'
const module = { debugFile: 'app.pdb', debugId: id, codeFile: 'app.exe', codeId: '45d35f6c2d000' }
const path = `app.pdb/${id}/app.sym`
const text = `MODULE windows x86 ${id} app.pdb\nFUNC 1000 10 0 main\n`

async function nameAt(source: SymbolSource, wanted = module): Promise<string | null | 'none'> {
  const table = await source.load(wanted)
  if (!table) return 'none'
  await table.load(0x1004)
  const page = table.page(0x1004)
  return (page && findSymbol(page, 0x1004)?.function) ?? null
}

describe('symbol servers', () => {
  let server: Server
  let base: string
  const requests: string[] = []
  let answer: RequestListener

  beforeEach(async () => {
    requests.length = 0
    server = createServer((request, response) => {
      requests.push(request.url!)
      answer(request, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sym`
  })
  afterEach(() => new Promise((resolve) => server.close(resolve)))

  const waits: number[] = []
  const source = () =>
    textSource(
      httpFiles(base, {
        random: () => 1,
        sleep: async (ms) => {
          waits.push(ms)
        },
      }),
    )

  test('the usual path is requested, with code file and code ID', async () => {
    answer = (_, response) => response.end(text)
    const table = await source().load({ ...module, codeFile: 'C:\\x\\app.exe' })
    expect(table?.info.url).toBe(`${base}/${path}`)
    expect(requests).toEqual([`/sym/${path}?code_file=app.exe&code_id=45d35f6c2d000`])
  })

  test('gzip is inflated, declared or not, and redirects are followed', async () => {
    answer = (request, response) => {
      if (request.url!.startsWith('/sym/'))
        response.writeHead(302, { location: `${base.replace('/sym', '/store')}/x` }).end()
      else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text))
    }
    expect(await nameAt(source())).toBe('main')
    answer = (_, response) => response.end(gzipSync(text))
    expect(await nameAt(source())).toBe('main')
  })

  test.each([404, 403, 410, 400])('%i means that there is none, immediately', async (status) => {
    answer = (_, response) => response.writeHead(status).end('no')
    expect(await nameAt(source())).toBe('none')
    expect(requests).toHaveLength(1)
  })

  test.each([429, 500, 502, 503, 504])('%i is retried, and is an error when it persists', async (status) => {
    let count = 0
    answer = (_, response) => (count++ < 2 ? response.writeHead(status).end() : response.end(text))
    waits.length = 0
    expect(await nameAt(source())).toBe('main')
    expect(waits).toEqual([250, 500])
    answer = (_, response) => response.writeHead(status, { 'retry-after': '3' }).end()
    waits.length = 0
    await expect(source().load(module)).rejects.toMatchObject({ code: 'storage' })
    expect(waits).toEqual([3000, 3000, 3000])
  })

  test('a failed server is skipped for a while', async () => {
    let now = 0
    const sleep = async (ms: number) => {
      now += ms
    }
    const wait = { sleep, clock: () => now }
    const failing = textSource(httpFiles(base, { ...wait, attempts: 2, rest: 5000 }))
    answer = (_, response) => response.writeHead(503).end()
    await expect(failing.load(module)).rejects.toThrow('answered 503, 2 times')
    await expect(failing.load({ ...module, debugFile: 'b.pdb' })).rejects.toThrow('answered 503, 2 times')
    expect(requests).toHaveLength(2)
    now += 5000
    answer = (_, response) => response.end(text)
    expect(await nameAt(failing)).toBe('main')
  })

  test('attempts end in time, also when the server asks for more or does not respond', async () => {
    let now = 0
    const sleep = async (ms: number) => {
      now += ms
    }
    const wait = { sleep, clock: () => now }
    answer = (_, response) => response.writeHead(429, { 'retry-after': '30' }).end()
    await expect(textSource(httpFiles(base, wait)).load(module)).rejects.toThrow('answered 429, 3 times')
    answer = () => {}
    const silent = textSource(httpFiles(base, { timeout: 50 }))
    await expect(silent.load(module)).rejects.toThrow('did not respond')
    server.closeAllConnections()
  })

  test('an unreachable server is an error', async () => {
    const nowhere = textSource(httpFiles('http://127.0.0.1:9/', { attempts: 2, sleep: async () => {} }))
    await expect(nowhere.load(module)).rejects.toMatchObject({ code: 'storage' })
  })

  test('the status determines whether a file exists, and failures are errors', async () => {
    const isThere = async () => (await httpFiles(base, { attempts: 1 }).find(module))!.isThere!()
    for (const status of [200, 404]) {
      answer = (_, response) => response.writeHead(status).end(text)
      expect(await isThere()).toBe(status === 200)
    }
    answer = (_, response) => response.writeHead(503).end()
    await expect(isThere()).rejects.toMatchObject({ code: 'storage' })
  })

  test('a file that is too large is rejected immediately, and the server stays in use', async () => {
    const small = textSource(httpFiles(base, { maxBytes: 100 }))
    answer = (_, response) => response.end('x'.repeat(101))
    await expect(small.load(module)).rejects.toMatchObject({ code: 'limit' })
    expect(requests).toHaveLength(1)
    answer = (_, response) => response.end(text)
    expect(await nameAt(small)).toBe('main')
  })

  test('a file that inflates to more than the limit is not used', async () => {
    const packed = gzipSync(`${text}${'\n'.repeat(2000)}`)
    const limited = (maxBytes: number) => textSource(httpFiles(base, { maxBytes })).load(module)
    answer = (_, response) => response.end(packed)
    expect((await limited(1000))?.problem).toMatch(/more than 1000 bytes/)
    expect((await limited(4000))?.problem).toBeNull()
  })

  test('a module without debug ID is looked up by its code ID', async () => {
    answer = (request, response) => {
      if (request.url === '/sym/app.dll/45D35F6C2D000/app.sym')
        response.writeHead(302, { location: `/sym/${path}` }).end()
      else response.end(text)
    }
    const wanted = { debugFile: '', debugId: '', codeFile: 'c:\\w\\app.dll', codeId: '45d35f6c2d000' }
    const table = await source().load(wanted)
    expect(table?.identity).toEqual({ debugFile: 'app.pdb', debugId: id })
    answer = (_, response) => response.writeHead(302, { location: '/sym/../../etc/passwd/x' }).end()
    expect(await source().load(wanted)).toBeNull()
    requests.length = 0
    answer = (_, response) => response.writeHead(302, { location: '/sym/%/AB/x' }).end()
    expect(await source().load(wanted)).toBeNull()
    expect(requests).toHaveLength(3)
  })

  test.each([300, 301, 399])('the status %i with a location of a debug ID is a redirect', async (status) => {
    answer = ({ url }, response) =>
      url!.startsWith(`/sym/${path}`)
        ? response.end(text)
        : response.writeHead(status, { location: `/sym/${path}` }).end()
    const wanted = { debugFile: '', debugId: '', codeFile: 'app.dll', codeId: '45d35f6c2d000' }
    expect((await source().load(wanted))?.identity).toEqual({ debugFile: 'app.pdb', debugId: id })
  })

  test('names of a dump cannot escape the base', async () => {
    answer = (_, response) => response.writeHead(404).end()
    await source().load({ ...module, debugFile: 'a b?c#d%2e.so' })
    expect(requests[0]).toContain(`/sym/a%20b%3Fc%23d%252e.so/${id}/a%20b%3Fc%23d%252e.so.sym`)
  })

  test('only http and https URLs are servers', () => {
    expect(() => httpFiles('ftp://example.org/')).toThrow(expect.objectContaining({ code: 'bad-usage' }))
  })

  test('a password in the URL is rejected, and not shown', () => {
    const refused = /^The URL of the symbol server at https:\/\/example\.org contains a user name or password/
    expect(() => httpFiles('https://me:secret@example.org/sym')).toThrow(refused)
  })

  describe('names of Windows modules', () => {
    const paths = () => requests.map((url) => url.split('?')[0])
    const serve = (present: string) => {
      requests.length = 0
      answer = ({ url }, response) =>
        url!.split('?')[0] === `/sym/${present}` ? response.end(text) : response.writeHead(404).end()
    }

    test('are also tried in lower case', async () => {
      serve(path)
      const upper = { ...module, debugFile: 'C:\\out\\App.PDB' }
      const table = await source().load(upper)
      expect(table?.info.url).toBe(`${base}/${path}`)
      expect(paths()).toEqual([`/sym/App.PDB/${id}/App.sym`, `/sym/${path}`])
      expect(await (await httpFiles(base).find(upper))!.isThere!()).toBe(true)
    })

    test('in lower case are requested once', async () => {
      serve('nothing')
      expect(await nameAt(source())).toBe('none')
      expect(paths()).toEqual([`/sym/${path}`])
    })

    test('of other systems keep their case', async () => {
      serve('nothing')
      expect(await nameAt(source(), { ...module, debugFile: 'libApp.so', codeFile: '/lib/libApp.so' })).toBe(
        'none',
      )
      expect(paths()).toEqual([`/sym/libApp.so/${id}/libApp.so.sym`])
    })
  })

  describe('a module without debug ID on a server that does not redirect', () => {
    const zeros = '0'.repeat(33)
    const wanted = { debugFile: '', debugId: '', codeFile: 'App.dll', codeId: '45d35f6c2d000' }
    const symbols = (codeId: string) =>
      `MODULE windows x86 ${zeros} App.dll\nINFO CODE_ID ${codeId}\nFUNC 1000 10 0 main\n`
    const serve = (present: string, content: string) => {
      requests.length = 0
      answer = ({ url }, response) =>
        url!.split('?')[0] === `/sym/${present}` ? response.end(content) : response.writeHead(404).end()
    }

    test.each([
      'App.dll/45D35F6C2D000/App.sym',
      'App.dll/45d35f6c2d000/App.sym',
      `App.dll/${zeros}/App.dll.sym`,
      'app.dll/45D35F6C2D000/app.sym',
      `app.dll/${zeros}/app.dll.sym`,
    ])('is found at %s', async (present) => {
      serve(present, symbols('45D35F6C2D000'))
      const table = await source().load(wanted)
      expect(table).toMatchObject({ corrupt: false, info: { url: `${base}/${present}` } })
    })

    test('is refused when the file is of another build', async () => {
      serve('App.dll/45D35F6C2D000/App.sym', symbols('5ABC2D000'))
      expect((await source().load(wanted))?.problem).toContain('of another module')
    })

    test('is found after a redirect to the same path elsewhere', async () => {
      answer = ({ url }, response) =>
        url!.startsWith('/cdn/')
          ? response.end(symbols('45d35f6c2d000'))
          : response.writeHead(307, { location: url!.replace('/sym', '/cdn') }).end()
      expect(await nameAt(source(), wanted)).toBe('main')
    })

    test('that no server has costs at most six requests', async () => {
      serve('nothing', '')
      expect(await nameAt(source(), wanted)).toBe('none')
      expect(new Set(requests).size).toBe(requests.length)
      expect(requests).toHaveLength(6)
    })
  })
})

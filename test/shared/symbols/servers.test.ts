// Servers of programs and debug files: SymSrv and debuginfod, over HTTP.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../shared/debug-files/byte-source.ts'
import { readElf } from '../../../shared/debug-files/elf/elf-file.ts'
import { supplementLinkOf } from '../../../shared/debug-files/elf/supplement-link.ts'
import { debuginfodFiles } from '../../../shared/symbols/servers/debuginfod.ts'
import { symsrvFiles } from '../../../shared/symbols/servers/symsrv.ts'
import { type SymbolFiles, textSource } from '../../../shared/symbols/sources/symbol-files.ts'
import { findSymbol } from '../../../shared/symbols/symdex/symbol-page.ts'
import { cfiRowAt } from '../../../shared/unwind/cfi.ts'
import { cabinetOf } from '../../support/cabinet.ts'
import { debugFileBytes, openAll } from '../../support/debug-programs.ts'
import { recordsIn, splitBytes } from '../../support/split-programs.ts'

const bytesOf = (name: string) => debugFileBytes(name)[0]!.bytes

let server: ReturnType<typeof createServer> | null = null
afterEach(async () => {
  server?.closeAllConnections()
  await new Promise((done) => (server ? server.close(done) : done(null)))
  server = null
})

/** Serves files by path; returns its URL and the paths that were requested. */
async function serve(files: Record<string, Uint8Array>) {
  const requested: string[] = []
  const known = new Map(Object.entries(files))
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.slice(1))
    requested.push(path)
    const body = known.get(path)
    response.writeHead(body ? 200 : 404).end(body)
  })
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requested }
}

const program = {
  debugFile: 'c:\\build\\tree-x64.pdb',
  debugId: '24B4D5A1A68277F14C4C44205044422E1',
  codeFile: 'C:\\Program Files\\tree\\tree-x64.exe',
  codeId: '95E317A86000',
}
const pdbPath = 'tree-x64.pdb/24B4D5A1A68277F14C4C44205044422E1/tree-x64.pdb'
const exePath = 'tree-x64.exe/95E317A86000/tree-x64.exe'

const pointerIn = (path: string) => path.replace(/[^/]*$/, 'file.ptr')

async function load(files: SymbolFiles, module: typeof program, address: number) {
  const table = await textSource(files).load(module)
  const page = table?.page(address)
  return {
    name: page && findSymbol(page, address)?.function,
    hasRules: page !== undefined && page !== null && cfiRowAt(page, address) >= 0,
    problem: table?.problem ?? null,
  }
}

describe('a server in the layout of SymSrv', () => {
  test('has the PDB and the program, which together are the symbols of a module', async () => {
    const { url } = await serve({ [pdbPath]: bytesOf('tree-x64.pdb'), [exePath]: bytesOf('tree-x64.exe') })
    expect(await load(symsrvFiles(url), program, 0x10c8)).toEqual({
      name: 'tree::make',
      hasRules: true,
      problem: null,
    })
  })

  test('may lack the program: names without unwind rules', async () => {
    const { url } = await serve({ [pdbPath]: bytesOf('tree-x64.pdb') })
    expect(await load(symsrvFiles(url), program, 0x10c8)).toMatchObject({
      name: 'tree::make',
      hasRules: false,
    })
  })

  test('may compress files', async () => {
    const files = {
      [pdbPath.replace(/.$/, '_')]: cabinetOf(bytesOf('tree-x64.pdb')),
      [exePath]: bytesOf('tree-x64.exe'),
    }
    const { url } = await serve(files)
    expect(await load(symsrvFiles(url), program, 0x10c8)).toMatchObject({
      name: 'tree::make',
      hasRules: true,
    })
  })

  test('may compress files with LZX', async () => {
    const lzx = { windowBits: 17, blocks: ['verbatim', 'aligned'], blockBytes: 30_000 } as const
    const { url } = await serve({ [pdbPath.replace(/.$/, '_')]: cabinetOf(bytesOf('tree-x64.pdb'), lzx) })
    expect(await load(symsrvFiles(url), program, 0x10c8)).toMatchObject({ name: 'tree::make' })
  })

  test('may point to another place on it', async () => {
    const text = new TextEncoder().encode('PATH:store/tree.pdb\r\n')
    const { url } = await serve({
      [pointerIn(pdbPath)]: text,
      [pointerIn(exePath)]: new TextEncoder().encode('MSG:Removed after a year\0'),
      'store/tree.pdb': bytesOf('tree-x64.pdb'),
    })
    expect(await load(symsrvFiles(url), program, 0x10c8)).toMatchObject({ name: 'tree::make', problem: null })
  })

  test.each([
    ['MSG: Removed after a year', /does not have the file: Removed after a year/],
    ['PATH:\\\\server\\share\\tree.pdb', /not on it: \\\\server/],
    ['PATH:http://127.0.0.1:1/tree.pdb', /not on it/],
    ['PATH:../../etc/passwd', /not on it/],
    ['what?', /does not have the file: what\?/],
    ['', /gives no reason/],
  ])('with the pointer %j has no file, for a reason', async (text, problem) => {
    const { url, requested } = await serve({ [pointerIn(pdbPath)]: new TextEncoder().encode(text) })
    expect((await load(symsrvFiles(url), program, 0x10c8)).problem).toMatch(problem)
    expect(requested.every((path) => path === 'index2.txt' || /^tree-x64\./.test(path))).toBe(true)
  })

  test('may have two tiers', async () => {
    const { url } = await serve({
      'index2.txt': new Uint8Array(1),
      [`tr/${pdbPath}`]: bytesOf('tree-x64.pdb'),
    })
    expect(await load(symsrvFiles(url), program, 0x10c8)).toMatchObject({ name: 'tree::make' })
  })

  test('that has neither file has no symbols', async () => {
    const { url, requested } = await serve({})
    expect(await textSource(symsrvFiles(url)).load(program)).toBeNull()
    expect(requested.sort()).toEqual(
      [
        'index2.txt',
        ...[pdbPath, exePath].flatMap((path) => [path, path.replace(/.$/, '_'), pointerIn(path)]),
      ].sort(),
    )
  })

  test.each([
    ['95E317A8', false],
    ['95E317A81', true],
  ])('is asked for the program with the code ID %s: %s', async (codeId, isAsked) => {
    const { url, requested } = await serve({})
    await textSource(symsrvFiles(url)).load({ ...program, codeId })
    expect(requested.some((path) => path.startsWith('tree-x64.exe/'))).toBe(isAsked)
  })

  test('that serves the files of another build is refused', async () => {
    const { url } = await serve({ [pdbPath]: bytesOf('tree-arm64.pdb') })
    const { problem } = await load(symsrvFiles(url), program, 0x10c8)
    expect(problem).toContain('It is of another module')
  })

  test('has files of macOS by their UUID', async () => {
    const module = {
      debugFile: 'libtree-arm64.dylib',
      debugId: '4C4C44E455553144A1441168058AEE3C0',
      codeFile: '/usr/lib/libtree-arm64.dylib',
      codeId: '',
    }
    const path = '_.dwarf/mach-uuid-sym-4c4c44e455553144a1441168058aee3c/_.dwarf'
    const { url } = await serve({ [path]: bytesOf('libtree-arm64.dylib.dSYM') })
    expect((await load(symsrvFiles(url), module, 0x430)).name).toMatch(/^tree::insert/)
  })
})

describe('debuginfod', () => {
  const module = {
    debugFile: 'ring-linked',
    debugId: '',
    codeFile: '/usr/bin/ring-linked',
    codeId: '467448445CC75F91D4A77862EA6919A50328ED15',
  }
  const folder = 'buildid/467448445cc75f91d4a77862ea6919a50328ed15'

  test('has the program and its debug file', async () => {
    const { url } = await serve({
      [`${folder}/debuginfo`]: bytesOf('ring-linked.debug'),
      [`${folder}/executable`]: bytesOf('ring-linked'),
    })
    expect(await load(debuginfodFiles(url), module, 0x11a8)).toEqual({
      name: 'main',
      hasRules: true,
      problem: null,
    })
  })

  test('is asked for the supplement of dwz, by its build ID', async () => {
    const one = { debugFile: 'one', debugId: '', codeFile: '/usr/bin/one', codeId: '' }
    const [opened] = openAll([{ path: 'one', bytes: splitBytes('one4') }])
    const codeId = opened!.identity.codeId!
    const { id } = supplementLinkOf(readElf(sourceOfBytes(splitBytes('one4'))))!
    const { url, requested } = await serve({
      [`buildid/${codeId.toLowerCase()}/debuginfo`]: splitBytes('one4'),
      [`buildid/${id}/debuginfo`]: splitBytes('common4.dwz'),
    })
    const file = await debuginfodFiles(url).find({ ...one, codeId })
    const text = Buffer.from((await file!.read())!).toString()
    expect(text.replace(/^(MODULE|INFO) .*\n/gm, '')).toBe(
      (await recordsIn([{ path: 'one', bytes: splitBytes('gcc4-whole') }])).text,
    )
    expect(requested).toContain(`buildid/${id}/debuginfo`)
  })

  test.each([
    [8, true],
    [7, false],
  ])('is asked for a supplement with a build ID of %i bytes: %s', async (idBytes, isAsked) => {
    const bytes = splitBytes('one4')
    const { name, id } = supplementLinkOf(readElf(sourceOfBytes(bytes)))!
    const end = Buffer.from(bytes).indexOf(`${name}\0`) + name.length + 1 + id.length / 2
    const linked = bytes.slice().fill(0x78, end - idBytes - 20, end - idBytes - 1)
    linked[end - idBytes - 1] = 0
    const codeId = 'ab'.repeat(10)
    const { url, requested } = await serve({ [`buildid/${codeId}/debuginfo`]: linked })
    await (await debuginfodFiles(url).find({ ...module, codeId }))!.read().catch(() => {})
    expect(requested.includes(`buildid/${id.slice(-2 * idBytes)}/debuginfo`)).toBe(isAsked)
  })

  test.each([
    ['467448445cc75f', false],
    ['467448445cc75f91', true],
    ['467448445cc75f91d', false],
  ])('is asked for the build ID %s: %s', async (codeId, isAsked) => {
    const { url } = await serve({})
    expect((await debuginfodFiles(url).find({ ...module, codeId })) !== null).toBe(isAsked)
  })

  test('is not asked for modules of Windows or without a build ID', async () => {
    const { url, requested } = await serve({})
    expect(await debuginfodFiles(url).find(program)).toBeNull()
    expect(await debuginfodFiles(url).find({ ...module, codeId: '' })).toBeNull()
    expect(requested).toEqual([])
  })
})

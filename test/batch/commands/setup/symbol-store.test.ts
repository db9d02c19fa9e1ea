// `mayday symbols add|list|remove|stats`, as users run them: into a store, and to a server.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFolderStorage } from '../../../../shared/storage/folder/folder.node.ts'
import { openSymbolEdge, type SymbolEdge, tokens } from '../../../contract/symbol-edge.ts'
import { symText } from '../../../contract/symbol-uploads.ts'
import { tarOf } from '../../../support/archives.ts'
import { debugFileBytes } from '../../../support/debug-programs.ts'
import { callMayday } from '../../../support/run-mayday.ts'
import { splitBytes } from '../../../support/split-programs.ts'
import { zipOf } from '../../../support/zip.ts'

const id = 'BBACA09FD1C13F6C84254BFD8732AF400'
const folder = mkdtempSync(join(tmpdir(), 'mayday-symbol-store-'))
const files = join(folder, 'files')
const store = join(folder, 'data')
const mayday = (...args: string[]) => callMayday(['symbols', ...args], { MAYDAY_STORE: `file:${store}` })

let edge: SymbolEdge
let server: Server
let url: string
const sent = { puts: 0 }

beforeAll(async () => {
  mkdirSync(join(files, 'deep/inlayout', id), { recursive: true })
  writeFileSync(join(files, 'deep/inlayout', id, 'inlayout.sym'), symText('inlayout'))
  writeFileSync(join(files, 'any name.sym.gz'), gzipSync(symText('plain.pdb')))
  writeFileSync(join(files, 'broken.sym'), 'hello')
  writeFileSync(join(files, 'README.txt'), 'not a symbol file')
  writeFileSync(
    join(files, 'all.zip'),
    zipOf({ name: `x/zipped/${id}/zipped.sym.gz`, content: gzipSync(symText('zipped')) }),
  )
  edge = await openSymbolEdge()
  server = createServer(async (incoming, response) => {
    if (incoming.method === 'PUT') sent.puts++
    const body = incoming.method === 'GET' ? null : (Readable.toWeb(incoming) as ReadableStream)
    const headers = Object.entries(incoming.headers).map(
      ([name, value]) => [name, String(value)] as [string, string],
    )
    const { port } = server.address() as AddressInfo
    const init = { method: incoming.method ?? 'GET', headers, body, duplex: 'half' as const }
    const answer = await edge.fetch(new Request(`http://127.0.0.1:${port}${incoming.url}`, init))
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  await new Promise<void>((resume) => server.listen(0, '127.0.0.1', resume))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/symbols`
})
afterAll(async () => {
  await new Promise((resume) => server.close(resume))
  rmSync(folder, { recursive: true, force: true })
})

const keys = [`inlayout/${id}/inlayout.sym`, `plain.pdb/${id}/plain.sym`, `zipped/${id}/zipped.sym`]

test('adds files, folders and zips to a store, with indexes and arrivals; names what it refuses', async () => {
  const { code, stdout } = await mayday('add', files, '--json')
  const report = JSON.parse(stdout)
  expect([code, report.added.sort(), report.unchanged, report.replaced]).toEqual([1, keys, [], []])
  expect(report.refused).toEqual([
    {
      file: join(files, 'broken.sym'),
      problem: expect.stringContaining('does not start with a MODULE record'),
    },
  ])
  const symbols = createFolderStorage(join(store, 'symbols'))
  for (const name of ['inlayout', 'plain.pdb', 'zipped'])
    expect(await symbols.head(`symdex/${name}/${id}`)).not.toBeNull()
  const arrivals = await Array.fromAsync(symbols.list('arrivals/'))
  expect(arrivals).toHaveLength(1)
  const again = await mayday('add', join(files, 'deep'))
  expect([again.code, again.stdout]).toEqual([0, 'Added 0 files; 1 stored already.\n'])
})

test('lists, counts and removes what is stored', async () => {
  const list = (await mayday('list')).stdout.trim().split('\n')
  expect(list.map((line) => line.split(/ +/)[2])).toEqual(keys)
  const [one] = (await mayday('list', 'plain', '--json')).stdout.trim().split('\n')
  expect(JSON.parse(one!)).toMatchObject({
    name: 'plain.pdb',
    id,
    size: symText('plain.pdb').length,
    code_file: 'plain.pdb.exe',
  })
  expect(JSON.parse((await mayday('stats', '--json')).stdout)).toMatchObject({
    symbol_files: 3,
    names: 3,
    indexes: 3,
  })
  expect((await mayday('remove', `zipped/${id}`, '--dry-run')).stdout).toBe(
    `would remove zipped/${id}/zipped.sym\n`,
  )
  expect((await mayday('remove', `zipped/${id.toLowerCase()}`)).stdout).toBe(
    `removed zipped/${id}/zipped.sym\n`,
  )
  expect((await mayday('remove', `zipped/${id}`)).code).toBe(1)
  expect(JSON.parse((await mayday('stats', '--json')).stdout)).toMatchObject({ symbol_files: 2, indexes: 2 })
})

test('sends to a server only what it lacks, with the token of the environment', async () => {
  const add = (token: string, ...args: string[]) =>
    callMayday(['symbols', 'add', files, '--server', url, ...args], { SYMBOL_TOKEN: token })
  const first = JSON.parse((await add(tokens.regular, '--json')).stdout)
  expect(first.added.sort()).toEqual(keys)
  expect(first.refused).toHaveLength(1)
  expect(sent.puts).toBe(3)
  expect((await add(tokens.regular)).stdout).toContain('Added 0 files; 3 stored already; 1 refused.')
  expect(sent.puts).toBe(3)
  const answer = await fetch(`${url}/${keys[2]}`)
  expect(await answer.text()).toBe(symText('zipped'))
  const refused = await add(tokens.other)
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/answered 403: Forbidden/)])
  const without = await callMayday(['symbols', 'add', files, '--server', url], {})
  expect([without.code, without.stderr]).toEqual([2, expect.stringMatching(/SYMBOL_TOKEN is not set/)])
})

test('refuses paths that do not exist and files of other kinds', async () => {
  cpSync(join(files, 'README.txt'), join(folder, 'x.txt'))
  expect((await mayday('add', join(folder, 'nowhere'))).stderr).toMatch(/nowhere does not exist/)
  expect((await mayday('add', join(folder, 'x.txt'))).stdout).toMatch(/neither a symbol file/)
  expect((await mayday('remove', 'x')).code).toBe(2)
})

test('programs and debug files of a build folder become symbol files, which are not stored twice', async () => {
  const build = join(folder, 'build')
  mkdirSync(join(build, 'pdb'), { recursive: true })
  writeFileSync(join(build, 'main.o'), 'an object file')
  for (const [name, to] of [
    ['tree-x64.exe', 'tree-x64.exe'],
    ['tree-x64.pdb', 'pdb/tree-x64.pdb'],
    ['ring-gcc-O3-g0', 'ring'],
  ] as const)
    writeFileSync(join(build, to), debugFileBytes(name)[0]!.bytes)
  const first = await mayday('add', build)
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(first.stdout).toMatch(
    /tree-x64\.exe, .*tree-x64\.pdb: \d+ functions, \d+ lines, .* unwind records\n/,
  )
  expect(first.stdout).toContain('Added 2 files; 0 stored already.')
  expect((await mayday('list', 'tree')).stdout).toContain(
    'tree-x64.pdb/24B4D5A1A68277F14C4C44205044422E1/tree-x64.sym',
  )
  expect((await mayday('add', build)).stdout).toContain('Added 0 files; 2 stored already.')
  rmSync(join(build, 'tree-x64.exe'))
  expect((await mayday('add', build)).stdout).toContain(
    'It was made without the program, the stored symbols with it: add both files together',
  )
})

test('programs in archives become symbol files, into a store and to a server', async () => {
  const archive = join(folder, 'app.nupkg')
  const member = (name: string, to: string) => ({ name: to, content: debugFileBytes(name)[0]!.bytes })
  writeFileSync(
    archive,
    zipOf(
      member('tree-arm64.exe', 'lib/win-arm64/tree-arm64.exe'),
      member('tree-arm64.pdb', 'symbols/../../tree-arm64.pdb'),
      { name: 'readme.md', content: 'text' },
    ),
  )
  const report = JSON.parse((await mayday('add', archive, '--json')).stdout)
  const key = 'tree-arm64.pdb/D36E186D17011AF64C4C44205044422E1/tree-arm64.sym'
  expect(report).toMatchObject({ added: [key], refused: [] })
  const sending = await callMayday(['symbols', 'add', archive, '--server', url, '--json'], {
    SYMBOL_TOKEN: tokens.regular,
  })
  expect(JSON.parse(sending.stdout)).toMatchObject({ added: [key], refused: [] })
})

test('split DWARF and a program in archives are one symbol file; without the program it is refused', async () => {
  const path = join(folder, 'split.tar')
  const parts = ['gcc4-tree.dwo', 'gcc4-lib.dwo'].map((name) => ({
    name: `obj/${name.slice(5)}`,
    content: splitBytes(name),
  }))
  writeFileSync(path, await tarOf(...parts))
  expect((await mayday('add', path)).stdout).toMatch(
    /refused: .*tree\.dwo: It holds a part of the debug data/,
  )
  writeFileSync(path, await tarOf({ name: 'bin/gcc4', content: splitBytes('gcc4') }, ...parts))
  const { code, stdout } = await mayday('add', path)
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/gcc4: 20 functions, .*, 20 inlined calls, [^;]*\nAdded 1 file;/),
  ])
})

test('a debug package and the program in a tar are one symbol file, regardless of names', async () => {
  const packages = join(folder, 'packages')
  mkdirSync(packages)
  const debug = readFileSync(join(import.meta.dirname, '../../../fixtures/archives/ring-dbgsym.deb'))
  const bytesOf = (name: string) => debugFileBytes(name)[0]!.bytes
  const app = zipOf({ name: 'Payload/Tree.app/libtree-fat.dylib', content: bytesOf('libtree-fat.dylib') })
  const tar = await tarOf(
    { name: '../../bin/ring-linked', content: bytesOf('ring-linked') },
    { name: 'tree.ipa', content: app },
    { name: `deep/intar/${id}/intar.sym.gz`, content: gzipSync(symText('intar')) },
    { name: 'README.gz', content: gzipSync('text') },
  )
  writeFileSync(join(packages, 'ring-dbgsym'), debug)
  writeFileSync(join(packages, 'build.bin'), zstdCompressSync(tar))
  writeFileSync(join(packages, 'log.gz'), gzipSync('nothing of interest'))
  const added = [
    `intar/${id}/intar.sym`,
    'libtree-fat.dylib/4C4C446A55553144A1FB9735D87A63900/libtree-fat.dylib.sym',
    'libtree-fat.dylib/4C4C44E455553144A1441168058AEE3C0/libtree-fat.dylib.sym',
    'ring-linked/44487446C75C915FD4A77862EA6919A50/ring-linked.sym',
  ]
  const sending = await callMayday(['symbols', 'add', packages, '--server', url, '--json'], {
    SYMBOL_TOKEN: tokens.regular,
  })
  expect(JSON.parse(sending.stdout)).toMatchObject({ refused: [], added: expect.arrayContaining([added[0]]) })
  const report = JSON.parse((await mayday('add', packages, '--json')).stdout)
  expect([report.added.toSorted(), report.refused]).toEqual([added, []])
  const ring = report.modules.find(({ file }: { file: string }) => file.includes('ring-linked'))
  expect(ring.file).toMatch(/ring-linked, .*8445cc75f91d4a77862ea6919a50328ed15\.debug$/)
  expect(existsSync(join(folder, 'bin'))).toBe(false)
})

// Uploads of programs and debug files: recognized by their contents, kept for the modules that they identify, or refused with
// the reason. Vectors for any runtime.
import { deepStrictEqual as equal, match } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { debugFilePrefix, newDebugFilePrefix } from '../../shared/keys.ts'
import { keptDebugFiles } from '../../shared/symbol-store/debug-store.ts'
import { tarOf } from '../support/archives.ts'
import { tinyElf } from '../support/tiny-elf.ts'
import { zipOf } from '../support/zip.ts'
import { ask, type SymbolEdge, type SymbolVector, tokens, vector } from './symbol-edge.ts'
import { formOf, symText } from './symbol-uploads.ts'

const buildId = Uint8Array.from({ length: 20 }, (_, i) => 16 + i)
const id = '131211101514171618191A1B1C1D1E1F0'
const program = tinyElf(buildId)
/** More than is held in memory; the headers come first. */
const large = new Uint8Array(6_000_000)
large.set(program)

/** A tar with the symbol file of `app`, compressed by `xz`. */
const symTarXz = Buffer.from(
  '/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4Cf/ALhdADCcLF4xGt149i2I1JiHgWZQNli+uQT6D77pCStWEJG5qMcry06TxJ/djxTZGaIWX05SSS' +
    'PnwTtB8cBbyCa5Z9yxkvI1xsJczQZ6AG2IWcKFSe9VQ2KP6gOuGYOVVdiL6ASyO/ht8Yz94TSuKsyWCm/exTmw+DG9NBImZgU4UyarMk2vR94+' +
    'UOBdUAh8EQGTexeWlNXKwRtc12W4qclBv+8sIzjzAP9CnCN8x/z9V0HjiJzK/cRAigAAGrLE4AAB0AGAUAAAyXnubT4wDYsCAAAAAAFZWg==',
  'base64',
)
/** Workers compiles no WebAssembly while it runs, which the package for xz needs. */
const readsXz = navigator.userAgent !== 'Cloudflare-Workers'

async function upload(
  edge: SymbolEdge,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  token: string = tokens.regular,
) {
  const { body, headers } = formOf([/\.(zip|tar|tar\.xz)$/.test(name) ? name : 'file', bytes, name])
  const init = { method: 'POST', body, headers: { ...headers, 'auth-token': token } }
  const { status, text } = await ask(edge, '/upload/', init)
  const { upload: json, error } = JSON.parse(text)
  return { status, json, error: String(error) }
}

const keysBelow = async ({ symbols }: SymbolEdge, prefix: string) =>
  (await Array.fromAsync(symbols.list(prefix))).map(({ key }) => key)

async function contents({ symbols }: SymbolEdge, isTry = false) {
  const files = await Array.fromAsync(keptDebugFiles(symbols, id, isTry))
  return Promise.all(
    files.map(async ({ name, size, dataKey }) => [
      name,
      size,
      (await (await symbols.get(dataKey))!.bytes()).length,
    ]),
  )
}

export const programVectors: readonly SymbolVector[] = [
  vector('a program is kept once for its module, with a mark for batch', async (edge) => {
    for (const skipped of [[], ['app']]) {
      const { status, json } = await upload(edge, 'app', program)
      equal([status, json.skipped_keys, json.refused_keys], [201, skipped, []])
      const module = { debug_file: 'app', debug_id: id, code_file: null }
      const code_id = Buffer.from(buildId).toString('hex').toUpperCase()
      equal(json.debug_files, [{ key: 'app', modules: [{ ...module, code_id }] }])
    }
    equal(await contents(edge), [['app', program.length, program.length]])
    equal((await keysBelow(edge, `${newDebugFilePrefix}regular/${id}/`)).length, 1)
    equal((await keysBelow(edge, 'debug-files/v1/data/')).length, 1)
  }),
  vector('large ones are identified by range; a try build stays apart', async (edge) => {
    equal((await upload(edge, 'app.debug', large, tokens.try)).status, 201)
    equal(await contents(edge, true), [['app.debug', large.length, large.length]])
    equal((await keysBelow(edge, debugFilePrefix(false))).length, 0)
  }),
  vector('an archive of a build folder may have other files; each program is kept', async (edge) => {
    const files = [
      { name: 'build/README.md', content: 'text' },
      { name: 'build/bin/app', content: program },
      { name: `app/${id}/app`, content: program },
      { name: `app/${id}/app.sym`, content: symText('app', id) },
    ]
    for (const [name, archive] of [
      ['build.zip', zipOf(...files)],
      ['build.tar', await tarOf(...files)],
    ] as const) {
      const { status, json } = await upload(edge, name, new Uint8Array(archive))
      equal([name, status, json.ignored_keys], [name, 201, ['build/README.md']])
      equal([json.refused_keys, json.debug_files.length], [[], 2])
    }
    equal((await contents(edge)).length, 1)
    equal((await ask(edge, `/app/${id}/app.sym`)).status, 200)
  }),
  vector('an archive in xz is read, or refused with the formats to use instead', async (edge) => {
    const { status, json, error } = await upload(edge, 'build.tar.xz', new Uint8Array(symTarXz))
    if (!readsXz) {
      equal(status, 400)
      match(error, /xz cannot be read here: send zip, tar, tar.gz or tar.zst/)
      return
    }
    equal([status, json.refused_keys], [201, []])
    equal((await ask(edge, `/app/${id}/app.sym`)).status, 200)
  }),
  vector('what cannot be used is refused with the reason, and not kept', async (edge) => {
    const msfz = new TextEncoder().encode(`Microsoft MSFZ Container${' '.repeat(64)}`)
    const cases: [string, Uint8Array<ArrayBuffer>, RegExp][] = [
      ['app.o', tinyElf(buildId, 1), /an object file; give the program/],
      ['app', tinyElf(null), /no debug ID or build ID: link it with --build-id/],
      ['app', program.slice(0, 40), /its headers are cut or damaged/],
      ['app.pdb', msfz, /a compressed PDB \(MSFZ\)/],
      ['app.pdb', new TextEncoder().encode(`BSJB${' '.repeat(64)}`), /a portable PDB of \.NET/],
      ['app.txt', new TextEncoder().encode('text'), /Unrecognized archive file extension ""/],
    ]
    for (const [name, bytes, reason] of cases) {
      const { status, error } = await upload(edge, name, bytes)
      equal([name, status], [name, 400])
      match(error, reason)
    }
    const misplaced = zipOf({ name: 'app/ABCD/app', content: program })
    match(
      (await upload(edge, 'a.zip', new Uint8Array(misplaced))).error,
      /identifies itself as \w+, \w+, .* as ABCD/,
    )
    equal(await keysBelow(edge, ''), [])
  }),
  vector('a manifest may list them by their ID, and skips what is kept', async (edge) => {
    const list = async () => {
      const file = {
        key: `app/${id}/app`,
        size: program.length,
        md5_hash: createHash('md5').update(program).digest('hex'),
      }
      const init = {
        method: 'POST',
        headers: { 'auth-token': tokens.regular },
        body: JSON.stringify({ files: [file] }),
      }
      return JSON.parse((await ask(edge, '/upload/v2/', init)).text).files[0].action
    }
    const { pathname } = new URL((await list()).url)
    const put = await ask(edge, pathname.slice('/symbols'.length), { method: 'PUT', body: program })
    equal([put.status, (await list()).type], [200, 'skip'])
    equal((await contents(edge)).length, 1)
  }),
]

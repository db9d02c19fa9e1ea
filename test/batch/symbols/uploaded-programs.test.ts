// Uploaded programs and debug files become symbol files: of all files of a module, in any order, and never worse than before.
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { expireSymbols } from '../../../batch/removal/expire-symbols.ts'
import { countFiles, removeFiles } from '../../../batch/symbols/inventory.ts'
import { makeUploadedSymbols } from '../../../batch/symbols/uploaded-programs.ts'
import { nodeCodecs } from '../../../shared/codecs/codecs.node.ts'
import { newDebugFilePrefix, symdexKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'
import type { Storage } from '../../../shared/storage/storage.ts'
import { storeDebugFile } from '../../../shared/symbol-store/debug-store.ts'
import { storeFile } from '../../../shared/symbol-store/store-file.ts'
import { readArrivals } from '../../../shared/symbols/arrivals.ts'
import { debugFileBytes } from '../../support/debug-programs.ts'
import { tinyElf } from '../../support/tiny-elf.ts'

const now = new Date('2026-11-29T00:00:00Z')

async function* pieces(bytes: Uint8Array) {
  yield bytes
}

const contentOf = (name: string) => debugFileBytes(name)[0]!.bytes

function upload(symbols: Storage, name: string, { bytes = contentOf(name), isTry = false } = {}) {
  const file = { name, content: pieces(bytes), isTry, maxBytes: 2 ** 31 }
  return storeDebugFile(file, { symbols, codecs: nodeCodecs })
}

const make = (symbols: Storage) => makeUploadedSymbols(symbols, { now, onModule: () => {} })

async function textAt(symbols: Storage, key: string): Promise<string> {
  const object = await symbols.get(key)
  return object ? gunzipSync(await object.bytes()).toString() : 'missing'
}

const keysOf = async (symbols: Storage, prefix = '') =>
  (await Array.fromAsync(symbols.list(prefix))).map(({ key }) => key)

async function symKeys(symbols: Storage): Promise<string[]> {
  return (await keysOf(symbols)).filter((key) => key.endsWith('.sym'))
}

describe('uploaded programs and debug files', () => {
  test.each([
    ['program first', ['tree-x64.exe', 'tree-x64.pdb'], ['debug file', 'program']],
    ['PDB first', ['tree-x64.pdb', 'tree-x64.exe'], ['program', 'debug file']],
  ])('make one symbol file of both, %s', async (_, [first, second], [lacks]) => {
    const symbols = createMemoryStorage()
    await upload(symbols, first!)
    expect(await make(symbols)).toEqual({ made: 1, problems: [] })
    const [key] = await symKeys(symbols)
    expect(await textAt(symbols, key!)).toContain(`INFO LACKS ${lacks}\n`)
    await upload(symbols, second!)
    expect(await make(symbols)).toEqual({ made: 1, problems: [] })
    expect(await symKeys(symbols)).toEqual([key])
    const text = await textAt(symbols, key!)
    for (const part of [/^FUNC .* tree::insert/m, /^STACK CFI INIT/m, /^PUBLIC|^FUNC/m])
      expect(text).toMatch(part)
    expect(text).not.toContain('LACKS')
    expect(await symbols.head(symdexKey('tree-x64.pdb', key!.split('/')[1]!))).not.toBeNull()
    const arrivals = await Array.fromAsync(readArrivals(symbols, new Date(0)))
    expect(arrivals.flatMap(({ modules }) => modules)).toHaveLength(2)
    expect(await keysOf(symbols, newDebugFilePrefix)).toEqual([])
    expect(await make(symbols)).toEqual({ made: 0, problems: [] })
  })

  test('never replace symbols that were made with more', async () => {
    const symbols = createMemoryStorage()
    await upload(symbols, 'tree-x64.exe')
    await make(symbols)
    const [key] = await symKeys(symbols)
    const [name, id, leaf] = key!.split('/') as [string, string, string]
    const whole = `MODULE windows x86_64 ${id} ${name}\nFUNC 1000 10 0 whole\n`
    const content = pieces(new TextEncoder().encode(whole))
    const file = { path: { name, id, leaf }, isTry: false, content, maxBytes: 1e6 }
    await storeFile(file, { symbols, codecs: nodeCodecs })
    await upload(symbols, 'tree-x64.exe', { bytes: withTail(contentOf('tree-x64.exe')) })
    const { problems } = await make(symbols)
    expect(problems).toEqual([
      expect.stringContaining('made without the debug file, the stored symbols with it'),
    ])
    expect(await textAt(symbols, key!)).toBe(whole)
  })

  test('of try builds stay there', async () => {
    const symbols = createMemoryStorage()
    await upload(symbols, 'tree-x64.exe', { isTry: true })
    expect(await make(symbols)).toMatchObject({ made: 1 })
    expect(await symKeys(symbols)).toEqual([expect.stringMatching(/^try\/tree-x64\.pdb\//)])
    expect(await keysOf(symbols, 'arrivals/')).toEqual([])
  })

  test('for several processors make a symbol file each', async () => {
    const symbols = createMemoryStorage()
    await upload(symbols, 'libtree-fat.dylib')
    expect(await make(symbols)).toEqual({ made: 2, problems: [] })
    expect(new Set((await symKeys(symbols)).map((key) => key.split('/')[1])).size).toBe(2)
  })

  test('of MinGW are found by their code ID', async () => {
    const symbols = createMemoryStorage()
    const bytes = contentOf('tree-mingw-O1.exe').slice()
    const header = new DataView(bytes.buffer).getUint32(0x3c, true)
    new DataView(bytes.buffer).setBigUint64(header + 24 + 112 + 6 * 8, 0n, true)
    await upload(symbols, 'tree.exe', { bytes })
    expect(await make(symbols)).toEqual({ made: 1, problems: [] })
    expect(await symKeys(symbols)).toEqual([
      expect.stringMatching(/^tree\.exe\/[0-9A-F]{12,16}\/tree\.exe\.sym$/),
    ])
  })

  test('have a limit for each module, and problems name the file', async () => {
    const symbols = createMemoryStorage()
    const buildId = Uint8Array.from({ length: 20 }, (_, i) => i)
    const add = async (from: number, to: number) => {
      for (let i = from; i < to; i++)
        await upload(symbols, `app-${i}`, { bytes: withTail(tinyElf(buildId), i) })
    }
    await add(0, 16)
    expect(await make(symbols)).toEqual({ made: 1, problems: [] })
    await add(16, 17)
    const { made, problems } = await make(symbols)
    expect([made, problems]).toEqual([1, [expect.stringMatching(/^app-\d+: there are more than 16 files/)]])
  })

  test('are counted, and removed with their symbols; what an interrupted upload left expires', async () => {
    let at = now
    const symbols = createMemoryStorage(() => at)
    await upload(symbols, 'tree-x64.exe')
    await make(symbols)
    expect(await countFiles(symbols)).toMatchObject({ debug_files: 1, symbol_files: 1 })
    await symbols.put('debug-files/v1/data/abc', new Uint8Array(1))
    at = new Date(now.getTime() + 2 * 24 * 3_600_000)
    expect(await expireSymbols(symbols, { now: at, dryRun: false, days: null })).toMatchObject({ staged: 1 })
    const [key] = await symKeys(symbols)
    await removeFiles(symbols, key!.split('/').slice(0, 2).join('/'), { isTry: false, dryRun: false })
    expect((await keysOf(symbols)).filter((left) => !left.startsWith('arrivals/'))).toEqual([])
  })
})

/** The same file with other contents at its end. */
function withTail(bytes: Uint8Array, tail = 1): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(bytes.length + 1)
  longer.set(bytes)
  longer[bytes.length] = tail
  return longer
}

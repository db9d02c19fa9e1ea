// What files are recognized as, which belong to one module, and how much of them was read so far.
import { describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../shared/debug-files/byte-source.ts'
import {
  type DebugFile,
  debugHeadBytes,
  formatOfDebugFile,
  groupModules,
  helpersAmong,
  openDebugFile,
  readModule,
} from '../../../shared/debug-files/debug-file.ts'
import { DamagedError } from '../../../shared/debug-files/module-symbols.ts'
import { debugFileBytes, openAll } from '../../support/debug-programs.ts'
import { fromHex } from '../../support/assembler.ts'
import { splitBytes } from '../../support/split-programs.ts'
import { tinyElf } from '../../support/tiny-elf.ts'

const ascii = (text: string) => new TextEncoder().encode(text)
const contentOf = (name: string) => debugFileBytes(name)[0]!.bytes
const openBytes = (path: string, bytes: Uint8Array) => openDebugFile(path, sourceOfBytes(bytes))

test.each<[string, Uint8Array, string | null]>([
  ['ELF', fromHex('7f454c46'), 'ELF'],
  ['MZ', ascii('MZ'), 'PE'],
  ['a multi-stream file', ascii('Microsoft C/C++ MSF 7.00\r\n\x1aDS\0\0\0'), 'PDB'],
  ['an old PDB', ascii('Microsoft C/C++ program database 2.00\r\n\x1aJG\0\0'), 'PDB'],
  ['a PDB of .NET', ascii('BSJB'), 'PDB'],
  ['Mach-O of 64 bits', fromHex('cffaedfe'), 'Mach-O'],
  ['Mach-O of 32 bits', fromHex('cefaedfe'), 'Mach-O'],
  ['big-endian Mach-O', fromHex('feedface'), 'Mach-O'],
  ['a fat file', fromHex('cafebabe00000002'), 'Mach-O'],
  ['a text', ascii('text'), null],
  ['nothing', new Uint8Array(0), null],
])('%s is recognized by its first bytes', (_, start, format) => {
  const head = new Uint8Array(debugHeadBytes)
  head.set(start)
  expect(formatOfDebugFile(start.length === 0 ? start : head)).toBe(format)
})

test.each<[string, Partial<DebugFile>]>([
  ['tree-x64.exe', { format: 'PE', companion: 'tree-x64.pdb', isBinary: true }],
  ['tree-mingw-O1.exe', { format: 'PE', companion: null, isBinary: true }],
  ['tree-x64.pdb', { format: 'PDB', companion: null, isBinary: false }],
  ['ring-linked', { format: 'ELF', companion: 'ring-linked.debug', isBinary: true, helper: null }],
  ['ring-linked.debug', { format: 'ELF', companion: null, isBinary: false, helper: null, link: null }],
  ['ring-gcc-O3-g0', { format: 'ELF', companion: null, isBinary: true, helper: null, link: null }],
  ['libtree-arm64.dylib', { format: 'Mach-O', companion: null, isBinary: true }],
  ['libtree-arm64.dylib.dSYM', { format: 'Mach-O', companion: null, isBinary: false }],
])('%s is opened', (name, facts) => {
  const [file] = openBytes(`/builds/${name}`, contentOf(name))
  expect(file).toMatchObject({ path: `/builds/${name}`, ...facts })
})

test.each([
  ['gcc4-tree.dwo', 'dwo'],
  ['clang5.dwp', 'dwp'],
  ['common4.dwz', 'supplement'],
  ['gcc4', null],
] as const)('%s is a part of kind %s', (name, helper) => {
  const files = openBytes(name, splitBytes(name))
  expect(files.map((file) => file.helper)).toEqual([helper])
  expect(groupModules(files)).toHaveLength(helper === null ? 1 : 0)
  const unit = { dwoName: 'any/gcc4-tree.dwo', directory: '' }
  expect([...helpersAmong(files).split(unit)]).toHaveLength(helper === 'dwo' ? 1 : 0)
  expect([...helpersAmong(files).packages()]).toHaveLength(helper === 'dwp' ? 1 : 0)
})

const withoutProcessor = (name: string, at: number) =>
  contentOf(name)
    .slice()
    .fill(0x11, at, at + 2)
const peAt = new DataView(contentOf('tree-x64.exe').slice().buffer).getUint32(0x3c, true)

test.each<[string, Uint8Array, string]>([
  [
    'an ELF program of another processor',
    withoutProcessor('ring-linked', 18),
    'for a processor that is not supported',
  ],
  [
    'a PE file of another processor',
    withoutProcessor('tree-x64.exe', peAt + 4),
    'for a processor that is not supported',
  ],
  [
    'a Mach-O file of another processor',
    withoutProcessor('libtree-arm64.dylib', 4),
    'for a processor that is not supported',
  ],
  [
    'an object file',
    tinyElf(Uint8Array.of(1, 2), 1),
    'an object file; give the program or library that is linked from it',
  ],
  [
    'a PDB of .NET',
    ascii(`BSJB${'\0'.repeat(100)}`),
    'a portable PDB of .NET, which describes no native code',
  ],
  ['a cut ELF file', contentOf('ring-linked').subarray(0, 20), 'its headers are cut or damaged'],
])('%s is refused', (_, bytes, message) => {
  expect(() => openBytes('a', bytes)).toThrow(new DamagedError(message))
})

describe('modules', () => {
  const grouped = (files: readonly DebugFile[]) =>
    groupModules(files).map((group) => group.map(({ path }) => path))

  test('have their binary first, and are in the order of their first files', () => {
    const names = ['tree-x64.pdb', 'ring-linked.debug', 'tree-x64.exe', 'libtree-fat.dylib', 'ring-linked']
    expect(grouped(openAll(names.flatMap(debugFileBytes)))).toEqual([
      ['tree-x64.exe', 'tree-x64.pdb'],
      ['ring-linked', 'ring-linked.debug'],
      ['libtree-fat.dylib'],
      ['libtree-fat.dylib'],
    ])
  })

  test('without an ID are files of their own, but equal paths', () => {
    const files = ['a', 'b', 'a'].flatMap((path) => openBytes(path, tinyElf(null)))
    expect(files[0]!.identity.debugId).toBeNull()
    expect(grouped(files)).toEqual([['a', 'a'], ['b']])
  })

  test('are made without a checksum of a debug file that no binary names', () => {
    // Its segments have no code.
    const bytes = Buffer.concat([tinyElf(null).fill(4, 68, 69), new Uint8Array(1000)])
    const reads: number[] = []
    const source = sourceOfBytes(bytes)
    const read = (offset: number, length: number) => {
      reads.push(Math.min(offset + length, source.size) - offset)
      return source.read(offset, length)
    }
    const files = openDebugFile('a.debug', { size: source.size, read })
    expect(files[0]).toMatchObject({ isBinary: false, link: null })
    expect(grouped(files)).toEqual([['a.debug']])
    expect(Math.max(...reads)).toBeLessThan(bytes.length)
  })

  test('tell how much of them was read, up to all', async () => {
    for (const names of [
      ['ring-linked', 'ring-linked.debug'],
      ['tree-x64.exe', 'tree-x64.pdb'],
      ['tree-mingw-O1.exe'],
    ]) {
      const [files] = groupModules(openAll(names.flatMap(debugFileBytes)))
      const done: number[] = []
      await readModule(files!, { onProgress: (part) => done.push(part) })
      expect(done.length).toBeGreaterThan(0)
      expect(done.every((part) => part >= 0 && part <= 1)).toBe(true)
      expect(done.at(-1)).toBe(1)
    }
  })
})

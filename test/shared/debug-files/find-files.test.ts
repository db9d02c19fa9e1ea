// Debug files on disk: which belong together, and what is refused.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../shared/debug-files/byte-source.ts'
import { groupModules, readModule } from '../../../shared/debug-files/debug-file.ts'
import { crc32Of } from '../../../shared/debug-files/elf/debug-link.ts'
import { findDebugFiles } from '../../../shared/debug-files/find-files.node.ts'
import { debugFileBytes } from '../../support/debug-programs.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayday-debug-files-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const contentOf = (name: string) => debugFileBytes(name)[0]!.bytes

function put(path: string, bytes: Uint8Array | string = contentOf(path.split('/').at(-1)!)): string {
  const to = join(folder, path)
  mkdirSync(dirname(to), { recursive: true })
  writeFileSync(to, bytes)
  return to
}

/** Modules as lists of their files, relative to the folder. */
const modulesAt = (...paths: string[]) =>
  groupModules(findDebugFiles(paths).files).map((files) =>
    files.map(({ path }) => path.slice(folder.length + 1)),
  )

describe('files beside a given one', () => {
  const dwarf = 'libtree-x86_64.dylib.dSYM/Contents/Resources/DWARF/libtree-x86_64.dylib'
  test.each([
    ['a program and its PDB', 'tree-x64.exe', ['tree-x64.exe', 'tree-x64.pdb'], {}],
    ['a PDB and its program', 'tree-x64.pdb', ['tree-x64.exe', 'tree-x64.pdb'], {}],
    ['a stripped program and its debug file', 'ring-linked', ['ring-linked', 'ring-linked.debug'], {}],
    [
      'a debug file in .debug',
      'ring-linked',
      ['ring-linked', '.debug/ring-linked.debug'],
      { 'ring-linked.debug': '.debug/ring-linked.debug' },
    ],
    [
      'a debug file by its build ID',
      'ring-linked',
      ['ring-linked', '.build-id/46/7448445cc75f91d4a77862ea6919a50328ed15.debug'],
      { 'ring-linked.debug': '.build-id/46/7448445cc75f91d4a77862ea6919a50328ed15.debug' },
    ],
    [
      'a binary and its dSYM',
      'libtree-x86_64.dylib',
      ['libtree-x86_64.dylib', dwarf],
      { 'libtree-x86_64.dylib.dSYM': dwarf },
    ],
  ])('%s', (_, given, files, moved) => {
    const places = new Map(Object.entries(moved))
    for (const name of [
      'tree-x64.exe',
      'tree-x64.pdb',
      'ring-linked',
      'ring-linked.debug',
      'libtree-x86_64.dylib',
      'libtree-x86_64.dylib.dSYM',
    ])
      put(places.get(name) ?? name, contentOf(name))
    expect(modulesAt(join(folder, given))).toEqual([files])
  })

  test('of another build are left alone', () => {
    put('tree-x64.exe')
    put('tree-x64.pdb', contentOf('tree-arm64.pdb'))
    expect(modulesAt(join(folder, 'tree-x64.exe'))).toEqual([['tree-x64.exe']])
  })

  test('without a build ID belong to the program with their checksum', () => {
    const withoutId = (name: string) => {
      const bytes = contentOf(name).slice()
      const at = Buffer.from(bytes).indexOf('04000000140000000300000047', 'hex')
      bytes[at + 12] = 0x58
      return bytes
    }
    const debug = withoutId('ring-linked.debug')
    const binary = withoutId('ring-linked')
    const link = Buffer.from(binary).indexOf('ring-linked.debug\0') + 20
    new DataView(binary.buffer, binary.byteOffset).setUint32(link, crc32Of(sourceOfBytes(debug)), true)
    put('ring-linked', binary)
    put('ring-linked.debug', debug)
    expect(modulesAt(join(folder, 'ring-linked'))).toEqual([['ring-linked', 'ring-linked.debug']])
    put('ring-linked.debug', debug.fill(0, 0x100, 0x104))
    expect(modulesAt(join(folder, 'ring-linked'))).toHaveLength(2)
  })
})

describe('a folder', () => {
  test('has every module below it, and other files are ignored', () => {
    put('bin/tree-x64.exe')
    put('pdb/tree-x64.pdb')
    put('lib/libtree-fat.dylib')
    put('src/main.c', 'int main;')
    put('notes', 'MZ')
    const { files, problems } = findDebugFiles([folder])
    expect(
      groupModules(files)
        .map((group) => group[0].identity.arch)
        .sort(),
    ).toEqual(['arm64', 'x86_64', 'x86_64'])
    expect(problems).toEqual([{ path: join(folder, 'notes'), reason: 'its headers are cut or damaged' }])
  })

  test('names files that cannot be used, with the reason', () => {
    put('part', execObject())
    put('b.pdb', `BSJB${'\0'.repeat(100)}`)
    expect(
      findDebugFiles([folder])
        .problems.map(({ reason }) => reason)
        .sort(),
    ).toEqual([
      'a portable PDB of .NET, which describes no native code',
      'an object file; give the program or library that is linked from it',
    ])
  })
})

/** An object file: the type in the header of a program changed. */
function execObject(): Uint8Array {
  const bytes = contentOf('ring-linked').slice()
  bytes[16] = 1
  return bytes
}

test('a given file that does not exist, or is not a debug file, is refused', () => {
  expect(() => findDebugFiles([join(folder, 'nothing')])).toThrow(/does not exist/)
  expect(() => findDebugFiles([put('a.txt', 'text')])).toThrow(/not an ELF, PE, PDB or Mach-O file/)
})

describe('.gnu_debugdata', () => {
  const hasTools = ['xz', 'objcopy'].every((tool) => {
    try {
      execFileSync(tool, ['--version'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })

  test.skipIf(!hasTools)(
    'holds the local functions of a stripped program (needs xz and objcopy)',
    async () => {
      const whole = put('ring-gcc-O3-g0')
      execFileSync('objcopy', ['--only-keep-debug', whole, join(folder, 'mini')])
      execFileSync('xz', [join(folder, 'mini')])
      execFileSync('strip', ['-o', join(folder, 'stripped'), whole])
      execFileSync('objcopy', [
        '--add-section',
        `.gnu_debugdata=${join(folder, 'mini.xz')}`,
        join(folder, 'stripped'),
        join(folder, 'final'),
      ])
      const namesOf = async (file: string) => {
        const [module] = await Promise.all(
          groupModules(findDebugFiles([join(folder, file)]).files).map((files) => readModule(files)),
        )
        const names = Array.from({ length: module!.functions.rows }, (_, i) => module!.names.get(i))
        return [...names, ...module!.publics.map(({ name }) => name)].sort()
      }
      expect(await namesOf('stripped')).not.toContain('main')
      expect(await namesOf('final')).toEqual(await namesOf('ring-gcc-O3-g0'))
    },
  )
})

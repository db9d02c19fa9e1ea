// Where the files of a module are looked for, and which files of a folder are looked at.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../shared/debug-files/byte-source.ts'
import { openDebugFile } from '../../../shared/debug-files/debug-file.ts'
import { companionPaths, filesBelow, findDebugFiles } from '../../../shared/debug-files/find-files.node.ts'
import { debugFileBytes } from '../../support/debug-programs.ts'
import { tinyElf } from '../../support/tiny-elf.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayday-folders-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function put(path: string, bytes: Uint8Array | string = 'text'): string {
  const to = join(folder, path)
  mkdirSync(dirname(to), { recursive: true })
  writeFileSync(to, bytes)
  return to
}

const contentOf = (name: string) => debugFileBytes(name)[0]!.bytes
const relative = (paths: Iterable<string>) => [...paths].map((path) => path.slice(folder.length + 1)).sort()
const foundAt = (...paths: string[]) => {
  const { files, problems } = findDebugFiles(paths.map((path) => join(folder, path)))
  return { files: relative(files.map(({ path }) => path)), problems }
}

describe('the other file of a module', () => {
  const ringId = '46/7448445cc75f91d4a77862ea6919a50328ed15.debug'
  test.each<[string, string, string[]]>([
    ['tree-x64.exe', '/b/renamed.v2.exe', ['/b/tree-x64.pdb', '/b/renamed.v2.pdb']],
    ['tree-mingw-O1.exe', '/b/tree.exe', ['/b/tree.pdb']],
    [
      'tree-x64.pdb',
      '/b/tree.pdb',
      ['/b/tree.exe', '/b/tree.dll', '/b/tree.sys', '/b/tree.ocx', '/b/tree.node'],
    ],
    [
      'ring-linked',
      '/b/ring',
      [
        '/b/ring-linked.debug',
        '/b/.debug/ring-linked.debug',
        '/usr/lib/debug/b/ring-linked.debug',
        `/b/.build-id/${ringId}`,
        `/usr/lib/debug/.build-id/${ringId}`,
      ],
    ],
    ['ring-linked.debug', '/b/ring.debug', ['/b/ring']],
    ['ring-linked.debug', '/b/ring.debug.debug', ['/b/ring.debug']],
    ['libtree-arm64.dylib', '/b/absent.dylib', []],
    ['libtree-arm64.dylib.dSYM', '/b/tree.dylib.dSYM/Contents/Resources/DWARF/tree.dylib', ['/b/tree.dylib']],
    ['libtree-arm64.dylib.dSYM', '/b/dwarf/tree.dylib', ['/b/dwarf/tree.dylib']],
  ])('of %s as %s is looked for at %j', (name, path, paths) => {
    const [file] = openDebugFile(path, sourceOfBytes(contentOf(name)))
    expect(companionPaths(file!)).toEqual(paths)
  })

  test.each<[string, Uint8Array | null, string[]]>([
    ['without a build ID', null, []],
    ['with a build ID of one byte', Uint8Array.of(0xab), []],
    [
      'with a build ID of two bytes',
      Uint8Array.of(0xab, 0xcd),
      ['/b/.build-id/ab/cd.debug', '/usr/lib/debug/.build-id/ab/cd.debug'],
    ],
  ])('of an ELF program %s and without a link', (_, id, paths) => {
    const [file] = openDebugFile('/b/tiny', sourceOfBytes(tinyElf(id)))
    expect(companionPaths(file!)).toEqual(paths)
  })

  test('of a dSYM are all files in it', () => {
    put('tree.dylib.dSYM/Contents/Info.plist')
    put('tree.dylib.dSYM/Contents/Resources/DWARF/tree.dylib')
    const [file] = openDebugFile(join(folder, 'tree.dylib'), sourceOfBytes(contentOf('libtree-arm64.dylib')))
    expect(relative(companionPaths(file!))).toEqual([
      'tree.dylib.dSYM/Contents/Info.plist',
      'tree.dylib.dSYM/Contents/Resources/DWARF/tree.dylib',
    ])
  })

  test.each(['exe', 'dll', 'sys', 'ocx', 'node'])('of a PDB may end in .%s', (extension) => {
    put('tree-x64.pdb', contentOf('tree-x64.pdb'))
    put(`tree-x64.${extension}`, contentOf('tree-x64.exe'))
    expect(foundAt('tree-x64.pdb').files).toEqual([`tree-x64.${extension}`, 'tree-x64.pdb'].sort())
  })

  test('is found once, whether it is given or not', () => {
    put('tree-x64.exe', contentOf('tree-x64.exe'))
    put('tree-x64.pdb', contentOf('tree-x64.pdb'))
    const both = { files: ['tree-x64.exe', 'tree-x64.pdb'], problems: [] }
    expect(foundAt('tree-x64.exe')).toEqual(both)
    expect(foundAt('tree-x64.exe', 'tree-x64.pdb', 'tree-x64.exe')).toEqual(both)
    expect(foundAt('tree-x64.pdb', '.')).toEqual(both)
  })

  test('that is a folder, damaged, or no debug file is left alone without a word', () => {
    put('tree-x64.exe', contentOf('tree-x64.exe'))
    mkdirSync(join(folder, 'tree-x64.pdb'))
    expect(foundAt('tree-x64.exe')).toEqual({ files: ['tree-x64.exe'], problems: [] })
    rmSync(join(folder, 'tree-x64.pdb'), { recursive: true })
    put('tree-x64.pdb', contentOf('tree-x64.pdb').subarray(0, 100))
    expect(foundAt('tree-x64.exe')).toEqual({ files: ['tree-x64.exe'], problems: [] })
    put('tree-x64.pdb', 'text')
    expect(foundAt('tree-x64.exe')).toEqual({ files: ['tree-x64.exe'], problems: [] })
  })

  test('is an ELF file of the same build, or a debug file without a build ID', () => {
    const program = contentOf('ring-linked')
    put('ring-linked', program)
    put('ring-linked.debug', contentOf('tree-arm64'))
    expect(foundAt('ring-linked').files).toEqual(['ring-linked'])
    put('ring-linked.debug', tinyElf(null))
    expect(foundAt('ring-linked').files).toEqual(['ring-linked'])
    put('ring-linked.debug', contentOf('ring-linked.debug'))
    expect(foundAt('ring-linked').files).toEqual(['ring-linked', 'ring-linked.debug'])
  })
})

describe('a given path', () => {
  test('must exist, and be a debug file', () => {
    const missing = join(folder, 'nothing')
    expect(() => findDebugFiles([missing])).toThrow(
      expect.objectContaining({ code: 'missing', message: `${missing} does not exist` }),
    )
    const text = put('a.txt')
    expect(() => findDebugFiles([text])).toThrow(
      expect.objectContaining({
        code: 'bad-usage',
        message: `${text} is not an ELF, PE, PDB or Mach-O file`,
      }),
    )
  })

  test('that looks like a debug file and cannot be used is a problem', () => {
    const cut = put('cut.pdb', contentOf('tree-x64.pdb').subarray(0, 100))
    const { files, problems } = findDebugFiles([cut])
    expect(files).toEqual([])
    expect(problems).toEqual([{ path: cut, reason: expect.stringMatching(/./) }])
  })

  test('that cannot be opened is a problem, with the reason of the file system', async () => {
    const path = join(folder, 'socket')
    const server = createServer().listen(path)
    await once(server, 'listening')
    const { files, problems } = findDebugFiles([path])
    expect(files).toEqual([])
    expect(problems).toEqual([{ path, reason: expect.stringContaining(`open '${path}'`) }])
    await new Promise((resolve) => server.close(resolve))
  })
})

describe('the files below a folder', () => {
  test('are those of its folders too, without object files', () => {
    for (const name of 'o obj ko lo a lib rlib rmeta pch gch d O LIB'.split(' ')) put(`out/main.${name}`)
    for (const name of ['app', 'app.so', 'deep/er/app.dll', 'lib', 'o', 'x.old', 'x.o.txt']) put(name)
    expect(relative(filesBelow(folder))).toEqual(
      ['app', 'app.so', 'deep/er/app.dll', 'lib', 'o', 'x.o.txt', 'x.old'].sort(),
    )
  })

  test('are not those behind links', () => {
    const other = mkdtempSync(join(tmpdir(), 'mayday-other-'))
    writeFileSync(join(other, 'file'), 'text')
    symlinkSync(other, join(folder, 'linked'))
    symlinkSync(join(other, 'file'), join(folder, 'link'))
    symlinkSync(join(other, 'nothing'), join(folder, 'broken'))
    put('file')
    expect(relative(filesBelow(folder))).toEqual(['file'])
    rmSync(other, { recursive: true })
  })

  test('are at most in 64 folders inside each other', () => {
    const deepest = 'd/'.repeat(64)
    put(`${deepest}kept`)
    put(`${deepest}d/left`)
    expect(relative(filesBelow(folder))).toEqual([`${deepest}kept`])
  })

  test('are at most as many as wanted', () => {
    for (const name of ['a', 'b', 'c', 'd.o']) put(name)
    expect([...filesBelow(folder, 2)]).toHaveLength(2)
    expect([...filesBelow(folder, 3)]).toHaveLength(3)
    expect([...filesBelow(folder, 4)]).toHaveLength(3)
  })

  test('are none where there is no folder', () => {
    expect([...filesBelow(join(folder, 'nothing'))]).toEqual([])
    expect([...filesBelow(put('file'))]).toEqual([])
    expect(() => [...filesBelow(join(folder, 'x'.repeat(300)))]).toThrow('ENAMETOOLONG')
  })
})

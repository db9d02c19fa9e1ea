// Debug data in several files: split DWARF of GCC and Clang, packages of it, and supplements of dwz. Each program gives the
// same symbols as the one that was compiled into a single file.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../../shared/debug-files/byte-source.ts'
import { groupModules } from '../../../../shared/debug-files/debug-file.ts'
import { identifyDebugFile } from '../../../../shared/debug-files/identify.ts'
import { readPackageIndex } from '../../../../shared/debug-files/dwarf/package-index.ts'
import { findDebugFiles, moduleReader } from '../../../../shared/debug-files/find-files.node.ts'
import { DamagedError } from '../../../../shared/debug-files/module-symbols.ts'
import { symText } from '../../../../shared/debug-files/sym-text.ts'
import { folderFiles } from '../../../../shared/symbols/sources/folder.node.ts'
import { createAssembler } from '../../../support/assembler.ts'
import { createRandom, mutate } from '../../../support/mutate.ts'
import { type NamedBytes, recordsIn, splitBytes } from '../../../support/split-programs.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayday-split-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Writes fixtures at paths. */
function put(files: Readonly<Record<string, string>>): void {
  for (const [path, name] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), splitBytes(name))
  }
}

async function recordsAt(...paths: string[]): Promise<{ text: string; warnings: readonly string[] }> {
  const { files, problems } = findDebugFiles(paths.map((path) => join(folder, path)))
  expect(problems).toEqual([])
  const modules = await Promise.all(groupModules(files).map(moduleReader(files)))
  expect(modules).toHaveLength(1)
  const text = Buffer.concat([...symText(modules[0]!)]).toString()
  return { text: text.replace(/^(MODULE|INFO) .*\n/gm, ''), warnings: modules[0]!.warnings }
}

const wholeOf = async (name: string) => (await recordsIn([{ path: name, bytes: splitBytes(name) }])).text

/** The lines of each function by its start: address, size, line and path. */
function linesByFunction(text: string): Map<string, string[]> {
  const files = new Map([...text.matchAll(/^FILE (\d+) (.*)$/gm)].map(([, number, path]) => [number!, path!]))
  const functions = new Map<string, string[]>()
  let lines: string[] = []
  for (const record of text.split('\n')) {
    const [start, size, line, file] = record.split(' ')
    if (start === 'FUNC') {
      lines = []
      functions.set(size === 'm' ? line! : size!, lines)
    } else if (/^[0-9a-f]+ [0-9a-f]+ \d+ \d+$/.test(record))
      lines.push(`${start} ${size} ${line} ${files.get(file!)}`)
  }
  return functions
}

describe('the symbols of a program', () => {
  test.each<[string, Record<string, string>, string[], string]>([
    [
      'with DWARF 4 in .dwo files beside it',
      { 'bin/app': 'gcc4', 'bin/tree.dwo': 'gcc4-tree.dwo', 'bin/lib.dwo': 'gcc4-lib.dwo' },
      ['bin/app'],
      'gcc4-whole',
    ],
    [
      'with DWARF 5 in .dwo files beside it',
      { app: 'clang5', 'tree.dwo': 'clang5-tree.dwo', 'lib.dwo': 'clang5-lib.dwo' },
      ['app'],
      'clang5-whole',
    ],
    [
      'with .dwo files in a folder that is given',
      {
        'bin/app': 'clang5',
        'obj/x/tree.dwo': 'clang5-tree.dwo',
        'obj/y/lib.dwo': 'clang5-lib.dwo',
        'obj/z/lib.dwo': 'gcc4-lib.dwo',
      },
      ['bin/app', 'obj'],
      'clang5-whole',
    ],
    ['with a package of DWARF 4 beside it', { app: 'gcc4', 'app.dwp': 'gcc4.dwp' }, ['app'], 'gcc4-whole'],
    [
      'with a package of DWARF 5 in a folder',
      { 'a/app': 'clang5', 'b/any.dwp': 'clang5.dwp', 'b/other.dwp': 'gcc4.dwp' },
      ['.'],
      'clang5-whole',
    ],
    [
      'with a supplement of dwz beside it',
      { one: 'one4', 'common4.dwz': 'common4.dwz' },
      ['one'],
      'gcc4-whole',
    ],
    [
      'with a supplement of DWARF 5 beside it',
      { one: 'one5', 'common5.dwz': 'common5.dwz' },
      ['one'],
      'gcc5-whole',
    ],
    ['with a supplement in .dwz', { one: 'one4', '.dwz/common4.dwz': 'common4.dwz' }, ['one'], 'gcc4-whole'],
    [
      'with a supplement of any name in a folder',
      { 'a/one': 'one5', 'b/x.debug': 'common5.dwz' },
      ['.'],
      'gcc5-whole',
    ],
  ])('%s are those of a single file', async (_, files, paths, whole) => {
    put(files)
    expect(await recordsAt(...paths)).toEqual({ text: await wholeOf(whole), warnings: [] })
  })

  test('with a supplement by its build ID, in an unpacked package', async () => {
    const { warnings } = await recordsIn([{ path: 'one', bytes: splitBytes('one4') }])
    const [, id] = /build ID ([0-9a-f]+)/.exec(warnings[0]!)!
    put({
      'usr/lib/debug/.build-id/12/34.debug': 'one4',
      [`usr/lib/debug/.build-id/${id!.slice(0, 2)}/${id!.slice(2)}.debug`]: 'common4.dwz',
    })
    expect(await recordsAt('usr/lib/debug/.build-id/12/34.debug')).toEqual({
      text: await wholeOf('gcc4-whole'),
      warnings: [],
    })
  })

  test('without its .dwo files are its lines and symbols; the files are named', async () => {
    put({ app: 'gcc4', 'tree.dwo': 'clang5-tree.dwo' })
    const { text, warnings } = await recordsAt('app')
    expect(text).toContain('tree::make(long)')
    expect(warnings).toEqual(['2 units have their functions in files that were not found: tree.dwo, lib.dwo'])
  })

  test('of GCC without its .dwo files have the lines of each function in the table of symbols', async () => {
    put({ app: 'gcc4' })
    const { text } = await recordsAt('app')
    const whole = linesByFunction(await wholeOf('gcc4-whole'))
    const found = linesByFunction(text)
    expect(whole.size).toBeGreaterThan(10)
    for (const [start, lines] of found) expect([start, lines]).toEqual([start, whole.get(start)])
    expect(found.size).toBe(whole.size)
  })

  test('of Clang without its .dwo files are the functions and inlined calls that the program repeats', async () => {
    put({ app: 'clang5' })
    const { text, warnings } = await recordsAt('app')
    expect(text).toMatch(/^INLINE 0 /m)
    expect(warnings).toHaveLength(1)
  })

  test('without its supplement lack names; the file is named', async () => {
    put({ one: 'one4', 'common4.dwz': 'common5.dwz' })
    const { text, warnings } = await recordsAt('one')
    expect(text).toContain('<name omitted>')
    expect(warnings).toEqual([
      expect.stringMatching(
        /^names are missing that dwz moved to common4\.dwz \(build ID [0-9a-f]{40}\), which was not found$/,
      ),
    ])
  })

  test('in a folder of symbols have the parts from anywhere in the folder', async () => {
    put({ 'bin/app': 'gcc4', 'obj/tree.dwo': 'gcc4-tree.dwo', 'obj/lib.dwo': 'gcc4-lib.dwo' })
    const { files } = findDebugFiles([join(folder, 'bin')])
    const { debugId, codeId } = files[0]!.identity
    const module = { debugFile: 'app', debugId: debugId!, codeFile: 'app', codeId: codeId! }
    const file = await folderFiles(folder).find(module)
    const text = Buffer.from((await file!.read())!).toString()
    expect(text.replace(/^(MODULE|INFO) .*\n/gm, '')).toBe(await wholeOf('gcc4-whole'))
  })
})

test('functions of a program with line tables only have the names of the table of symbols', async () => {
  const names = (await wholeOf('lines-only')).match(/(?<=^FUNC \S+ \S+ \S+ ).*$/gm)
  expect(names).toEqual(
    expect.arrayContaining([
      'int tree::walk<run_tree::$_0>(tree::Node const*, run_tree::$_0&, int)',
      'tree::Summer::operator()(long, int)',
      'run_tree',
    ]),
  )
})

test.each(['gcc4-tree.dwo', 'clang5.dwp', 'common4.dwz'])(
  'an uploaded %s is refused: it is of no use alone',
  async (name) => {
    const bytes = splitBytes(name)
    const source = {
      size: bytes.length,
      read: async (at: number, count: number) => bytes.subarray(at, at + count),
    }
    await expect(identifyDebugFile(name, source)).rejects.toThrow(/use mayday symbols add/)
  },
)

describe('the index of a package', () => {
  /** One unit in the second of four slots. */
  const indexOf = (version: 2 | 5, littleEndian: boolean) => {
    const a = createAssembler(littleEndian)
    if (version === 5) a.u16(5, 0)
    else a.u32(2)
    a.u32(4, 1, 4)
    a.u64(0, 0x8123_4567_89ab_cdefn, 0, 0).u32(0, 1, 0, 0)
    a.u32(1, 3, 6, 8).u32(0x10, 0x20, 0x30, 0x40).u32(1, 2, 3, 4)
    return a.finish()
  }
  test.each([
    [2, true, 0],
    [2, false, 0],
    [5, true, 0x40],
    [5, false, 0x40],
  ] as const)('of version %i, little-endian %s', (version, littleEndian, rangeLists) => {
    const index = readPackageIndex(sourceOfBytes(indexOf(version, littleEndian)), littleEndian)
    expect([...index]).toEqual([
      ['8123456789abcdef', { info: 0x10, abbrev: 0x20, strOffsets: 0x30, rangeLists }],
    ])
  })

  test('that is cut or of another version is damaged', () => {
    const bytes = indexOf(5, true)
    expect(() => readPackageIndex(sourceOfBytes(bytes.subarray(0, -1)), true)).toThrow(RangeError)
    expect(() => readPackageIndex(sourceOfBytes(bytes.fill(3, 0, 2)), true)).toThrow(RangeError)
  })
})

describe('damage', () => {
  const programs: [string, NamedBytes[]][] = [
    ['.dwo files of DWARF 4', ['gcc4', 'gcc4-tree.dwo', 'gcc4-lib.dwo']],
    ['.dwo files of DWARF 5', ['clang5', 'clang5-tree.dwo', 'clang5-lib.dwo']],
    ['a package of DWARF 4', ['gcc4', 'gcc4.dwp']],
    ['a package of DWARF 5', ['clang5', 'clang5.dwp']],
    ['a supplement', ['one4', 'common4.dwz']],
    ['a supplement of DWARF 5', ['one5', 'common5.dwz']],
  ].map(([what, names]) => [
    what as string,
    (names as string[]).map((name) => ({ path: name.replace(/^\w+-/, ''), bytes: splitBytes(name) })),
  ])

  test.each(programs)('in %s, or in the program, costs a part of the symbols', async (_, files) => {
    const { length } = (await recordsIn(files)).text
    const random = createRandom(length)
    let used = 0
    for (let round = 0; round < (process.env.CI ? 500 : 100); round++) {
      const mutants = files.map((file, i) =>
        i === 1 + (round % (files.length - 1)) || round % 5 === 0
          ? { ...file, bytes: mutate(file.bytes, random) }
          : file,
      )
      try {
        const { text } = await recordsIn(mutants)
        expect(text.length).toBeLessThan(20 * length)
        used++
      } catch (error) {
        if (!(error instanceof DamagedError)) throw error
      }
    }
    expect(used).toBeGreaterThan(0)
  })
})

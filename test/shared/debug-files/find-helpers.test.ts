// Where parts of debug data are looked for on disk: split DWARF, packages of it, and supplements of dwz.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../shared/debug-files/byte-source.ts'
import { openDebugFile } from '../../../shared/debug-files/debug-file.ts'
import { buildIdOf } from '../../../shared/debug-files/elf/build-id.ts'
import { type ElfFile, readElf } from '../../../shared/debug-files/elf/elf-file.ts'
import { supplementIdsOf } from '../../../shared/debug-files/elf/supplement-link.ts'
import { HelpersOnDisk } from '../../../shared/debug-files/find-helpers.node.ts'
import { HelperFiles } from '../../../shared/debug-files/helper-files.ts'
import { splitBytes } from '../../support/split-programs.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayday-helpers-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const names = ['gcc4', 'gcc4-tree.dwo', 'gcc4-lib.dwo', 'clang5-tree.dwo', 'gcc4.dwp', 'clang5.dwp', 'one4']
const bytesOf = new Map(
  [...names, 'common4.dwz', 'common5.dwz'].map((name) => [name, splitBytes(name)] as const),
)
const elfOf = (name: string) => readElf(sourceOfBytes(bytesOf.get(name)!))

/** Writes fixtures, or texts, at paths. */
function put(files: Readonly<Record<string, string>>): void {
  for (const [path, name] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytesOf.get(name) ?? name)
  }
}

/** The names of fixtures, by their sizes. */
const namesOf = (files: Iterable<ElfFile>) =>
  [...files].map(({ source }) => [...bytesOf].find(([, { length }]) => length === source.size)![0])

function helpersOf(paths: readonly string[], known = new HelperFiles()): HelpersOnDisk {
  const [first, ...rest] = paths.flatMap((path) =>
    openDebugFile(join(folder, path), sourceOfBytes(bytesOf.get('gcc4')!)),
  )
  return new HelpersOnDisk([first!, ...rest], known)
}

describe('the file of a unit', () => {
  const split = (dwoName: string, directory = '', program = 'bin/app') =>
    namesOf(helpersOf([program]).split({ dwoName, directory }))

  test('is beside the program, below it, and where it was compiled, in this order', () => {
    put({
      'bin/tree.dwo': 'gcc4-tree.dwo',
      'bin/obj/tree.dwo': 'clang5-tree.dwo',
      'build/obj/tree.dwo': 'gcc4-lib.dwo',
    })
    expect(split('obj/tree.dwo', join(folder, 'build'))).toEqual([
      'gcc4-tree.dwo',
      'clang5-tree.dwo',
      'gcc4-lib.dwo',
    ])
    expect(split('obj/tree.dwo')).toEqual(['gcc4-tree.dwo', 'clang5-tree.dwo'])
    expect(split('obj/tree.dwo', 'build')).toEqual(['gcc4-tree.dwo', 'clang5-tree.dwo'])
    expect(split(join(folder, 'build/obj/tree.dwo'))).toEqual(['gcc4-tree.dwo', 'gcc4-lib.dwo'])
    expect(split(join(folder, 'build/obj/tree.dwo'), 'other')).toEqual(['gcc4-tree.dwo', 'gcc4-lib.dwo'])
  })

  test('is given once, although several files of the module lead to it', () => {
    put({ 'bin/tree.dwo': 'gcc4-tree.dwo', 'debug/tree.dwo': 'clang5-tree.dwo' })
    const unit = { dwoName: 'tree.dwo', directory: join(folder, 'bin') }
    expect(namesOf(helpersOf(['bin/app', 'bin/app.debug', 'debug/app']).split(unit))).toEqual([
      'gcc4-tree.dwo',
      'clang5-tree.dwo',
    ])
  })

  test('is one that is known, before those on disk', () => {
    put({ 'bin/tree.dwo': 'gcc4-tree.dwo' })
    const known = new HelperFiles()
    known.add('/any/tree.dwo', elfOf('clang5-tree.dwo'), 'dwo')
    known.add('/any/lib.dwo', elfOf('gcc4-lib.dwo'), 'dwo')
    known.add('/other/tree.dwo', elfOf('gcc4-lib.dwo'), 'dwo')
    const helpers = helpersOf(['bin/app'], known)
    expect(namesOf(helpers.split({ dwoName: 'obj/tree.dwo', directory: '' }))).toEqual([
      'clang5-tree.dwo',
      'gcc4-lib.dwo',
      'gcc4-tree.dwo',
    ])
    expect(namesOf(helpers.split({ dwoName: 'none.dwo', directory: '' }))).toEqual([])
  })

  test.each([
    ['a package', 'gcc4.dwp'],
    ['a program', 'gcc4'],
    ['a supplement', 'common4.dwz'],
    ['a text', 'text'],
    ['cut', '\x7fELF'],
  ])('is not one that is %s', (_, content) => {
    put({ 'bin/tree.dwo': content })
    expect(split('tree.dwo')).toEqual([])
  })

  test('is not a folder, and has a name that files can have', () => {
    mkdirSync(join(folder, 'bin/tree.dwo'), { recursive: true })
    expect(split('tree.dwo')).toEqual([])
    expect(split('tree\0.dwo')).toEqual([])
    expect(split('x'.repeat(300))).toEqual([])
  })
})

describe('a package', () => {
  test('is beside the program, or beside its debug file by the name of either', () => {
    put({ 'app.dwp': 'gcc4.dwp', 'app.debug.dwp': 'clang5.dwp' })
    expect(namesOf(helpersOf(['app']).packages())).toEqual(['gcc4.dwp'])
    expect(namesOf(helpersOf(['app.debug']).packages())).toEqual(['clang5.dwp', 'gcc4.dwp'])
    expect(namesOf(helpersOf(['app', 'app.debug']).packages())).toEqual(['gcc4.dwp', 'clang5.dwp'])
    expect(namesOf(helpersOf(['other', 'app.debugger']).packages())).toEqual([])
  })

  test('is one that is known, before those on disk; never a file of a unit', () => {
    put({ 'app.dwp': 'gcc4.dwp', 'b.dwp': 'gcc4-tree.dwo' })
    const known = new HelperFiles()
    known.add('/any/x.dwp', elfOf('clang5.dwp'), 'dwp')
    expect(namesOf(helpersOf(['app'], known).packages())).toEqual(['clang5.dwp', 'gcc4.dwp'])
    expect(namesOf(helpersOf(['b']).packages())).toEqual([])
  })
})

describe('a supplement', () => {
  const [id] = supplementIdsOf(elfOf('common4.dwz')) as [string]
  const byId = `.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`
  const packaged = 'pkg/usr/lib/debug/usr/bin'
  const find = (name: string, program: string, known?: HelperFiles) => {
    const found = helpersOf([program], known).supplement({ name, id })
    return found && namesOf([found])[0]
  }

  test.each([
    ['by its path', '../.dwz/x/c.dwz', 'usr/app', '.dwz/x/c.dwz'],
    ['beside the program', '/absent/c.dwz', 'usr/app', 'usr/c.dwz'],
    ['in .dwz beside the program', '/absent/c.dwz', 'usr/app', 'usr/.dwz/c.dwz'],
    ['by its build ID beside the program', '/absent/c.dwz', 'usr/app', `usr/${byId}`],
    ['by its path in an unpacked package', '/opt/x/c.dwz', `${packaged}/app`, 'pkg/opt/x/c.dwz'],
    [
      'in the .dwz of an unpacked package',
      '/absent/c.dwz',
      `${packaged}/app`,
      'pkg/usr/lib/debug/.dwz/c.dwz',
    ],
    [
      'by its build ID in an unpacked package',
      '/absent/c.dwz',
      `${packaged}/app`,
      `pkg/usr/lib/debug/${byId}`,
    ],
  ])('is found %s', (_, name, program, path) => {
    expect(find(name, program)).toBeNull()
    put({ [path]: 'common5.dwz' })
    expect(find(name, program)).toBeNull()
    put({ [path]: 'common4.dwz' })
    expect(find(name, program)).toBe('common4.dwz')
  })

  test('is found by an absolute path', () => {
    put({ 'x/c.dwz': 'common4.dwz' })
    expect(find(join(folder, 'x/c.dwz'), 'usr/app')).toBe('common4.dwz')
  })

  test('has the ID of the link, and is not a program', () => {
    put({ 'usr/c.dwz': 'common5.dwz', 'usr/.dwz/c.dwz': 'common4.dwz', 'usr/d.dwz': 'one4' })
    expect(find('c.dwz', 'usr/app')).toBe('common4.dwz')
    const program = Buffer.from(buildIdOf(elfOf('one4'))!).toString('hex')
    expect(helpersOf(['usr/app']).supplement({ name: 'd.dwz', id: program })).toBeNull()
  })

  test('is one that is known, before those on disk', () => {
    const known = new HelperFiles()
    const file = elfOf('common4.dwz')
    known.add('/any/name', file, 'supplement')
    put({ 'usr/c.dwz': 'common4.dwz' })
    expect(helpersOf(['usr/app'], known).supplement({ name: 'c.dwz', id })).toBe(file)
    expect(known.supplement({ name: 'c.dwz', id: 'ab' })).toBeNull()
  })
})

// Paths of symbol files, from names in hostile dumps.
import { describe, expect, test } from 'vitest'
import {
  codeIdPath,
  moduleKeyText,
  symbolPath,
  symbolPaths,
} from '../../../../shared/symbols/sources/symbol-path.ts'

const id = '5A9832E5287241C1838ED98914E9B7FF1'
const module = (debugFile: string, codeFile = '', debugId = id, codeId = '') => ({
  debugFile,
  debugId,
  codeFile,
  codeId,
})

describe('symbolPath', () => {
  test.each([
    ['c:\\foo\\bar\\test_app.pdb', `test_app.pdb/${id}/test_app.sym`],
    ['/usr/lib/foo.so.1', `foo.so.1/${id}/foo.so.1.sym`],
    ['FOO.PDB', `FOO.PDB/${id}/FOO.sym`],
    ['foo.pdb.pdb', `foo.pdb.pdb/${id}/foo.pdb.sym`],
    ['foo.exe', `foo.exe/${id}/foo.exe.sym`],
  ])('%s', (debugFile, path) => {
    expect(symbolPath(module(debugFile))).toBe(path)
  })

  test.each([1, 255])('a name of %i characters has a path', (length) => {
    const name = 'a'.repeat(length)
    expect(symbolPath(module(name))).toBe(`${name}/${id}/${name}.sym`)
  })

  test('an empty debug file falls back to the code file', () => {
    expect(symbolPath(module('', 'foo.dll'))).toBe(`foo.dll/${id}/foo.dll.sym`)
  })

  test.each(['..', '.', '', 'a/..', 'a\\..', 'x\u0000y', 'a\nb', 'a'.repeat(256)])(
    '%j has no path',
    (name) => {
      expect(symbolPath(module(name))).toBeNull()
    },
  )

  test.each(['', '0'.repeat(33), '../../x', 'ABC/DEF', 'A'.repeat(65)])(
    'the id %j has no path',
    (debugId) => {
      expect(symbolPath(module('foo.pdb', '', debugId))).toBeNull()
    },
  )
})

describe('symbolPaths', () => {
  const zeros = '0'.repeat(33)
  test.each([
    ['a module with a debug ID', module('foo.pdb', 'foo.exe'), [`foo.pdb/${id}/foo.sym`]],
    [
      'a module without one',
      module('', 'C:\\w\\foo.dll', '', '64e7c4000'),
      ['foo.dll/64E7C4000/foo.sym', 'foo.dll/64e7c4000/foo.sym', `foo.dll/${zeros}/foo.dll.sym`],
    ],
    ['a module with neither', module('', 'foo.dll', zeros), []],
  ])('%s', (_, key, paths) => expect(symbolPaths(key)).toEqual(paths))
})

describe('codeIdPath', () => {
  test('drops .dll only, and writes the id in upper case', () => {
    expect(codeIdPath(module('', 'c:\\w\\foo.dll', '', '64e782c570c4000'))).toBe(
      'foo.dll/64E782C570C4000/foo.sym',
    )
    expect(codeIdPath(module('', 'foo.exe', '', '64E7'))).toBe('foo.exe/64E7/foo.exe.sym')
  })

  test('needs both', () => {
    expect(codeIdPath(module('', '', '', '64E7'))).toBeNull()
    expect(codeIdPath(module('', 'foo.dll'))).toBeNull()
  })
})

test('modules that differ in one part have different keys', () => {
  const parts = ['codeFile', 'codeId', 'debugFile', 'debugId'] as const
  const none = { codeFile: '', codeId: '', debugFile: '', debugId: '' }
  const modules = [
    none,
    ...parts.flatMap((part) => ['a', 'ab', '1 '].map((text) => ({ ...none, [part]: text }))),
  ]
  const shifted = [
    { ...none, codeFile: 'a', codeId: 'b' },
    { ...none, codeFile: 'a', debugFile: 'b' },
    { ...none, debugFile: 'a', debugId: 'b' },
  ]
  const keys = [...modules, ...shifted].map(moduleKeyText)
  expect(new Set(keys).size).toBe(keys.length)
})

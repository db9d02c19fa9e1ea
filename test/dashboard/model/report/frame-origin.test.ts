// Whose code a frame is, and which rows of a stack fold.
import { describe, expect, test } from 'vitest'
import { foldRuns, originsOf } from '../../../../dashboard/model/report/frame-origin.ts'

const module = (filename: string, more: { cert_subject?: string; version?: string } = {}) => ({
  filename,
  ...more,
})

describe('originsOf', () => {
  const modules = [
    module('ledger.exe', { cert_subject: 'Ledger GmbH', version: '2.4.1.0' }),
    module('parser.dll', { cert_subject: 'Ledger GmbH' }),
    module('LedgerUi.dll'),
    module('export.dll', { version: '2.4.1.0' }),
    module('sqlite3.dll', { version: '3.40.0' }),
    module('KERNELBASE.dll', { version: '10.0.19041.1' }),
    module('fltlib.dll', { cert_subject: 'Microsoft Windows' }),
    module('msedge.dll', { cert_subject: 'Microsoft Corporation' }),
    module('d3d11.dll'),
  ]
  const of = (names: string[], configured?: string[]) => {
    const originOf = originsOf({ modules, main_module: 0 }, configured)
    return names.map((name) => originOf(name))
  }

  test('the main module is own, as are those with its signer, its version, or its name', () => {
    expect(of(['ledger.exe', 'parser.dll', 'LedgerUi.dll', 'export.dll'])).toEqual(Array(4).fill('own'))
    expect(of(['sqlite3.dll', 'msedge.dll', 'gone.dll', ''])).toEqual(Array(4).fill('other'))
  })

  test('parts of operating systems are known by name or by the certificate of Windows', () => {
    expect(of(['KERNELBASE.dll', 'fltlib.dll', 'd3d11.dll', 'ntdll.dll'])).toEqual(Array(4).fill('system'))
    for (const name of ['libc.so.6', 'libglib-2.0.so.0', 'AppKit', 'libsystem_kernel.dylib', 'libart.so'])
      expect(originsOf({})(name), name).toBe('system')
    for (const name of ['libglibc-tool.exe', 'libzebra.so', 'MyFoundation'])
      expect(originsOf({})(name), name).toBe('other')
  })

  test('a short name or a common version of the main module makes no other module its own', () => {
    const originOf = originsOf({
      modules: [module('app', { version: '1.0.0' }), module('libmapping.so', { version: '1.0.0' })],
      main_module: 0,
    })
    expect([originOf('app'), originOf('libmapping.so')]).toEqual(['own', 'other'])
    const ofFour = originsOf({ modules: [module('apps'), module('libappsets.so')], main_module: 0 })
    expect(ofFour('libappsets.so')).toBe('own')
  })

  test.each([
    [['sqlite3.dll'], 'sqlite3.dll', 'own'],
    [['SQLITE*'], 'sqlite3.dll', 'own'],
    [['*.dll'], 'sqlite3.dll', 'own'],
    [['s*3*l'], 'sqlite3.dll', 'own'],
    [['sqlite3.dllx', 'sqlite3.dll*x', 'aa*', '*3.dl'], 'sqlite3.dll', 'other'],
    [['sqlite3.dll'], 'ledger.exe', 'other'],
    [['kernel*'], 'KERNELBASE.dll', 'own'],
  ])('with the own modules %j, %s is %s', (configured, name, origin) => {
    expect(of([name], configured)).toEqual([origin])
  })

  test('a hostile pattern costs no more than the length of the name', () => {
    const name = 'a'.repeat(20_000)
    const originOf = originsOf({ modules: [module(name)] }, [`${'*a'.repeat(2000)}*b`])
    expect(originOf(name)).toBe('other')
  })
})

describe('foldRuns', () => {
  const fold = (text: string) =>
    foldRuns([...text], (letter) => letter === 's').map(
      ({ rows, folds }) => `${folds ? '-' : ''}${rows.join('')}`,
    )
  test.each([
    ['sssosssso', '-sss o -ssss o'],
    ['ssoss', 'ss o ss'],
    ['ssss', 'ssss'],
    ['', ''],
  ])('%s becomes %s', (text, runs) => expect(fold(text).join(' ')).toBe(runs))
})

// Annotations in the output, missing symbols, and where addresses are.
import { describe, expect, test } from 'vitest'
import type { Minidump } from '../../../shared/minidump/minidump.ts'
import { addressSpaceOf } from '../../../shared/stackwalk/address-space.ts'
import { readCertificates, readMicrocode } from '../../../shared/stackwalk/annotations.ts'
import { crashpadOutput } from '../../../shared/stackwalk/crashpad-output.ts'
import { missingSymbols } from '../../../shared/stackwalk/missing-symbols.ts'
import type { WalkedDump } from '../../../shared/stackwalk/walked-dump.ts'

test.each<[unknown, [string, string][]]>([
  [
    { A: ['a.dll', 'b.dll'], B: ['c.dll'] },
    [
      ['a.dll', 'A'],
      ['b.dll', 'A'],
      ['c.dll', 'B'],
    ],
  ],
  ['{"A":["a.dll"]}', [['a.dll', 'A']]],
  [{ A: ['a.dll', 5, null], B: 'b.dll', C: null }, [['a.dll', 'A']]],
  [{ A: ['a.dll'], B: ['a.dll'] }, [['a.dll', 'B']]],
  ['{', []],
  ['null', []],
  ['5', []],
  [null, []],
  [undefined, []],
])('the certificates of %j', (info, expected) => {
  expect([...readCertificates(info)]).toEqual(expected)
})

test.each<[unknown, bigint | null]>([
  ['0x0', 0n],
  ['0xaF', 0xafn],
  [`0x${'f'.repeat(16)}`, 2n ** 64n - 1n],
  [`0x${'f'.repeat(17)}`, null],
  ['0x', null],
  ['1', null],
  [' 0x1', null],
  ['0x1 ', null],
  [1, null],
])('the microcode %j', (text, expected) => expect(readMicrocode(text)).toBe(expected))

describe('missing symbols', () => {
  const module = (codeFile: string, codeId: string, debugFile: string, debugId: string) => ({
    ...{ codeFile, codeId, debugFile, debugId },
  })
  const list = [
    module('C:\\a.exe', 'C1', 'C:\\build\\a.pdb', 'D1'),
    module('/lib/b.so', 'C2', '', ''),
    module('/lib/c.so', '', '', ''),
    module('/lib/d.so', '', 'd.so', 'D4'),
    module('/lib/e.so', '', 'e.so', 'D5'),
    module('/lib/f.so', '', 'f.so', 'D6'),
  ]
  const frames = (...modules: number[]) => ({ frames: modules.map((one) => ({ module: one })) })
  const walked = {
    dump: { modules: { list } },
    threads: [frames(2, 0, -1), frames(1, 0, 3, 4, 5)],
    requestingThread: 1,
    symbols: new Map([
      [0, { table: null, failure: null }],
      [3, { table: {}, failure: null }],
      [4, { table: null, failure: 'the source failed' }],
      [5, { table: {}, failure: 'the source failed' }],
    ]),
  } as unknown as WalkedDump
  const looked = '(looked in one, two)'

  test('are named in the order of the frames, each once', () => {
    expect(missingSymbols(walked, ['one', 'two'])).toEqual([
      `no symbols for c.so without ID ${looked}`,
      `no symbols for a.pdb D1 ${looked}`,
      `no symbols for b.so C2 ${looked}`,
      'the source failed',
    ])
  })

  test('of the crashing thread alone', () => {
    expect(missingSymbols(walked, ['one', 'two'], { brief: true })).toEqual([
      `no symbols for b.so C2 ${looked}`,
      `no symbols for a.pdb D1 ${looked}`,
      'the source failed',
    ])
  })

  test('without a place are one line, unless no frame has a module', () => {
    expect(missingSymbols(walked, [])).toEqual([
      'no symbols were given: name a folder, file or URL with --symbols',
    ])
    expect(missingSymbols({ ...walked, threads: [frames(-1)] } as unknown as WalkedDump, [])).toEqual([])
  })
})

describe('the mask of pointers', () => {
  const maskOf = (
    os: string,
    ends: { module?: bigint; memory?: bigint; mapped?: bigint; stack?: bigint },
  ) => {
    const { module, memory, mapped, stack } = ends
    return addressSpaceOf({
      systemInfo: { os },
      modules: { list: module === undefined ? [] : [{ base: module - 5n, size: 5 }] },
      memory: {
        regions: memory === undefined ? [] : [{ base: memory - 5n, bytes: new Uint8Array(5) }],
      },
      mappedMemory: mapped === undefined ? null : { ranges: [{ last: mapped }] },
      threads: stack === undefined ? [] : [{ stackStart: stack }],
      crashpadInfo: null,
    } as unknown as Minidump).pointerMask
  }
  const bits = (count: bigint) => (1n << count) - 1n
  const at = (bit: bigint) => 1n << bit

  test.each<[string, Parameters<typeof maskOf>[1], bigint]>([
    ['linux', {}, 39n],
    ['android', {}, 39n],
    ['ios', {}, 39n],
    ['mac', {}, 47n],
    ['windows', {}, 47n],
    ['linux', { module: at(39n) }, 39n],
    ['linux', { module: at(39n) + 1n }, 40n],
    ['linux', { memory: at(47n) }, 47n],
    ['linux', { memory: at(47n) + 1n }, 48n],
    ['linux', { mapped: at(47n) + 1n }, 48n],
    ['linux', { stack: at(47n) + 1n }, 48n],
    ['linux', { stack: at(52n) - 1n }, 52n],
    ['linux', { stack: at(52n) }, 39n],
    ['mac', { module: at(47n) + 1n }, 48n],
    ['mac', { stack: at(47n) + 1n }, 47n],
    ['mac', { module: at(63n) + 1n }, 64n],
  ])('on %s with the ends %o', (os, ends, count) => {
    expect(maskOf(os, ends)).toBe(bits(count))
  })

  test('is that of the client if there is one; without a map of memory all is code', () => {
    const space = addressSpaceOf({ crashpadInfo: { addressMask: 5n } } as unknown as Minidump)
    expect([space.pointerMask, space.isCode(0, 0)]).toEqual([5n, true])
    const mappedMemory = { isCode: (high: number, low: number) => high === 1 && low === 2 }
    const mapped = addressSpaceOf({ mappedMemory } as unknown as Minidump)
    expect([mapped.isCode(1, 2), mapped.isCode(2, 1)]).toEqual([true, false])
  })
})

test('annotations of Crashpad are sorted, and a module that is not in the list has no name', () => {
  const map = (names: string) => new Map([...names].map((name) => [name, name.toUpperCase()]))
  const objects = [{ name: 'o', type: 1, text: 't', other: 5 }]
  const module = { listAnnotations: ['y', 'x'], annotations: map('ba'), objects }
  const info = {
    ...{ clientId: 'c', reportId: 'r', annotations: map('dc') },
    modules: [
      { ...module, moduleIndex: 0 },
      { ...module, moduleIndex: 1 },
    ],
  }
  const output = crashpadOutput({
    crashpadInfo: info,
    modules: { list: [{ codeFile: '/lib/a.so' }] },
  } as unknown as Minidump)
  const common = {
    list_annotations: ['y', 'x'],
    objects: [{ name: 'o', type: 1, value: 't' }],
    simple_annotations: { a: 'A', b: 'B' },
  }
  expect(output).toEqual({
    ...{ client_id: 'c', report_id: 'r', simple_annotations: { c: 'C', d: 'D' } },
    modules: [
      { ...common, module: 'a.so' },
      { ...common, module: null },
    ],
  })
  expect(Object.keys(output!.simple_annotations)).toEqual(['c', 'd'])
})

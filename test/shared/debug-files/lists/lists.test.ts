// Compact lists, lookups in them, and sections that are inflated.
import { deflateSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { codeLookup } from '../../../../shared/debug-files/image.ts'
import { inflateSection } from '../../../../shared/debug-files/inflate.ts'
import { LineList, type LineRecord } from '../../../../shared/debug-files/lists/line-list.ts'
import { NumberList } from '../../../../shared/debug-files/lists/number-list.ts'
import { countBefore } from '../../../../shared/debug-files/lists/search.ts'
import { TextList } from '../../../../shared/debug-files/lists/text-list.ts'
import {
  DamagedError,
  type ModuleIdentity,
  ModuleSymbols,
} from '../../../../shared/debug-files/module-symbols.ts'
import { fromHex } from '../../../support/assembler.ts'

/** Copies of the records between two positions. */
function recordsOf(list: LineList, from: number, to: number): LineRecord[] {
  const records: LineRecord[] = []
  list.forEach({ from, to }, (record) => records.push({ ...record }))
  return records
}

describe('a list of lines', () => {
  const records: LineRecord[] = [
    { start: 0x1000, size: 5, line: 10, file: 3 },
    { start: 0x1005, size: 0x80, line: 9, file: 2 },
    { start: 0x900, size: 1, line: 0xffff_ffff, file: 0 },
    { start: 0xffff_fff0, size: 0x4000, line: 1, file: 63 },
    { start: 0, size: 0, line: 0, file: 127 },
  ]

  test('has what was added, from each restart', () => {
    const list = new LineList()
    const positions = [0]
    for (const record of records) {
      list.restart()
      list.push(record)
      list.push({ ...record, line: 7 })
      positions.push(list.position)
    }
    expect(list.rows).toBe(10)
    for (const [i, record] of records.entries())
      expect(recordsOf(list, positions[i]!, positions[i + 1]!)).toEqual([record, { ...record, line: 7 }])
    expect(recordsOf(list, positions[5]!, positions[5]!)).toEqual([])
  })

  test('needs four bytes for a record near the one before, and keeps its rows over many chunks', () => {
    const list = new LineList()
    const expected: LineRecord[] = []
    for (let i = 0; i < 300_000; i++) {
      const record = { start: 5 * i, size: 5, line: 1000 + (i % 3), file: i % 2 }
      expected.push(record)
      list.push(record)
    }
    expect(list.position).toBeLessThan(1.21e6)
    expect(list.position).toBeGreaterThan(1 << 20)
    const read = recordsOf(list, 0, list.position)
    expect(read).toHaveLength(300_000)
    expect(read.findIndex((record, i) => JSON.stringify(record) !== JSON.stringify(expected[i]))).toBe(-1)
  })
})

describe('a list of numbers', () => {
  test('grows within its first chunk, and by chunks', () => {
    const list = new NumberList(2)
    for (let i = 0; i < 40_000; i++) list.push(i, 0xffff_ffff - i)
    expect(list.rows).toBe(40_000)
    for (const i of [0, 127, 128, 255, 256, 16_383, 16_384, 32_767, 32_768, 39_999])
      expect([list.get(i, 0), list.get(i, 1)]).toEqual([i, 0xffff_ffff - i])
    expect([list.getOr(39_999, 0, 5), list.getOr(40_000, 0, 5)]).toEqual([39_999, 5])
  })
})

describe('a list of texts', () => {
  test('keeps texts of any length', () => {
    const list = new TextList()
    const texts = ['', 'é€😀', ...[2730, 2731, 5000, 400_000, 1, 30_000].map((n) => 'é'.repeat(n)), 'end']
    for (const text of texts) list.push(text)
    expect(texts.map((text, i) => list.get(i) === text)).not.toContain(false)
  })
})

describe('a search', () => {
  test.each([0, 1, 2, 3, 7, 8])('counts those before in a list of %i', (length) => {
    for (let end = 0; end <= length; end++) expect(countBefore(length, (i) => i < end)).toBe(end)
  })

  test('finds the addresses with code', () => {
    const isCode = codeLookup([
      { address: 0x30, size: 0x10 },
      { address: 0x10, size: 0x10 },
      { address: 0x50, size: 0 },
      { address: 0x18, size: 0 },
    ])
    const found = [0, 0xf, 0x10, 0x1f, 0x20, 0x2f, 0x30, 0x3f, 0x40, 0x50].filter(isCode)
    expect(found).toEqual([0x10, 0x1f, 0x30, 0x3f])
  })
})

describe('an inflated section', () => {
  const content = new TextEncoder().encode('abc'.repeat(100))
  const zstd = (bytes: Uint8Array) => new Uint8Array(zstdCompressSync(bytes))
  /** A frame with a raw block, that does not declare its size. */
  const unsized = Buffer.concat([fromHex('28b52ffd 00 58 610900'), content])
  const compressed = {
    zlib: new Uint8Array(deflateSync(content)),
    zstd: zstd(content),
    'zstd without a size': unsized,
  }
  const formatOf = (name: string) => (name === 'zlib' ? 'zlib' : 'zstd')

  test.each(Object.entries(compressed))('of %s is what was compressed', (name, bytes) => {
    expect(Buffer.from(inflateSection(bytes, formatOf(name), 300))).toEqual(Buffer.from(content))
  })

  test.each([
    ['zlib', 299],
    ['zlib', 301],
    ['zstd', 299],
    ['zstd', 301],
  ] as const)('of %s with 300 bytes does not have %i', (format, size) => {
    expect(() => inflateSection(compressed[format], format, size)).toThrow(
      new DamagedError('a compressed section does not have its declared size'),
    )
  })

  test('of several zstd frames has them one after another, and nothing of skippable ones', () => {
    const [first, rest] = [content.subarray(0, 100), content.subarray(100)]
    const skippable = fromHex('502a4d18 02000000 0102')
    const frames = Buffer.concat([zstd(first), skippable, zstd(new Uint8Array(0)), zstd(rest)])
    expect(inflateSection(frames, 'zstd', 300)).toEqual(content)
    expect(inflateSection(zstd(new Uint8Array(0)), 'zstd', 0)).toHaveLength(0)
  })

  test.each<['zlib' | 'zstd', number, string]>([
    ['zlib', 2 ** 30 + 1, 'a section declares 1073741825 bytes, more than are read'],
    ['zlib', Number.NaN, 'a section declares NaN bytes, more than are read'],
    ['zlib', 300, 'a compressed section cannot be inflated'],
    ['zstd', 300, 'a compressed section cannot be inflated'],
  ])('of %s with %d bytes is refused', (format, size, message) => {
    const other = compressed[format === 'zlib' ? 'zstd' : 'zlib']
    expect(() => inflateSection(other, format, size)).toThrow(new DamagedError(message))
  })
})

const identity: ModuleIdentity = {
  os: 'Linux',
  arch: 'x86_64',
  debugId: null,
  debugFile: 'a',
  codeId: null,
  codeFile: null,
}

describe('the symbols of a module', () => {
  test.each([
    [0, 1, true],
    [0, 0, false],
    [-1, 5, false],
    [0xffff_ffff, 1, true],
    [0xffff_ffff, 2, false],
    [0, 0x1_0000_0000, true],
    [0.5, 1, false],
  ])('from %d with %d bytes: %s', (start, size, isTaken) => {
    const module = new ModuleSymbols(identity, 0)
    expect(module.addFunction({ start, size, name: 'f' })).toBe(isTaken)
    module.addCfi({
      start,
      size,
      initial: [['.cfa', 'sp']],
      changes: [{ address: 1, rules: [['.ra', 'lr']] }],
    })
    expect([module.functions.rows, module.cfi.rows]).toEqual(isTaken ? [1, 1] : [0, 0])
    if (isTaken)
      expect(module.cfiTexts.get(0)).toBe(
        `STACK CFI INIT ${start.toString(16)} ${size.toString(16)} .cfa: sp\nSTACK CFI 1 .ra: lr`,
      )
  })

  test('may cost ten million steps, and 64 for each byte', () => {
    const module = new ModuleSymbols(identity, 10)
    module.admit(1)
    module.spend(10_000_000 + 64 * 11)
    expect(() => module.spend(1)).toThrow(new RangeError('its records refer to each other too often'))
  })

  test('cost what they hold', () => {
    const costs = [
      (module: ModuleSymbols) => module.addFunction({ start: 0, size: 1, name: 'abc' }),
      (module: ModuleSymbols) => module.originOf('abc'),
      (module: ModuleSymbols) => module.files.numberOf('abc'),
      (module: ModuleSymbols) => {
        for (let i = 0; i < 3; i++) module.addLine({ start: 0, size: 1, line: 1, file: 0 })
      },
      (module: ModuleSymbols) => {
        const ranges = [0, 1, 2]
        module.addInline({ depth: 0, callLine: 0, callFile: 0, origin: 0, ranges })
      },
    ]
    for (const add of costs) {
      const module = new ModuleSymbols(identity, 0)
      add(module)
      module.spend(10_000_000 - 3)
      expect(() => module.spend(1)).toThrow(RangeError)
    }
  })

  test('number each name once', () => {
    const module = new ModuleSymbols(identity, 0)
    expect(['a', 'b', 'a', ' ', ''].map((name) => module.originOf(name))).toEqual([0, 1, 0, 2, 2])
    expect(module.origins.list).toEqual(['a', 'b', '<name omitted>'])
    module.addFunction({ start: 0, size: 1, name: ' \t' })
    expect(module.names.get(0)).toBe('<name omitted>')
  })

  test('warn of each damage once, at most a hundred times', () => {
    const module = new ModuleSymbols(identity, 0)
    module.attempt('x', () => {
      throw new RangeError('cut')
    })
    module.attempt('x', () => {
      throw new DamagedError('cut')
    })
    expect(module.warnings).toEqual(['x is damaged: cut'])
    expect(() =>
      module.attempt('x', () => {
        throw new Error('a bug')
      }),
    ).toThrow('a bug')
    for (let i = 0; i < 150; i++) module.warn(String(i))
    expect([module.warnings.length, module.warnings.at(-1)]).toEqual([100, '98'])
  })
})

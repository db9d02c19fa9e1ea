// condenseDump and createRangeMap, at the exact limits of their ranges.
import { describe, expect, test } from 'vitest'
import { CrashError } from '../../../../shared/errors.ts'
import { condenseDump } from '../../../../shared/minidump/memory/condense.ts'
import { createRangeMap } from '../../../../shared/minidump/memory/ranges.ts'
import { readMinidump } from '../../../../shared/minidump/minidump.ts'
import { createSynthMinidump, type SynthDump } from '../../../support/synth-minidump.ts'

const sourceOf = (bytes: Uint8Array, size = bytes.length) => ({
  size,
  read: (offset: number, length: number) => {
    if (offset + length > size) throw new CrashError('bad-dump', 'outside the dump')
    return bytes.subarray(offset, offset + length)
  },
})
const condensed = (dump: SynthDump) => {
  const bytes = createSynthMinidump({ system: { cpu: 'amd64', os: 'windows' }, ...dump })
  return readMinidump(condenseDump(sourceOf(bytes)))
}
const filled = (size: number) => Uint8Array.from({ length: size }, (_, i) => i % 251)
const kept = (dump: SynthDump) =>
  condensed(dump).memory.regions.map(({ base, bytes }) => [Number(base), bytes.length, bytes[0]])
const page = 4096

describe('condenseDump keeps', () => {
  const region = (base: number, size: number) => ({ base, bytes: filled(size) })
  const around = (registers: Record<string, number>, thread = {}) => ({
    threads: [{ id: 1, registers: { rsp: 1, rip: 1, ...registers }, ...thread }],
  })

  test.each<[what: string, SynthDump, regions: unknown[]]>([
    [
      'a page on both sides of the instruction',
      { ...around({ rip: 0x1000_0000 }), memory64: [region(0x1000_0000 - 8192, 16_384)] },
      [[0x1000_0000 - page, 2 * page, page % 251]],
    ],
    [
      'a page below a stack pointer and 4 MiB above',
      { ...around({ rsp: 0x1000_0000 }), memory64: [region(0x1000_0000 - 8192, 2 ** 22 + 16_384)] },
      [[0x1000_0000 - page, 2 ** 22 + page, page % 251]],
    ],
    [
      'the start of the stack and the environment block of a thread',
      {
        ...around({}, { teb: 0x2000_0000, stackStart: 0x3000_0000 }),
        memory64: [region(0x2000_0000, 8192), region(0x3000_0000, 8192)],
      },
      [
        [0x2000_0000, page, 0],
        [0x3000_0000, 8192, 0],
      ],
    ],
    [
      'what registers of the exception refer to',
      {
        threads: [],
        exception: { threadId: 1, code: 5, registers: { rip: 1, rsp: 1, rbx: 0x5000_0000 } },
        raw: [
          {
            type: 9,
            write: (a) =>
              a
                .u64(1)
                .reference64((b) => b.bytes(filled(3 * page)))
                .u64(0x5000_0000, 3 * page),
          },
        ],
      },
      [[0x5000_0000, page, 0]],
    ],
    [
      'the part up to an end of a region, and nothing of one that starts there',
      {
        ...around({ rip: 0x1000_0000 }),
        memory64: [region(0x1000_0000, page), region(0x1000_0000 + page, 16)],
      },
      [[0x1000_0000, page, 0]],
    ],
    [
      'nothing of a region that ends where the part starts',
      { ...around({ rip: 0x1000_0000 }), memory64: [region(0x1000_0000 - 2 * page, page)] },
      [],
    ],
    [
      'addresses near 0',
      { ...around({ rip: page, rsp: page + 1 }), memory64: [region(0, 16)] },
      [[0, 16, 0]],
    ],
    [
      'regions in the order of their addresses, of parts that overlap only one',
      {
        threads: [
          { id: 1, registers: { rip: 0x1000_1000, rsp: 0x2000_0000 } },
          { id: 2, registers: { rip: 0x1000_2000, rsp: 0x2000_0010 } },
        ],
        memory64: [region(0x2000_0000, 32), region(0x1000_0000, 5 * page)],
      },
      [
        [0x1000_0000, 3 * page, 0],
        [0x2000_0000, 32, 0],
      ],
    ],
  ])('%s', (_, dump, regions) => expect(kept(dump)).toEqual(regions))

  test('everything but the memory', () => {
    const dump: SynthDump = {
      ...around({ rip: 0x1000_0000, rbx: 7 }),
      modules: [{ base: 0x1000_0000, size: 0x1000, name: 'app.exe' }],
      memory64: [region(0x1000_0000, 64)],
    }
    for (const littleEndian of [true, false]) {
      const { threads, modules, issues, memory } = condensed({ ...dump, littleEndian })
      expect(issues).toEqual([])
      expect(threads[0]!.context!.get('rbx')).toBe(7n)
      expect(modules.list[0]!.codeFile).toBe('app.exe')
      expect(memory.read(0x1000_0010n, 2)).toEqual(Uint8Array.of(16, 17))
    }
  })

  test('the regions that a truncated dump still has', () => {
    const dump = {
      ...around({ rip: 0x1000_0000 }),
      memory64: [region(0x1000_0000, 64), region(0x1000_0100, 64)],
    }
    const bytes = createSynthMinidump({ system: { cpu: 'amd64' }, ...dump })
    const bases = (size: number) =>
      readMinidump(condenseDump(sourceOf(bytes, size))).memory.regions.map(({ base }) => base)
    expect(bases(bytes.length)).toEqual([0x1000_0000n, 0x1000_0100n])
    expect(bases(bytes.length - 1)).toEqual([0x1000_0000n])
  })

  test('256 MiB of memory, of which each of many threads has a part', () => {
    /** Regions with stacks of 4 MiB, of which the dump has only the list; `extra` is one more byte before them. */
    const keptSizes = (count: number, extra: boolean) => {
      const bases = Array.from({ length: count }, (_, i) => 0x1_0000_0000 + i * 2 ** 24)
      const bytes = createSynthMinidump({
        system: { cpu: 'amd64' },
        threads: bases.map((rsp, id) => ({
          id,
          registers: { rip: 1, rsp },
          ...(extra && id === 0 ? { teb: 0x2000_0000 } : {}),
        })),
        memory64: [...(extra ? [0x2000_0000] : []), ...bases].map((base) => region(base, 1)),
      })
      const { streams } = readMinidump(bytes)
      const { rva } = streams.find(({ type }) => type === 9)!
      const view = new DataView(bytes.buffer, bytes.byteOffset)
      for (let i = extra ? 1 : 0; i < count + (extra ? 1 : 0); i++)
        view.setBigUint64(rva + 24 + 16 * i, 2n ** 22n, true)
      const source = { size: 2 ** 40, read: (at: number, length: number) => bytes.slice(at, at + length) }
      const result = condenseDump(source)
      const list = readMinidump(result).streams.find(({ type }) => type === 9)!
      const found = new DataView(result.buffer, result.byteOffset + list.rva, list.size)
      return Array.from({ length: Number(found.getBigUint64(0, true)) }, (_, i) =>
        Number(found.getBigUint64(24 + 16 * i, true)),
      )
    }
    const [whole, part] = [2 ** 22, Math.floor(2 ** 28 / 65)]
    expect(keptSizes(64, false)).toEqual(Array.from({ length: 64 }, () => whole))
    expect(keptSizes(64, true)).toEqual([1, ...Array.from({ length: 63 }, () => whole)])
    expect(keptSizes(65, false)).toEqual(Array.from({ length: 65 }, () => part))
  })

  test('memory around two addresses that touches as one region', () => {
    const memory64 = [region(0x1000_0000 - 2 * page, 8 * page)]
    expect(kept({ ...around({ rip: 0x1000_0000 }, { teb: 0x1000_0000 + 2 * page }), memory64 })).toEqual([
      [0x1000_0000 - page, 4 * page, page % 251],
    ])
  })

  test.each([
    ['512 MiB besides its memory', 'start', 2 ** 29, 'bad-dump'],
    ['a byte more besides its memory', 'start', 2 ** 29 + 1, 'limit'],
    ['a list of 512 MiB', 'size', 2 ** 29, 'bad-dump'],
    ['a longer list', 'size', 2 ** 29 + 1, 'limit'],
  ])('of a dump with %s what fits', (_, what, value, code) => {
    const bytes = createSynthMinidump({ system: {}, threads: [], memory64: [region(0x1000, 16)] })
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const entry = readMinidump(bytes).streams.findIndex(({ type }) => type === 9)
    const rvaAt = view.getUint32(12, true) + 12 * entry + 8
    view.setUint32(what === 'start' ? view.getUint32(rvaAt, true) + 8 : rvaAt - 4, value, true)
    expect(() => condenseDump(sourceOf(bytes))).toThrow(expect.objectContaining({ code }))
  })

  test('nothing of a dump that is large for another reason', () => {
    expect(() => condensed({ memory: [region(0x1000, 16)] })).toThrow(
      'the dump is too large, and not because of a Memory64List',
    )
    const bytes = createSynthMinidump({ memory64: [region(0x1000, 16)] })
    const view = new DataView(bytes.buffer)
    const condense = (field: number, value: number) => {
      const copy = bytes.slice()
      new DataView(copy.buffer).setUint32(field, value, true)
      return () =>
        condenseDump({ size: 2 ** 40, read: (at, length) => copy.slice(at, at + Math.min(length, 9999)) })
    }
    const [size, at] = [view.getUint32(36, true), view.getUint32(40, true)]
    expect(size).toBe(32)
    const most = 512 * 1024 * 1024
    expect(condense(36, most + 1)).toThrow(`the list of memory regions has ${most + 1} bytes`)
    expect(condense(at + 8, most + 1)).toThrow(`the dump has ${most + 1} bytes besides its memory`)
    for (const run of [condense(36, most + 1), condense(at + 8, most + 1)])
      expect(run).toThrow(expect.objectContaining({ code: 'limit' }))
  })
})

describe('createRangeMap', () => {
  const top = 2n ** 64n
  test.each<[what: string, ranges: Array<[start: bigint, size: bigint]>, order: number[]]>([
    [
      'empty ranges are skipped',
      [
        [5n, 0n],
        [5n, 1n],
      ],
      [1],
    ],
    ['a range may end at the last address', [[top - 16n, 16n]], [0]],
    ['a range may not pass it', [[top - 16n, 17n]], []],
    [
      'ranges may touch',
      [
        [0n, 16n],
        [16n, 16n],
      ],
      [0, 1],
    ],
    [
      'a range that starts in the last byte of another is skipped',
      [
        [0n, 16n],
        [15n, 16n],
      ],
      [0],
    ],
    [
      'of ranges with one start the shortest is kept',
      [
        [0n, 16n],
        [0n, 8n],
        [8n, 8n],
      ],
      [1, 2],
    ],
    [
      'of equal ranges the first is kept',
      [
        [32n, 8n],
        [0n, 8n],
        [0n, 8n],
      ],
      [1, 0],
    ],
    [
      'the high halves are compared first',
      [
        [2n << 32n, 8n],
        [(1n << 32n) + 9n, 8n],
      ],
      [1, 0],
    ],
  ])('%s', (_, ranges, order) => {
    const map = createRangeMap(
      ranges.length,
      (i) => ranges[i]![0],
      (i) => ranges[i]![1],
    )
    expect([...map.order]).toEqual(order)
    expect(map.length).toBe(order.length)
    for (const i of order) {
      const [start, size] = ranges[i]!
      expect([start, start + size - 1n].map(map.find)).toEqual([i, i])
    }
  })

  test('addresses before, between and after ranges are in none', () => {
    const starts = [0x1_0000_0010n, 0x1_0000_0030n, 0x2_0000_0000n]
    const map = createRangeMap(
      3,
      (i) => starts[i]!,
      () => 0x10n,
    )
    for (const [address, i] of [
      [0x0_ffff_ffffn, -1],
      [0x1_0000_000fn, -1],
      [0x1_0000_0010n, 0],
      [0x1_0000_001fn, 0],
      [0x1_0000_0020n, -1],
      [0x1_0000_0030n, 1],
      [0x1_0000_0040n, -1],
      [0x2_0000_0000n, 2],
      [0x2_0000_000fn, 2],
      [0x2_0000_0010n, -1],
      [0x3_0000_0005n, -1],
    ] as const)
      expect([address, map.find(address)]).toEqual([address, i])
  })
})

// Header, directory, system information, and hostile counts and references.
import { describe, expect, test } from 'vitest'
import { dumpErrorName } from '../../../shared/minidump/dump-view.ts'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { createAssembler, minidumpString } from '../../support/assembler.ts'
import { createSynthMinidump } from '../../support/synth-minidump.ts'
import type { SynthDump } from '../../support/synth-minidump.ts'

const read = (dump: SynthDump) => readMinidump(createSynthMinidump(dump))
const orders = [
  ['little', true],
  ['big', false],
] as const

const errorOf = (bytes: Uint8Array) => {
  try {
    readMinidump(bytes)
    return null
  } catch (error) {
    return dumpErrorName(error)
  }
}

describe('readMinidump: header and directory', () => {
  const header = (signature: number, version: number, count: number, rva: number) =>
    createAssembler().u32(signature, version, count, rva, 0, 0).u64(0).zeros(8).finish()
  test.each([
    ['no bytes', new Uint8Array(0), 'MissingHeader'],
    ['31 bytes', header(0x504d444d, 0xa793, 0, 32).slice(0, 31), 'MissingHeader'],
    ['another signature', header(0x504d444e, 0xa793, 0, 32), 'HeaderMismatch'],
    ['another version', header(0x504d444d, 0xa792, 0, 32), 'VersionMismatch'],
    ['a stream count that does not fit', header(0x504d444d, 0xa793, 0x6464ff00, 32), 'MissingDirectory'],
    ['a directory outside the file', header(0x504d444d, 0xa793, 1, 0xffff_fff0), 'MissingDirectory'],
    ['no streams', header(0x504d444d, 0x1234_a793, 0, 32), null],
  ])('%s gives %s', (_, bytes, name) => expect(errorOf(bytes)).toBe(name))

  test.each(orders)(
    '%s endian: time, streams in file order, raw bytes of an unknown one',
    (_, littleEndian) => {
      const raw = [{ type: 0x11223344, write: (a: ReturnType<typeof createAssembler>) => a.u32(0x55667788) }]
      const dump = read({ littleEndian, time: 1_262_805_309, raw, softErrors: '{}' })
      expect(dump.littleEndian).toBe(littleEndian)
      expect(dump.header.time).toBe(1_262_805_309)
      expect(dump.streams.map((s) => s.name)).toEqual(['MozSoftErrors', 'Unknown Extension'])
      const order = littleEndian ? [0x88, 0x77, 0x66, 0x55] : [0x55, 0x66, 0x77, 0x88]
      expect([...dump.streamBytes(0x11223344)!]).toEqual(order)
    },
  )

  test('without streams everything is null or empty, and there are no issues', () => {
    const dump = read({})
    for (const value of Object.values(dump)) {
      const empty =
        value === null || (Array.isArray(value) && value.length === 0) || typeof value !== 'object'
      const holder = value as { list?: unknown[]; regions?: unknown[]; size?: number } | null
      const contents = holder && (holder.list?.length ?? holder.regions?.length ?? holder.size)
      expect(empty || contents === 0 || value === dump.header || value === dump.bytes).toBe(true)
    }
    expect(dump.issues).toEqual([])
  })

  test('of two streams of a type the last is read, with an issue', () => {
    const dump = read({ softErrors: '"first"', raw: [{ type: 0x4d7a0004, write: (a) => a.bytes([0x32]) }] })
    expect(dump.softErrors).toBe(2)
    expect(dump.issues.map((i) => i.stream)).toEqual(['MozSoftErrors'])
  })

  test('a stream outside the file is null, with an issue; the others are read', () => {
    const bytes = createSynthMinidump({ softErrors: '1', macBootArgs: 'debug=0x100' })
    new DataView(bytes.buffer).setUint32(32 + 8, 0x7fff_ffff, true)
    const dump = readMinidump(bytes)
    const names = [dump.macBootArgs, dump.softErrors]
    expect(names).toEqual([null, 1])
    expect(dump.issues).toMatchObject([{ stream: 'MozMacosBootargsStream' }])
    expect(dump.issues[0]!.detail).toMatch(/^StreamReadFailure: /)
  })
})

describe('readMinidump: system', () => {
  const system = (dump: SynthDump['system'], littleEndian = true) =>
    read({ littleEndian, system: dump! }).systemInfo!
  test.each(orders)('%s endian: Windows on x86 with vendor, version and service pack', (_, littleEndian) => {
    const info = system(
      {
        cpu: 'x86',
        os: 'windows',
        major: 5,
        minor: 1,
        build: 2600,
        csd: ' Service Pack 2 ',
        cpuCount: 2,
        cpuLevel: 6,
        cpuRevision: 0x0d08,
        cpuWords: [0x756e6547, 0x49656e69, 0x6c65746e, 0, 0, 0],
      },
      littleEndian,
    )
    expect(info).toMatchObject({
      osLabel: 'Windows NT',
      osVer: '5.1.2600 Service Pack 2',
      cpu: 'x86',
      cpuInfo: 'GenuineIntel family 6 model 13 stepping 8',
      cpuCount: 2,
      pointerSize: 4,
    })
  })

  test.each([
    ['Linux 4.9.60-x #1 SMP Mon x86_64', '4.9.60-x #1 SMP Mon'],
    ['Linux 4.9.60-x #1 SMP Mon x86_64 Linux/GNU', '4.9.60-x #1 SMP Mon'],
    ['Linux 0.0.0 #1 SMP', '0.0.0 Linux 0.0.0 #1 SMP'],
    ['Linux', '0.0.0 Linux'],
    ['', '0.0.0'],
  ])('Linux with the text "%s" is version "%s"', (csd, osVer) => {
    expect(system({ os: 'linux', csd }).osVer).toBe(osVer)
  })

  test('only Linux without numbers is split: Android and numbered Linux stay unchanged', () => {
    expect(system({ os: 'android', csd: 'Linux 4.4 #1 arm' }).osVer).toBe('0.0.0 Linux 4.4 #1 arm')
    expect(system({ os: 'linux', major: 4, csd: 'Linux 4.4 #1 arm' }).osVer).toBe('4.0.0 Linux 4.4 #1 arm')
  })

  test('ARM names vendor, part and features', () => {
    const words = [0x4100c090, 0x1007, 0, 0, 0, 0]
    expect(system({ cpu: 'arm', cpuLevel: 7, cpuWords: words }).cpuInfo).toBe(
      'ARMv7 ARM Cortex-A9 features: swp,half,thumb,neon',
    )
    expect(system({ cpu: 'arm', cpuLevel: 5 }).cpuInfo).toBe('ARMv5')
    expect(system({ cpu: 'arm64' }).cpuInfo).toBeNull()
  })

  test.each([
    [1, 'mips', 4],
    [3, 'ppc', 4],
    [10, 'x86', 4],
    [0x8001, 'sparc', 4],
    [0x8002, 'ppc64', 8],
    [0x8003, 'arm64', 8],
    [0x8004, 'mips64', 8],
    [0xffff, 'unknown', null],
  ] as const)('architecture 0x%s is %s', (architecture, cpu, pointerSize) => {
    expect(system({ architecture })).toMatchObject({ cpu, pointerSize })
  })

  test('an unknown platform keeps its number in the form that consumers expect', () => {
    expect(system({ os: 'none' }).osLabel).toBe('0x0x000000')
  })
})

describe('readMinidump: hostile counts and references', () => {
  test('thousands of names that share one long text do not cost more than the budget', () => {
    const text = 'x'.repeat(200_000)
    const a = createAssembler()
    const shared = a.label()
    const names = (b: typeof a) => {
      b.u32(20_000)
      for (let id = 0; id < 20_000; id++) b.u32(id).u64(shared)
    }
    a.u32(0x504d444d, 0xa793, 1, 32, 0, 0).u64(0).u32(24).location(names)
    a.here(shared)
    minidumpString(text)(a)
    const dump = readMinidump(a.finish())
    expect(dump.threadNames.size).toBe(0)
    expect(dump.issues.map((issue) => issue.stream)).toEqual(['ThreadNamesStream'])
  })

  test.each([
    ['threads', 3],
    ['modules', 4],
    ['memory', 5],
    ['unloaded modules', 14],
    ['memory information', 16],
    ['handles', 12],
    ['Memory64', 9],
  ])('a count of %s that does not fit is an issue and allocates nothing', (_, type) => {
    const dump = read({ raw: [{ type, write: (a) => a.u32(0xffff_fff0, 48, 0xffff_fff0, 0) }] })
    const found = [
      dump.threads,
      dump.modules.list,
      dump.memory.regions,
      dump.unloadedModules,
      dump.handles ?? [],
    ]
    expect(found.map((list) => list.length)).toEqual([0, 0, 0, 0, 0])
    expect(dump.memoryInfo).toBeNull()
    expect(dump.issues).toHaveLength(1)
  })
})

// readMinidump on synthetic dumps: every stream, both byte orders; damaged parts become values.
import { describe, expect, test } from 'vitest'
import { dumpErrorName } from '../../../shared/minidump/dump-view.ts'
import { microcodeOf, pidOf } from '../../../shared/minidump/linux.ts'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { createAssembler, fromHex, minidumpString } from '../../support/assembler.ts'
import type { SynthCpu } from '../../support/synth-context.ts'
import { createSynthMinidump, elfBuildId, pdb20, pdb70 } from '../../support/synth-minidump.ts'
import type { SynthDump, SynthModule } from '../../support/synth-minidump.ts'

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

describe('readMinidump: contexts', () => {
  const cases: ReadonlyArray<[SynthCpu, Record<string, bigint>, pc: bigint, sp: bigint]> = [
    ['x86', { eip: 0xf00800n, esp: 0x1010n, ebp: 3n, edi: 4n, eflags: 5n, ecx: 6n }, 0xf00800n, 0x1010n],
    [
      'amd64',
      { rip: 0x7400_c000_0200n, rsp: 0x8000_0000_8000_0000n, rbx: 3n, r15: 4n },
      0x7400_c000_0200n,
      1n << 63n,
    ],
    ['arm', { pc: 0x40004000n, sp: 2n, lr: 3n, fp: 4n, r12: 5n, r10: 6n }, 0x40004000n, 2n],
    ['arm64', { pc: 1n << 40n, sp: 2n, lr: 3n, fp: 4n, x0: 5n, x28: 6n }, 1n << 40n, 2n],
    ['arm64-old', { pc: 1n << 40n, sp: 2n, lr: 3n, fp: 4n, x0: 5n, x28: 6n }, 1n << 40n, 2n],
    ['mips', { pc: 9n, sp: 2n, gp: 3n, fp: 4n, ra: 5n, s0: 6n, s7: 7n }, 9n, 2n],
    ['mips64', { pc: 9n, sp: 1n << 50n, gp: 3n, fp: 4n, ra: 5n, s0: 6n, s7: 7n }, 9n, 1n << 50n],
    ['ppc', { srr0: 9n, r1: 2n, r31: 3n, lr: 4n, vrsave: 5n }, 9n, 2n],
  ]
  for (const [order, littleEndian] of orders) {
    test.each(cases)(`${order} endian: %s`, (cpu, registers, pc, sp) => {
      const dump = read({ littleEndian, system: { cpu }, threads: [{ id: 1, registers }] })
      const context = dump.threads[0]!.context!
      for (const [name, value] of Object.entries(registers)) {
        expect([name, context.get(name)]).toEqual([name, name === 'rsp' ? (1n << 63n) | 0x8000_0000n : value])
      }
      expect(context.instructionPointer).toBe(pc)
      expect(context.stackPointer).toBe(cpu === 'amd64' ? sp | 0x8000_0000n : sp)
      const others = context.names.filter((name) => !(name in registers))
      expect(others.filter((name) => context.get(name) !== 0n)).toEqual([])
      expect(context.get('no such register')).toBeNull()
    })
  }

  test('registers have aliases', () => {
    const arm = read({ system: { cpu: 'arm' }, threads: [{ id: 1, registers: { fp: 11, lr: 14 } }] })
    expect(['r11', 'r14'].map((name) => arm.threads[0]!.context!.get(name))).toEqual([11n, 14n])
    const arm64 = read({ system: { cpu: 'arm64' }, threads: [{ id: 1, registers: { fp: 29, lr: 30 } }] })
    expect(['x29', 'x30'].map((name) => arm64.threads[0]!.context!.get(name))).toEqual([29n, 30n])
  })

  test.each([
    ['flags of another processor', 0x1003f, 'amd64'],
    ['flags without a processor', 0x1f, 'amd64'],
    ['an unknown processor', undefined, 'unknown'],
  ] as const)('%s: the thread has no context', (_, contextFlags, cpu) => {
    const thread = { id: 1, registers: {}, ...(contextFlags === undefined ? {} : { contextFlags }) }
    expect(read({ system: { cpu }, threads: [thread] }).threads[0]!.context).toBeNull()
  })

  test('a context is read by the architecture of the dump, so without SystemInfo there is none', () => {
    expect(read({ threads: [{ id: 1, registers: { rip: 1 } }] }).threads[0]!.context).toBeNull()
  })
})

describe('readMinidump: threads', () => {
  test.each(orders)('%s endian: stack from the thread, or from the memory list', (_, littleEndian) => {
    const { threads } = read({
      littleEndian,
      threads: [
        { id: 1, stack: { base: 0x1000, bytes: [1, 2] }, teb: 1n << 60n },
        { id: 2, stackStart: 0x5008 },
        { id: 3, stackStart: 0x9000 },
      ],
      memory: [{ base: 0x5000, bytes: new Uint8Array(16).fill(7) }],
      threadNames: [
        [1, 'main'],
        [3, ''],
      ],
    })
    expect(threads.map((t) => [t.id, t.name, t.teb])).toEqual([
      [1, 'main', 1n << 60n],
      [2, null, 0n],
      [3, '', 0n],
    ])
    expect(threads.map((t) => t.stack?.base)).toEqual([0x1000n, 0x5000n, undefined])
    expect([...threads[0]!.stack!.bytes]).toEqual([1, 2])
  })

  test('a dangling name affects only its own entry', () => {
    const dump = read({
      raw: [
        {
          type: 24,
          write: (a) =>
            a
              .u32(2, 17)
              .reference64(minidumpString('good'))
              .u32(123)
              .u64(1n << 60n),
        },
      ],
    })
    expect([...dump.threadNames]).toEqual([[17, 'good']])
    expect(dump.issues).toMatchObject([{ stream: 'ThreadNamesStream' }])
  })

  test('lists may have four bytes of padding after the count, and no other size', () => {
    const list = (padding: number) =>
      read({ raw: [{ type: 3, write: (a) => a.u32(1).zeros(padding).u32(77).zeros(44) }] })
    expect([0, 4].map((padding) => list(padding).threads.map((t) => t.id))).toEqual([[77], [77]])
    expect(list(8).threads).toEqual([])
    expect(list(8).issues).toEqual([])
  })

  test('thread information has times, start address and exit status', () => {
    const write = (a: ReturnType<typeof createAssembler>) =>
      a.u32(12, 64, 1, 5, 1, 2, 3).u64(4, 5, 6, 7, 0x7ff6_0000_1000n, 9).zeros(3)
    expect(read({ raw: [{ type: 17, write }] }).threadInfo).toEqual([
      {
        id: 5,
        dumpFlags: 1,
        dumpError: 2,
        exitStatus: 3,
        createTime: 4n,
        exitTime: 5n,
        kernelTime: 6n,
        userTime: 7n,
        startAddress: 0x7ff6_0000_1000n,
        affinity: 9n,
      },
    ])
  })
})

describe('readMinidump: modules', () => {
  const ids = (module: Partial<SynthModule>, os: 'windows' | 'linux' | 'mac', littleEndian = true) => {
    const base = { base: 0x1_0000_0000n, size: 0x4000, name: '/x/y.so', ...module }
    const [found] = read({ littleEndian, system: { os }, modules: [base] }).modules.list
    return [found!.debugFile, found!.debugId, found!.codeId]
  }
  const guid = (a: number, b: number, c: number, rest: string) => [a, b, c, fromHex(rest)] as const
  test.each(orders)('%s endian: PDB 7.0, PDB 2.0', (_, littleEndian) => {
    const seven = pdb70(guid(0xabcd1234, 0xf00d, 0xbeef, '0102030405060708'), 1, 'c:\\foo\\file.pdb')
    const stamp = { timestamp: 0xb1054d2a, size: 0xada542bd }
    expect(ids({ codeView: seven, ...stamp }, 'windows', littleEndian)).toEqual([
      'c:\\foo\\file.pdb',
      'ABCD1234F00DBEEF01020304050607081',
      'b1054d2aada542bd',
    ])
    expect(ids({ codeView: pdb20(0xabcd1234, 1, 'old.pdb'), ...stamp }, 'windows', littleEndian)).toEqual([
      'old.pdb',
      'ABCD12341',
      'b1054d2aada542bd',
    ])
  })

  const long = '000102030405060708090a0b0c0d0e0f1011121314151617'
  test.each([
    ['ELF, 24 bytes', elfBuildId(fromHex(long)), ['/x/y.so', '030201000504070608090A0B0C0D0E0F0', long]],
    [
      'ELF, 8 bytes',
      elfBuildId(fromHex('0001020304050607')),
      ['/x/y.so', '030201000504070600000000000000000', '0001020304050607'],
    ],
    ['ELF of zeros', elfBuildId(new Uint8Array(20)), ['/x/y.so', null, null]],
    ['none', undefined, [null, null, null]],
  ])('Linux: %s', (_, codeView, expected) => {
    expect(ids(codeView ? { codeView } : {}, 'linux')).toEqual(expected)
  })

  test('macOS: the GUID is the code id; Windows without CodeView: time stamp and size', () => {
    const uuid = pdb70(guid(0xaabbccdd, 0xeeff, 0x0011, '2233445566778899'), 0, 'XUL')
    expect(ids({ codeView: uuid }, 'mac')).toEqual([
      'XUL',
      'AABBCCDDEEFF001122334455667788990',
      'aabbccddeeff00112233445566778899',
    ])
    expect(ids({ timestamp: 0xb1054d2a, size: 0x4000 }, 'windows')).toEqual([null, null, 'b1054d2a4000'])
    const zero = pdb70(guid(0, 0, 0, '0000000000000000'), 5, 'x.pdb')
    expect(ids({ codeView: zero }, 'windows')[1]).toBeNull()
  })

  test('versions are split into halves on Windows and macOS, whole words elsewhere', () => {
    const version = [0x0001_0002, 0x0003_0004, 5, 6] as const
    const of = (os: 'windows' | 'linux') =>
      read({ system: { os }, modules: [{ base: 1, size: 1, name: 'm', version }] }).modules.list[0]!.version
    expect([of('windows'), of('linux')]).toEqual(['1.2.3.4', '65538.196612.5.6'])
  })

  test('of overlapping modules the first is found, all stay in the list', () => {
    const rows = [
      [0x1_0000_0000n, 0x4000],
      [0x1_0000_0000n, 0x4000],
      [0x1_0000_0001n, 0x4000],
      [0x1_0000_0001n, 0x3000],
      [0x1_0000_4000n, 0x4000],
    ] as const
    const { modules } = read({ modules: rows.map(([base, size], i) => ({ base, size, name: `m${i}` })) })
    expect(modules.list.length).toBe(5)
    expect(modules.at(0x1_0000_1000n)).toBe(modules.list[0])
    expect(modules.at(0x1_0000_5000n)).toBe(modules.list[4])
    expect(modules.indexAtPair(1, 0x5000)).toBe(4)
    expect([0xffff_ffffn, 0x1_0000_8000n].map((address) => modules.at(address))).toEqual([null, null])
  })

  test('one bad module affects only itself, a bad name or CodeView record only that', () => {
    const broken = pdb70(guid(1, 2, 3, '0102030405060708'), 1, 'cut')
    const bytes = createSynthMinidump({
      modules: [
        { base: 0x1000, size: 0, name: 'empty' },
        { base: 0xffff_ffff_ffff_f000n, size: 0x2000, name: 'past the end' },
        { base: 0x2000, size: 0x1000, name: 'dangling', codeView: broken },
        { base: 0x4000, size: 0x1000, name: 'good', codeView: elfBuildId([1]) },
      ],
    })
    const view = new DataView(bytes.buffer)
    const list = view.getUint32(32 + 8, true) + 4
    view.setUint32(list + 2 * 108 + 20, 0x7fff_ffff, true)
    view.setUint32(list + 2 * 108 + 76, 10, true)
    const dump = readMinidump(bytes)
    expect(dump.modules.list.map((m) => [m.base, m.codeFile, m.debugId])).toEqual([
      [0x2000n, '', null],
      [0x4000n, 'good', '00000001'.padEnd(33, '0')],
    ])
    expect(dump.issues.length).toBe(4)
  })

  test.each(orders)('%s endian: unloaded modules', (_, littleEndian) => {
    const { unloadedModules } = read({
      littleEndian,
      unloadedModules: [
        { base: 1n << 40n, size: 0x1000, name: 'gone.dll', timestamp: 0xb1054d2a },
        { base: 5, size: 0, name: 'empty' },
      ],
    })
    expect(unloadedModules).toMatchObject([{ base: 1n << 40n, codeFile: 'gone.dll', codeId: 'b1054d2a1000' }])
  })
})

describe('readMinidump: memory', () => {
  test.each(orders)('%s endian: regions, reads and overlaps', (_, littleEndian) => {
    const region = (base: bigint, size: number, fill: number) => ({
      base,
      bytes: new Uint8Array(size).fill(fill),
    })
    const { memory } = read({
      littleEndian,
      memory: [
        region(0x1000n, 0x1000, 0),
        region(0x1000n, 0x1000, 1),
        region(0x1001n, 0x1000, 2),
        region(0x1001n, 0x100, 3),
        region(0x2000n, 0x1000, 4),
        region(0xffff_ffff_ffff_ffffn, 2, 5),
      ],
    })
    expect(memory.regions.length).toBe(6)
    expect(memory.regionAt(0x1a00n)!.bytes[0]).toBe(1 - 1)
    expect(memory.regionAt(0x2a00n)!.bytes[0]).toBe(4)
    expect(memory.regionAt(0xffff_ffff_ffff_ffffn)).toBeNull()
    expect(memory.readU64(0x2ff8n)).toBe(0x0404_0404_0404_0404n)
    expect([memory.readU64(0x2ff9n), memory.readU32(0x3000n)]).toEqual([null, null])
  })

  test.each(orders)(
    '%s endian: Memory64List is preferred to MemoryList, unless it is broken',
    (_, littleEndian) => {
      const memory64 = [
        { base: 0x1000, bytes: [1, 2, 3, 4] },
        { base: 1n << 50n, bytes: [5, 6, 7, 8] },
      ]
      const both = { littleEndian, memory: [{ base: 0x1000, bytes: [9] }], memory64 }
      const bytes = createSynthMinidump(both)
      const value = littleEndian ? 0x08070605 : 0x05060708
      expect(readMinidump(bytes).memory.readU32(1n << 50n)).toBe(value)
      const cut = readMinidump(bytes.slice(0, -1))
      expect(cut.memory.readU32(1n << 50n)).toBeNull()
      expect([...cut.memory.read(0x1000n, 1)!]).toEqual([9])
      expect(cut.issues).toMatchObject([{ stream: 'Memory64ListStream' }])
    },
  )

  test.each(orders)('%s endian: memory information contains permissions', (_, littleEndian) => {
    const dump = read({
      littleEndian,
      memoryInfo: [
        { base: 0x1000, size: 0x1000, protection: 0x20 },
        { base: 0x2000, size: 0x1000, protection: 0x104 },
        { base: 0x3000, size: 0x1000, protection: 1 },
      ],
    })
    const flags = (address: bigint) => {
      const found = dump.mappedMemory!.at(address)
      return found && [found.readable, found.writable, found.executable]
    }
    expect(flags(0x1fffn)).toEqual([true, false, true])
    expect(flags(0x2000n)).toEqual([true, true, false])
    expect(flags(0x3000n)).toEqual([false, false, false])
    expect(flags(0x4000n)).toBeNull()
  })
})

describe('readMinidump: Linux', () => {
  test('maps have inclusive ranges, permissions and paths with spaces', () => {
    const maps = [
      '10a00-10b00 r-xp 10bac9000 fd:05 1196511 /usr/lib64/libtdb1.so',
      '7ff0-8000 rw-s 00000000 00:00 0   /tmp/a b (deleted)',
      'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]',
      '',
    ].join('\n')
    const { linuxMaps } = read({ linux: { maps } })
    expect(linuxMaps).toMatchObject([
      { start: 0x10a00n, last: 0x10affn, readable: true, writable: false, executable: true },
      { path: '/tmp/a b (deleted)', shared: true },
      { path: '[vsyscall]', readable: false },
    ])
    expect(read({ linux: { maps: 'what is this' } }).linuxMaps).toBeNull()
    const blanks = read({ linux: { maps: `0-1 r 0 0:0 0${' '.repeat(500_000)}a\rb` } }).linuxMaps
    expect(blanks?.[0]?.path).toBe('a\rb')
  })

  test('release file, microcode, pid, limits, command line, environment', () => {
    const dump = read({
      linux: {
        lsbRelease:
          'DISTRIB_ID="hello"\n"DISTRIB_RELEASE"  =there\n"DISTRIB_CODENAME" =   "very long string"\n' +
          'DISTRIB_DESCRIPTION= wow long string!!! \n',
        cpuInfo: '\nmicrocode : 0x1e34a6789\n',
        procStatus: 'Name:\tx\nPid:\t3747\n',
        limits:
          'Limit                     Soft Limit           Hard Limit           Units     \n' +
          'Max cpu time              unlimited            unlimited            seconds   \n' +
          'Max nice priority         0                    0                    \n',
        cmdLine: '/bin/a\0-b c\0',
        environ: 'HOME=/root\0A=b=c\0',
      },
    })
    expect(dump.linuxLsbRelease).toEqual({
      id: 'hello',
      release: 'there',
      codename: 'very long string',
      description: 'wow long string!!!',
    })
    expect(microcodeOf(dump.linuxCpuInfo!)).toBe(0x1e34a6789n)
    expect(pidOf(dump.linuxProcStatus!)).toBe(3747)
    expect(dump.linuxLimits).toEqual([
      { name: 'Max cpu time', soft: 'unlimited', hard: 'unlimited', unit: 'seconds' },
      { name: 'Max nice priority', soft: 0, hard: 0, unit: 'n/a' },
    ])
    expect(dump.linuxCommandLine).toEqual(['/bin/a', '-b c'])
    expect([...dump.linuxEnviron!]).toEqual([
      ['HOME', '/root'],
      ['A', 'b=c'],
    ])
  })

  test('line breaks may be of Windows', () => {
    const dump = read({
      linux: {
        lsbRelease: 'ID="a b"\r\nVERSION_ID=1 \r\n',
        cpuInfo: 'microcode\t: 0x1f\r\n',
        procStatus: 'Pid:\t7\r\n',
      },
    })
    expect(dump.linuxLsbRelease).toMatchObject({ id: 'a b', release: '1' })
    expect(microcodeOf(dump.linuxCpuInfo!)).toBe(0x1fn)
    expect(pidOf(dump.linuxProcStatus!)).toBe(7)
  })

  test('auxiliary vector and dynamic linker list follow the pointer size', () => {
    const raw = [
      { type: 0x47670008, write: (a: ReturnType<typeof createAssembler>) => a.u64(6, 4096, 0, 0, 7, 7) },
      {
        type: 0x4767000a,
        write: (a: ReturnType<typeof createAssembler>) => {
          a.u32(1).reference((b) => b.u64(0x5000).reference(minidumpString('/lib/ld.so')).u64(0x6000))
          a.u32(1).u64(0x7000, 0x8000, 0x9000)
        },
      },
    ]
    const dump = read({ system: { cpu: 'amd64' }, raw })
    expect(dump.linuxAuxv).toEqual([[6n, 4096n]])
    expect(dump.linuxDsoDebug).toEqual({
      version: 1,
      brk: 0x7000n,
      loaderBase: 0x8000n,
      dynamic: 0x9000n,
      links: [{ address: 0x5000n, name: '/lib/ld.so', ld: 0x6000n }],
    })
  })
})

describe('readMinidump: Crashpad, Breakpad, Windows, macOS, Mozilla', () => {
  test.each(orders)('%s endian: Crashpad annotations of every kind', (_, littleEndian) => {
    const { crashpadInfo } = read({
      littleEndian,
      crashpad: {
        annotations: { product: 'Firefox', empty: '' },
        modules: [
          {
            index: 2,
            list: ['abort() called'],
            annotations: { key: 'wert ä' },
            objects: [
              { name: 'text', type: 1, value: new TextEncoder().encode('hi') },
              { name: 'own', type: 0x8001, value: [1, 2] },
              { name: 'odd', type: 0, value: [3] },
            ],
          },
        ],
      },
    })
    expect(crashpadInfo).toEqual({
      reportId: '00010203-0405-0607-0809-0a0b0c0d0e0f',
      clientId: '11111111-1111-1111-1111-111111111111',
      annotations: new Map([
        ['product', 'Firefox'],
        ['empty', ''],
      ]),
      modules: [
        {
          moduleIndex: 2,
          listAnnotations: ['abort() called'],
          annotations: new Map([['key', 'wert ä']]),
          objects: [
            { name: 'text', type: 1, text: 'hi', bytes: null },
            { name: 'own', type: 0x8001, text: null, bytes: Uint8Array.of(1, 2) },
            { name: 'odd', type: 0, text: null, bytes: null },
          ],
        },
      ],
    })
    expect(read({ littleEndian, crashpad: { version: 0 } }).crashpadInfo).toBeNull()
  })

  test.each(orders)('%s endian: Breakpad information and assertion', (_, littleEndian) => {
    expect(read({ littleEndian, breakpad: { dumpThread: 5 } }).breakpadInfo).toEqual({
      dumpThreadId: 5,
      requestingThreadId: null,
    })
    const short = read({ littleEndian, raw: [{ type: 0x47670001, write: (a) => a.u32(3, 5) }] })
    expect([short.breakpadInfo, short.issues]).toEqual([
      null,
      [{ stream: 'BreakpadInfoStream', detail: expect.stringContaining('BreakpadInfo') }],
    ])
    const assertion = { expression: 'a == b', function: 'f', file: 'x.c', line: 7, type: 1 }
    expect(read({ littleEndian, assertion }).assertion).toEqual({
      expression: 'a == b',
      function: 'f',
      file: 'x.c',
      line: 7,
      kind: 'invalid-parameter',
    })
  })

  test.each(orders)('%s endian: miscellaneous information of every version', (_, littleEndian) => {
    const misc = (version: number, flags: number) =>
      read({
        littleEndian,
        misc: { version, flags, processId: 3932, createTime: 9, buildString: 'b', processCookie: 7 },
      }).miscInfo!
    const all = 0x3f7
    expect(misc(1, all)).toMatchObject({ processId: 3932, createTime: 9, power: null, buildString: null })
    expect(misc(2, all).power?.currentMhz).toBe(2000)
    expect(misc(3, all)).toMatchObject({
      timeZone: { bias: 60, standardName: 'Standard', daylightName: 'Daylight', daylightBias: -60 },
      protectedProcess: 0,
      integrityLevel: 0x3000,
    })
    expect(misc(4, all)).toMatchObject({ buildString: 'b', debugBuildString: 'debug build', xstate: null })
    expect(misc(5, all)).toMatchObject({
      processCookie: 7,
      xstate: {
        enabled: 7n,
        features: [{ feature: 0, offset: 0, size: 160 }, {}, { feature: 2, offset: 576, size: 256 }],
      },
    })
    expect(misc(5, 0)).toMatchObject({
      processId: null,
      createTime: null,
      timeZone: null,
      processCookie: null,
    })
  })

  test.each(orders)('%s endian: handles', (_, littleEndian) => {
    const { handles } = read({
      littleEndian,
      handles: [{ handle: 4, type: 'File', object: 'C:\\a' }, { handle: 8 }],
    })
    expect(handles).toMatchObject([
      { handle: 4n, typeName: 'File', objectName: 'C:\\a', grantedAccess: 0x12019f, handleCount: 1 },
      { handle: 8n, typeName: null, objectName: null },
    ])
  })

  test('object information that points at itself terminates', () => {
    const bytes = createSynthMinidump({
      raw: [
        {
          type: 12,
          write: (a) => {
            a.u32(16, 40, 1, 0).u64(4).u32(0, 0, 0, 0, 1, 1)
            a.reference((b) => b.u32(b.size, 1, 4, 0xabcd)).u32(0)
          },
        },
      ],
    })
    expect(readMinidump(bytes).handles![0]!.objectInfo.map((info) => [info.type, info.bytes.length])).toEqual(
      [[1, 4]],
    )
  })

  test.each(orders)('%s endian: macOS crash information and boot arguments', (_, littleEndian) => {
    const record = (version: number) => ({
      version,
      thread: 3,
      abortCause: 9,
      texts: ['/usr/lib/dyld', 'message', '', 'trace', ''] as const,
    })
    const dump = read({ littleEndian, macCrash: [record(5), record(5)], macBootArgs: '-v' })
    expect(dump.macBootArgs).toBe('-v')
    expect(dump.macCrashInfo).toHaveLength(2)
    expect(dump.macCrashInfo![0]).toEqual({
      version: 5n,
      thread: 3n,
      dialogMode: null,
      abortCause: 9n,
      modulePath: '/usr/lib/dyld',
      message: 'message',
      signature: null,
      backtrace: 'trace',
      message2: null,
    })
    expect(read({ littleEndian, macCrash: [record(4), record(5)] }).macCrashInfo).toBeNull()
  })

  test('soft errors are any JSON, or null', () => {
    expect(read({ softErrors: '[{"InitErrors": []}]' }).softErrors).toEqual([{ InitErrors: [] }])
    expect(read({ softErrors: '{' }).softErrors).toBeNull()
    const nested = (depth: number) => read({ softErrors: '['.repeat(depth) + ']'.repeat(depth) })
    expect(nested(64).softErrors).not.toBeNull()
    expect(nested(100_000).softErrors).toBeNull()
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

// Records of dumps, each with another value in every field.
import { describe, expect, test } from 'vitest'
import { createDumpFile, section } from '../../../shared/minidump/dump-view.ts'
import { readAuxv, readDsoDebug } from '../../../shared/minidump/linux.ts'
import {
  readAssertion,
  readMacBootArgs,
  readMacCrashInfo,
  readSoftErrors,
} from '../../../shared/minidump/mac.ts'
import { readMiscInfo } from '../../../shared/minidump/misc-info.ts'
import { readModuleList, readUnloadedModules } from '../../../shared/minidump/modules.ts'
import { readSystemInfo } from '../../../shared/minidump/system-info.ts'
import { readBreakpadInfo, readException, readThreadInfo } from '../../../shared/minidump/threads.ts'
import { readHandles, readMemoryInfo } from '../../../shared/minidump/windows.ts'
import { type Assembler, createAssembler, minidumpString } from '../../support/assembler.ts'

const built = (write: (a: Assembler) => unknown) => {
  const a = createAssembler()
  write(a)
  return a.finish()
}
/** All bytes of what `write` writes, or its first `size`, as a section of a file with the rest after it. */
const sectionOf = (write: (a: Assembler) => unknown, size?: number) => {
  const bytes = built(write)
  return section(createDumpFile(bytes, true), 0, size ?? bytes.length)
}
/** Words of which each is 0x1000 and its offset. */
const numbered = (count: number) => (a: Assembler) => {
  for (let i = 0; i < count; i++) a.u32(0x1000 + 4 * i)
}
const word = (offset: number) => 0x1000 + offset
const long = (offset: number) => BigInt(word(offset)) | (BigInt(word(offset + 4)) << 32n)
const problems = () => {
  const found: string[] = []
  return { found, damaged: (detail: string) => found.push(detail) }
}

describe('every field of a record is at its offset', () => {
  const at = (first: number) => (offset: number) => word(first + offset)
  const long12 = (offset: number) => long(12 + offset)
  const word12 = at(12)
  test('thread information', () => {
    const s = sectionOf((a) => {
      a.u32(12, 64, 1)
      for (let i = 12; i < 76; i += 4) a.u32(word(i))
    })
    expect(readThreadInfo(s)).toEqual([
      {
        id: word12(0),
        dumpFlags: word12(4),
        dumpError: word12(8),
        exitStatus: word12(12),
        createTime: long12(16),
        exitTime: long12(24),
        kernelTime: long12(32),
        userTime: long12(40),
        startAddress: long12(48),
        affinity: long12(56),
      },
    ])
  })

  test('an exception', () => {
    expect(readException(sectionOf(numbered(42)), 9)).toEqual({
      threadId: word(0),
      code: word(8),
      flags: word(12),
      nestedRecord: long(16),
      address: long(24),
      parameterCount: word(32),
      parameters: Array.from({ length: 15 }, (_, i) => long(40 + 8 * i)),
      context: null,
    })
  })

  test('memory information', () => {
    const s = sectionOf((a) => {
      a.u32(16, 48).u64(1)
      for (let i = 0; i < 48; i += 4) a.u32(word(i))
    })
    expect(readMemoryInfo(s)).toEqual([
      {
        base: long(0),
        allocationBase: long(8),
        allocationProtection: word(16),
        size: long(24),
        state: word(32),
        protection: word(36),
        type: word(40),
      },
    ])
  })

  test('a handle with information about its object', () => {
    const s = sectionOf((a) => {
      a.u32(16, 40, 1, 0).u64(0x1122_3344_5566n)
      a.reference(minidumpString('Mutant')).reference(minidumpString('lock'))
      a.u32(5, 6, 7, 8)
      a.reference((b) =>
        b
          .reference((c) => c.u32(0, 4, 0))
          .u32(3, 2)
          .u8(9, 10),
      )
      a.u32(0)
    }, 56)
    expect(readHandles(s)).toEqual([
      {
        handle: 0x1122_3344_5566n,
        typeName: 'Mutant',
        objectName: 'lock',
        attributes: 5,
        grantedAccess: 6,
        handleCount: 7,
        pointerCount: 8,
        objectInfo: [
          { type: 3, bytes: Uint8Array.of(9, 10) },
          { type: 4, bytes: new Uint8Array(0) },
        ],
      },
    ])
  })

  test('an unloaded module', () => {
    const { found, damaged } = problems()
    const write = (a: Assembler) =>
      a
        .u32(12, 24, 3)
        .u64(0x4000)
        .u32(0x20, 7, 0xabc)
        .reference(minidumpString('gone.dll'))
        .u64(0xffff_ffff_ffff_fff0n)
        .u32(0x10, 0, 0)
        .reference(minidumpString('past'))
        .u64(0xffff_ffff_ffff_ffe0n)
        .u32(0x1f, 0, 0)
        .reference(minidumpString('last'))
    expect(readUnloadedModules(sectionOf(write, 84), damaged)).toEqual([
      {
        base: 0x4000n,
        size: 0x20,
        checksum: 7,
        timestamp: 0xabc,
        codeFile: 'gone.dll',
        codeId: '00000abc20',
      },
      {
        base: 0xffff_ffff_ffff_ffe0n,
        size: 0x1f,
        checksum: 0,
        timestamp: 0,
        codeFile: 'last',
        codeId: '000000001f',
      },
    ])
    expect(found).toEqual(['ModuleReadFailure: the unloaded module at offset 36 is unreadable'])
  })

  test('miscellaneous information', () => {
    const write = (a: Assembler) => {
      a.u32(1364, 0x3f7)
      for (let i = 8; i < 1364; i += 4) a.u32(i >= 64 && i < 832 ? 0x0041_0041 + i : word(i))
    }
    const misc = readMiscInfo(sectionOf(write))
    expect(misc).toMatchObject({
      version: 5,
      processId: word(8),
      createTime: word(12),
      userTime: word(16),
      kernelTime: word(20),
      power: {
        maxMhz: word(24),
        currentMhz: word(28),
        mhzLimit: word(32),
        maxIdleState: word(36),
        currentIdleState: word(40),
      },
      integrityLevel: word(44),
      executeFlags: word(48),
      protectedProcess: word(52),
      processCookie: word(1360),
    })
    expect(misc.timeZone).toMatchObject({
      id: word(56),
      bias: word(60),
      standardBias: 0x0041_0041 + 144,
      daylightBias: 0x0041_0041 + 228,
    })
    const lengths = [misc.timeZone!.standardName, misc.timeZone!.daylightName, misc.buildString!]
    expect(lengths.map(({ length }) => length)).toEqual([32, 32, 260])
    expect([misc.debugBuildString!.length, misc.debugBuildString!.charCodeAt(0)]).toEqual([40, 0x41 + 752])
    expect(misc.xstate!.enabled).toBe(long(840))
    const enabled = Array.from({ length: 64 }, (_, i) => i).filter((i) => (long(840) >> BigInt(i)) & 1n)
    expect(misc.xstate!.features.map(({ feature }) => feature)).toEqual(enabled)
    for (const { feature, offset, size } of misc.xstate!.features)
      expect([offset, size]).toEqual([word(848 + 8 * feature), word(852 + 8 * feature)])
  })

  test.each([
    [1, 0, ['processId']],
    [2, 0, ['createTime', 'userTime', 'kernelTime']],
    [4, 44, ['power']],
    [0x10, 232, ['integrityLevel']],
    [0x20, 232, ['executeFlags']],
    [0x80, 232, ['protectedProcess']],
    [0x40, 232, ['timeZone']],
    [0x100, 832, ['buildString', 'debugBuildString']],
    [0x200, 1364, ['processCookie']],
  ])('miscellaneous information: flag %i, from %i bytes', (flag, size, fields) => {
    const read = (flags: number, bytes: number) =>
      Object.entries(readMiscInfo(sectionOf((a) => a.u32(bytes, flags).zeros(bytes - 8))))
        .filter(([name, value]) => value !== null && name !== 'version' && name !== 'xstate')
        .map(([name]) => name)
    expect(read(flag, Math.max(24, size))).toEqual(fields)
    if (size > 0) expect(read(flag, size - 1)).toEqual([])
  })

  test('a list of modules', () => {
    const { found, damaged } = problems()
    const codeView = (size: number, signature: number) => (a: Assembler) =>
      a.location((b) => b.u32(signature).bytes(Array.from({ length: size - 4 }, (_, i) => i + 1)))
    const module = (a: Assembler, base: bigint, record: (a: Assembler) => unknown) => {
      a.u64(base).u32(0x100, 2, 3).reference(minidumpString('m'))
      a.u32(0xfeef_04bd, 0x0001_0000, 0x0005_0006, 0x0007_0008, 9, 10).zeros(28)
      record(a)
      a.zeros(24)
    }
    const write = (a: Assembler) => {
      a.u32(6)
      module(a, 0x1000n, codeView(24, 0x5344_5352))
      module(a, 0x2000n, codeView(23, 0x5344_5352))
      module(a, 0x3000n, codeView(16, 0x3031_424e))
      module(a, 0x4000n, codeView(15, 0x3031_424e))
      module(a, 0x5000n, codeView(5, 0x1234))
      module(a, 0x6000n, (b) => b.location((c) => c.u8(1, 2, 3)))
    }
    const modules = readModuleList(sectionOf(write, 4 + 6 * 108), 'ios', damaged)
    expect(modules.map(({ debugFile, debugId, codeId }) => [debugFile, debugId, codeId])).toEqual([
      ['', '0403020106050807090A0B0C0D0E0F1014131211', '0403020106050807090a0b0c0d0e0f10'],
      [null, null, null],
      ['', '08070605c0b0a09', '00000003100'],
      [null, null, null],
      [null, null, null],
      [null, null, null],
    ])
    expect(modules[0]).toMatchObject({ base: 0x1000n, size: 0x100, checksum: 2, timestamp: 3, codeFile: 'm' })
    expect(modules.map(({ version }) => version)).toEqual(Array.from({ length: 6 }, () => '5.6.7.8'))
    expect(found.map((text) => text.replace(/offset \d+/, 'offset'))).toEqual([
      'CodeViewReadFailure: record of 23 bytes at offset, 24 needed',
      'CodeViewReadFailure: record of 15 bytes at offset, 16 needed',
      'CodeViewReadFailure: 3 bytes at offset are not a CodeView record',
    ])
  })

  test.each([
    ['ends at the last address', 0xffff_ffff_ffff_ff00n, 0xff, []],
    ['passes the last address', 0xffff_ffff_ffff_ff00n, 0x100, ['module 0 has an impossible range']],
    ['is empty', 0x1000n, 0, ['module 0 has an impossible range']],
  ])('a module that %s', (_, base, size, expected) => {
    const { found, damaged } = problems()
    const s = sectionOf(
      (a) => a.u32(1).u64(base).u32(size, 0, 0).reference(minidumpString('')).zeros(84),
      112,
    )
    expect(readModuleList(s, 'linux', damaged)).toHaveLength(1 - expected.length)
    expect(found).toEqual(expected.map((text) => `ModuleReadFailure: ${text}`))
  })

  test('system information', () => {
    const write = (a: Assembler) =>
      a
        .u16(0, 6, 0x0d07)
        .u8(4, 1)
        .u32(10, 11, 12, 2)
        .reference(minidumpString(' Service Pack 1 '))
        .u16(0x300, 0)
        .bytes(new TextEncoder().encode('GenuineIntel'))
        .zeros(12)
    expect(readSystemInfo(sectionOf(write, 56))).toEqual({
      architecture: 0,
      cpu: 'x86',
      pointerSize: 4,
      platformId: 2,
      os: 'windows',
      osLabel: 'Windows NT',
      osVersion: '10.11.12',
      osBuild: 'Service Pack 1',
      osVer: '10.11.12 Service Pack 1',
      csdVersion: ' Service Pack 1 ',
      cpuInfo: 'GenuineIntel family 6 model 13 stepping 7',
      cpuCount: 4,
      productType: 1,
      suiteMask: 0x300,
    })
  })

  test.each([
    ['Linux 5.4.0-1 #1 SMP x86_64 Linux/GNU', '5.4.0-1', '#1 SMP'],
    ['Linux 5.4.0-1 #1 SMP', '5.4.0-1', '#1'],
    ['Linux 5.4.0-1', '5.4.0-1', null],
    ['Linux 0.0.0 #1', '0.0.0', 'Linux 0.0.0 #1'],
    ['Linux', '0.0.0', 'Linux'],
    [' ', '0.0.0', null],
  ])('the version in the text %j of Linux', (text, osVersion, osBuild) => {
    const write = (a: Assembler, platform: number, major: number) =>
      a.u16(9, 0, 0, 0).u32(major, 0, 0, platform).reference(minidumpString(text)).zeros(28)
    const read = (platform: number, major = 0) =>
      readSystemInfo(sectionOf((a) => write(a, platform, major), 56))
    expect(read(0x8201)).toMatchObject({ osVersion, osBuild })
    expect(read(0x8203)).toMatchObject({ osVersion: '0.0.0', osBuild: text.trim() || null })
    expect(read(0x8201, 5)).toMatchObject({ osVersion: '5.0.0', osBuild: text.trim() || null })
  })

  test.each([
    [0, 0, 'ARMv7'],
    [0x4100_c0d0, 0, /^ARMv7 ARM [^ ]+$/],
    [0x4100_c0d0, 1, /^ARMv7 ARM [^ ]+ features: \w+$/],
    [0x2200_1230, 3, /^ARMv7 vendor\(0x22\) part\(0x22001230\) features: \w+,\w+$/],
  ])('the ARM processor 0x%x with the capabilities %i', (cpuid, capabilities, text) => {
    const write = (a: Assembler) => a.u16(5, 7, 0, 0).zeros(24).u32(cpuid, capabilities).zeros(16)
    expect(readSystemInfo(sectionOf(write)).cpuInfo).toEqual(
      typeof text === 'string' ? text : expect.stringMatching(text),
    )
  })

  test('an assertion', () => {
    const write = (kind: number) => (a: Assembler) => {
      for (const letter of ['e', 'f', 'g']) a.bytes(new TextEncoder().encode(`${letter}\0`.repeat(128)))
      a.u32(12, kind)
    }
    const kinds = ['unknown', 'invalid-parameter', 'pure-virtual-call', 'unknown']
    for (const [kind, name] of kinds.entries())
      expect(readAssertion(sectionOf(write(kind)))).toEqual({
        expression: 'e'.repeat(128),
        function: 'f'.repeat(128),
        file: 'g'.repeat(128),
        line: 12,
        kind: name,
      })
  })

  test.each([
    [0, null, null],
    [1, word(4), null],
    [2, null, word(8)],
    [3, word(4), word(8)],
  ])('the threads that Breakpad marks valid with %i', (valid, dumpThreadId, requestingThreadId) => {
    const s = sectionOf((a) => a.u32(valid, word(4), word(8)))
    expect(readBreakpadInfo(s)).toEqual({ dumpThreadId, requestingThreadId })
  })

  const crashRecord = (version: bigint) => (a: Assembler) =>
    a.u64(0, version, 1, 0, 3).bytes(new TextEncoder().encode('path\0message\0signature\0trace\0more\0'))
  test.each([
    [5n, 40, { thread: 1n, dialogMode: null, abortCause: 3n, modulePath: 'path', message2: 'more' }],
    [4n, 40, { thread: 1n, dialogMode: null, abortCause: null, signature: 'signature' }],
    [3n, 16, { thread: null, dialogMode: null, abortCause: null, modulePath: null, message2: null }],
  ])('a crash record of macOS of version %s', (version, strings, expected) => {
    const read = (stringsAt: number) => {
      const write = (a: Assembler) => a.u32(0, 1, stringsAt).location(crashRecord(version)).zeros(152)
      return readMacCrashInfo(sectionOf(write, 172))
    }
    expect(read(strings)).toMatchObject([{ version, ...expected }])
    const fixed = { 5: 40, 4: 32, 3: 16 }[Number(version)]!
    expect(() => read(fixed - 1)).toThrow(
      `DataError: crash record of version ${version} in ${fixed - 1} bytes`,
    )
    if (version === 3n) return
    const cut = (a: Assembler) => a.u32(0, 1, 40).location((b) => b.u64(0, version, 0, 0, 0).u8(97, 0, 98))
    expect(() => readMacCrashInfo(sectionOf(cut, 20))).toThrow(
      /DataError: text at offset 62 does not end in NUL/,
    )
  })

  test('at most twenty crash records of macOS, all of one version', () => {
    const write = (count: number, last: bigint) => (a: Assembler) => {
      a.u32(0, count, 40)
      for (let i = 0; i < 21; i++) a.location(crashRecord(i === 19 ? last : 5n))
    }
    expect(readMacCrashInfo(sectionOf(write(21, 5n), 180))).toHaveLength(20)
    expect(() => readMacCrashInfo(sectionOf(write(21, 4n), 180))).toThrow(
      'DataError: crash records of different versions',
    )
    expect(readMacCrashInfo(sectionOf(write(19, 4n), 180))).toHaveLength(19)
  })

  test('the texts of boot arguments and of soft errors are named when they are damaged', () => {
    const unreadable = sectionOf((a) => a.u32(0).u64(1000))
    expect(() => readMacBootArgs(unreadable)).toThrow(
      'DataError: the text of the boot arguments is unreadable',
    )
    const text = (json: string) => sectionOf((a) => a.bytes(new TextEncoder().encode(json)))
    expect(() => readSoftErrors(text('{'))).toThrow('DataError: the soft errors are not JSON')
    const nested = (depth: number) => text('['.repeat(depth) + ']'.repeat(depth))
    expect(readSoftErrors(nested(64))).toBeInstanceOf(Array)
    expect(() => readSoftErrors(nested(65))).toThrow('DataError: the soft errors are nested too deeply')
  })

  test.each([4, 8] as const)(
    'the auxiliary vector and linked libraries with pointers of %i bytes',
    (size) => {
      const pointer = (a: Assembler, value: number) => (size === 8 ? a.u64(value) : a.u32(value))
      const auxv = (values: number[]) => sectionOf((a) => values.map((value) => pointer(a, value)))
      expect(readAuxv(auxv([6, 4096, 7, 8]), size)).toEqual([
        [6n, 4096n],
        [7n, 8n],
      ])
      expect(readAuxv(auxv([6, 4096, 7]), size)).toEqual([[6n, 4096n]])
      expect(readAuxv(auxv([0, 1, 7, 8]), size)).toEqual([])
      const debug = (count: number) => (a: Assembler) => {
        a.u32(1).reference((b) => {
          for (const i of [1, 2]) {
            pointer(b, i)
            b.reference(minidumpString(`lib${i}`))
            pointer(b, 0x100 + i)
          }
        })
        a.u32(count)
        for (const value of [7, 8, 9]) pointer(a, value)
      }
      expect(readDsoDebug(sectionOf(debug(2), 12 + 3 * size), size)).toEqual({
        version: 1,
        brk: 7n,
        loaderBase: 8n,
        dynamic: 9n,
        links: [
          { address: 1n, name: 'lib1', ld: 0x101n },
          { address: 2n, name: 'lib2', ld: 0x102n },
        ],
      })
      expect(readDsoDebug(sectionOf(debug(0), 12 + 3 * size), size).links).toEqual([])
    },
  )
})

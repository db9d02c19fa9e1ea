// analyzeCrash: memory accesses, adjusted addresses, bit flips, guard pages and contradictions on synthetic crashes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { analyzeCrash } from '../../../../shared/minidump/analysis/analysis.ts'
import type { CrashAnalysis } from '../../../../shared/minidump/analysis/analysis.ts'
import { isNonCanonical } from '../../../../shared/minidump/analysis/instruction-analysis.ts'
import { readMinidump } from '../../../../shared/minidump/minidump.ts'
import { hasMinidumps, minidumpsDir, readUnpacked } from '../../../support/dump-data.ts'
import { fromHex } from '../../../support/assembler.ts'
import type { SynthCpu, SynthRegisters } from '../../../support/synth-context.ts'
import { createSynthMinidump } from '../../../support/synth-minidump.ts'
import type { SynthDump, SynthMemoryInfo, SynthSystem } from '../../../support/synth-minidump.ts'

interface Case {
  code: string
  registers?: SynthRegisters
  os?: NonNullable<SynthSystem['os']>
  cpu?: SynthCpu
  exception?: {
    code: number
    flags?: number
    address?: bigint | number
    parameters?: readonly (bigint | number)[]
  }
  memoryInfo?: readonly SynthMemoryInfo[]
  maps?: string
  stack?: { base: bigint | number; bytes: Uint8Array }
  memory?: SynthDump['memory']
}

const rip = 0x40_5000

/** A crash at `code`; on Windows by default with access violation reading 0x45. */
function crash(given: Case): CrashAnalysis {
  const { code, registers = {}, os = 'windows', cpu = 'amd64', memoryInfo, maps, stack, memory = [] } = given
  const exception = given.exception ?? { code: 0xc0000005, parameters: [0, 0x45] }
  const all = { rip, rsp: 0x7000, ...registers }
  const dump = createSynthMinidump({
    system: { os, cpu },
    threads: [{ id: 1, registers: all, ...(stack ? { stack } : {}) }],
    exception: { threadId: 1, registers: all, ...exception },
    memory: [{ base: rip, bytes: fromHex(code) }, ...memory],
    ...(memoryInfo ? { memoryInfo } : {}),
    ...(maps === undefined ? {} : { linux: { maps } }),
  })
  return analyzeCrash(readMinidump(dump))!
}

const read = (address: bigint) => ({ code: 0xc0000005, parameters: [0, address] })
const write = (address: bigint) => ({ code: 0xc0000005, parameters: [1, address] })
const exec = (address: bigint) => ({ code: 0xc0000005, parameters: [8, address] })

describe('analyzeCrash: memory accesses', () => {
  const bad = 0xbadc0ffebadc0ffen
  test.each([
    ['8a 03', { rbx: bad }, [bad], 1],
    ['66 8b 03', { rbx: bad }, [bad], 2],
    ['8b 03', { rbx: bad }, [bad], 4],
    ['48 8b 03', { rbx: bad }, [bad], 8],
    ['48 8b 85 00 f8 ff ff', { rbp: 0x1000 }, [0x800n], 8],
    ['8a 04 b5 00 00 00 00', { rsi: 0x1000 }, [0x4000n], 1],
    ['42 8a 44 09 10', { rcx: 0x4000, r9: 0x2000 }, [0x6010n], 1],
    ['4a 8b 04 ed 00 00 f0 ff', { r13: 0x1000 }, [0xfffffffffff08000n], 8],
    ['43 8a 04 74', { r12: 0x8000, r14: 0x10000 }, [0x28000n], 1],
    ['49 8b 84 d9 01 00 00 80', { r9: 0x100001, rbx: 0x1000 }, [0xffffffff80108002n], 8],
    ['8b 05 10 00 00 00', {}, [0x405010n], 4],
    ['a4', { rsi: 0x1000, rdi: 0x2000 }, [0x2000n, 0x1000n], 1],
    ['66 a5', { rsi: 0x1000, rdi: 0x2000 }, [0x2000n, 0x1000n], 2],
    ['a5', { rsi: 0x1000, rdi: 0x2000 }, [0x2000n, 0x1000n], 4],
    ['48 a5', { rsi: 0x1000, rdi: 0x2000 }, [0x2000n, 0x1000n], 8],
    ['f3 a4', { rsi: 0x1000, rdi: 0x2000 }, [0x2000n, 0x1000n], 1],
  ] as const)('%s', (code, registers, addresses, size) => {
    const { memoryAccesses } = crash({ code, registers })
    expect(memoryAccesses!.map((access) => access.address)).toEqual(addresses)
    expect(memoryAccesses!.map((access) => access.size)).toEqual(addresses.map(() => size))
  })

  test('masked memory has no known accesses', () => {
    const masked = '62 e1 7f 49 7f 00'
    expect(crash({ code: masked, registers: { rax: bad } }).memoryAccesses).toEqual([])
  })

  test.each([
    ['mov [rax], ecx', '89 08', ['write']],
    ['mov ecx, [rax]', '8b 08', ['read']],
    ['add [rax], ecx', '01 08', ['readwrite']],
    ['cmp [rax], ecx', '39 08', ['read']],
    ['inc dword [rax]', 'ff 00', ['readwrite']],
    ['movups [rax], xmm0', '0f 11 00', ['write']],
    ['xor [rax], ecx, whose accesses are not in the table', '31 08', [null]],
    ['lea', '48 8d 00', []],
    ['mov rax, rcx', '48 89 c8', []],
    ['jz', '74 00', []],
    ['call [rax]: the target, and the pushed return address', 'ff 10', ['read', 'write']],
    ['push rbp', '55', ['write']],
    ['pop rbp', '5d', ['read']],
    ['ret', 'c3', ['read']],
  ])('%s: %s gives %o', (_, code, types) => {
    const { memoryAccesses } = crash({ code, registers: { rax: 0x5000 } })
    expect(memoryAccesses!.map((access) => access.accessType)).toEqual(types)
  })

  test('a push writes below the stack pointer, a return reads at it', () => {
    expect(crash({ code: '55' }).memoryAccesses![0]!.address).toBe(0x6ff8n)
    expect(crash({ code: 'c3' }).memoryAccesses![0]!.address).toBe(0x7000n)
  })

  test('a register missing from the context makes the list unknown', () => {
    expect(crash({ code: '67 8b 03' })).toMatchObject({
      instruction: 'mov eax, dword [ebx]',
      memoryAccesses: null,
    })
  })

  test('without the bytes of the instruction, or on another processor, the analysis is empty', () => {
    const nothing = {
      instruction: null,
      memoryAccesses: null,
      instructionPointerUpdate: null,
      adjustedAddress: null,
    }
    expect(crash({ code: '' })).toMatchObject(nothing)
    expect(crash({ code: '8b 03', cpu: 'x86', registers: { eip: rip } })).toMatchObject(nothing)
  })
})

describe('analyzeCrash: next instruction pointer', () => {
  const target = { base: 0x5000, bytes: fromHex('11 22 33 44 55 66 77 08') }
  const at = 0x0877665544332211n
  test.each([
    ['call rdx', { code: 'ff d2', registers: { rdx: 0x1234 } }, 0x1234n],
    ['call [rax]', { code: 'ff 10', registers: { rax: 0x5000 }, memory: [target] }, at],
    ['call [rax] without that memory', { code: 'ff 10', registers: { rax: 0x5000 } }, null],
    ['ret', { code: 'c3', registers: { rsp: 0x5000 }, stack: target }, at],
    ['call rel32', { code: 'e8 00 00 00 00' }, null],
    ['jz', { code: '74 00' }, null],
    ['mov', { code: '8b 03' }, 'none'],
  ] as const)('%s', (_, given, to) => {
    expect(crash(given as Case).instructionPointerUpdate).toEqual(
      typeof to === 'bigint' ? { address: to } : to,
    )
  })
})

describe('analyzeCrash: adjusted address', () => {
  const nonCanonical = 0x0bad_0000_0000_0000n
  test.each([
    [
      'a base register of 0 is a null pointer',
      { code: '8b 48 10', registers: { rax: 0 } },
      ['null-pointer', 0x10n],
    ],
    ['a call to 0 is a null pointer', { code: 'ff d0', registers: { rax: 0 } }, ['null-pointer', 0n]],
    [
      'Windows: a read of all ones is a protection fault',
      { code: '8b 08', registers: { rax: nonCanonical }, exception: read(0xffff_ffff_ffff_ffffn) },
      ['non-canonical', nonCanonical],
    ],
    [
      'Linux: SI_KERNEL at 0 is a protection fault',
      { os: 'linux', code: '8b 08', registers: { rax: nonCanonical }, exception: { code: 11, flags: 0x80 } },
      ['non-canonical', nonCanonical],
    ],
    [
      'macOS: GPFLT at 0 is a protection fault',
      { os: 'mac', code: '8b 08', registers: { rax: nonCanonical }, exception: { code: 1, flags: 13 } },
      ['non-canonical', nonCanonical],
    ],
    [
      'an address reported by the system is not adjusted',
      { os: 'linux', code: '8b 08', registers: { rax: nonCanonical }, exception: { code: 11, flags: 1 } },
      null,
    ],
  ] as const)('%s', (_, given, expected) => {
    const { adjustedAddress: found } = crash(given as Case)
    expect(found && [found.kind, found.kind === 'null-pointer' ? found.offset : found.address]).toEqual(
      expected,
    )
  })
})

describe('analyzeCrash: bit flips', () => {
  const plain = {
    wasNonCanonical: false,
    isNull: false,
    wasLow: false,
    nearbyRegisters: 0,
    poisonRegisters: false,
  }
  const segv = (address: bigint) => ({ code: 11, flags: 1, address })
  const mapped = [{ base: 0x80000, size: 8, protection: 0 }]

  test('one bit away from the only mapping', () => {
    const given = { os: 'linux' as const, code: '', exception: segv(0x80400n), memoryInfo: mapped }
    expect(crash(given).possibleBitFlips).toEqual([
      { address: 0x80000n, sourceRegister: null, confidence: 0.25, details: plain },
    ])
    expect(crash({ ...given, cpu: 'x86' }).possibleBitFlips).toEqual([])
    expect(crash({ ...given, cpu: 'arm64' }).possibleBitFlips).toEqual([])
  })

  test('an access that starts in or directly after a mapping is not a flip', () => {
    const code = '48 8b 04 24'
    const end = { os: 'linux' as const, code, registers: { rsp: 0xfff9 }, exception: segv(0x10000n) }
    expect(
      crash({ ...end, memoryInfo: [{ base: 0, size: 0x10000, protection: 4 }] }).possibleBitFlips,
    ).toEqual([])
    const behind = { os: 'linux' as const, code, registers: { rsp: 0x90001 }, exception: segv(0x90001n) }
    expect(
      crash({ ...behind, memoryInfo: [{ base: 0x80000, size: 0x10000, protection: 4 }] }).possibleBitFlips,
    ).toEqual([])
  })

  test.each([
    ['null', { rax: 0x1_0000_0000n }, 0x1_0000_0000n, 0n, 0.625],
    ['null from a low address', { rax: 0x400 }, 0x400n, 0n, 0.4375],
    ['one register nearby', { rcx: 0x80100 }, 0x80400n, 0x80000n, 0.625],
    ['two registers nearby', { rcx: 0x80100, rdx: 0x80200 }, 0x80400n, 0x80000n, 0.6625000238418579],
    ['a poison register', { rcx: 0xe5e5e5e5e5e5e5e5n }, 0x80400n, 0x80000n, 0.125],
  ])('confidence: %s', (_, registers, address, meant, confidence) => {
    const { possibleBitFlips } = crash({
      os: 'linux',
      code: '',
      registers: { rsp: 0x7f00_0000_0000n, ...registers },
      exception: segv(address),
      memoryInfo: mapped,
    })
    expect(possibleBitFlips.find((flip) => flip.address === meant)?.confidence).toBe(confidence)
  })

  test('a non-canonical address is tried in its high bits, and so is its source register', () => {
    const { possibleBitFlips } = crash({
      os: 'linux',
      code: '8b 08',
      registers: { rax: 0x0100_0000_0008_0000n },
      exception: { code: 11, flags: 0x80 },
      memoryInfo: mapped,
    })
    expect(possibleBitFlips.map((flip) => [flip.address, flip.sourceRegister, flip.confidence])).toEqual([
      [0x80000n, null, 0.9249999523162842],
      [0x80000n, 'rax', 0.9249999523162842],
    ])
  })

  test('on Windows the memory must permit the operation', () => {
    const given = { code: '', memoryInfo: [{ base: 0x80000, size: 8, protection: 2 }] }
    expect(crash({ ...given, exception: read(0x80400n) }).possibleBitFlips).toHaveLength(1)
    expect(crash({ ...given, exception: write(0x80400n) }).possibleBitFlips).toHaveLength(0)
  })

  test('Linux maps work too', () => {
    const given = {
      os: 'linux' as const,
      code: 'c7 04 25 45 00 00 00 05 00 00 00',
      exception: { code: 11, flags: 0, address: 0x45 },
      maps: '00400000-00401000 r-xp 00000000 fd:00 1 /bin/a\n',
    }
    expect(crash(given)).toMatchObject({
      reason: 'SIGSEGV',
      instruction: 'mov dword [0x45], 0x5',
      memoryAccesses: [{ address: 0x45n, size: 4, accessType: 'write' }],
      possibleBitFlips: [{ address: 0x400045n, confidence: 0.25 }],
    })
  })
})

describe('analyzeCrash: guard pages', () => {
  const code = '8a 04 24'
  const registers = { rsp: 0x81000 }
  const page = (base: number, protection: number, size = 0x1000) => ({ base, size, protection })
  test.each([
    ['without permissions next to memory with some', [page(0x80000, 0x40), page(0x81000, 1)], true],
    ['below it', [page(0x81000, 1), page(0x82000, 2)], true],
    ['not next to it', [page(0x70000, 0x40), page(0x81000, 1)], false],
    ['of 32 KiB', [page(0x80000, 0x40), page(0x81000, 1, 0x8000)], true],
    ['of a byte more', [page(0x80000, 0x40), page(0x81000, 1, 0x8001)], false],
    ['too large', [page(0x80000, 0x40), page(0x81000, 1, 0x10000)], false],
    ['readable itself', [page(0x80000, 0x40), page(0x81000, 2)], false],
  ])('memory %s', (_, memoryInfo, expected) => {
    const { memoryAccesses } = crash({ code, registers, memoryInfo, exception: read(0x81000n) })
    expect(memoryAccesses).toMatchObject([{ address: 0x81000n, size: 1, isLikelyGuardPage: expected }])
  })
})

describe('analyzeCrash: contradictions', () => {
  test.each([
    [0x5000n, 0x4fffn, false],
    [0x5000n, 0x5000n, true],
    [0x5000n, 0x5003n, true],
    [0x5000n, 0x5004n, false],
    [0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_fffdn, false],
    [0xffff_ffff_ffff_fffen, 0xffff_ffff_ffff_fffen, true],
    [0xffff_ffff_ffff_fffen, 1n, true],
    [0xffff_ffff_ffff_fffen, 2n, false],
  ])('a read of four bytes at %s explains a crash at %s: %s', (rax, address, isExplained) => {
    const { inconsistencies } = crash({ code: '8b 08', registers: { rax }, exception: read(address) })
    expect(inconsistencies).toEqual(isExplained ? [] : ['crashing_access_not_found_in_memory_accesses'])
  })

  const rax = { rax: 0x5000 }
  const readable = [{ base: 0x5000, size: 0x1000, protection: 2 }]
  const gpf = read(0xffff_ffff_ffff_ffffn)
  test.each<[string, Case, string[]]>([
    ['division by zero at a division', { code: 'f7 f9', exception: { code: 0xc0000094 } }, []],
    [
      'division by zero at mov',
      { code: '8b 08', exception: { code: 0xc0000094 } },
      ['int_div_by_zero_not_possible'],
    ],
    [
      'division by zero on Linux',
      { os: 'linux', code: '8b 08', exception: { code: 8, flags: 1 } },
      ['int_div_by_zero_not_possible'],
    ],
    ['privileged instruction at hlt', { code: 'f4', exception: { code: 0xc0000096 } }, []],
    [
      'privileged instruction at add',
      { code: '01 c8', exception: { code: 0xc0000096 } },
      ['priv_instruction_crash_without_priv_instruction'],
    ],
    ['a matching read', { code: '8b 08', registers: rax, exception: read(0x5000n) }, []],
    [
      'a read of another address',
      { code: '8b 08', registers: rax, exception: read(0x9000n) },
      ['crashing_access_not_found_in_memory_accesses'],
    ],
    [
      'a write, but the instruction reads',
      { code: '8b 08', registers: rax, exception: write(0x5000n) },
      ['crashing_access_not_found_in_memory_accesses'],
    ],
    [
      'a read by an instruction whose accesses are not in the table',
      { code: '31 08', exception: read(0x9000n) },
      [],
    ],
    [
      'a read of readable memory',
      { code: '8b 08', registers: rax, exception: read(0x5000n), memoryInfo: readable },
      ['access_violation_when_access_allowed'],
    ],
    ['execution at the instruction pointer', { code: '8b 08', exception: exec(BigInt(rip)) }, []],
    [
      'execution elsewhere',
      { code: '8b 08', exception: exec(0x9000n) },
      ['crashing_access_not_found_in_memory_accesses'],
    ],
    [
      'a fault at a non-canonical address',
      { code: '8b 08', registers: { rax: 1n << 60n }, exception: gpf },
      [],
    ],
    [
      'a fault without one',
      { code: '8b 08', registers: rax, exception: gpf },
      ['non_canonical_address_falsely_reported'],
    ],
    ['a fault at movaps, which may be unaligned', { code: '0f 28 00', registers: rax, exception: gpf }, []],
    ['stack overflow at a push', { code: '55', exception: { code: 0xc00000fd } }, []],
    [
      'stack overflow without an access',
      { code: '48 89 c8', exception: { code: 0xc00000fd } },
      ['crashing_access_not_found_in_memory_accesses'],
    ],
  ])('%s', (_, given, expected) => expect(crash(given).inconsistencies).toEqual(expected))
})

describe.skipIf(!hasMinidumps)(
  'analyzeCrash on real dumps (skipped where ../shared/data/minidumps is absent)',
  () => {
    test('a crash on macOS is analyzed like in rust-minidump', () => {
      const folder = join(minidumpsDir, 'rust-minidump')
      const file = 'pipeline-inlines-macos-segv'
      const analysis = analyzeCrash(readMinidump(readUnpacked(join(folder, 'dumps', `${file}.dmp`))))!
      const report = JSON.parse(readFileSync(join(folder, 'expected-json', `${file}.symbols.json`), 'utf8'))
      const expected = report.crash_info
      expect(analysis.instruction).toBe(expected.instruction)
      expect(
        analysis.memoryAccesses!.map((a) => ({
          access_type: a.accessType,
          address: `0x${a.address.toString(16)}`,
          size: a.size,
        })),
      ).toEqual(expected.memory_accesses)
      expect(analysis.possibleBitFlips).toEqual([])
      expect([analysis.adjustedAddress, analysis.instructionPointerUpdate]).toEqual([null, 'none'])
      expect(analysis.inconsistencies).toEqual(expected.crash_inconsistencies)
    })
  },
)

test.each([
  [0x7fff_ffff_ffffn, false],
  [0x8000_0000_0000n, true],
  [0xffff_7fff_ffff_ffffn, true],
  [0xffff_8000_0000_0000n, false],
])('the address %s is outside the canonical form: %s', (address, expected) => {
  expect(isNonCanonical(address)).toBe(expected)
})

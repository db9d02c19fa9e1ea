// crashReason and lastErrorName: the texts that signatures, searches and users depend on.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readMinidump } from '../../../../shared/minidump/minidump.ts'
import { crashReason, lastErrorName, windowsErrorName } from '../../../../shared/minidump/reasons/reason.ts'
import { fastFailCodes, ntStatuses, win32Errors } from '../../../../shared/minidump/reasons/names.ts'
import { hasMinidumps, minidumpsDir } from '../../../support/dump-data.ts'
import type { SynthCpu } from '../../../support/synth-context.ts'
import type { SynthException, SynthSystem } from '../../../support/synth-minidump.ts'
import { createSynthMinidump } from '../../../support/synth-minidump.ts'

type Os = NonNullable<SynthSystem['os']>

const crash = (os: Os, cpu: SynthCpu, exception: Omit<SynthException, 'threadId'>) =>
  crashReason(
    readMinidump(createSynthMinidump({ system: { os, cpu }, exception: { threadId: 1, ...exception } })),
  )!

describe('crashReason on Windows', () => {
  const status = 0xc000_007fn
  test.each([
    [0xc0000005, [0, 0x45], 'EXCEPTION_ACCESS_VIOLATION_READ'],
    [0xc0000005, [1, 0x45], 'EXCEPTION_ACCESS_VIOLATION_WRITE'],
    [0xc0000005, [8], 'EXCEPTION_ACCESS_VIOLATION_EXEC'],
    [0xc0000005, [2, 0x45], 'EXCEPTION_ACCESS_VIOLATION'],
    [0xc0000005, [], 'EXCEPTION_ACCESS_VIOLATION'],
    [0xc0000006, [1, 0x45, status], 'EXCEPTION_IN_PAGE_ERROR_WRITE / STATUS_DISK_FULL'],
    [
      0xc0000006,
      [1, 0x45, 0xffff_ffff_0000_0000n | status],
      'EXCEPTION_IN_PAGE_ERROR_WRITE / STATUS_DISK_FULL',
    ],
    [0xc0000006, [0, 0x45, 0xcafe_babe], 'EXCEPTION_IN_PAGE_ERROR_READ / 0xcafebabe'],
    [0xc0000006, [1, 0x45], 'EXCEPTION_IN_PAGE_ERROR_WRITE'],
    [0xc0000006, [0, 0x45], 'EXCEPTION_IN_PAGE_ERROR_READ'],
    [0xc0000006, [2, 0x45], 'EXCEPTION_IN_PAGE_ERROR'],
    [0xc0000006, [], 'EXCEPTION_IN_PAGE_ERROR'],
    [0xc0000409, [7], 'EXCEPTION_STACK_BUFFER_OVERRUN / FAST_FAIL_FATAL_APP_EXIT'],
    [0xc0000409, [0x1234], 'EXCEPTION_STACK_BUFFER_OVERRUN / 0x00001234'],
    [0xc0000409, [], 'STATUS_STACK_BUFFER_OVERRUN'],
    [0x80000003, [], 'EXCEPTION_BREAKPOINT'],
    [0xc00000fd, [], 'EXCEPTION_STACK_OVERFLOW'],
    [0xe0000008, [], 'Out of Memory'],
    [0xe06d7363, [], 'Unhandled C++ Exception'],
    [0x0517a7ed, [], 'Simulated Exception'],
    [0xe0434352, [], 'MANAGED_EXCEPTION_CODE_V4'],
    [0x4000, [], 'Unreal Engine Assertion'],
    [777008, [], 'Unreal Engine Ensure'],
    [0x0eedfade, [], 'Delphi Exception'],
    [0x20474343, [], 'GCC C++ Exception'],
    [0x406d1388, [], 'Thread Name'],
    [0xe0434f4d, [], 'MANAGED_EXCEPTION_CODE'],
    [0x80131623, [], 'COR_E_FAILFAST'],
    [0x0cca11ed, [], 'Dump Requested by Another Process'],
    [0xc06d007e, [], 'FACILITY_VISUALCPP / ERROR_MOD_NOT_FOUND'],
    [0xc0000374, [], 'STATUS_HEAP_CORRUPTION'],
    [5, [], 'ERROR_ACCESS_DENIED'],
    [0xdeadbeef, [], 'unknown 0xdeadbeef'],
  ] as const)('code %i with %o is %s', (code, parameters, reason) => {
    expect(crash('windows', 'amd64', { code, parameters }).reason).toBe(reason)
  })

  test('the address of an access is in the parameters, that of other exceptions in the record', () => {
    const both = { address: 0x1000, parameters: [0, 0x45] }
    expect(crash('windows', 'amd64', { code: 0xc0000005, ...both }).address).toBe(0x45n)
    expect(crash('windows', 'amd64', { code: 0xc0000006, ...both }).address).toBe(0x45n)
    expect(crash('windows', 'amd64', { code: 0x80000003, ...both }).address).toBe(0x1000n)
    expect(crash('windows', 'amd64', { code: 0xc0000005, address: 0x1000, parameters: [0] }).address).toBe(
      0x1000n,
    )
  })

  test('on 32-bit processors the high half of the address is dropped', () => {
    const address = 0xf0e1_d2c3_b4a5_9687n
    expect(crash('windows', 'x86', { code: 1, address }).address).toBe(0xb4a59687n)
    expect(crash('windows', 'amd64', { code: 1, address }).address).toBe(address)
  })

  test('the last error is read from the thread environment block', () => {
    const teb = 0x7ffd_e000n
    const value = Uint8Array.of(2, 0, 0, 0)
    const read = (cpu: SynthCpu, base: bigint) => {
      const threads = [{ id: 1, teb }]
      const dump = readMinidump(
        createSynthMinidump({ system: { cpu }, threads, memory: [{ base, bytes: value }] }),
      )
      return lastErrorName(dump, dump.threads[0]!)
    }
    expect(read('x86', teb + 52n)).toBe('ERROR_FILE_NOT_FOUND')
    expect(read('amd64', teb + 104n)).toBe('ERROR_FILE_NOT_FOUND')
    expect(read('amd64', teb)).toBeNull()
    expect(read('unknown', teb + 104n)).toBeNull()
  })
})

describe('crashReason on Linux and Android', () => {
  test.each([
    [11, 1, 'SIGSEGV / SEGV_MAPERR'],
    [11, 2, 'SIGSEGV / SEGV_ACCERR'],
    [11, 0, 'SIGSEGV'],
    [11, 0x80, 'SIGSEGV / SI_KERNEL'],
    [11, 5, 'SIGSEGV / SEGV_ACCADI'],
    [11, 8, 'SIGSEGV / SEGV_MTEAERR'],
    [11, 9, 'SIGSEGV / SEGV_MTESERR'],
    [11, 10, 'SIGSEGV / SEGV_CPERR'],
    [11, 11, 'SIGSEGV / 0x0000000b'],
    [4, 11, 'SIGILL / ILL_BNDMOD'],
    [8, 14, 'SIGFPE / FPE_FLTUNK'],
    [8, 15, 'SIGFPE / FPE_CONDTRAP'],
    [29, 6, 'SIGIO / POLL_HUP'],
    [17, 3, 'SIGCHLD / CLD_DUMPED'],
    [6, -6 >>> 0, 'SIGABRT / SI_TKILL'],
    [6, 0, 'SIGABRT'],
    [8, 1, 'SIGFPE / FPE_INTDIV'],
    [7, 2, 'SIGBUS / BUS_ADRERR'],
    [4, 5, 'SIGILL / ILL_PRVOPC'],
    [5, 6, 'SIGTRAP / TRAP_PERF'],
    [31, 1, 'SIGSYS / SYS_SECCOMP'],
    [10, 1, 'SIGUSR1 / 0x00000001'],
    [16, -1 >>> 0, 'SIGSTKFLT / SI_QUEUE'],
    [0xffff_ffff, 0, 'DUMP_REQUESTED'],
    [77, 5, 'unknown 0x0000004d / 0x00000005'],
  ])('signal %i with code %i is %s', (code, flags, reason) => {
    expect(crash('linux', 'amd64', { code, flags }).reason).toBe(reason)
    expect(crash('android', 'arm64', { code, flags }).reason).toBe(reason)
  })
})

describe('crashReason on macOS and iOS', () => {
  test.each([
    ['amd64', 1, 1, 'EXC_BAD_ACCESS / KERN_INVALID_ADDRESS'],
    ['amd64', 1, 13, 'EXC_BAD_ACCESS / EXC_I386_GPFLT'],
    ['arm64', 1, 13, 'EXC_BAD_ACCESS / 0x0000000d'],
    ['arm64', 1, 0x105, 'EXC_BAD_ACCESS / EXC_ARM_PAC_FAIL'],
    ['ppc', 1, 0x101, 'EXC_BAD_ACCESS / EXC_PPC_VM_PROT_READ'],
    ['amd64', 1, 99, 'EXC_BAD_ACCESS / 0x00000063'],
    ['x86', 2, 1, 'EXC_BAD_INSTRUCTION / EXC_I386_INVOP'],
    ['arm64', 2, 1, 'EXC_BAD_INSTRUCTION / EXC_ARM_UNDEFINED'],
    ['amd64', 3, 1, 'EXC_ARITHMETIC / EXC_I386_DIV'],
    ['amd64', 5, 0x10002, 'EXC_SOFTWARE / SIGABRT'],
    ['arm64', 5, 0xdeadc0de, 'EXC_SOFTWARE / UNCAUGHT_NS_EXCEPTION'],
    ['arm64', 6, 1, 'EXC_BREAKPOINT / EXC_ARM_BREAKPOINT'],
    ['amd64', 6, 2, 'EXC_BREAKPOINT / EXC_I386_BPT'],
    ['amd64', 7, 3, 'EXC_SYSCALL / 0x00000003'],
    ['amd64', 10, 3, 'EXC_CRASH / 0x00000003'],
    ['amd64', 10, 0x600_0000, 'EXC_CRASH / SIGABRT'],
    ['amd64', 13, 0, 'EXC_CORPSE_NOTIFY / 0x00000000'],
    ['amd64', 0x43507378, 0, 'Simulated Exception'],
    ['arm64', 0x43506e78, 0, 'Uncaught NSException'],
    ['arm64', 0, 0, 'unknown 0x00000000 / 0x00000000'],
  ] as const)('%s: %i with %i is %s', (cpu, code, flags, reason) => {
    expect(crash('mac', cpu, { code, flags }).reason).toBe(reason)
    expect(crash('ios', cpu, { code, flags }).reason).toBe(reason)
  })

  test.each([
    [0, 0, [10, 0x600_0000], 'EXC_CRASH / SIGABRT'],
    [0, 0, [10, 0x600_0000, 0], 'EXC_CRASH / SIGABRT'],
    [0, 0, [10, 0xa00_0000], 'EXC_CRASH / SIGBUS'],
    [0, 0, [10, 0xff00_0000], 'EXC_CRASH / 0xff000000'],
    [0, 0, [10, 0xffff_ffff_0600_0000n], 'EXC_CRASH / SIGABRT'],
    [10, 0, [10, 0x600_0000], 'EXC_CRASH / SIGABRT'],
    [10, 0, [10, 0xb10_0001], 'EXC_BAD_ACCESS / KERN_INVALID_ADDRESS'],
    [10, 0, [10, 0xba0_0001], 'EXC_CRASH / SIGSEGV'],
    [1, 1, [10, 0xb10_0001], 'EXC_BAD_ACCESS / KERN_INVALID_ADDRESS'],
    [0, 0, [1, 0x600_0000], 'unknown 0x00000000 / 0x00000000'],
    [0, 0, [10], 'unknown 0x00000000 / 0x00000000'],
  ])('Crashpad: exception %i, code %i, parameters %o: %s', (code, flags, parameters, reason) => {
    expect(crash('mac', 'arm64', { code, flags, parameters }).reason).toBe(reason)
  })

  const kind = (n: number) => (n << 29) >>> 0
  const flavor = (n: bigint, rest: bigint) => (n << 58n) | rest
  test.each([
    [
      11,
      kind(1),
      flavor(1n, (60n << 7n) | 5n),
      6n,
      'CPU / FLAVOR_CPU_MONITOR interval: 60s CPU limit: 5% CPU consumed: 6%',
    ],
    [
      11,
      kind(2),
      flavor(1n, (300n << 20n) | 150n),
      200n,
      'WAKEUPS / FLAVOR_WAKEUPS_MONITOR interval: 300s wakeups permitted: 150 wakeups observed: 200',
    ],
    [11, kind(3), flavor(1n, 50n), 0n, 'MEMORY / FLAVOR_HIGH_WATERMARK high watermark limit: 50MiB'],
    [
      11,
      kind(4),
      flavor(2n, (10n << 15n) | 7n),
      9n,
      'IO / FLAVOR_IO_LOGICAL_WRITES interval: 10s I/O limit: 7% I/O observed: 9%',
    ],
    [11, kind(5), flavor(1n, 99n), 0n, 'THREADS / FLAVOR_THREADS_HIGH_WATERMARK high watermark limit: 99'],
    [11, kind(1), flavor(5n, 1n), 2n, 'CPU / 0x1400000000000001 / 0x0000000000000002'],
  ])('resource %i %i: %s', (code, flags, info, sub, text) => {
    const { reason } = crash('mac', 'arm64', { code, flags, parameters: [0, info, sub] })
    expect(reason).toBe(`EXC_RESOURCE / RESOURCE_TYPE_${text}`)
  })

  test.each([
    [kind(0), 0n, 0n, 'NONE'],
    [kind(1), (2n << 32n) | 5n, 0n, 'MACH_PORT / GUARD_EXC_MOD_REFS port name: 5'],
    [kind(1), (2n << 32n) | 5n, 9n, 'MACH_PORT / GUARD_EXC_MOD_REFS port name: 5 subcode: 9'],
    [kind(2), (1n << 32n) | 5n, 9n, 'FD / GUARD_EXC_CLOSE file descriptor: 5 guard identifier: 9'],
    [kind(3), 7n, 9n, 'USER/ namespace: 7 guard identifier: 9'],
    [kind(4), (1n << 32n) | 5n, 9n, 'VN / GUARD_EXC_RENAME_TO pid: 5 guard identifier: 9'],
    [kind(5), 1n << 32n, 9n, 'VIRT_MEMORY / GUARD_EXC_DEALLOC_GAP offset: 9'],
    [kind(6), 0n, 9n, 'REJECTED_SC / GUARD_EXC_MACH_TRAP syscall: 9'],
    [kind(2), 3n << 32n, 9n, 'FD / 0x0000000300000000 / 0x0000000000000009'],
  ])('guard %i with %i, %i is %s', (flags, info, sub, text) => {
    const { reason } = crash('mac', 'arm64', { code: 12, flags, parameters: [0, info, sub] })
    expect(reason).toBe(`EXC_GUARD / GUARD_TYPE_${text}`)
  })

  test('an unknown resource or guard type shows its flags', () => {
    expect(crash('mac', 'arm64', { code: 11, flags: kind(7) }).reason).toBe('EXC_RESOURCE / 0xe0000000')
    expect(crash('mac', 'arm64', { code: 12, flags: kind(7) }).reason).toBe('EXC_GUARD / 0xe0000000')
  })
})

describe('crashReason elsewhere', () => {
  test('other systems show code and flags; without an exception there is no reason', () => {
    expect(crash('none', 'amd64', { code: 1, flags: 2 }).reason).toBe('unknown 0x00000001 / 0x00000002')
    expect(crashReason(readMinidump(createSynthMinidump({ system: {} })))).toBeNull()
  })
})

describe.skipIf(!hasMinidumps)(
  'Windows code tables (skipped where ../shared/data/minidumps is absent)',
  () => {
    const rows = (file: string) =>
      readFileSync(join(minidumpsDir, 'crash-codes', file), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split('\t'))
        .map(([code, name]) => [Number(code), name])
    test.each([
      ['windows-winerror.tsv', win32Errors],
      ['windows-ntstatus.tsv', ntStatuses],
      ['windows-fastfail.tsv', () => fastFailCodes],
    ])('%s: all names, and no others', (file, table) => expect([...table()]).toEqual(rows(file)))

    test('a code that is both is a Win32 error', () => {
      expect(ntStatuses().get(1)).toBe('STATUS_WAIT_1')
      expect(windowsErrorName(1)).toBe('ERROR_INVALID_FUNCTION')
    })
  },
)

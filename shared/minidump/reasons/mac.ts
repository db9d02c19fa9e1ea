// Names of Mach exceptions on macOS and iOS, their codes by processor, resource and guard kinds.

type Codes = ReadonlyMap<number, string>

/** Mach exception types; the last is the one Crashpad sends for a dump without a crash. */
export const macExceptions: Codes = new Map([
  [1, 'EXC_BAD_ACCESS'],
  [2, 'EXC_BAD_INSTRUCTION'],
  [3, 'EXC_ARITHMETIC'],
  [4, 'EXC_EMULATION'],
  [5, 'EXC_SOFTWARE'],
  [6, 'EXC_BREAKPOINT'],
  [7, 'EXC_SYSCALL'],
  [8, 'EXC_MACH_SYSCALL'],
  [9, 'EXC_RPC_ALERT'],
  [11, 'EXC_RESOURCE'],
  [12, 'EXC_GUARD'],
  [0x43507378, 'Simulated Exception'],
])

/** Processors with their own Mach codes. */
export type MachCpu = 'arm64' | 'x86' | 'ppc'

/** Codes of an exception: `any` first, then those of the processor. */
export const macCodes: ReadonlyMap<string, { readonly [K in MachCpu | 'any']?: Codes }> = new Map([
  [
    'EXC_BAD_ACCESS',
    {
      any: new Map([
        [1, 'KERN_INVALID_ADDRESS'],
        [2, 'KERN_PROTECTION_FAILURE'],
        [5, 'KERN_FAILURE'],
        [8, 'KERN_NO_ACCESS'],
        [9, 'KERN_MEMORY_FAILURE'],
        [10, 'KERN_MEMORY_ERROR'],
        [50, 'KERN_CODESIGN_ERROR'],
      ]),
      arm64: new Map([
        [0x101, 'EXC_ARM_DA_ALIGN'],
        [0x102, 'EXC_ARM_DA_DEBUG'],
        [0x103, 'EXC_ARM_SP_ALIGN'],
        [0x104, 'EXC_ARM_SWP'],
        [0x105, 'EXC_ARM_PAC_FAIL'],
      ]),
      x86: new Map([[13, 'EXC_I386_GPFLT']]),
      ppc: new Map([
        [0x101, 'EXC_PPC_VM_PROT_READ'],
        [0x102, 'EXC_PPC_BADSPACE'],
        [0x103, 'EXC_PPC_UNALIGNED'],
      ]),
    },
  ],
  [
    'EXC_BAD_INSTRUCTION',
    {
      arm64: new Map([[1, 'EXC_ARM_UNDEFINED']]),
      x86: new Map([
        [1, 'EXC_I386_INVOP'],
        [10, 'EXC_I386_INVTSSFLT'],
        [11, 'EXC_I386_SEGNPFLT'],
        [12, 'EXC_I386_STKFLT'],
        [13, 'EXC_I386_GPFLT'],
        [17, 'EXC_I386_ALIGNFLT'],
      ]),
      ppc: new Map([
        [1, 'EXC_PPC_INVALID_SYSCALL'],
        [2, 'EXC_PPC_UNIPL_INST'],
        [3, 'EXC_PPC_PRIVINST'],
        [4, 'EXC_PPC_PRIVREG'],
        [5, 'EXC_PPC_TRACE'],
        [6, 'EXC_PPC_PERFMON'],
      ]),
    },
  ],
  [
    'EXC_ARITHMETIC',
    {
      arm64: new Map([
        [1, 'EXC_ARM_FP_IO'],
        [2, 'EXC_ARM_FP_DZ'],
        [3, 'EXC_ARM_FP_OF'],
        [4, 'EXC_ARM_FP_UF'],
        [5, 'EXC_ARM_FP_IX'],
        [6, 'EXC_ARM_FP_ID'],
      ]),
      x86: new Map([
        [1, 'EXC_I386_DIV'],
        [2, 'EXC_I386_INTO'],
        [3, 'EXC_I386_NOEXT'],
        [4, 'EXC_I386_EXTOVR'],
        [5, 'EXC_I386_EXTERR'],
        [6, 'EXC_I386_EMERR'],
        [7, 'EXC_I386_BOUND'],
        [8, 'EXC_I386_SSEEXTERR'],
      ]),
      ppc: new Map([
        [1, 'EXC_PPC_OVERFLOW'],
        [2, 'EXC_PPC_ZERO_DIVIDE'],
        [3, 'EXC_FLT_INEXACT'],
        [4, 'EXC_PPC_FLT_ZERO_DIVIDE'],
        [5, 'EXC_PPC_FLT_UNDERFLOW'],
        [6, 'EXC_PPC_FLT_OVERFLOW'],
        [7, 'EXC_PPC_FLT_NOT_A_NUMBER'],
        [8, 'EXC_PPC_NOEMULATION'],
        [9, 'EXC_PPC_ALTIVECASSIST'],
      ]),
    },
  ],
  [
    'EXC_SOFTWARE',
    {
      any: new Map([
        [0x10002, 'SIGABRT'],
        [0xdeadc0de, 'UNCAUGHT_NS_EXCEPTION'],
        [1, 'EXC_PPC_TRAP'],
        [0x10100, 'EXC_PPC_MIGRATE'],
      ]),
    },
  ],
  [
    'EXC_BREAKPOINT',
    {
      arm64: new Map([[1, 'EXC_ARM_BREAKPOINT']]),
      x86: new Map([
        [1, 'EXC_I386_SGL'],
        [2, 'EXC_I386_BPT'],
      ]),
      ppc: new Map([[1, 'EXC_PPC_BREAKPOINT']]),
    },
  ],
])

/** EXC_RESOURCE: kinds and their flavors. */
export const macResources: ReadonlyMap<number, { readonly name: string; readonly flavors: Codes }> = new Map([
  [
    1,
    {
      name: 'RESOURCE_TYPE_CPU',
      flavors: new Map([
        [1, 'FLAVOR_CPU_MONITOR'],
        [2, 'FLAVOR_CPU_MONITOR_FATAL'],
      ]),
    },
  ],
  [2, { name: 'RESOURCE_TYPE_WAKEUPS', flavors: new Map([[1, 'FLAVOR_WAKEUPS_MONITOR']]) }],
  [3, { name: 'RESOURCE_TYPE_MEMORY', flavors: new Map([[1, 'FLAVOR_HIGH_WATERMARK']]) }],
  [
    4,
    {
      name: 'RESOURCE_TYPE_IO',
      flavors: new Map([
        [1, 'FLAVOR_IO_PHYSICAL_WRITES'],
        [2, 'FLAVOR_IO_LOGICAL_WRITES'],
      ]),
    },
  ],
  [5, { name: 'RESOURCE_TYPE_THREADS', flavors: new Map([[1, 'FLAVOR_THREADS_HIGH_WATERMARK']]) }],
])

/** EXC_GUARD: kinds and their flavors. */
export const macGuards: ReadonlyMap<number, { readonly name: string; readonly flavors: Codes }> = new Map([
  [0, { name: 'GUARD_TYPE_NONE', flavors: new Map<number, string>() }],
  [
    1,
    {
      name: 'GUARD_TYPE_MACH_PORT',
      flavors: new Map([
        [1, 'GUARD_EXC_DESTROY'],
        [2, 'GUARD_EXC_MOD_REFS'],
        [3, 'GUARD_EXC_INVALID_OPTIONS'],
        [4, 'GUARD_EXC_SET_CONTEXT'],
        [5, 'GUARD_EXC_THREAD_SET_STATE'],
        [8, 'GUARD_EXC_UNGUARDED'],
        [16, 'GUARD_EXC_INCORRECT_GUARD'],
        [32, 'GUARD_EXC_IMMOVABLE'],
        [64, 'GUARD_EXC_STRICT_REPLY'],
        [128, 'GUARD_EXC_MSG_FILTERED'],
        [0x100, 'GUARD_EXC_INVALID_RIGHT'],
        [0x200, 'GUARD_EXC_INVALID_NAME'],
        [0x400, 'GUARD_EXC_INVALID_VALUE'],
        [0x800, 'GUARD_EXC_INVALID_ARGUMENT'],
        [0x1000, 'GUARD_EXC_RIGHT_EXISTS'],
        [0x2000, 'GUARD_EXC_KERN_NO_SPACE'],
        [0x4000, 'GUARD_EXC_KERN_FAILURE'],
        [0x8000, 'GUARD_EXC_KERN_RESOURCE'],
        [0x10000, 'GUARD_EXC_SEND_INVALID_REPLY'],
        [0x20000, 'GUARD_EXC_SEND_INVALID_VOUCHER'],
        [0x40000, 'GUARD_EXC_SEND_INVALID_RIGHT'],
        [0x80000, 'GUARD_EXC_RCV_INVALID_NAME'],
        [0x100000, 'GUARD_EXC_RCV_GUARDED_DESC'],
        [0x200000, 'GUARD_EXC_MOD_REFS_NON_FATAL'],
        [0x400000, 'GUARD_EXC_IMMOVABLE_NON_FATAL'],
        [0x800000, 'GUARD_EXC_REQUIRE_REPLY_PORT_SEMANTICS'],
        [0x1000000, 'GUARD_EXC_EXCEPTION_BEHAVIOR_ENFORCE'],
      ]),
    },
  ],
  [
    2,
    {
      name: 'GUARD_TYPE_FD',
      flavors: new Map([
        [1, 'GUARD_EXC_CLOSE'],
        [2, 'GUARD_EXC_DUP'],
        [4, 'GUARD_EXC_NOCLOEXEC'],
        [8, 'GUARD_EXC_SOCKET_IPC'],
        [16, 'GUARD_EXC_FILEPORT'],
        [32, 'GUARD_EXC_MISMATCH'],
        [64, 'GUARD_EXC_WRITE'],
      ]),
    },
  ],
  [3, { name: 'GUARD_TYPE_USER', flavors: new Map<number, string>() }],
  [
    4,
    {
      name: 'GUARD_TYPE_VN',
      flavors: new Map([
        [1, 'GUARD_EXC_RENAME_TO'],
        [2, 'GUARD_EXC_RENAME_FROM'],
        [4, 'GUARD_EXC_UNLINK'],
        [8, 'GUARD_EXC_WRITE_OTHER'],
        [16, 'GUARD_EXC_TRUNC_OTHER'],
        [32, 'GUARD_EXC_LINK'],
        [64, 'GUARD_EXC_EXCHDATA'],
      ]),
    },
  ],
  [5, { name: 'GUARD_TYPE_VIRT_MEMORY', flavors: new Map([[1, 'GUARD_EXC_DEALLOC_GAP']]) }],
  [6, { name: 'GUARD_TYPE_REJECTED_SC', flavors: new Map([[0, 'GUARD_EXC_MACH_TRAP']]) }],
])

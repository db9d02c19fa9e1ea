// Names of registers in STACK CFI records, by DWARF number.

const numbered = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${prefix}${from + i}`)

/** What unwinding needs to know of a processor. */
export interface CpuRules {
  /** By DWARF number; registers beyond, such as vectors, have no rules. */
  readonly registers: readonly string[]
  readonly stackPointer: string
  /** Register with the return address of the caller before anything is saved; null where the call pushes it. */
  readonly linkRegister: string | null
  readonly addressSize: 4 | 8
}

const x86 = ['$eax', '$ecx', '$edx', '$ebx', '$esp', '$ebp', '$esi', '$edi', '$eip']
const cpus: ReadonlyMap<string, CpuRules> = new Map([
  [
    'x86_64',
    {
      registers: [
        ...['$rax', '$rdx', '$rcx', '$rbx', '$rsi', '$rdi', '$rbp', '$rsp'],
        ...numbered('$r', 8, 15),
        '$rip',
      ],
      stackPointer: '$rsp',
      linkRegister: null,
      addressSize: 8,
    },
  ],
  ['x86', { registers: x86, stackPointer: '$esp', linkRegister: null, addressSize: 4 }],
  [
    'arm',
    {
      registers: [...numbered('r', 0, 12), 'sp', 'lr', 'pc'],
      stackPointer: 'sp',
      linkRegister: 'lr',
      addressSize: 4,
    },
  ],
  [
    'arm64',
    { registers: [...numbered('x', 0, 30), 'sp'], stackPointer: 'sp', linkRegister: 'x30', addressSize: 8 },
  ],
  ['mips', mips(4)],
  ['mips64', mips(8)],
])

function mips(addressSize: 4 | 8): CpuRules {
  const names =
    'zero at v0 v1 a0 a1 a2 a3 t0 t1 t2 t3 t4 t5 t6 t7 s0 s1 s2 s3 s4 s5 s6 s7 t8 t9 k0 k1 gp sp fp ra'
  const registers = names.split(' ').map((name) => `$${name}`)
  return { registers, stackPointer: '$sp', linkRegister: '$ra', addressSize }
}

/** By architecture as in MODULE records; undefined where no rules are written. */
export const cpuRulesOf = (arch: string): CpuRules | undefined =>
  cpus.get(arch === 'arm64e' ? 'arm64' : arch === 'x86_64h' ? 'x86_64' : arch)

/** Apple's i386 `__eh_frame` numbers the stack and frame pointers the other way round. */
export const appleI386: CpuRules = {
  ...cpus.get('x86')!,
  registers: x86.with(4, '$ebp').with(5, '$esp'),
}

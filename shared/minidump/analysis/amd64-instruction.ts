// A decoded amd64 instruction and its text form. Mnemonics and syntax follow yaxpeax-x86.

export interface MemoryOperand {
  readonly kind: 'memory'
  /** `fs`, `gs`; `es` and `ds` for string instructions. */
  readonly segment: string | null
  readonly base: string | null
  readonly index: string | null
  readonly scale: number
  /** Signed. */
  readonly displacement: bigint
  /** Bytes, or null where processor state decides (fxsave). */
  readonly size: number | null
  /** `{k1}` when a mask selects the elements. */
  readonly mask?: string
}

/** How an instruction accesses memory. */
export type AccessType = 'read' | 'write' | 'readwrite'

export type Operand =
  | MemoryOperand
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'immediate'; readonly value: bigint }
  | { readonly kind: 'relative'; readonly value: bigint }

export interface Instruction {
  readonly mnemonic: string
  readonly operands: readonly Operand[]
  /** `lock`, `rep`, `repnz` or ''. */
  readonly prefix: string
  /** Bytes of the memory access, implicit stack accesses included; null: none; 0: unknown. */
  readonly memorySize: number | null
  /** Bytes of the instruction. */
  readonly length: number
}

const sizeNames: ReadonlyMap<number | null, string> = new Map<number | null, string>([
  [1, 'byte'],
  [2, 'word'],
  [4, 'dword'],
  [8, 'qword'],
  [10, 'mword'],
  [16, 'xmmword'],
  [32, 'ymmword'],
  [64, 'zmmword'],
  [null, 'ptr'],
])

const signedHex = (value: bigint) => (value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`)

function memoryText(op: MemoryOperand): string {
  const parts = [op.base, op.index && `${op.index} * ${op.scale}`].filter(Boolean)
  const size = sizeNames.get(op.size) ?? 'ptr'
  const prefix = `${size} ${op.segment ? `${op.segment}:` : ''}`
  if (parts.length === 0) {
    // A displacement without registers is an address; one that fits 32 bits is printed with 32 bits, sign-extended or
    // not.
    const short = op.displacement >= -0x8000_0000n && op.displacement < 0x8000_0000n
    return `${prefix}[0x${BigInt.asUintN(short ? 32 : 64, op.displacement).toString(16)}]`
  }
  const d = op.displacement
  const tail = d === 0n ? '' : d < 0n ? ` - 0x${(-d).toString(16)}` : ` + 0x${d.toString(16)}`
  return `${prefix}[${parts.join(' + ')}${tail}]${op.mask ?? ''}`
}

function operandText(op: Operand): string {
  if (op.kind === 'register') return op.name
  if (op.kind === 'immediate') return signedHex(op.value)
  if (op.kind === 'relative')
    return op.value < 0n ? `$-0x${(-op.value).toString(16)}` : `$+0x${op.value.toString(16)}`
  return memoryText(op)
}

/** The instruction as text: `mov dword [rax + rcx * 8 + 0x10], 0x5`. */
export function instructionText({ prefix, mnemonic, operands }: Instruction): string {
  const text = `${prefix === '' ? '' : `${prefix} `}${mnemonic} ${operands.map(operandText).join(', ')}`
  return text.trimEnd()
}

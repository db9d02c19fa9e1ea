// What a decoded amd64 instruction is, and how it is written. Names and text follow yaxpeax-x86's.

export interface MemoryOperand {
  readonly kind: 'memory'
  /** `fs`, `gs`; `es` and `ds` for string instructions. */
  readonly segment: string | null
  readonly base: string | null
  readonly index: string | null
  readonly scale: number
  /** Signed. */
  readonly displacement: bigint
  /** Bytes, or null where the instruction's own state decides (fxsave). */
  readonly size: number | null
  /** `{k1}` where a mask decides which elements are touched. */
  readonly mask?: string
}

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
  /** Bytes of the access to memory, also an implicit one to the stack; null: none; 0: unknown. */
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
    // A displacement without registers is an address: 32 bits are shown as such, also where they extend their sign.
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

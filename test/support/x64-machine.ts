// Executes the instructions that prologues and epilogues of x64 consist of, to know what is on a stack at every one of them.

const names = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ')
export const calleeSaved = ['rbx', 'rbp', 'rsi', 'rdi', 'r12', 'r13', 'r14', 'r15']

export type MachineState = Record<string, bigint>

export class X64Machine {
  readonly registers: MachineState
  readonly stack: Uint8Array
  readonly stackBase: bigint
  private readonly code: (address: bigint) => Uint8Array

  /** `code` returns the bytes from an address. The stack is empty: rsp is at its end. */
  constructor(code: (address: bigint) => Uint8Array, stackBase: bigint, stackSize: number) {
    this.code = code
    this.stackBase = stackBase
    this.stack = new Uint8Array(stackSize).fill(0xab)
    this.registers = Object.fromEntries(names.map((name, i) => [name, 0x1111_0000_0000n + BigInt(i)]))
    this.registers.rsp = stackBase + BigInt(stackSize)
    this.registers.rip = 0n
  }

  snapshot(): MachineState {
    return { ...this.registers }
  }

  write(address: bigint, value: bigint): void {
    new DataView(this.stack.buffer).setBigUint64(Number(address - this.stackBase), value, true)
  }

  push(value: bigint): void {
    this.registers.rsp! -= 8n
    this.write(this.registers.rsp!, value)
  }

  pop(): bigint {
    const at = Number(this.registers.rsp! - this.stackBase)
    this.registers.rsp! += 8n
    return new DataView(this.stack.buffer).getBigUint64(at, true)
  }

  /** Pushes `returnTo` and goes to `target`. */
  call(target: bigint, returnTo: bigint): void {
    this.push(returnTo)
    this.registers.rip = target
  }

  /** Executes one instruction; branches are not taken. @throws Error for one that prologues and epilogues do not have, or `ret` */
  step(): void {
    const r = this.registers
    const bytes = this.code(r.rip!)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = 0
    const rex = (bytes[0]! & 0xf0) === 0x40 ? bytes[at++]! : 0
    const code = bytes[at++]!
    if (code >= 0x50 && code <= 0x57) this.push(r[names[(code & 7) + (rex & 1 ? 8 : 0)]!]!)
    else if (code >= 0x58 && code <= 0x5f) r[names[(code & 7) + (rex & 1 ? 8 : 0)]!] = this.pop()
    else if ((code === 0x83 || code === 0x81) && (bytes[at] === 0xec || bytes[at] === 0xc4)) {
      const sign = bytes[at++] === 0xec ? -1n : 1n
      r.rsp! += sign * BigInt(code === 0x83 ? view.getInt8(at) : view.getInt32(at, true))
      at += code === 0x83 ? 1 : 4
    } else if ((code === 0x89 || code === 0x8d) && (bytes[at]! & 7) === 4 && bytes[at + 1] === 0x24) {
      const modrm = bytes[at]!
      const register = names[((modrm >> 3) & 7) + (rex & 4 ? 8 : 0)]!
      const isWide = modrm >> 6 === 2
      const address = r.rsp! + BigInt(isWide ? view.getInt32(at + 2, true) : view.getInt8(at + 2))
      at += isWide ? 6 : 3
      if (code === 0x89) this.write(address, r[register]!)
      else r[register] = address
    } else if (code === 0x0f && bytes[at] === 0x29 && bytes[at + 2] === 0x24) at += 4
    else if (code === 0xb8) at += 4
    else if (code === 0x85 || code === 0x74) at += 1
    else if (code === 0x90) at += 0
    else
      throw new Error(
        `not an instruction of a prologue or epilogue: ${Buffer.from(bytes.subarray(0, 8)).toString('hex')}`,
      )
    r.rip! += BigInt(at)
  }
}

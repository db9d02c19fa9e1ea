// DWARF expressions (DWARF 5 §2.5) as the postfix expressions of symbol files, where these can say the same.
import { ByteCursor } from '../byte-cursor.ts'
import type { CpuRules } from './register-names.ts'

/** PLT entries of x86-64: rsp + 8 + ((rip & 15) >= limit) * 8, where symbol files have neither `&` nor `>=`. */
const pltPattern = /^770880003f1a3([0-9a-f])2a332422$/
const maxLength = 1000

/**
 * The expression in postfix form, on a stack that holds `start`; null when an operation has no equal.
 * `+ - * / % @ ^`, registers and decimal numbers are what symbol files have.
 */
export function expressionOf(bytes: Uint8Array, cpu: CpuRules, start?: string): string | null {
  const plt = pltExpression(bytes, cpu)
  if (plt !== null) return plt
  const cursor = new ByteCursor(bytes)
  const stack = start === undefined ? [] : [start]
  while (cursor.at < bytes.length) {
    if (!operate(stack, cursor, cpu)) return null
    if ((stack.at(-1)?.length ?? 0) > maxLength) return null
  }
  return stack.length > 0 ? stack.at(-1)! : null
}

function pltExpression(bytes: Uint8Array, cpu: CpuRules): string | null {
  if (bytes.length !== 11 || cpu.addressSize !== 8) return null
  const match = pltPattern.exec([...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''))
  return match && `$rsp 8 + $rip 16 % ${16 - Number.parseInt(match[1]!, 16)} + 16 / 8 * +`
}

function operate(stack: string[], cursor: ByteCursor, cpu: CpuRules): boolean {
  const code = cursor.u8()
  if (code >= 0x30 && code <= 0x4f) return push(stack, String(code - 0x30))
  if (code >= 0x70 && code <= 0x8f) return pushRegister(stack, code - 0x70, { cursor, cpu })
  if (code >= 0x08 && code <= 0x11) return push(stack, String(constant(code, cursor)))
  switch (code) {
    case 0x06:
      return unary(stack, '^')
    case 0x12:
      return stack.length > 0 && push(stack, stack.at(-1)!)
    case 0x13:
      return stack.pop() !== undefined
    case 0x1c:
      return binary(stack, '-')
    case 0x1e:
      return binary(stack, '*')
    case 0x22:
      return binary(stack, '+')
    case 0x23:
      return stack.length > 0 && push(stack, `${stack.pop()} ${cursor.uleb()} +`)
    case 0x92:
      return pushRegister(stack, cursor.uleb(), { cursor, cpu })
    case 0x96:
      return true
    default:
      return false
  }
}

function pushRegister(
  stack: string[],
  register: number,
  { cursor, cpu }: { cursor: ByteCursor; cpu: CpuRules },
) {
  const name = cpu.registers[register]
  const offset = cursor.sleb()
  if (name === undefined) return false
  return push(stack, offset === 0 ? name : `${name} ${offset} +`)
}

function constant(code: number, cursor: ByteCursor): number {
  switch (code) {
    case 0x08:
      return cursor.u8()
    case 0x09:
      return (cursor.u8() << 24) >> 24
    case 0x0a:
      return cursor.u16()
    case 0x0b:
      return (cursor.u16() << 16) >> 16
    case 0x0c:
      return cursor.u32()
    case 0x0d:
      return cursor.i32()
    case 0x0e:
      return cursor.u64()
    case 0x0f:
      return cursor.i64()
    case 0x10:
      return cursor.uleb()
    default:
      return cursor.sleb()
  }
}

function push(stack: string[], value: string): true {
  stack.push(value)
  return true
}

function unary(stack: string[], operator: string): boolean {
  const value = stack.pop()
  return value !== undefined && push(stack, `${value} ${operator}`)
}

function binary(stack: string[], operator: string): boolean {
  const right = stack.pop()
  const left = stack.pop()
  return left !== undefined && right !== undefined && push(stack, `${left} ${right} ${operator}`)
}

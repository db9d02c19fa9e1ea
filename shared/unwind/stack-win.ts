// STACK WIN: frame records of 32-bit x86 Windows, either a program or a few sizes.
import { rowCovering, type SymbolPage, stringOf } from '../symbols/symdex/symbol-page.ts'
import { literal, operate, type Value, wordOfValue } from './postfix.ts'

/** The callee's state that a record reads. All values are u32; null when unknown or outside the stack. */
export interface WinScope {
  register(name: string): number | null
  read(address: number): number | null
  /** Bytes of the parameters of the function called by the callee; 0 for the innermost frame. */
  grandCalleeParameters: number
  /** True for the innermost frame. */
  isContextFrame: boolean
}

/** A record: its sizes in bytes, and either a program or whether the function saves a base pointer. */
export interface WinRecord {
  parameters: number
  savedRegisters: number
  locals: number
  program?: string
  allocatesBase?: boolean
}

/** The caller's registers by name; absent ones are unknown. */
export type WinResult = ReadonlyMap<string, number>

const two32 = 0x1_0000_0000

/** The record that covers an address relative to the module, preferring programs; null without one. */
export function winRecordAt(page: SymbolPage, address: number): WinRecord | null {
  const { frameData, fpo } = page.tables
  const byProgram = frameData.length ? rowCovering(frameData, address) : -1
  if (byProgram >= 0) {
    const program = stringOf(page, page.tables.rules, frameData.rule[byProgram]!) ?? ''
    return { ...sizes(frameData, byProgram), program }
  }
  const bySizes = fpo.length ? rowCovering(fpo, address) : -1
  return bySizes >= 0 ? { ...sizes(fpo, bySizes), allocatesBase: fpo.allocatesBase[bySizes] === 1 } : null
}

type Sizes = { parameters: Uint32Array; savedRegisters: Uint32Array; locals: Uint32Array }
const sizes = (table: Sizes, row: number) => ({
  parameters: table.parameters[row]!,
  savedRegisters: table.savedRegisters[row]!,
  locals: table.locals[row]!,
})

/** The caller's registers according to a record; null when it fails. */
export function evaluateWin(record: WinRecord, scope: WinScope): WinResult | null {
  return record.program === undefined ? byFpo(record, scope) : byProgram(record, record.program, scope)
}

const frameSize = (record: WinRecord, scope: WinScope) =>
  record.locals + record.savedRegisters + scope.grandCalleeParameters

const callerRegisters = ['eip', 'esp', 'ebp', 'ebx', 'esi', 'edi'] as const

function byProgram(record: WinRecord, program: string, scope: WinScope): WinResult | null {
  const esp = scope.register('esp')
  const ebp = scope.register('ebp')
  if (esp === null || ebp === null) return null
  const search = program.includes('@') ? ebp + 4 : esp + frameSize(record, scope)
  if (search >= two32) return null
  const variables = new Map<string, number>([
    ['$esp', esp],
    ['$ebp', ebp],
    ['.cbParams', record.parameters],
    ['.cbCalleeParams', scope.grandCalleeParameters],
    ['.cbSavedRegs', record.savedRegisters],
    ['.cbLocals', record.locals],
    ['.raSearch', search],
    ['.raSearchStart', search],
  ])
  const ebx = scope.register('ebx')
  if (ebx !== null) variables.set('$ebx', ebx)
  if (!run(program, variables, scope)) return null
  const result = new Map<string, number>()
  for (const name of callerRegisters) {
    const value = variables.get(`$${name}`)
    if (value !== undefined) result.set(name, value)
  }
  return result
}

/** An item on the stack: a number, or the name of a variable, read when its value is needed. */
type Item = Value | string
const undefinedValue = Symbol('.undef')

/** Runs a program over its variables. False when it fails. Remaining values are ignored. */
function run(program: string, variables: Map<string, number>, scope: WinScope): boolean {
  const stack: (Item | typeof undefinedValue)[] = []
  const resolve = (item: Item | typeof undefinedValue | undefined): Value | null => {
    if (item === undefined || typeof item === 'symbol') return null
    return typeof item === 'string' ? (variables.get(item) ?? null) : item
  }
  for (const token of program.replaceAll('=', ' = ').split(/\s+/)) {
    if (token === '') continue
    if (token === '=') {
      const item = stack.pop()
      const name = stack.pop()
      if (typeof name !== 'string' || item === undefined) return false
      if (item === undefinedValue) {
        variables.delete(name)
        continue
      }
      const value = resolve(item)
      if (value === null) return false
      variables.set(name, Number(wordOfValue(value, 4)))
      continue
    }
    const item = push(token, stack, resolve, scope)
    if (item === null) return false
    stack.push(item)
  }
  return true
}

function push(
  token: string,
  stack: (Item | typeof undefinedValue)[],
  resolve: (item: Item | typeof undefinedValue | undefined) => Value | null,
  scope: WinScope,
): Item | typeof undefinedValue | null {
  if (token === '^') {
    const address = resolve(stack.pop())
    return address === null ? null : scope.read(Number(wordOfValue(address, 4)))
  }
  if (token.length === 1 && '+-*/%@'.includes(token)) {
    const b = resolve(stack.pop())
    const a = resolve(stack.pop())
    return a === null || b === null ? null : operate(token, a, b, 4)
  }
  if (token === '.undef') return undefinedValue
  if (token.startsWith('$') || token.startsWith('.')) return token
  const value = literal(token)
  return value === null || value !== (Number(value) | 0) ? null : value
}

/**
 * The return address is above locals, saved registers and the parameters of the called function. In the innermost
 * frame, a word there that equals the callee's own instruction is left over from the call and skipped.
 */
function byFpo(record: WinRecord, scope: WinScope): WinResult | null {
  const esp = scope.register('esp')
  const eip = scope.register('eip')
  if (esp === null || eip === null) return null
  let slot = esp + frameSize(record, scope)
  let callerEip = scope.read(slot)
  if (callerEip === null) return null
  if (scope.isContextFrame && callerEip === eip) {
    slot += 4
    callerEip = scope.read(slot)
    if (callerEip === null) return null
  }
  const result = new Map([
    ['eip', callerEip],
    ['esp', slot + 4],
  ])
  const ebp = record.allocatesBase
    ? scope.read(esp + scope.grandCalleeParameters + record.savedRegisters - 8)
    : scope.register('ebp')
  if (ebp === null) return null
  result.set('ebp', ebp)
  const ebx = scope.register('ebx')
  if (ebx !== null) result.set('ebx', ebx)
  return result
}

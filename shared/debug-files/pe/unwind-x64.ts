// Unwind information of x64 (https://learn.microsoft.com/cpp/build/exception-handling-x64).
import { ByteCursor } from '../byte-cursor.ts'
import type { CfiRecord, RuleList } from '../module-symbols.ts'
import { epilogueRows } from './epilogues-x64.ts'
import { FrameState, recordOf } from './frame-state.ts'
import { directory, type PeFile, readAt } from './pe-file.ts'

const registers = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'
  .split(' ')
  .map((name) => `$${name}`)
const chainedFlag = 4
const maxChain = 32
const entryBytes = 12
const maxEntries = 4_000_000
/** Bytes of code that are searched for epilogues in the time of one record. */
const bytesPerWork = 16

/** One entry of `.pdata`. */
export interface RuntimeFunction {
  start: number
  end: number
  unwindAt: number
}

interface UnwindCode {
  /** Of the end of the instruction, from the start of the function. */
  offset: number
  operation: number
  info: number
  /** The slots after the first, as one number. */
  operand: number
}

interface UnwindInfo {
  version: number
  frameRegister: number
  frameOffset: number
  /** In the order of undoing. */
  codes: UnwindCode[]
  parent: RuntimeFunction | null
}

/** Entries that are not empty, in the order of the file, which is that of addresses. */
export function* runtimeFunctions(file: PeFile): Generator<RuntimeFunction> {
  const { address, size } = file.directories[directory.exceptions] ?? { address: 0, size: 0 }
  if (address === 0) return
  const cursor = new ByteCursor(readAt(file, address, Math.min(size, entryBytes * maxEntries)))
  while (cursor.at + entryBytes <= cursor.end) {
    const entry = resolve(file, { start: cursor.u32(), end: cursor.u32(), unwindAt: cursor.u32() })
    if (entry && entry.end > entry.start) yield entry
  }
}

/** An odd address is that of another entry, whose information applies. */
function resolve(file: PeFile, entry: RuntimeFunction): RuntimeFunction | null {
  if ((entry.unwindAt & 1) === 0) return entry
  const bytes = readAt(file, entry.unwindAt & ~3, entryBytes)
  if (bytes.length < entryBytes) return null
  const cursor = new ByteCursor(bytes)
  cursor.at = 8
  return { ...entry, unwindAt: cursor.u32() & ~1 }
}

/** True for a part of a function whose rules continue those of another entry. */
export const isChained = (file: PeFile, { unwindAt }: RuntimeFunction) =>
  ((readAt(file, unwindAt, 1)[0] ?? 0) >> 3) & chainedFlag

/**
 * The rules of an entry, one row for each instruction of the prologue and of the epilogues; null when its information cannot be read.
 * `spend` counts the work: many entries may share information.
 */
export function unwindX64(
  file: PeFile,
  entry: RuntimeFunction,
  spend: (work: number) => void,
): CfiRecord | null {
  const infos = chainOf(file, entry)
  if (!infos) return null
  const own = infos[0]!.codes
  spend((own.length + 1) * infos.reduce((sum, { codes }) => sum + codes.length, 0))
  const offsets = [0, ...own.map(({ offset }) => offset).reverse()]
  const rows: { offset: number; rules: RuleList }[] = []
  for (const offset of offsets) rows.push({ offset, rules: rulesAfter(infos, offset) })
  const sorted = rows.sort((a, b) => a.offset - b.offset)
  const size = entry.end - entry.start
  const code = readAt(file, entry.start, size)
  spend(Math.ceil(code.length / bytesPerWork))
  return recordOf(entry.start, size, [...sorted, ...epilogues(code, infos)])
}

/** Rows of the epilogues; of the body again behind each. */
function epilogues(code: Uint8Array, infos: readonly UnwindInfo[]) {
  const isInterrupt = infos.some(({ codes }) => codes.some(({ operation }) => operation === 10))
  if (isInterrupt || infos.every(({ codes }) => codes.length === 0)) return []
  const from = Math.max(0, ...infos[0]!.codes.map(({ offset }) => offset))
  const frameRegister = infos.find(({ frameRegister }) => frameRegister !== 0)?.frameRegister ?? 0
  const body = rulesAfter(infos, Number.POSITIVE_INFINITY)
  return epilogueRows({ code, from, registers, frameRegister }).map(({ offset, rules }) => ({
    offset,
    rules: rules ?? body,
  }))
}

/** The information of an entry and of those that it continues; null when one is damaged or of an unknown version. */
function chainOf(file: PeFile, entry: RuntimeFunction): UnwindInfo[] | null {
  const infos: UnwindInfo[] = []
  for (let next: RuntimeFunction | null = entry; next; next = infos.at(-1)!.parent) {
    const info: UnwindInfo | null = infos.length < maxChain ? readInfo(file, next.unwindAt) : null
    if (!info) return null
    infos.push(info)
  }
  return infos
}

function readInfo(file: PeFile, address: number): UnwindInfo | null {
  const head = readAt(file, address, 4)
  if (head.length < 4) return null
  const version = head[0]! & 7
  const count = head[2]!
  if (version < 1 || version > 2) return null
  const length = 4 + 2 * (count + (count & 1))
  const bytes = readAt(file, address, length + entryBytes)
  const isChain = ((head[0]! >> 3) & chainedFlag) !== 0
  if (bytes.length < length + (isChain ? entryBytes : 0)) return null
  const cursor = new ByteCursor(bytes)
  cursor.at = 4
  const codes = readCodes(cursor, 4 + 2 * count, version)
  cursor.at = length
  const parent = isChain
    ? resolve(file, { start: cursor.u32(), end: cursor.u32(), unwindAt: cursor.u32() })
    : null
  if (!codes || (isChain && !parent)) return null
  return { version, frameRegister: head[3]! & 15, frameOffset: (head[3]! >> 4) * 16, codes, parent }
}

/** Null when a code is unknown or cut. */
function readCodes(cursor: ByteCursor, end: number, version: number): UnwindCode[] | null {
  const codes: UnwindCode[] = []
  while (cursor.at + 2 <= end) {
    const offset = cursor.u8()
    const byte = cursor.u8()
    const operation = byte & 15
    const info = byte >> 4
    const slots = slotsOf(operation, info, version)
    if (slots < 0 || cursor.at + 2 * slots > end) return null
    const operand = slots === 0 ? 0 : slots === 1 ? cursor.u16() : cursor.u32()
    const isEpilogue = operation === 6 && version === 2
    if (!isEpilogue) codes.push({ offset, operation, info, operand })
  }
  return codes
}

/** Slots after the first; -1 for an unknown code. */
function slotsOf(operation: number, info: number, version: number): number {
  switch (operation) {
    case 0:
    case 2:
    case 3:
    case 10:
      return 0
    case 1:
      return info === 0 ? 1 : 2
    case 4:
    case 8:
      return 1
    case 5:
    case 9:
      return 2
    case 6:
      return version === 2 ? 0 : 1
    case 7:
      return 2
    default:
      return -1
  }
}

/** The rules once the prologue has executed up to `offset`; the prologues of continued entries have ended. */
function rulesAfter(infos: readonly UnwindInfo[], offset: number): RuleList {
  const state = new FrameState('$rsp')
  const base = new FrameBase(infos, offset)
  for (const [i, info] of infos.entries()) {
    for (const code of info.codes) if (i > 0 || code.offset <= offset) undo(code, { state, info, base })
  }
  return state.rules(8, null)
}

/** What offsets of saved registers count from: the frame register where it is set, else the stack pointer. */
class FrameBase {
  readonly register: string
  readonly offset: number

  constructor(infos: readonly UnwindInfo[], offset: number) {
    const setter = infos.find((info, i) =>
      info.codes.some((code) => code.operation === 3 && (i > 0 || code.offset <= offset)),
    )
    this.register = setter ? registers[setter.frameRegister]! : '$rsp'
    this.offset = setter ? -setter.frameOffset : 0
  }
}

interface UndoContext {
  state: FrameState
  info: UnwindInfo
  base: FrameBase
}

function undo({ operation, info: value, operand }: UnwindCode, { state, info, base }: UndoContext): void {
  switch (operation) {
    case 0:
      state.save(registers[value]!)
      state.release(8)
      return
    case 1:
      state.release(value === 0 ? operand * 8 : operand)
      return
    case 2:
      state.release(value * 8 + 8)
      return
    case 3:
      state.setPointer(registers[info.frameRegister]!, info.frameOffset)
      return
    case 4:
      state.saveAt(registers[value]!, base.register, base.offset + operand * 8)
      return
    case 5:
      state.saveAt(registers[value]!, base.register, base.offset + operand)
      return
    case 10:
      state.machine(value === 1 ? 8 : 0)
      return
    default:
    // Vector registers are not restored.
  }
}

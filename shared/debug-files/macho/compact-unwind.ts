// Compact unwind information (mach-o/compact_unwind_encoding.h of Apple's libunwind).
import { ByteCursor } from '../byte-cursor.ts'
import type { RuleList } from '../module-symbols.ts'

/** A function and its encoding; it reaches to the next entry. */
export interface CompactEntry {
  start: number
  end: number
  encoding: number
}

const regularPage = 2
const compressedPage = 3

/** Entries in the order of addresses. @throws RangeError when the section is damaged; entries before are yielded */
export function* compactEntries(section: Uint8Array, littleEndian: boolean): Generator<CompactEntry> {
  let last: { start: number; encoding: number } | null = null
  for (const entry of rawEntries(section, littleEndian)) {
    if (last && entry.start > last.start) yield { ...last, end: entry.start }
    last = entry.encoding === null ? null : { start: entry.start, encoding: entry.encoding }
  }
}

/** The last entry has no encoding: it ends the one before. */
function* rawEntries(
  bytes: Uint8Array,
  littleEndian: boolean,
): Generator<{ start: number; encoding: number | null }> {
  const cursor = new ByteCursor(bytes, littleEndian)
  if (cursor.u32() !== 1) return
  const [commonAt, commonCount] = [cursor.u32(), cursor.u32()]
  cursor.skip(8)
  const [indexAt, indexCount] = [cursor.u32(), cursor.u32()]
  for (let i = 0; i < indexCount; i++) {
    cursor.at = indexAt + 12 * i
    const start = cursor.u32()
    const pageAt = cursor.u32()
    if (i === indexCount - 1) yield { start, encoding: null }
    else if (pageAt !== 0) yield* pageEntries(cursor, { start, pageAt, commonAt, commonCount })
  }
}

interface Page {
  start: number
  pageAt: number
  commonAt: number
  commonCount: number
}

function* pageEntries(cursor: ByteCursor, page: Page): Generator<{ start: number; encoding: number }> {
  const { start, pageAt, commonAt, commonCount } = page
  cursor.at = pageAt
  const kind = cursor.u32()
  const entriesAt = pageAt + cursor.u16()
  const count = cursor.u16()
  const encodingsAt = kind === compressedPage ? pageAt + cursor.u16() : 0
  for (let i = 0; i < count; i++) {
    if (kind === regularPage) {
      cursor.at = entriesAt + 8 * i
      yield { start: cursor.u32(), encoding: cursor.u32() }
    } else if (kind === compressedPage) {
      cursor.at = entriesAt + 4 * i
      const entry = cursor.u32()
      const index = entry >>> 24
      cursor.at = index < commonCount ? commonAt + 4 * index : encodingsAt + 4 * (index - commonCount)
      yield { start: start + (entry & 0xff_ffff), encoding: cursor.u32() }
    }
  }
}

/** Rules, or the offset of a frame description in `__eh_frame`; null for an encoding that is unknown. */
export type CompactRules = { rules: RuleList } | { frameAt: number } | null

export interface CompactContext {
  /** The 32-bit number in the code at an address: the size in an instruction that allocates the frame. */
  codeAt(address: number): number | null
}

/** The rules of the function at `start`, after its prologue. `arch` as in MODULE records. */
export function compactRules(arch: string, entry: CompactEntry, context: CompactContext): CompactRules {
  if (arch.startsWith('arm64')) return arm64Rules(entry.encoding)
  if (arch.startsWith('x86_64')) return x86Rules(entry, context, amd64)
  return arch === 'x86' ? x86Rules(entry, context, i386) : null
}

function arm64Rules(encoding: number): CompactRules {
  const mode = (encoding >>> 24) & 15
  if (encoding === 0 || mode === 0) return leaf('sp', 'x30')
  if (mode === 3) return { frameAt: encoding & 0xff_ffff }
  if (mode !== 2 && mode !== 4) return null
  const isFrame = mode === 4
  const size = ((encoding >>> 12) & 0xfff) * 16
  const cfa = isFrame ? 'x29 16 +' : size === 0 ? 'sp' : `sp ${size} +`
  const saved = isFrame ? [saveAt('x29', -16)] : []
  let offset = isFrame ? -24 : -8
  for (let pair = 0; pair < 5; pair++) {
    if (((encoding >>> pair) & 1) === 0) continue
    saved.push(saveAt(`x${19 + 2 * pair}`, offset), saveAt(`x${20 + 2 * pair}`, offset - 8))
    offset -= 16
  }
  return { rules: [['.cfa', cfa], ['.ra', isFrame ? '.cfa -8 + ^' : 'x30'], ...saved] }
}

interface X86Registers {
  word: 4 | 8
  stackPointer: string
  framePointer: string
  /** By number, from 1. */
  saved: readonly string[]
}

const amd64: X86Registers = {
  word: 8,
  stackPointer: '$rsp',
  framePointer: '$rbp',
  saved: ['', '$rbx', '$r12', '$r13', '$r14', '$r15', '$rbp'],
}
const i386: X86Registers = {
  word: 4,
  stackPointer: '$esp',
  framePointer: '$ebp',
  saved: ['', '$ebx', '$ecx', '$edx', '$edi', '$esi', '$ebp'],
}

function x86Rules(
  { start, encoding }: CompactEntry,
  context: CompactContext,
  cpu: X86Registers,
): CompactRules {
  const mode = (encoding >>> 24) & 15
  const { word, stackPointer } = cpu
  if (encoding === 0 || mode === 0) return leaf(`${stackPointer} ${word} +`, `.cfa ${-word} + ^`)
  if (mode === 4) return { frameAt: encoding & 0xff_ffff }
  if (mode === 1) return framePointerRules(encoding, cpu)
  const field = (encoding >>> 16) & 0xff
  if (mode === 2) return framelessRules(encoding, field * word, cpu)
  if (mode !== 3) return null
  const size = context.codeAt(start + field)
  return size === null ? null : framelessRules(encoding, size + ((encoding >>> 13) & 7) * word, cpu)
}

const leaf = (cfa: string, returnAddress: string): CompactRules => ({
  rules: [
    ['.cfa', cfa],
    ['.ra', returnAddress],
  ],
})

const saveAt = (register: string, offset: number) => [register, `.cfa ${offset} + ^`] as const

/** Five registers of three bits each, upwards from a distance below the frame pointer. */
function framePointerRules(encoding: number, { word, framePointer, saved }: X86Registers): CompactRules {
  const below = ((encoding >>> 16) & 0xff) * word
  const rules = [saveAt(framePointer, -2 * word)]
  for (let i = 0; i < 5; i++) {
    const register = saved[(encoding >>> (3 * i)) & 7]
    if (register) rules.push(saveAt(register, -2 * word - below + word * i))
  }
  return { rules: [['.cfa', `${framePointer} ${2 * word} +`], ['.ra', `.cfa ${-word} + ^`], ...rules] }
}

function framelessRules(encoding: number, size: number, cpu: X86Registers): CompactRules {
  const { word, stackPointer, saved } = cpu
  const count = (encoding >>> 10) & 7
  if (count > 6) return null
  const rules = permutation(count, encoding & 0x3ff).map((number, i) =>
    saveAt(saved[number]!, -word - word * count + word * i),
  )
  return { rules: [['.cfa', `${stackPointer} ${size} +`], ['.ra', `.cfa ${-word} + ^`], ...rules] }
}

/** Register numbers from 1 to 6 in the order of their places on the stack, by the number of their permutation. */
function permutation(count: number, number: number): number[] {
  const free = [1, 2, 3, 4, 5, 6]
  const digits: number[] = []
  let rest = number
  for (let i = 0; i < count; i++) {
    // How many permutations of the registers that remain follow each choice.
    let unit = 1
    for (let k = i + 1; k < count; k++) unit *= 6 - k
    digits.push(Math.floor(rest / unit))
    rest %= unit
  }
  return digits.flatMap((digit) => free.splice(Math.min(digit, free.length - 1), 1))
}

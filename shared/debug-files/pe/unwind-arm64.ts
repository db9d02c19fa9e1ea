// Unwind information of arm64 (https://learn.microsoft.com/cpp/build/arm64-exception-handling).
import { ByteCursor } from '../byte-cursor.ts'
import type { CfiRecord, RuleList } from '../module-symbols.ts'
import { type Arm64Step, packedEpilogue, packedSteps, readSteps } from './arm64-codes.ts'
import { FrameState, recordOf } from './frame-state.ts'
import { directory, type PeFile, readAt } from './pe-file.ts'

const entryBytes = 8
const maxEntries = 4_000_000
const maxForwards = 4

/** Records of all entries. `onDamage` is called for each that cannot be read. */
export function* unwindArm64(file: PeFile, onDamage: () => void): Generator<CfiRecord> {
  const { address, size } = file.directories[directory.exceptions] ?? { address: 0, size: 0 }
  if (address === 0) return
  const cursor = new ByteCursor(readAt(file, address, Math.min(size, entryBytes * maxEntries)))
  while (cursor.at + entryBytes <= cursor.end) {
    const start = cursor.u32()
    const data = cursor.u32()
    if (start === 0 && data === 0) continue
    const found = describe(file, data)
    if (!found) onDamage()
    else if (found.size > 0) yield recordOf(start, found.size, rowsOf(found))
  }
}

interface Description {
  size: number
  /** In the order of undoing: the last instruction of the prologue first. */
  steps: readonly Arm64Step[]
  hasPrologue: boolean
  /** Offset of each epilogue, and what its instructions undo, one each. The return follows. */
  epilogues: readonly Epilogue[]
}

interface Epilogue {
  offset: number
  steps: readonly Arm64Step[]
}

function describe(file: PeFile, data: number): Description | null {
  let word = data
  for (let i = 0; (word & 3) === 3 && i < maxForwards; i++) {
    const bytes = readAt(file, (word & ~3) >>> 0, entryBytes)
    if (bytes.length < entryBytes) return null
    word = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true)
  }
  const kind = word & 3
  if (kind === 3) return null
  if (kind !== 0) {
    const size = ((word >>> 2) & 0x7ff) * 4
    const epilogue = packedEpilogue(word)
    const epilogues = kind === 1 ? [{ offset: size - 4 * (epilogue.length + 1), steps: epilogue }] : []
    return { size, steps: packedSteps(word), hasPrologue: kind === 1, epilogues }
  }
  return readRecord(file, word)
}

function readRecord(file: PeFile, address: number): Description | null {
  const cursor = new ByteCursor(readAt(file, address, 8))
  if (cursor.end < 8) return null
  const header = cursor.u32()
  const version = (header >>> 18) & 3
  const isSingle = ((header >>> 21) & 1) === 1
  let epilogueCount = (header >>> 22) & 31
  let words = header >>> 27
  let length = 4
  if (epilogueCount === 0 && words === 0) {
    const extension = cursor.u32()
    epilogueCount = extension & 0xffff
    words = (extension >>> 16) & 0xff
    length = 8
  }
  if (version !== 0) return null
  const scopes = isSingle ? 0 : epilogueCount
  const rest = new ByteCursor(readAt(file, address + length, 4 * (scopes + words)))
  if (rest.end < 4 * (scopes + words)) return null
  const scopeList = Array.from({ length: scopes }, () => rest.u32())
  const codes = rest.take(4 * words)
  const prologue = readSteps(codes)
  if (!prologue) return null
  const size = (header & 0x3ffff) * 4
  const stepsAt = (position: number) => readSteps(codes.subarray(position))?.steps ?? []
  const last = isSingle ? stepsAt(epilogueCount) : []
  const epilogues = isSingle
    ? [{ offset: size - 4 * (last.length + 1), steps: last }]
    : scopeList.map((scope) => ({ offset: (scope & 0x3ffff) * 4, steps: stepsAt(scope >>> 22) }))
  return { size, steps: prologue.steps, hasPrologue: !prologue.isFragment, epilogues }
}

interface Row {
  offset: number
  rules: RuleList
}

/** A row after each instruction of the prologue and of the epilogues: every step is one instruction. */
function rowsOf({ steps, hasPrologue, epilogues }: Description): Row[] {
  const count = hasPrologue ? steps.length : 0
  const prologue = Array.from({ length: count + 1 }, (_, i) => ({
    offset: 4 * i,
    rules: rulesOf(steps.slice(count - i)),
  }))
  const body = { offset: 4 * count, rules: rulesOf(steps) }
  const rows: Row[] = hasPrologue ? prologue : [body]
  for (const epilogue of epilogues.toSorted((a, b) => a.offset - b.offset)) {
    if (epilogue.offset < rows.at(-1)!.offset) continue
    const end = epilogue.offset + 4 * (epilogue.steps.length + 1)
    rows.push(...rowsOfEpilogue(epilogue), { ...body, offset: end })
  }
  return rows
}

const rowsOfEpilogue = ({ offset, steps }: Epilogue): Row[] =>
  Array.from({ length: steps.length + 1 }, (_, i) => ({
    offset: offset + 4 * i,
    rules: rulesOf(steps.slice(i)),
  }))

function rulesOf(steps: readonly Arm64Step[]): RuleList {
  const state = new FrameState('sp')
  for (const step of steps) {
    if (step.frame !== undefined) state.setPointer('x29', step.frame)
    for (const [register, offset] of step.saves ?? []) state.save(register, offset)
    if (step.release) state.release(step.release)
  }
  return state.rules(0, 'x30')
}

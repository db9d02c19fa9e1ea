// Unwind information of arm64 (https://learn.microsoft.com/cpp/build/arm64-exception-handling).
import { ByteCursor } from '../byte-cursor.ts'
import type { CfiRecord, RuleList } from '../module-symbols.ts'
import { type Arm64Step, packedSteps, readSteps } from './arm64-codes.ts'
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
  /** Offset of each epilogue, and the position in `steps` where it begins to undo. */
  epilogues: readonly { offset: number; step: number }[]
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
  if (kind !== 0)
    return {
      size: ((word >>> 2) & 0x7ff) * 4,
      steps: packedSteps(word),
      hasPrologue: kind === 1,
      epilogues: [],
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
  const epilogues = scopeList.map((scope) => ({ offset: (scope & 0x3ffff) * 4, step: scope >>> 22 }))
  return {
    size: (header & 0x3ffff) * 4,
    steps: prologue.steps,
    hasPrologue: !prologue.isFragment,
    epilogues: epilogues.flatMap(({ offset, step }) => {
      const position = prologue.positions.indexOf(step)
      return position < 0 ? [] : [{ offset, step: position }]
    }),
  }
}

/** A row after each instruction of the prologue: every step is one instruction. */
function rowsOf({ steps, hasPrologue }: Description): { offset: number; rules: RuleList }[] {
  if (!hasPrologue) return [{ offset: 0, rules: rulesOf(steps) }]
  const count = steps.length
  return Array.from({ length: count + 1 }, (_, i) => ({
    offset: 4 * i,
    rules: rulesOf(steps.slice(count - i)),
  }))
}

function rulesOf(steps: readonly Arm64Step[]): RuleList {
  const state = new FrameState('sp')
  for (const step of steps) {
    if (step.frame !== undefined) state.setPointer('x29', step.frame)
    for (const [register, offset] of step.saves ?? []) state.save(register, offset)
    if (step.release) state.release(step.release)
  }
  return state.rules(0, 'x30')
}

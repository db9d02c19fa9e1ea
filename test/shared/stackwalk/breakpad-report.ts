// Breakpad's machine-readable report as rows, and Mayday's output in the same form, for comparison.
import type { WalkedDump, WalkedThread } from '../../../shared/stackwalk/walked-dump.ts'
import { baseName } from '../../../shared/text/base-name.ts'
import type { Frame } from '../../../shared/unwind/frame.ts'
import { offsetWord } from '../../../shared/unwind/word.ts'

/** One frame of a thread; inlined functions are separate frames. */
export interface Row {
  module: string
  function: string
  file: string
  line: string
  offset: string
}

export interface BreakpadReport {
  reason: string
  address: string
  crashingThread: string
  modules: string[]
  threads: Map<number, Row[]>
}

/** Parses the section printed by `-m`. */
export function parseBreakpadReport(text: string): BreakpadReport {
  const section = text.split('==== human-readable')[0]!
  const report: BreakpadReport = {
    reason: '',
    address: '',
    crashingThread: '',
    modules: [],
    threads: new Map(),
  }
  for (const line of section.split('\n')) {
    const fields = line.split('|')
    if (fields[0] === 'Crash')
      [, report.reason, report.address, report.crashingThread] = fields as [string, string, string, string]
    else if (fields[0] === 'Module')
      report.modules.push(
        fields
          .slice(1)
          .join('|')
          .replace(/\|0{33}\|/, '||'),
      )
    else if (/^\d+$/.test(fields[0]!) && fields.length === 7) {
      const thread = Number(fields[0])
      const [, , module, name, file, at, offset] = fields as string[]
      const rows = report.threads.get(thread) ?? []
      rows.push({ module: module!, function: name!, file: file!, line: at!, offset: offset! })
      report.threads.set(thread, rows)
    }
  }
  return report
}

const clean = (text: string) => text.replace(/[|\n]/g, '')

/**
 * The frames of a thread as Breakpad prints them: offsets are those of the return address, except on arm. With
 * inlined functions the two count from different line records, so the offset is left empty.
 */
export function rowsOf(walked: WalkedDump, walk: WalkedThread): Row[] {
  return walk.frames.flatMap((frame) => frameRows(walked, walk, frame))
}

function frameRows({ dump }: WalkedDump, { cpu }: WalkedThread, frame: Frame): Row[] {
  const { symbol } = frame
  const module = frame.module < 0 ? '' : baseName(dump.modules.list[frame.module]!.codeFile)
  const delta = frame.trust === 'context' || cpu!.linkRegister >= 0 ? 0 : cpu!.returnDelta
  const base = symbol ? (symbol.lineBase ?? symbol.base) : 0
  const inFrame = frame.moduleOffset + delta - base
  const at = frame.module < 0 ? offsetWord(frame.instruction, delta)! : inFrame
  const offset = symbol?.inlines.length ? '' : `0x${at.toString(16)}`
  const place = { module, offset }
  const inlines = (symbol?.inlines ?? []).map((inline) => ({
    ...place,
    function: clean(inline.function),
    file: clean(inline.file ?? ''),
    line: String(inline.line ?? ''),
  }))
  const own = {
    ...place,
    function: clean(symbol?.function ?? ''),
    file: clean(symbol?.file ?? ''),
    line: String(symbol?.line ?? ''),
  }
  return [...inlines, own]
}

/** The first frame in which two threads differ, or -1. */
export function firstDifference(ours: readonly Row[], theirs: readonly Row[]): number {
  const length = Math.max(ours.length, theirs.length)
  for (let i = 0; i < length; i++) if (!isSame(ours[i], theirs[i])) return i
  return -1
}

function isSame(a: Row | undefined, b: Row | undefined): boolean {
  if (!a || !b) return false
  const keys = ['module', 'function', 'file', 'line'] as const
  return keys.every((key) => a[key] === b[key]) && (a.offset === '' || a.offset === b.offset)
}

/** A reason without the parts that only one of them prints: Breakpad names fewer codes, and prints a code of zero. */
export const plainReason = (reason: string): string =>
  reason
    .replace(/ ?\/ ?(0x000000(00|80)|SI_KERNEL|SI_TKILL|SI_USER)$/, '')
    .replace(/ ?\/ ?/, ' / ')
    .replace(/^No crash$/, '')

/** The modules as Breakpad's `Module` lines. */
export function moduleRows({ dump }: WalkedDump): string[] {
  const { list } = dump.modules
  return [...list]
    .sort((a, b) => (a.base < b.base ? -1 : 1))
    .map((m) => {
      const hex = (v: bigint) => `0x${v.toString(16).padStart(8, '0')}`
      const id = m.debugId ?? ''
      return [
        baseName(m.codeFile),
        m.version ?? '',
        baseName(m.debugFile ?? ''),
        id,
        hex(m.base),
        hex(m.base + BigInt(m.size) - 1n),
        m === list[0] ? '1' : '0',
      ].join('|')
    })
}

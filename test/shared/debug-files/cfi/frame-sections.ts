// Sections of call frame information for tests, and the records in them as lines.
import { type FrameSection, readFrames } from '../../../../shared/debug-files/cfi/frame-section.ts'
import { cpuRulesOf } from '../../../../shared/debug-files/cfi/register-names.ts'
import type { CfiRecord, RuleList } from '../../../../shared/debug-files/module-symbols.ts'
import { type Assembler, createAssembler, fromHex } from '../../../support/assembler.ts'

/** Of an entry and a description of it. */
export interface Shape {
  isEh?: boolean
  big?: boolean
  wide?: boolean
  version?: number
  augmentation?: string
  /** Alignments, return register and augmentation data of the entry. */
  fields?: string
  initial?: string
  /** Of the description, after the reference to its entry. */
  fde?: string
  arch?: string
  base?: number
  address?: number
  dataAddress?: number
}

const text = (rules: RuleList) => rules.map((rule) => rule.join(': ')).join(' ')

/** An entry and a description of it, at 0 and at the offset `at`. */
export function sectionOf(shape: Shape): { section: FrameSection; at: number } {
  const { isEh = true, big = false, wide = false, version = 1, augmentation = '', base = 0 } = shape
  const { fields = '01 78 10', initial = '0c0708', fde = '', arch = 'x86_64', address = 0x1000 } = shape
  const a = createAssembler(!big)
  const record = (write: (a: Assembler) => void) => {
    const inner = createAssembler(!big)
    write(inner)
    const bytes = inner.finish()
    if (wide) a.u32(0xffff_ffff).u64(bytes.length).bytes(bytes)
    else a.u32(bytes.length).bytes(bytes)
  }
  const id = (b: Assembler, value: number) =>
    wide && !isEh ? b.u64(value < 0 ? 0xffff_ffff_ffff_ffffn : value) : b.u32(value >>> 0)
  record((b) =>
    id(b, isEh ? 0 : -1)
      .u8(version)
      .bytes(new TextEncoder().encode(`${augmentation}\0`))
      .bytes(fromHex(fields + initial)),
  )
  const at = a.size
  record((b) => id(b, isEh ? at + (wide ? 12 : 4) : 0).bytes(fromHex(fde)))
  const { dataAddress } = shape
  const section: FrameSection = {
    ...{ bytes: a.finish(), address, isEh, littleEndian: !big, base: { high: 0, low: base } },
    ...(dataAddress === undefined ? {} : { dataAddress }),
    cpu: cpuRulesOf(arch)!,
    isCode: (place) => place !== 0xdead,
  }
  return { section, at }
}

/** A line for each record and each of its changes, and for each damaged one. */
export function framesOf(section: FrameSection): string[] {
  const lines: string[] = []
  const shown = ({ start, size, initial, changes }: CfiRecord) => [
    `${start.toString(16)} ${size.toString(16)} ${text(initial)}`,
    ...changes.map((change) => `${change.address.toString(16)} ${text(change.rules)}`),
  ]
  for (const record of readFrames(section, () => lines.push('damaged'))) lines.push(...shown(record))
  return lines
}

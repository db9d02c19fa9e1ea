// MiscInfo: process id and times, power, time zone, build text, layout of extended processor state.
import type { ExtendedStateLayout } from './context.ts'
import type { Section } from './dump-view.ts'
import { i32, needSize, u32, u64 } from './dump-view.ts'
import { utf16Array } from './strings.ts'

/** Fields are null where the record version lacks them or does not mark them valid. */
export interface MiscInfo {
  /** 1 to 5: the newest record version that fits the stream. */
  readonly version: number
  readonly processId: number | null
  /** Seconds since 1970. */
  readonly createTime: number | null
  /** Seconds of processor time. */
  readonly userTime: number | null
  readonly kernelTime: number | null
  readonly power: ProcessorPower | null
  readonly integrityLevel: number | null
  readonly executeFlags: number | null
  readonly protectedProcess: number | null
  readonly timeZone: TimeZone | null
  readonly buildString: string | null
  readonly debugBuildString: string | null
  readonly xstate: ExtendedStateLayout | null
  readonly processCookie: number | null
}

/** Megahertz, and idle states. */
export interface ProcessorPower {
  readonly maxMhz: number
  readonly currentMhz: number
  readonly mhzLimit: number
  readonly maxIdleState: number
  readonly currentIdleState: number
}

export interface TimeZone {
  readonly id: number
  /** Minutes: UTC = local time + bias. */
  readonly bias: number
  readonly standardName: string
  readonly standardBias: number
  readonly daylightName: string
  readonly daylightBias: number
}

const sizes = [24, 44, 232, 832, 1364]

/** Throws when the stream is too short for version 1. */
export function readMiscInfo(s: Section): MiscInfo {
  needSize(s, sizes[0]!, 'MiscInfo')
  const version = sizes.filter((size) => size <= s.size).length
  const flags = u32(s, 4)
  /** The result of `read` when the version has the field and its bit is set, else null. */
  const field = <T>(since: number, bit: number, read: () => T): T | null =>
    version >= since && (bit === 0 || (flags & bit) !== 0) ? read() : null
  return {
    version,
    processId: field(1, 1, () => u32(s, 8)),
    createTime: field(1, 2, () => u32(s, 12)),
    userTime: field(1, 2, () => u32(s, 16)),
    kernelTime: field(1, 2, () => u32(s, 20)),
    power: field(2, 4, () => power(s)),
    integrityLevel: field(3, 0x10, () => u32(s, 44)),
    executeFlags: field(3, 0x20, () => u32(s, 48)),
    protectedProcess: field(3, 0x80, () => u32(s, 52)),
    timeZone: field(3, 0x40, () => timeZone(s)),
    buildString: field(4, 0x100, () => utf16Array(s, 232, 260)),
    debugBuildString: field(4, 0x100, () => utf16Array(s, 752, 40)),
    xstate: field(5, 0, () => xstate(s)),
    processCookie: field(5, 0x200, () => u32(s, 1360)),
  }
}

function power(s: Section): ProcessorPower {
  const [maxMhz, currentMhz, mhzLimit, maxIdleState, currentIdleState] = [24, 28, 32, 36, 40].map((at) =>
    u32(s, at),
  )
  return {
    maxMhz: maxMhz!,
    currentMhz: currentMhz!,
    mhzLimit: mhzLimit!,
    maxIdleState: maxIdleState!,
    currentIdleState: currentIdleState!,
  }
}

function timeZone(s: Section): TimeZone {
  return {
    id: u32(s, 56),
    bias: i32(s, 60),
    standardName: utf16Array(s, 64, 32),
    standardBias: i32(s, 144),
    daylightName: utf16Array(s, 148, 32),
    daylightBias: i32(s, 228),
  }
}

function xstate(s: Section): ExtendedStateLayout {
  const enabled = u64(s, 840)
  const features: Array<{ feature: number; offset: number; size: number }> = []
  for (let feature = 0; feature < 64; feature++) {
    if (((enabled >> BigInt(feature)) & 1n) === 0n) continue
    const at = 848 + 8 * feature
    features.push({ feature, offset: u32(s, at), size: u32(s, at + 4) })
  }
  return { enabled, features }
}

// SystemInfo: operating system and processor, with the texts shown in reports.

import { type CpuName, cpuOf } from './context.ts'
import type { Section } from './dump-view.ts'
import { bytesAt, needSize, u8, u16, u32 } from './dump-view.ts'
import format from './format.json' with { type: 'json' }
import { namesOf, type OsName, osLabel, osName } from './format.ts'
import { utf16String } from './strings.ts'

export interface SystemInfo {
  readonly architecture: number
  readonly cpu: CpuName
  /** Bytes of a pointer; null for an unknown processor. */
  readonly pointerSize: 4 | 8 | null
  readonly platformId: number
  readonly os: OsName
  /** The system's name as printed in reports: `Windows NT`, `Mac OS X`, `Linux`. */
  readonly osLabel: string
  /** `major.minor.build`, or the kernel release of a Linux dump without version numbers. */
  readonly osVersion: string
  /** Service pack, build or kernel text; null when blank. */
  readonly osBuild: string | null
  /** `osVersion osBuild` as printed in reports. */
  readonly osVer: string
  /** CSDVersion as stored. */
  readonly csdVersion: string | null
  /** `family 6 model 85 stepping 7`, with the vendor on x86; null where the dump has no such data. */
  readonly cpuInfo: string | null
  readonly cpuCount: number
  readonly productType: number
  readonly suiteMask: number
}

/** Throws when the stream is shorter than its 56 bytes. */
export function readSystemInfo(s: Section): SystemInfo {
  needSize(s, 56, 'SystemInfo')
  const architecture = u16(s, 0)
  const { cpu, pointerSize } = cpuOf(architecture)
  const platformId = u32(s, 20)
  const os = osName(platformId)
  const csdVersion = utf16String(s.file, u32(s, 24))
  const numbers = `${u32(s, 8)}.${u32(s, 12)}.${u32(s, 16)}`
  const { osVersion, osBuild } = systemVersion(os, numbers, csdVersion)
  return {
    architecture,
    cpu,
    pointerSize,
    platformId,
    os,
    osLabel: osLabel(platformId),
    osVersion,
    osBuild,
    osVer: osBuild === null ? osVersion : `${osVersion} ${osBuild}`,
    csdVersion,
    cpuInfo: cpuInfo(s, cpu),
    cpuCount: u8(s, 6),
    productType: u8(s, 7),
    suiteMask: u16(s, 28),
  }
}

/** Some Linux writers store no version numbers; the kernel release is then the second word of the text. */
function systemVersion(os: OsName, numbers: string, csd: string | null) {
  const build = csd?.trim() || null
  if (os !== 'linux' || numbers !== '0.0.0' || build === null) return { osVersion: numbers, osBuild: build }
  const words = build.split(' ')
  const release = words[1]
  if (release === undefined || release === '0.0.0') return { osVersion: numbers, osBuild: build }
  const rest = words.slice(2)
  if (rest.pop() === 'Linux/GNU') rest.pop()
  return { osVersion: release, osBuild: rest.join(' ') || null }
}

function cpuInfo(s: Section, cpu: CpuName): string | null {
  if (cpu === 'arm') return armInfo(u16(s, 2), u32(s, 32), u32(s, 36))
  if (cpu !== 'x86' && cpu !== 'amd64') return null
  const revision = u16(s, 4)
  const family = `family ${u16(s, 2)} model ${revision >> 8} stepping ${revision & 0xff}`
  return cpu === 'x86' ? `${vendor(s)} ${family}` : family
}

/** The twelve vendor bytes: three little-endian words regardless of the dump's byte order. */
function vendor(s: Section): string {
  const bytes = s.file.littleEndian ? [...bytesAt(s, 32, 12)] : [32, 36, 40].flatMap((at) => word(u32(s, at)))
  return String.fromCharCode(...bytes)
}

const word = (value: number) => [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24]

const armVendors = namesOf(format.armVendors)
const armParts = namesOf(format.armParts)

function armInfo(level: number, cpuid: number, hwcaps: number): string {
  const parts = [`ARMv${level}`]
  if (cpuid !== 0) {
    const part = (cpuid & 0xff00_fff0) >>> 0
    parts.push(armVendors.get(cpuid >>> 24) ?? `vendor(0x${(cpuid >>> 24).toString(16)})`)
    parts.push(armParts.get(part) ?? `part(0x${part.toString(16)})`)
  }
  const features = format.armFeatures.filter((_, bit) => (hwcaps >>> bit) & 1)
  if (features.length > 0) parts.push(`features: ${features.join(',')}`)
  return parts.join(' ')
}

// Streams of Linux dumps: copies of files under /proc and /etc, and the dynamic linker's list of libraries.

import type { DumpFile, Section } from './dump-view.ts'
import { bytesAt, dumpError, section, spend, u32, u64 } from './dump-view.ts'
import { lossyUtf8, utf16String } from './strings.ts'

/** A whole stream as text, with U+FFFD for invalid UTF-8. */
export const readText = (s: Section): string => lossyUtf8(bytesAt(s, 0, s.size))

const isSpace = (code: number) => code === 32 || (code >= 9 && code <= 13 && code !== 11)

/** Strips ASCII white space from both ends; without a regular expression, which takes quadratic time on long runs. */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function unquote(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
}

/** `key: value` lines (or another separator), trimmed, one pair of quotes removed; other lines are skipped. */
function keyValues(text: string, separator: ':' | '='): Array<[key: string, value: string]> {
  const pairs: Array<[string, string]> = []
  for (const line of text.split('\n')) {
    const at = line.indexOf(separator)
    if (at >= 0) pairs.push([unquote(trim(line.slice(0, at))), unquote(trim(line.slice(at + 1)))])
  }
  return pairs
}

/** The microcode revision in cpuinfo, or null. */
export function microcodeOf(cpuinfo: string): bigint | null {
  const value = keyValues(cpuinfo, ':').findLast(([key]) => key === 'microcode')?.[1]
  return value !== undefined && /^0x[0-9a-f]{1,16}$/i.test(value) ? BigInt(value) : null
}

/** The process id in /proc/pid/status; 0 when it is missing or not a number. */
export function pidOf(procStatus: string): number {
  const value = keyValues(procStatus, ':').findLast(([key]) => key === 'Pid')?.[1] ?? ''
  const pid = /^\+?\d{1,10}$/.test(value) ? Number(value) : 0
  return pid <= 0xffff_ffff ? pid : 0
}

/** Fields are '' where the file lacks them. */
export interface LsbRelease {
  readonly id: string
  readonly release: string
  readonly codename: string
  readonly description: string
}

const lsbKeys: ReadonlyMap<string, keyof LsbRelease> = new Map<string, keyof LsbRelease>([
  ['DISTRIB_ID', 'id'],
  ['ID', 'id'],
  ['DISTRIB_RELEASE', 'release'],
  ['VERSION_ID', 'release'],
  ['DISTRIB_CODENAME', 'codename'],
  ['VERSION_CODENAME', 'codename'],
  ['DISTRIB_DESCRIPTION', 'description'],
  ['PRETTY_NAME', 'description'],
])

/** /etc/lsb-release or /etc/os-release; the last of repeated keys counts. */
export function readLsbRelease(s: Section): LsbRelease {
  const release = { id: '', release: '', codename: '', description: '' }
  for (const [key, value] of keyValues(readText(s), '=')) {
    const field = lsbKeys.get(key)
    if (field) release[field] = value
  }
  return release
}

/** The environment of the process, protected because it may hold secrets. Entries end in NUL or a line break. */
export function readEnviron(s: Section): Map<string, string> {
  return new Map(keyValues(readText(s).replaceAll('\0', '\n'), '='))
}

/** The arguments of the command line; each ends in NUL. */
export function readCommandLine(s: Section): string[] {
  const words = readText(s).split('\0')
  while (words.at(-1) === '') words.pop()
  return words
}

export interface LinuxMapping {
  /** First and last address, inclusive. */
  readonly start: bigint
  readonly last: bigint
  readonly readable: boolean
  readonly writable: boolean
  readonly executable: boolean
  readonly shared: boolean
  readonly offset: bigint
  /** Path, or a name in brackets such as `[heap]`, or ''. */
  readonly path: string
}

/**
 * A path may contain any character; without the `s` flag, a carriage return after many blanks takes quadratic time.
 */
const mapLine = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([rwxsp-]+) ([0-9a-f]{1,16}) \S+ \d+(?:[ \t]+(.*))?$/is

/** /proc/pid/maps. A line in another form throws, so the stream counts as damaged. */
export function readMaps(s: Section): LinuxMapping[] {
  const mappings: LinuxMapping[] = []
  for (const line of readText(s).replaceAll('\0', ' ').split('\n')) {
    const text = trim(line)
    if (text === '') continue
    const parts = mapLine.exec(text)
    if (!parts) throw dumpError('DataError', `line ${mappings.length + 1} is not a memory mapping`)
    const start = BigInt(`0x${parts[1]}`)
    const end = BigInt(`0x${parts[2]}`)
    const flags = parts[3]!
    mappings.push({
      start,
      last: end === 0n ? 0n : end - 1n,
      readable: flags.includes('r'),
      writable: flags.includes('w'),
      executable: flags.includes('x'),
      shared: flags.includes('s'),
      offset: BigInt(`0x${parts[4]}`),
      path: parts[5] ?? '',
    })
  }
  return mappings
}

/** One line of /proc/pid/limits; `unit` is `n/a` when the file gives none. */
export interface ProcessLimit {
  readonly name: string
  readonly soft: number | 'unlimited'
  readonly hard: number | 'unlimited'
  readonly unit: string
}

export function readLimits(s: Section): ProcessLimit[] {
  const limits: ProcessLimit[] = []
  const lines = readText(s).split('\n')
  for (const line of lines.filter((text) => trim(text) !== '').slice(1)) {
    const [name, soft, hard, unit] = line.split('  ').map(trim).filter(Boolean)
    if (name === undefined) continue
    limits.push({ name, soft: limitOf(soft), hard: limitOf(hard), unit: unit ?? 'n/a' })
  }
  return limits
}

function limitOf(text = ''): number | 'unlimited' {
  if (text === 'unlimited') return text
  return /^\d+$/.test(text) ? Number(text) : 0
}

/** The auxiliary vector: pairs of type and value in the width of a pointer, up to the pair of type 0. */
export function readAuxv(s: Section, pointerSize: 4 | 8): Array<[type: bigint, value: bigint]> {
  const read = (at: number) => (pointerSize === 8 ? u64(s, at) : BigInt(u32(s, at)))
  const pairs: Array<[bigint, bigint]> = []
  for (let at = 0; at + 2 * pointerSize <= s.size; at += 2 * pointerSize) {
    const type = read(at)
    if (type === 0n) break
    pairs.push([type, read(at + pointerSize)])
  }
  return pairs
}

export interface DsoDebug {
  readonly version: number
  readonly brk: bigint
  readonly loaderBase: bigint
  readonly dynamic: bigint
  readonly links: ReadonlyArray<{
    readonly address: bigint
    readonly name: string | null
    readonly ld: bigint
  }>
}

/** The dynamic linker's r_debug and link_map, with addresses in the width of a pointer. */
export function readDsoDebug(s: Section, pointerSize: 4 | 8): DsoDebug {
  const address = (from: Section, at: number) => (pointerSize === 8 ? u64(from, at) : BigInt(u32(from, at)))
  const links = linkMaps(s.file, u32(s, 4), u32(s, 8), pointerSize)
  return {
    version: u32(s, 0),
    brk: address(s, 12),
    loaderBase: address(s, 12 + pointerSize),
    dynamic: address(s, 12 + 2 * pointerSize),
    links: links.map((link) => ({
      address: address(link, 0),
      name: utf16String(s.file, u32(link, pointerSize)),
      ld: address(link, pointerSize + 4),
    })),
  }
}

function linkMaps(file: DumpFile, rva: number, count: number, pointerSize: number): Section[] {
  if (count === 0) return []
  const size = 4 + 2 * pointerSize
  const all = section(file, rva, count * size)
  spend(file, all.size)
  return Array.from({ length: count }, (_, i) => section(file, rva + i * size, size))
}

// macOS streams of Mozilla's crash reporter; assertion and error records.
import { depthExceeds } from '../json/json-depth.ts'
import type { Section } from './dump-view.ts'
import { bytesAt, dumpError, fileOffset, location, needSize, section, spend, u32, u64 } from './dump-view.ts'
import { strictUtf8, utf16Array, utf16String } from './strings.ts'

/** The __crash_info section of a library. Zero numbers and empty texts count as absent. */
export interface MacCrashRecord {
  readonly version: bigint
  readonly thread: bigint | null
  readonly dialogMode: bigint | null
  readonly abortCause: bigint | null
  readonly modulePath: string | null
  readonly message: string | null
  readonly signature: string | null
  readonly backtrace: string | null
  readonly message2: string | null
}

const maxRecords = 20

/** Mixed record versions, and records shorter than their fixed part, throw: the stream counts as damaged. */
export function readMacCrashInfo(s: Section): MacCrashRecord[] {
  const count = Math.min(u32(s, 4), maxRecords)
  const stringsAt = u32(s, 8)
  const records: MacCrashRecord[] = []
  for (let i = 0; i < count; i++) {
    const { size, rva } = location(s, 12 + 8 * i)
    const record = readMacRecord(section(s.file, rva, size), stringsAt)
    if (records.length > 0 && record.version !== records[0]!.version) {
      throw dumpError('DataError', 'crash records of different versions')
    }
    records.push(record)
  }
  return records
}

function readMacRecord(s: Section, stringsAt: number): MacCrashRecord {
  const version = u64(s, 8)
  const fixed = version >= 5n ? 40 : version === 4n ? 32 : 16
  if (fixed > stringsAt)
    throw dumpError('DataError', `crash record of version ${version} in ${stringsAt} bytes`)
  const number = (at: number) => (at < fixed ? u64(s, at) || null : null)
  const texts = version >= 4n ? cStrings(s, stringsAt, 5) : []
  return {
    version,
    thread: number(16),
    dialogMode: number(24),
    abortCause: number(32),
    modulePath: texts[0] || null,
    message: texts[1] || null,
    signature: texts[2] || null,
    backtrace: texts[3] || null,
    message2: texts[4] || null,
  }
}

function cStrings(s: Section, from: number, count: number): string[] {
  const bytes = bytesAt(s, 0, s.size)
  spend(s.file, s.size)
  let at = from
  return Array.from({ length: count }, () => {
    const end = bytes.indexOf(0, at)
    if (end < 0) throw dumpError('DataError', `text at offset ${s.base + at} does not end in NUL`)
    const text = strictUtf8(bytes.subarray(at, end), s.base + at)
    at = end + 1
    return text
  })
}

/** The kernel's boot arguments. */
export function readMacBootArgs(s: Section): string {
  const text = utf16String(s.file, fileOffset(s, 4))
  if (text === null) throw dumpError('DataError', 'the text of the boot arguments is unreadable')
  return text
}

const maxJsonDepth = 64

/** The JSON in which Mozilla's dump writer lists parts that it could not write. */
export function readSoftErrors(s: Section): unknown {
  let errors: unknown
  try {
    errors = JSON.parse(strictUtf8(bytesAt(s, 0, s.size), s.base))
  } catch {
    throw dumpError('DataError', 'the soft errors are not JSON')
  }
  if (depthExceeds(errors, maxJsonDepth))
    throw dumpError('DataError', 'the soft errors are nested too deeply')
  return errors
}

/** A failed assertion of the C runtime. */
export interface AssertionInfo {
  readonly expression: string
  readonly function: string
  readonly file: string
  readonly line: number
  readonly kind: 'invalid-parameter' | 'pure-virtual-call' | 'unknown'
}

const assertionKinds = ['unknown', 'invalid-parameter', 'pure-virtual-call'] as const

export function readAssertion(s: Section): AssertionInfo {
  needSize(s, 776, 'AssertionInfo')
  return {
    expression: utf16Array(s, 0, 128),
    function: utf16Array(s, 256, 128),
    file: utf16Array(s, 512, 128),
    line: u32(s, 768),
    kind: assertionKinds[u32(s, 772)] ?? 'unknown',
  }
}

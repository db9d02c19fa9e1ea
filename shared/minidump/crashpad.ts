// CrashpadInfo: report and client ids, annotations of the process and of each module.

import type { DumpFile, Location, Section } from './dump-view.ts'
import { bytesAt, dumpError, location, needSize, section, spend, u16, u32, u64 } from './dump-view.ts'
import { guid } from './modules.ts'
import { byteArray, lossyUtf8, utf8String } from './strings.ts'

export interface CrashpadInfo {
  /** Lower case with dashes. */
  readonly reportId: string
  readonly clientId: string
  /** The bits of a pointer that are its address; null when the writer gives none. */
  readonly addressMask: bigint | null
  readonly annotations: ReadonlyMap<string, string>
  readonly modules: readonly CrashpadModule[]
}

export interface CrashpadModule {
  /** Index into the module list. */
  readonly moduleIndex: number
  readonly listAnnotations: readonly string[]
  readonly annotations: ReadonlyMap<string, string>
  readonly objects: readonly AnnotationObject[]
}

/** A typed annotation; `text` for strings, `bytes` for user-defined types (0x8000 and up), neither for others. */
export interface AnnotationObject {
  readonly name: string
  readonly type: number
  readonly text: string | null
  readonly bytes: Uint8Array | null
}

/** A string outside the file throws, so the whole stream counts as damaged; other readers do the same. */
export function readCrashpadInfo(s: Section): CrashpadInfo {
  needSize(s, 52, 'CrashpadInfo')
  if (u32(s, 0) === 0) throw dumpError('DataError', 'CrashpadInfo of version 0')
  return {
    reportId: guidText(s, 4),
    clientId: guidText(s, 20),
    addressMask: s.size >= 64 ? addressMask(u64(s, 56)) : null,
    annotations: readDictionary(s.file, location(s, 36)),
    modules: readModules(s.file, location(s, 44)),
  }
}

/** Either the address bits or the others are set; 0 for none. */
function addressMask(value: bigint): bigint | null {
  const mask = value >> 63n ? BigInt.asUintN(64, ~value) : value
  return mask === 0n || (mask & (mask + 1n)) !== 0n ? null : mask
}

function guidText(s: Section, at: number): string {
  const text = guid(bytesAt(s, at, 16), s.file.littleEndian).toLowerCase()
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** The `entrySize`-byte entries after a u32 count, as sections; an empty location is an empty list. */
function entries(file: DumpFile, { size, rva }: Location, entrySize: number): Section[] {
  if (size === 0) return []
  const list = section(file, rva, size)
  const count = u32(list, 0)
  needSize(list, 4 + count * entrySize, `list of ${count}`)
  spend(file, size)
  return Array.from({ length: count }, (_, i) => section(file, rva + 4 + i * entrySize, entrySize))
}

function readDictionary(file: DumpFile, at: Location): Map<string, string> {
  return new Map(
    entries(file, at, 8).map((entry) => [utf8String(file, u32(entry, 0)), utf8String(file, u32(entry, 4))]),
  )
}

function readModules(file: DumpFile, at: Location): CrashpadModule[] {
  return entries(file, at, 12).map((link) => {
    const { size, rva } = location(link, 4)
    const s = section(file, rva, size)
    needSize(s, 28, 'module information')
    if (u32(s, 0) === 0) throw dumpError('DataError', 'module information of version 0')
    return {
      moduleIndex: u32(link, 0),
      listAnnotations: entries(file, location(s, 4), 4).map((entry) => utf8String(file, u32(entry, 0))),
      annotations: readDictionary(file, location(s, 12)),
      objects: entries(file, location(s, 20), 12).map((entry) => readObject(file, entry)),
    }
  })
}

const typeString = 1
const firstUserType = 0x8000

function readObject(file: DumpFile, entry: Section): AnnotationObject {
  const type = u16(entry, 4)
  const rva = u32(entry, 8)
  const value = type === typeString || type >= firstUserType ? byteArray(file, rva) : null
  if (value) spend(file, value.byteLength)
  return {
    name: utf8String(file, u32(entry, 0)),
    type,
    text: value && type === typeString ? lossyUtf8(value) : null,
    bytes: value && type !== typeString ? value : null,
  }
}

/**
 * All annotations of the process, as Crashpad sends them: its own, then those of each module; of a name that occurs again
 * the first counts. https://chromium.googlesource.com/crashpad/crashpad/+/main/handler/minidump_to_upload_parameters.cc
 */
export function crashpadAnnotations({ annotations, modules }: CrashpadInfo): Map<string, string> {
  const all = new Map(annotations)
  const add = (name: string, text: string | null) => {
    if (text !== null && !all.has(name)) all.set(name, text)
  }
  for (const module of modules) {
    for (const [name, text] of module.annotations) add(name, text)
    for (const { name, text } of module.objects) add(name, text)
  }
  return all
}

/** Names under which clients keep the message of abort(). */
const abortNames = ['AbortMessage', 'abort_message']
/** What libraries of macOS write before they abort, most specific first. */
const abortTexts = [
  /\bterminating (due to|with) |uncaught exception/i,
  /^Fatal error|^Assertion failed|BUG IN /,
  /^abort\(\)/,
]

/**
 * The message of the failed assertion or uncaught exception that the process died of: an annotation of that name, such as
 * Android's, or the text that a library of macOS left in its crash information. Null if there is none.
 */
export function abortMessage(info: CrashpadInfo): string | null {
  const all = crashpadAnnotations(info)
  const named = abortNames.map((name) => all.get(name)).find(Boolean)
  if (named) return named
  const texts = info.modules.flatMap(({ listAnnotations }) => listAnnotations)
  for (const pattern of abortTexts) {
    const text = texts.find((candidate) => pattern.test(candidate))
    if (text !== undefined) return text.trim()
  }
  return null
}

// Stored names of files: reduced to characters that every store accepts, and unique within a report.
import type { Codecs } from '../codecs/codecs.ts'
import { type FileOrigin, mainDumpName, type ReportFile, type StoredReport } from '../crash.ts'
import { isObject } from '../own.ts'
import { type EncodedDump, retitle } from './body/encoded-dump.ts'
import { clip } from './notes.ts'

/** Names of other stored objects. */
const reservedNames: readonly string[] = ['dump_names', 'processed_crash', 'raw_crash']
const unnamedFile = 'unnamed'
const maxName = 30
/** Length of the longest number with its `_`. */
const maxSuffix = 6
const maxOriginalName = 500

/** Keeps `[A-Za-z0-9_]`, truncated to 30 characters; may return an empty name. */
export function sanitizeDumpName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, '').slice(0, maxName)
}

type NamedFile = Pick<EncodedDump, 'origin' | 'format' | 'size'>

/** The name of a file regardless of others. A part without a name gets its file name, or that of the minidump. */
export function baseName({ origin, format }: Pick<NamedFile, 'origin' | 'format'>): string {
  if (origin.part !== '') return sanitizeDumpName(origin.part) || unnamedFile
  return format === 'minidump' ? mainDumpName : sanitizeDumpName(origin.filename ?? '') || unnamedFile
}

/** Of several files with one name, the highest rank keeps it, then the first. */
function rank(file: NamedFile): number {
  const byContent = file.format === 'minidump' ? 3 : file.format ? 2 : file.size > 0 ? 1 : 0
  return 2 * byContent + (file.origin.part === baseName(file) ? 1 : 0)
}

/** The stored name of each file, in order: its own name, or a numbered one if that is taken or reserved. */
function storedNames(files: readonly NamedFile[]): string[] {
  const taken = new Set(reservedNames)
  const names: string[] = []
  const ranked = files.map((file, i) => ({ i, rank: rank(file) })).sort((a, b) => b.rank - a.rank)
  for (const { i } of ranked) {
    const name = baseName(files[i]!)
    if (taken.has(name)) continue
    names[i] = name
    taken.add(name)
  }
  const freeName = createNumbering(taken)
  return files.map((file, i) => names[i] ?? freeName(baseName(file)))
}

/**
 * Returns the first of `name_2`, `name_3` … that is free, truncated to 30 characters, and reserves it. Names that may
 * become equal by truncation share their numbers, so no number is tried twice.
 */
function createNumbering(taken: Set<string>): (name: string) => string {
  const last = new Map<string, number>()
  return (name) => {
    const stem = name.slice(0, maxName - maxSuffix)
    for (let number = (last.get(stem) ?? 1) + 1; ; number++) {
      const suffix = `_${number}`
      const numbered = `${name.slice(0, maxName - suffix.length)}${suffix}`
      if (taken.has(numbered)) continue
      last.set(stem, number)
      taken.add(numbered)
      return numbered
    }
  }
}

/** Sets the stored names of all files of a report. */
export function nameFiles(files: readonly EncodedDump[], codecs: Codecs): void {
  const names = storedNames(files)
  for (const [i, file] of files.entries()) {
    if (file.name !== names[i]) retitle(file, { name: names[i]! }, codecs)
  }
}

/** A note for each numbered file. */
export function renameNotes(files: readonly EncodedDump[]): string[] {
  return files
    .filter((file) => file.name !== baseName(file))
    .map(({ name, origin }) => `file renamed: ${clip(origin.part)} to ${name}`)
}

/** Stored name to part name, where they differ. */
export function originalNames(
  files: readonly Pick<EncodedDump, 'name' | 'origin'>[],
): Record<string, string> {
  const renamed = files.filter(({ name, origin }) => origin.part !== name)
  return Object.fromEntries(renamed.map(({ name, origin }) => [name, origin.part.slice(0, maxOriginalName)]))
}

/** Reads `original_names` of the collector's metadata; skips values that are not text. */
export function readOriginalNames(metadata: unknown): ReadonlyMap<string, string> {
  const names = isObject(metadata) && isObject(metadata.original_names) ? metadata.original_names : {}
  const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === 'string'
  return new Map(Object.entries(names).filter(isText))
}

/** The description of a file in responses and stored objects. */
export const describeFile = (name: string, origin: FileOrigin, size: number): ReportFile => ({
  name,
  original_name: origin.part,
  filename: origin.filename,
  content_type: origin.contentType,
  size,
})

/** The files of a stored report, in order. */
export const describeFiles = ({ dumps, origins }: StoredReport): ReportFile[] =>
  dumps.flatMap(({ name, bytes }) => {
    const origin = origins.get(name)
    return origin ? [describeFile(name, origin, bytes.length)] : []
  })

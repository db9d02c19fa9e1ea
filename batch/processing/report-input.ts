// What processing reads from a stored report: its minidumps, and its annotations with those of Crashpad.
import { formatOf } from '../../shared/bytes/format.ts'
import {
  type Dump,
  isMinidumpName,
  mainDumpName,
  type MinidumpName,
  type RawCrash,
  type StoredReport,
} from '../../shared/crash.ts'
import { isCrashError } from '../../shared/errors.ts'
import { crashpadAnnotations } from '../../shared/minidump/crashpad.ts'
import { readMinidump } from '../../shared/minidump/minidump.ts'
import { withProduct } from './rules/product.ts'
import { cleanAnnotations } from './rules/report.ts'

export type Minidump = Dump & { name: MinidumpName }

/** The minidumps, the main one first, and the raw crash as rules and rows use it. */
export function inputOf(
  report: StoredReport,
  notes: string[] = [],
): { minidumps: Minidump[]; raw: RawCrash } {
  const minidumps = minidumpsOf(report, notes)
  return { minidumps, raw: withProduct(cleanAnnotations(report.rawCrash), annotationsIn(minidumps[0])) }
}

/**
 * The minidumps, the main one first. If no file has the name of the main minidump, the first minidump is the main
 * one.
 */
function minidumpsOf({ dumps }: StoredReport, notes: string[]): Minidump[] {
  const named = dumps.filter((dump): dump is Minidump => isMinidumpName(dump.name))
  if (named.length > 0) return named.sort((a, b) => a.name.length - b.name.length)
  const other = dumps.find(({ bytes }) => formatOf(bytes) === 'minidump')
  if (!other) return []
  notes.push(`the minidump is in a file with a name other than ${mainDumpName}`)
  return [{ ...other, name: mainDumpName }]
}

/** The annotations that Crashpad wrote into the minidump; empty if the dump is unreadable. */
function annotationsIn(dump: Minidump | undefined): ReadonlyMap<string, string> {
  try {
    const info = dump && readMinidump(dump.bytes).crashpadInfo
    return info ? crashpadAnnotations(info) : new Map()
  } catch (error) {
    if (!isCrashError(error)) throw error
    return new Map()
  }
}

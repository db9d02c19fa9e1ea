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
import { copiedFields } from '../../shared/fields/fields.ts'
import { abortMessage, crashpadAnnotations } from '../../shared/minidump/crashpad.ts'
import { readMinidump } from '../../shared/minidump/minidump.ts'
import { own } from '../../shared/own.ts'
import { withProduct } from './rules/product.ts'
import { cleanAnnotations } from './rules/report.ts'

export type Minidump = Dump & { name: MinidumpName }

/** The minidumps, the main one first, and the raw crash as rules and rows use it. */
export function inputOf(
  report: StoredReport,
  notes: string[] = [],
): { minidumps: Minidump[]; raw: RawCrash } {
  const minidumps = minidumpsOf(report, notes)
  const inDump = annotationsIn(minidumps[0])
  return { minidumps, raw: withProduct(withKnown(cleanAnnotations(report.rawCrash), inDump), inDump) }
}

/** `withProduct` decides about these: a report of another product does not get the version in its dump. */
const ofProduct = new Set(['ProductName', 'Version', 'ReleaseChannel', 'ProcessType'])
/** Annotations that fields are copied from. */
const known = new Set(copiedFields.map(({ annotation }) => annotation).filter((name) => !ofProduct.has(name)))

/** The raw crash with the annotations of the dump that fields are copied from and the client did not send. */
function withKnown(raw: RawCrash, inDump: ReadonlyMap<string, string>): RawCrash {
  const isAbsent = (name: string) => [undefined, null, ''].includes(own<unknown>(raw, name) as null)
  const added = [...inDump].filter(([name]) => known.has(name) && isAbsent(name))
  return added.length === 0 ? raw : { ...raw, ...Object.fromEntries(added) }
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

/** The annotations that Crashpad wrote into the minidump, with `AbortMessage`; empty if the dump is unreadable. */
function annotationsIn(dump: Minidump | undefined): ReadonlyMap<string, string> {
  try {
    const info = dump && readMinidump(dump.bytes).crashpadInfo
    if (!info) return new Map()
    const abort = abortMessage(info)
    return new Map([
      ...crashpadAnnotations(info),
      ...(abort === null ? [] : [['AbortMessage', abort] as const]),
    ])
  } catch (error) {
    if (!isCrashError(error)) throw error
    return new Map()
  }
}

// Imports bugs from files: CSV or JSON, also pairs of bug and signature as other systems export them.
import { readFile, stat } from 'node:fs/promises'
import * as z from 'zod/mini'
import { CrashError } from '../../shared/errors.ts'
import { check } from '../../shared/json/schema.ts'
import { isoTime } from '../../shared/time/iso-time.ts'
import type { Bytes } from '../../shared/units.ts'
import { rowsOf } from '../lake/duckdb.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import { type Bug, signaturesIn, unique } from './bug.ts'
import { storeBugs } from './bug-table.ts'

const maxBytes: Bytes = 256 * 1024 * 1024

/** Text or a number; null and empty text count as missing. */
const value = z.optional(
  z.nullable(z.pipe(z.union([z.string(), z.number()], 'must be text or a number'), z.transform(String))),
)
const names = z.optional(
  z.nullable(z.union([z.string(), z.array(z.string())], 'must be text or a list of texts')),
)
const flag = z.optional(z.nullable(z.union([z.boolean(), z.string()], 'must be true or false')))

/** One entry. Names on the right of a comment are accepted in place of those on the left. */
const entry = z.object({
  id: value,
  bug_id: value, // id
  url: value,
  tracker: value,
  status: value,
  resolution: value,
  is_open: flag,
  summary: value,
  title: value, // summary
  /** Text with `[@ … ]`, or a list of signatures. */
  signatures: names,
  cf_crash_signature: value, // signatures
  /** One signature, unmarked: bugs then have an entry per signature. */
  signature: value,
  is_private: flag,
  reported_at: value,
  creation_time: value, // reported_at
  changed_at: value,
  last_change_time: value, // changed_at
})
type Entry = z.output<typeof entry>

export interface ImportReport {
  bugs: number
  signatures: number
  stored: number
  removed: number
  /** Bugs that the file marks as private, which were not imported. */
  private: number
}

/**
 * Imports a CSV file with a header, a JSON array, or one JSON object per line. The signatures of a bug replace the
 * stored ones; a bug without signatures is removed.
 * @param options `tracker`: of entries that name none; `now`
 * @throws CrashError 'bad-usage' for a file that cannot be read or has invalid entries
 */
export async function importBugs(
  files: TableFiles,
  path: string,
  { tracker, includePrivate, now }: { tracker: string; includePrivate: boolean; now: Date },
): Promise<ImportReport> {
  const entries = (await readEntries(files, path)).map((row, i) =>
    parseEntry(row, `${path}: entry ${i + 1}: `),
  )
  const report: ImportReport = { bugs: 0, signatures: 0, stored: 0, removed: 0, private: 0 }
  for (const [name, list] of Map.groupBy(entries, (row) => row.tracker || tracker)) {
    const bugs = [...Map.groupBy(list, idOf).values()].map(bugOf)
    const shown = bugs.filter((bug) => includePrivate || !bug.is_private)
    const hidden = bugs.filter((bug) => !shown.includes(bug)).map(({ id }) => id)
    const { stored, removed } = await storeBugs(files, name, { bugs: shown, hidden, now })
    report.bugs += shown.length
    report.signatures += shown.reduce((sum, { signatures }) => sum + signatures.length, 0)
    report.stored += stored
    report.removed += removed
    report.private += hidden.length
  }
  return report
}

async function readEntries(files: TableFiles, path: string): Promise<unknown[]> {
  try {
    const { size } = await stat(path)
    if (size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`)
    if (!/\.(json|jsonl|ndjson)$/i.test(path))
      return await rowsOf(
        files.database.connection,
        "FROM read_csv($path, all_varchar = true, header = true, delim = ',', quote = '\"', escape = '\"')",
        { path },
      )
    const text = await readFile(path, 'utf8')
    const lines = () => text.split('\n').filter((line) => line.trim() !== '')
    return text.trimStart().startsWith('[') ? JSON.parse(text) : lines().map((line) => JSON.parse(line))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    throw new CrashError('bad-usage', `${path} cannot be imported: ${reason}`, { cause })
  }
}

function parseEntry(row: unknown, prefix: string): Entry {
  const { data, problems } = check(entry, row)
  if (problems) throw new CrashError('bad-usage', `${prefix}${problems[0]}`)
  if (!idOf(data)) throw new CrashError('bad-usage', `${prefix}id is missing`)
  return data
}

const idOf = (row: Entry): string => (row.id || row.bug_id || '').trim()

/** The entries of one bug: the last one has its properties, all have signatures. */
function bugOf(rows: readonly Entry[]): Bug {
  const row = rows.at(-1)!
  const status = row.status || null
  return {
    id: idOf(row),
    url: row.url || null,
    status,
    resolution: row.resolution || null,
    is_open: flagOf(row.is_open),
    summary: row.summary || row.title || null,
    signatures: unique(rows.flatMap(signaturesOf)),
    is_private: flagOf(row.is_private) === true,
    reported_at: timeOf(row.reported_at || row.creation_time),
    changed_at: timeOf(row.changed_at || row.last_change_time),
  }
}

function signaturesOf({ signatures, cf_crash_signature, signature }: Entry): string[] {
  if (Array.isArray(signatures)) return signatures
  return [...signaturesIn(signatures ?? ''), ...signaturesIn(cf_crash_signature ?? ''), signature ?? '']
}

function flagOf(given: Entry['is_open']): boolean | null {
  if (typeof given === 'boolean') return given
  if (!given) return null
  return /^(t|true|yes|y|1)$/i.test(given)
}

function timeOf(text: Entry['reported_at']): string | null {
  // A time without a zone is UTC.
  const withZone = /^\d{4}-\d\d-\d\d[T ][\d:.]+$/.test(text ?? '') ? `${text!.replace(' ', 'T')}Z` : text
  const time = new Date(withZone ?? Number.NaN)
  return Number.isNaN(time.getTime()) ? null : isoTime(time)
}

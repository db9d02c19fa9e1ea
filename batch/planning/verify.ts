// Checks that stored reports, processed crashes and rows agree; lists every crash that is missing or duplicated
// somewhere.
import { dateOfCrashId, processedKey, rawKey, tablePrefix } from '../../shared/keys.ts'
import type { IsoDate } from '../../shared/units.ts'
import type { DamagedFile } from '../lake/damage.ts'
import { listDates } from '../lake/dates.ts'
import { rowsOf } from '../lake/duckdb.ts'
import { openDay, wrongModulesQuery } from './day.ts'
import { findUnmarked } from './duplicates.ts'
import { type CrashState, joinDay } from './plan.ts'
import { listTableFiles, type TableFiles } from '../lake/table-files.ts'
import { crashTables } from '../lake/tables.ts'

/** One inconsistency of one crash. */
export interface Finding {
  crash_id: string
  date: IsoDate
  /**
   * `missing`: absent where it must be; `double`: present more than once; `orphan`: present without a stored report;
   * `unmarked`: a duplicate whose row lacks `duplicate_of`.
   */
  kind: 'missing' | 'double' | 'orphan' | 'unmarked'
  /** The object key, or the prefix of the table. */
  where: string
}

export interface VerifyReport {
  dates: IsoDate[]
  /** Number of stored reports. */
  crashes: number
  findings: Finding[]
  /** Table files that cannot be read. Rows of their day and table are not reported as missing. */
  damaged: DamagedFile[]
}

export interface VerifyOptions {
  /** Days to check. Default: all days with reports or rows. */
  dates?: readonly IsoDate[]
  /** No report of this day or later has expired. Data of earlier days is not reported as orphaned. */
  completeSince?: IsoDate | null
}

/** Checks every crash of every day. */
export async function verifyStore(files: TableFiles, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { dates, completeSince = null } = options
  const days = dates ?? (await allDates(files))
  const report: VerifyReport = { dates: [...days], crashes: 0, findings: [], damaged: [] }
  for (const date of days) {
    const expired = completeSince !== null && date < completeSince
    for await (const { raw, findings } of verifyDay(files, date)) {
      if (raw) report.crashes++
      for (const finding of findings) if (!expired || finding.kind !== 'orphan') report.findings.push(finding)
    }
  }
  const unread = new Set([...files.damaged.keys()].map((key) => key.slice(0, key.lastIndexOf('/') + 1)))
  report.findings = report.findings.filter(({ kind, where }) => kind !== 'missing' || !unread.has(where))
  for (const crash_id of await findUnmarked(files, days)) {
    const date = dateOfCrashId(crash_id)
    report.findings.push({ crash_id, date, kind: 'unmarked', where: tablePrefix('crashes', date) })
  }
  return { ...report, damaged: [...files.damaged.values()] }
}

/** The crashes of a day with their findings. */
async function* verifyDay(
  files: TableFiles,
  date: IsoDate,
): AsyncGenerator<{ raw: boolean; findings: Finding[] }> {
  const modules = await readWrongModules(files, date)
  for await (const state of joinDay(await openDay(files, date))) {
    const { crashId, raw } = state
    const wrong = [...findingsOf(state, date), ...moduleFindings(raw, modules.get(crashId), date)]
    yield { raw, findings: wrong.map((kind) => ({ crash_id: crashId, date, ...kind })) }
  }
}

async function allDates(files: TableFiles): Promise<IsoDate[]> {
  const dates = new Set(await listDates(files.stores.crashes))
  for (const table of crashTables) {
    for (const file of await listTableFiles(files.stores[table.bucket], table.name)) dates.add(file.date)
  }
  return [...dates].sort()
}

type Kind = Pick<Finding, 'kind' | 'where'>

/** The findings of a crash outside the table `modules`. */
function findingsOf(state: CrashState, date: IsoDate): Kind[] {
  const processed = processedKey(state.crashId)
  const rows = [
    { count: state.rows, where: tablePrefix('crashes', date) },
    { count: state.protectedRows, where: tablePrefix('protected', date) },
  ]
  if (!state.raw) {
    const places = [state.processed && processed, ...rows.map(({ count, where }) => count > 0 && where)]
    return places.filter((where) => where !== false).map((where) => ({ kind: 'orphan', where }))
  }
  const wrong = rows.filter(({ count }) => count !== 1)
  return [
    ...(state.processed ? [] : [{ kind: 'missing', where: processed } as const]),
    ...wrong.map(({ count, where }): Kind => ({ kind: count === 0 ? 'missing' : 'double', where })),
  ]
}

/** `expected`: `module_count` of the row in `crashes`, null without a row; `actual`: rows in `modules`. */
type ModuleCounts = { expected: number | null; actual: number }

async function readWrongModules(files: TableFiles, date: IsoDate): Promise<Map<string, ModuleCounts>> {
  const { sql, values } = await wrongModulesQuery(files, date)
  const rows = await rowsOf<{ crash_id: string; expected: number | null; actual: bigint }>(
    files.database.connection,
    sql,
    values,
  )
  return new Map(
    rows.map(({ crash_id, expected, actual }) => [crash_id, { expected, actual: Number(actual) }]),
  )
}

/** Without a row in `crashes` the number of modules is unknown: that row is then reported as missing. */
function moduleFindings(raw: boolean, counts: ModuleCounts | undefined, date: IsoDate): Kind[] {
  if (!counts) return []
  const { expected, actual } = counts
  const where = tablePrefix('modules', date)
  if (!raw) return actual > 0 ? [{ kind: 'orphan', where }] : []
  return expected === null ? [] : [{ kind: actual < expected ? 'missing' : 'double', where }]
}

/** A finding as text, with the command that fixes it. */
export function describeFinding({ crash_id, kind, where }: Finding): string {
  if (kind === 'missing') return `${crash_id}  missing in ${where}: run mayday process`
  if (kind === 'double') return `${crash_id}  more than one row in ${where}: run mayday process`
  if (kind === 'unmarked')
    return `${crash_id}  in ${where}, not marked as a duplicate: run mayday process --crash-id ${crash_id}`
  return `${crash_id}  in ${where}, but without a report at ${rawKey(crash_id)}: run mayday expunge ${crash_id}`
}

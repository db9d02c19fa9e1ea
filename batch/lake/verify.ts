// Compares the places where a crash must be, and names every crash that is not in all of them exactly once.
import { dateOfCrashId, processedKey, rawKey, tablePrefix } from '../../shared/keys.ts'
import type { IsoDate } from '../../shared/units.ts'
import { rowsOf } from './duckdb.ts'
import { listDates, openDay, wrongModulesSql } from '../processing/day.ts'
import { findUnmarked } from '../processing/duplicates.ts'
import { type CrashState, joinDay } from '../processing/plan.ts'
import { listTableFiles, type TableFiles } from './table-files.ts'
import { crashTables } from './tables.ts'

/** One thing that is wrong with one crash. */
export interface Finding {
  crash_id: string
  date: IsoDate
  /**
   * `missing`: it is not where it must be; `double`: there more than once; `orphan`: there without its report;
   * `unmarked`: its row does not say that it was sent before.
   */
  kind: 'missing' | 'double' | 'orphan' | 'unmarked'
  /** The object key or the table's prefix. */
  where: string
}

export interface VerifyReport {
  dates: IsoDate[]
  /** Stored reports seen. */
  crashes: number
  findings: Finding[]
}

export interface VerifyOptions {
  /** Days to check; left out: all that have reports or rows. */
  dates?: readonly IsoDate[]
  /** Since that day no report has been removed by age: what stands alone before is no orphan. */
  completeSince?: IsoDate | null
}

/** Checks every crash of every day. */
export async function verifyStore(files: TableFiles, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { dates, completeSince = null } = options
  const days = dates ?? (await allDates(files))
  const report: VerifyReport = { dates: [...days], crashes: 0, findings: [] }
  for (const date of days) {
    for await (const state of joinDay(await openDay(files, date))) {
      if (state.raw) report.crashes++
      report.findings.push(...findingsOf(state, date))
    }
    report.findings.push(...(await moduleFindings(files, date)))
    if (completeSince !== null && date < completeSince) {
      report.findings = report.findings.filter(
        (finding) => finding.date !== date || finding.kind !== 'orphan',
      )
    }
  }
  for (const crash_id of await findUnmarked(files, days)) {
    const date = dateOfCrashId(crash_id)
    report.findings.push({ crash_id, date, kind: 'unmarked', where: tablePrefix('crashes', date) })
  }
  return report
}

async function allDates(files: TableFiles): Promise<IsoDate[]> {
  const dates = new Set(await listDates(files.stores.crashes))
  for (const table of crashTables) {
    for (const file of await listTableFiles(files.stores[table.bucket], table.name)) dates.add(file.date)
  }
  return [...dates].sort()
}

/** What is wrong with a crash, by where it was found. */
function findingsOf(state: CrashState, date: IsoDate): Finding[] {
  const { crashId } = state
  const found = (kind: Finding['kind'], where: string): Finding => ({ crash_id: crashId, date, kind, where })
  const rows = [
    { count: state.rows, where: tablePrefix('crashes', date) },
    { count: state.protectedRows, where: tablePrefix('protected', date) },
  ]
  if (!state.raw) {
    return [
      ...(state.processed ? [found('orphan', processedKey(crashId))] : []),
      ...rows.filter((row) => row.count > 0).map((row) => found('orphan', row.where)),
    ]
  }
  return [
    ...(state.processed ? [] : [found('missing', processedKey(crashId))]),
    ...rows.flatMap(({ count, where }) => {
      if (count === 1) return []
      return [found(count === 0 ? 'missing' : 'double', where)]
    }),
  ]
}

/** Crashes that have more or fewer rows in `modules` than their row in `crashes` says, or have no such row. */
async function moduleFindings(files: TableFiles, date: IsoDate): Promise<Finding[]> {
  const rows = await rowsOf<{ crash_id: string; told: number | null; held: bigint }>(
    files.database.connection,
    await wrongModulesSql(files, date),
  )
  const where = tablePrefix('modules', date)
  return rows.map(({ crash_id, told, held }) => {
    const kind = told === null ? 'orphan' : held < told ? 'missing' : 'double'
    return { crash_id, date, kind, where }
  })
}

/** A finding in words that say what to do. */
export function describeFinding({ crash_id, kind, where }: Finding): string {
  if (kind === 'missing') return `${crash_id}  missing in ${where}: run mayday process`
  if (kind === 'double') return `${crash_id}  more than one row in ${where}: run mayday process`
  if (kind === 'unmarked')
    return `${crash_id}  in ${where}, but sent before: run mayday process --crash-id ${crash_id}`
  return `${crash_id}  in ${where}, but its report ${rawKey(crash_id)} is gone: run mayday expunge ${crash_id}`
}

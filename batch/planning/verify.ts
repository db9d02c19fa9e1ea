// Checks that stored reports, processed crashes and rows agree; lists every crash that is missing or duplicated
// somewhere.
import pMap from 'p-map'
import { dateOfCrashId, erasuresPrefix, processedPrefix, rawPrefix, tablePrefix } from '../../shared/keys.ts'
import type { IsoDate } from '../../shared/units.ts'
import type { DamagedFile } from '../lake/files/damage.ts'
import { listKeyDates } from '../lake/dates.ts'
import { rowsOf } from '../lake/duckdb.ts'
import { openDay, wrongModulesQuery } from './day.ts'
import { findUnmarked } from './duplicates.ts'
import { type CrashState, joinDay } from './plan.ts'
import { type Finding, findingsOf, type ModuleCounts } from './states.ts'
import { listTableFiles, type TableFiles } from '../lake/files/table-files.ts'
import { crashTables } from '../lake/tables.ts'

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
  /** Reports stored at this time or later are not expected to be processed yet. Default: all are. */
  processedUpTo?: Date
  /** Called for every crash found anywhere in a day. */
  onCrash?: (date: IsoDate, state: CrashState) => void
}

/** Checks every crash of every day. */
export async function verifyStore(files: TableFiles, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { dates, completeSince = null, processedUpTo, onCrash = () => {} } = options
  const days = dates ?? (await allDates(files))
  const report: VerifyReport = { dates: [...days], crashes: 0, findings: [], damaged: [] }
  for (const date of days) {
    const expired = completeSince !== null && date < completeSince
    for await (const { state, findings } of verifyDay(files, date)) {
      const { raw, storedAt } = state
      onCrash(date, state)
      if (raw) report.crashes++
      if (storedAt && processedUpTo && storedAt >= processedUpTo) continue
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
): AsyncGenerator<{ state: CrashState; findings: Finding[] }> {
  const modules = await readWrongModules(files, date)
  for await (const state of joinDay(await openDay(files, date))) {
    yield { state, findings: findingsOf(state, modules.get(state.crashId), date) }
  }
}

async function allDates(files: TableFiles): Promise<IsoDate[]> {
  const { crashes } = files.stores
  const prefixes = [rawPrefix(), processedPrefix(), erasuresPrefix()]
  const listed = await pMap(prefixes, (prefix) => listKeyDates(crashes, prefix))
  const dates = new Set(listed.flat())
  for (const table of crashTables) {
    for (const file of await listTableFiles(files.stores[table.bucket], table.name)) dates.add(file.date)
  }
  return [...dates].sort()
}

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

// The table `bugs`: one file per tracker and year in which bugs were reported.
import { createHash } from 'node:crypto'
import { CrashError } from '../../shared/errors.ts'
import { tableKey, tablePrefix } from '../../shared/keys.ts'
import { ascending } from '../../shared/text/ascending.ts'
import { isoTime } from '../../shared/time/iso-time.ts'
import type { IsoDate, IsoTime } from '../../shared/units.ts'
import { rowsOf } from '../lake/duckdb.ts'
import { damaged } from '../lake/files/damage.ts'
import { localCopy } from '../lake/files/local-copies.ts'
import {
  listTableFiles,
  putTableFile,
  retryOnConflict,
  type TableFile,
  type TableFiles,
} from '../lake/files/table-files.ts'
import { encodeRows } from '../lake/parquet.ts'
import { rowsOfColumns } from '../lake/rows.ts'
import { bugsTable } from '../lake/tables.ts'
import { boundedBug, type Bug } from './bug.ts'

/** Identifies a tracker in keys. */
export const trackerHash = (tracker: string): string =>
  createHash('sha256').update(tracker).digest('hex').slice(0, 16)

export interface StoreReport {
  /** Rows that are new or changed. */
  stored: number
  removed: number
}

/** What replaces the rows of a tracker. */
export interface BugChanges {
  /** Replace the stored ones of the same IDs. Those without signatures are removed. */
  bugs?: readonly Bug[]
  /** IDs of bugs to remove. */
  hidden?: readonly string[]
  /** Remove the bugs that were last compared with the tracker before this time. */
  unseenSince?: IsoTime
  now: Date
  /** Write rows whose bug did not change, too, so that they have the time `now`. */
  touch?: boolean
}

interface StoredBug extends Bug {
  synced_at: IsoTime
}

/**
 * Changes the rows of one tracker. Writes only files whose rows change.
 * @throws CrashError 'storage', 'damaged'
 */
export function storeBugs(files: TableFiles, tracker: string, changes: BugChanges): Promise<StoreReport> {
  return retryOnConflict(files, tablePrefix(bugsTable.name), () => tryStore(files, tracker, changes))
}

/** The bugs of a file, as stored and then changed. */
interface Year {
  file?: TableFile
  bugs: Map<string, StoredBug>
  isChanged: boolean
}

/** Null: another run changed a file. */
async function tryStore(
  files: TableFiles,
  tracker: string,
  changes: BugChanges,
): Promise<StoreReport | null> {
  const shard = trackerHash(tracker)
  const years = new Map<IsoDate, Year>()
  for (const file of await listTableFiles(files.stores.lake, bugsTable.name)) {
    if (file.shard !== shard) continue
    const bugs = await readBugs(files, file)
    if (bugs === null) return null
    years.set(file.date, { file, bugs, isChanged: false })
  }
  const report = applyChanges(years, changes)
  for (const [date, { file, bugs, isChanged }] of years) {
    if (isChanged && !(await writeYear(files, { tracker, date, file }, [...bugs.values()]))) return null
  }
  return report
}

function applyChanges(years: Map<IsoDate, Year>, changes: BugChanges): StoreReport {
  const { bugs = [], hidden = [], unseenSince, now, touch = false } = changes
  const report = { stored: 0, removed: 0 }
  const remove = (id: string) => {
    if (takeOut(years, id, null)) report.removed++
  }
  for (const bug of bugs.map(boundedBug)) {
    if (bug.signatures.length === 0) remove(bug.id)
    else if (putBug(years, { ...bug, synced_at: isoTime(now) }, touch)) report.stored++
  }
  for (const id of hidden) remove(id)
  if (unseenSince !== undefined) for (const id of unseenIds(years, unseenSince)) remove(id)
  return report
}

/** True when the bug is new or differs from the stored one. */
function putBug(years: Map<IsoDate, Year>, bug: StoredBug, touch: boolean): boolean {
  const date = yearOf(bug)
  const year = years.get(date) ?? { bugs: new Map<string, StoredBug>(), isChanged: false }
  years.set(date, year)
  const before = takeOut(years, bug.id, date) ?? year.bugs.get(bug.id)
  const isSame = before !== undefined && contentOf(before) === contentOf(bug)
  if (isSame && !touch) return false
  year.bugs.set(bug.id, bug)
  year.isChanged = true
  return !isSame
}

/** Removes a bug from all files except that of a date; returns the removed one. */
function takeOut(
  years: ReadonlyMap<IsoDate, Year>,
  id: string,
  except: IsoDate | null,
): StoredBug | undefined {
  let removed: StoredBug | undefined
  for (const [date, year] of years) {
    if (date === except) continue
    removed ??= year.bugs.get(id)
    if (year.bugs.delete(id)) year.isChanged = true
  }
  return removed
}

const unseenIds = (years: ReadonlyMap<IsoDate, Year>, since: IsoTime): string[] =>
  [...years.values()].flatMap(({ bugs }) =>
    [...bugs.values()].filter(({ synced_at }) => synced_at < since).map(({ id }) => id),
  )

/** The date of the file of a bug. */
const yearOf = ({ reported_at }: Pick<Bug, 'reported_at'>): IsoDate =>
  `${/^(19[7-9]\d|20\d\d)-/.exec(reported_at ?? '')?.[1] ?? '1970'}-01-01`

function contentOf({ synced_at: _time, ...bug }: StoredBug): string {
  return JSON.stringify(Object.entries(bug).sort(([a], [b]) => ascending(a, b)))
}

async function writeYear(
  files: TableFiles,
  { tracker, date, file }: { tracker: string; date: IsoDate; file: TableFile | undefined },
  bugs: readonly StoredBug[],
): Promise<boolean> {
  const rows = rowsOfColumns(
    bugsTable.columns,
    bugs.map((bug) => ({ ...bug, date, tracker })),
  )
  const key = tableKey(bugsTable.name, date, trackerHash(tracker), 0)
  const condition = file ? { ifMatch: file.etag } : { ifNoneMatch: '*' as const }
  const bytes = await encodeRows(files, bugsTable, rows)
  return (await putTableFile(files.stores.lake, key, bytes, condition)) !== null
}

type BugRow = Omit<StoredBug, 'reported_at' | 'changed_at' | 'synced_at'> &
  Record<'reported_at' | 'changed_at' | 'synced_at', Date | null>

/** The bugs of a file by ID; null when it changed after it was listed. @throws CrashError 'damaged' */
async function readBugs(files: TableFiles, file: TableFile): Promise<Map<string, StoredBug> | null> {
  const copy = await localCopy(files, bugsTable, file)
  if (copy === 'changed') return null
  if (copy === 'damaged') {
    const damage = files.damaged.get(file.key)
    throw damage ? damaged(damage) : new CrashError('damaged', `${file.key} cannot be read`)
  }
  const names = bugsTable.columns
    .map(({ name }) => name)
    .filter((name) => !['date', 'tracker'].includes(name))
  const rows = await rowsOf<BugRow>(
    files.database.connection,
    `SELECT ${names.join(', ')} FROM read_parquet($path, hive_partitioning = false)`,
    { path: copy.path },
  )
  const timeOf = (time: Date | null) => time && isoTime(time)
  return new Map(
    rows.map((row) => [
      row.id,
      {
        ...row,
        reported_at: timeOf(row.reported_at),
        changed_at: timeOf(row.changed_at),
        synced_at: timeOf(row.synced_at) ?? '',
      },
    ]),
  )
}

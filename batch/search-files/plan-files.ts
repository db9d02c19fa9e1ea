// Which search files must be made: a pure function of the table files, the manifest and the time.
import { searchColumns } from '../../shared/search-files/columns.ts'
import type { Manifest, SearchFile } from '../../shared/search-files/manifest.ts'
import { ascending } from '../../shared/text/ascending.ts'
import { addDays, dayMs, startOfDate } from '../../shared/time/dates.ts'
import type { Bytes, IsoDate, Millis } from '../../shared/units.ts'
import type { TableFile } from '../lake/files/table-files.ts'
import { versionOf } from '../planning/day-marks.ts'

/** The files of the table `crashes` of one day. */
export interface SourceDay {
  date: IsoDate
  files: readonly TableFile[]
  /** Of these files. */
  version: string
}

/** The days of one search file: one day, or those of a closed week. */
export type FileDays = readonly [SourceDay, ...SourceDay[]]

export interface FilesPlan {
  make: FileDays[]
  /** Files that stay in the manifest. */
  keep: SearchFile[]
  /** Files that no day needs any more. Those of days in `make` and `wait` are not among them. */
  drop: SearchFile[]
  /** Number of files that changed too recently to be made again. */
  waiting: number
}

export interface PlanInput {
  tables: readonly TableFile[]
  manifest: Manifest
  /** Keys of the objects that exist. */
  stored: ReadonlySet<string>
  now: Date
  /** Days whose files are made without delay: crashes were removed. */
  promptly: ReadonlySet<IsoDate>
}

/** A file is made again only after this time, as readers then fetch all of it again. */
const dayPause: Millis = 15 * 60_000
const weekPause: Millis = 60 * 60_000
/** After the end of a week the edge may still store reports of it (`day-marks.ts`). */
const grace: Millis = 2 * 3_600_000
/** A week with more bytes of tables stays in files of a day, so that making and reading one needs little memory. */
const maxWeekBytes: Bytes = 2 ** 30

/** Plans the search files. Every day of `tables` is in one file of `make` or `keep`, or waits. */
export function planFiles({ tables, manifest, stored, now, promptly }: PlanInput): FilesPlan {
  const groups = groupDays(tables, now)
  const usable = manifest.files.filter((file) => stored.has(file.key) && hasPublicColumns(file, manifest))
  const byDay = new Map(usable.flatMap((file) => file.sources.map(([date]) => [date, file] as const)))
  const empty = new Map(manifest.empty)
  const plan: FilesPlan = { make: [], keep: [], drop: [], waiting: 0 }
  const taken = new Set<SearchFile>()
  for (const days of groups) {
    if (days.every(({ date, version }) => empty.get(date) === version)) continue
    const before = [...new Set(days.flatMap(({ date }) => byDay.get(date) ?? []))]
    const isCurrent = before.length === 1 && isMadeFrom(before[0]!, days)
    const waits =
      !isCurrent && before.some((file) => isRecent(file, now)) && !days.some(({ date }) => promptly.has(date))
    if (!isCurrent && !waits) plan.make.push(days)
    if (waits) plan.waiting++
    if (isCurrent || waits) for (const file of before) taken.add(file)
  }
  plan.keep = usable.filter((file) => taken.has(file))
  plan.drop = manifest.files.filter((file) => !taken.has(file))
  return plan
}

/** Days by closed week, other days one by one. */
function groupDays(tables: readonly TableFile[], now: Date): FileDays[] {
  const byDate = Map.groupBy(tables, ({ date }) => date)
  const days = [...byDate].map(([date, files]) => ({ date, files, version: versionOf(files) }))
  const groups: FileDays[] = []
  for (const [monday, week] of Map.groupBy(days, ({ date }) => mondayOf(date))) {
    const closed = startOfDate(monday) + 7 * dayMs + grace <= now.getTime()
    const bytes = week.reduce((sum, { files }) => sum + files.reduce((size, file) => size + file.size, 0), 0)
    const [first, ...rest] = week.sort((a, b) => ascending(a.date, b.date))
    if (closed && bytes <= maxWeekBytes) groups.push([first!, ...rest])
    else groups.push(...week.map((day): FileDays => [day]))
  }
  return groups.sort(([a], [b]) => ascending(a.date, b.date))
}

/** The Monday of the day's week. */
function mondayOf(date: IsoDate): IsoDate {
  const weekday = (new Date(startOfDate(date)).getUTCDay() + 6) % 7
  return addDays(date, -weekday)
}

const isMadeFrom = ({ sources }: SearchFile, days: FileDays) =>
  sources.length === days.length &&
  sources.every(([date, version], i) => days[i]!.date === date && days[i]!.version === version)

const isRecent = ({ made_at, sources }: SearchFile, now: Date) =>
  now.getTime() - new Date(made_at).getTime() < (sources.length > 1 ? weekPause : dayPause)

const kinds = new Map(searchColumns.map(({ name, kind }) => [name, kind]))

/** False when a column of the file has become protected, or has another type. */
function hasPublicColumns({ blocks }: SearchFile, { columns }: Manifest): boolean {
  const stated = new Map(columns)
  return blocks.every(([name]) => kinds.has(name) && kinds.get(name) === stated.get(name))
}

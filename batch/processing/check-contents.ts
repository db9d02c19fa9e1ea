// `mayday verify --deep`: reads what the other checks only count. Reports decode, processed crashes parse, rows match them.
import pMap from 'p-map'
import { batchesOf } from '../../shared/batches.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import type { ProcessedCrash, RawCrash } from '../../shared/crash.ts'
import { isCrashError } from '../../shared/errors.ts'
import { aggregatesPrefix, processedKey, rawKey, rawPrefix, tablePrefix } from '../../shared/keys.ts'
import { readStoredReport } from '../../shared/report/stored.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import type { DamagedFile } from '../lake/files/damage.ts'
import { identifier, rowsOf } from '../lake/duckdb.ts'
import { localPaths } from '../lake/files/local-copies.ts'
import { writeRows } from '../lake/parquet.ts'
import { rowsOfColumns } from '../lake/rows.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import { type CrashTable, crashTables, tables } from '../lake/tables.ts'
import { temporaryFile } from '../lake/files/temporary.ts'
import { crashIdsUnder } from '../planning/day.ts'
import type { Finding } from '../planning/states.ts'
import type { VerifyReport } from '../planning/verify.ts'
import { decodeProcessedCrash } from './processed-crash.ts'
import { inputOf } from './report-input.ts'

/** Number of crashes in memory at once. */
const batchSize = 256
/** Number of crashes whose rows are compared at once: each comparison reads the tables of the day. */
const comparedAtOnce = 64 * batchSize
/** Maximum number of concurrent reads; a report may have 100 MB. */
const readsAtOnce = 4

/**
 * Adds to the report of `mayday verify` what only reading everything finds.
 * @param files thorough, so that table files are read and checked
 */
export async function verifyContents(files: TableFiles, report: VerifyReport): Promise<VerifyReport> {
  const known = new Set(report.findings.map(({ crash_id, where }) => `${crash_id} ${where}`))
  const findings = [...report.findings]
  for (const date of report.dates) {
    for (const finding of await checkContents(files, date))
      if (!known.has(`${finding.crash_id} ${finding.where}`)) findings.push(finding)
  }
  for (const table of tables)
    if (!crashTables.some((other) => other === table)) await localPaths(files, table)
  const aggregates = await findBadAggregates(files.stores.lake)
  return { ...report, findings, damaged: [...files.damaged.values(), ...aggregates] }
}

async function findBadAggregates(lake: Storage): Promise<DamagedFile[]> {
  const damaged: DamagedFile[] = []
  for await (const { key } of lake.list(aggregatesPrefix)) {
    const bytes = await (await lake.get(key))?.bytes()
    if (bytes && !isJson(bytes)) damaged.push({ key, why: 'it is not JSON' })
  }
  return damaged
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes))
    return true
  } catch {
    return false
  }
}

/** The reports, processed crashes and rows of a day that cannot be read or differ from each other. */
async function checkContents(files: TableFiles, date: IsoDate): Promise<Finding[]> {
  const findings: Finding[] = []
  const ids: string[] = []
  for await (const id of crashIdsUnder(files.stores.crashes, rawPrefix(date))) ids.push(id)
  for (const compared of batchesOf(ids, comparedAtOnce)) {
    await using expected = createExpected(files)
    for (const batch of batchesOf(compared, batchSize)) {
      const read = await pMap(batch, (id) => readCrash(files, id), { concurrency: readsAtOnce })
      for (const one of read) if ('kind' in one) findings.push({ ...one, date })
      await expected.add(read.filter((one) => 'crash' in one))
    }
    for (const table of crashTables) findings.push(...(await checkRows(files, table, date, expected)))
  }
  return findings
}

/** The rows that crashes should have, in temporary files. */
interface Expected extends AsyncDisposable {
  crashIds: readonly string[]
  paths(table: CrashTable): readonly string[]
  add(crashes: readonly SoundCrash[]): Promise<void>
}

function createExpected(files: TableFiles): Expected {
  const resources = new AsyncDisposableStack()
  const crashIds: string[] = []
  const paths = new Map<CrashTable, string[]>(crashTables.map((table) => [table, []]))
  return {
    crashIds,
    paths: (table) => paths.get(table) ?? [],
    async add(crashes) {
      if (crashes.length === 0) return
      crashIds.push(...crashes.map(({ crash }) => crash.crash_id))
      for (const [table, written] of paths) {
        const { path } = resources.use(await temporaryFile(files.dir))
        const rows = crashes.flatMap(({ crash, raw }) => [...table.rowsOf(crash, raw)])
        await writeRows(files, table, [rowsOfColumns(table.columns, rows)], path)
        written.push(path)
      }
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

interface SoundCrash {
  crash: ProcessedCrash
  raw: RawCrash
}

/** A crash without a processed crash has no findings here and no rows to compare. */
async function readCrash(
  { stores: { crashes } }: TableFiles,
  crash_id: string,
): Promise<SoundCrash | Omit<Finding, 'date'> | { vanished: true }> {
  const report = await (await crashes.get(rawKey(crash_id)))?.bytes()
  const document = await (await crashes.get(processedKey(crash_id)))?.bytes()
  const raw = report && attempt(() => inputOf(readStoredReport(report, nodeCodecs)).raw)
  if (raw === null) return { crash_id, kind: 'unreadable_report', where: rawKey(crash_id) }
  const crash = document && attempt(() => decodeProcessedCrash(document))
  if (crash === null || (crash && crash.crash_id !== crash_id))
    return { crash_id, kind: 'unreadable', where: processedKey(crash_id) }
  if (crash && raw && (crash.dumps_dropped_at ?? null) !== (raw.metadata.dumps_dropped?.at ?? null))
    return { crash_id, kind: 'half_dropped', where: processedKey(crash_id) }
  return crash && raw ? { crash, raw } : { vanished: true }
}

/** Null if something cannot be read. */
function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (!isCrashError(error)) throw error
    return null
  }
}

/** The crashes whose rows in a table are not those of their processed crash. Rows that are missing are not reported. */
async function checkRows(
  files: TableFiles,
  table: CrashTable,
  date: IsoDate,
  { crashIds, paths: expectedPaths }: Expected,
): Promise<Finding[]> {
  const paths = await localPaths(files, table, [date])
  if (paths.length === 0 || crashIds.length === 0) return []
  const { connection } = files.database
  const stored = await rowsOf<{ column_name: string }>(
    connection,
    'DESCRIBE SELECT * FROM read_parquet($paths, union_by_name = true, hive_partitioning = false)',
    { paths },
  )
  const present = new Set(stored.map(({ column_name }) => column_name))
  // Columns that are newer than the files have no values to compare.
  const columns = table.columns.filter(({ name }) => present.has(name)).map(({ name }) => identifier(name))
  const different = await rowsOf<{ crash_id: string }>(connection, differenceOf(columns.join(', ')), {
    paths,
    expected: expectedPaths(table),
    ids: crashIds,
  })
  const where = tablePrefix(table.name, date)
  return different.map(({ crash_id }) => ({ crash_id, date, kind: 'different', where }))
}

const differenceOf = (columns: string) => `
  WITH stored AS (
    SELECT ${columns} FROM read_parquet($paths, union_by_name = true, hive_partitioning = false)
    SEMI JOIN (SELECT unnest($ids) AS crash_id) USING (crash_id)
  ), expected AS (SELECT ${columns} FROM read_parquet($expected))
  SELECT DISTINCT crash_id FROM (
    (FROM stored EXCEPT ALL FROM expected) UNION ALL (FROM expected EXCEPT ALL FROM stored)
  ) SEMI JOIN stored USING (crash_id) ORDER BY 1`

// Synthetic rows at scale, for benchmarks and demonstrations, written directly to the table `crashes`.
import { readFile } from 'node:fs/promises'
import { CrashError } from '../../shared/errors.ts'
import { tableKey } from '../../shared/keys.ts'
import type { IsoDate } from '../../shared/units.ts'
import { own } from '../../shared/own.ts'
import { sqlType } from '../lake/column-types.ts'
import { execute, identifier } from '../lake/duckdb.ts'
import { daysUpTo } from '../../shared/time/dates.ts'
import { listTableFiles, putTableFile, type TableFiles } from '../lake/files/table-files.ts'
import { crashesTable, modulesTable } from '../lake/tables.ts'
import { temporaryFile } from '../lake/files/temporary.ts'

export interface SimulateOptions {
  crashes: number
  days: number
  seed: number
  /** Last day. */
  to: IsoDate
  /** Also rows of `modules`, four per crash. */
  modules?: boolean
  onDay?: (date: IsoDate) => void
}

/** Part of the file names; no other writer uses it. */
const shard = 'simulated'
/** Marks a synthetic row: the column `vendor`. */
const marker = 'simulated'
/** Rows of one file. */
const rowsPerFile = 400_000

/** Function of frame `k` of a stack. */
const functionAt = `CASE WHEN regression AND k = 0 THEN 'sim::Cache::Evict'
  ELSE 'sim::Module' || ((rank + k) % 97) || '::Function' || (rank // (k + 1)) END`

/**
 * Columns of a synthetic row; `r1` to `r9` are independent uniform numbers in [0, 1) of the row, `day` counts from 0.
 * Signatures follow Zipf's law; a regression starts on the middle day in the newest version of the first product.
 */
const made: Readonly<Record<string, string>> = {
  crash_id: `format('{:08x}-{:04x}-8{:03x}-8{:03x}-{:06x}', (h % 4294967296)::BIGINT, ((h >> 32) % 65536)::BIGINT, (i % 4096)::BIGINT,
    ((i >> 12) % 4096)::BIGINT, ((i >> 24) % 1048576)::BIGINT * 16) || strftime(date, '%y%m%d')`,
  uuid: 'NULL',
  product: 'product',
  version: `CASE WHEN r2 < least(0.9, (day::DOUBLE / days) * 1.2) THEN '102.0' WHEN r2 < 0.95 THEN '101.0.1' ELSE '100.0' END
    || CASE release_channel WHEN 'beta' THEN 'b' || (1 + day % 9) WHEN 'nightly' THEN 'a1' WHEN 'esr' THEN 'esr' ELSE '' END`,
  release_channel: 'release_channel',
  major_version: '102',
  build_id: `strftime(date - (floor(r3 * r3 * 30)::INTEGER), '%Y%m%d') || '093000'`,
  vendor: `'${marker}'`,
  signature: `CASE WHEN regression THEN 'sim::Cache::Evict' ELSE 'sim::Module' || (rank % 97) || '::Function' || rank END`,
  proto_signature: `list_aggregate(list_transform(range(8), k -> ${functionAt}), 'string_agg', ' | ')`,
  stack_key: `format('{:016x}', hash(rank)::UBIGINT)`,
  platform: `CASE WHEN r4 < 0.78 THEN 'Windows NT' WHEN r4 < 0.9 THEN 'Mac OS X' WHEN r4 < 0.97 THEN 'Linux' ELSE 'Android' END`,
  platform_version: `CASE WHEN r4 < 0.78 THEN '10.0.22631' WHEN r4 < 0.9 THEN '14.5' ELSE '6.1' END`,
  platform_pretty_version: `CASE WHEN r4 < 0.4 THEN 'Windows 11' WHEN r4 < 0.78 THEN 'Windows 10' WHEN r4 < 0.9 THEN 'macOS 14'
    WHEN r4 < 0.97 THEN 'Linux' ELSE 'Android 33' END`,
  cpu_arch: `CASE WHEN r5 < 0.8 THEN 'amd64' WHEN r5 < 0.92 THEN 'x86' ELSE 'arm64' END`,
  cpu_count: '(2 << (r6 * 4)::INTEGER)',
  process_type: `CASE WHEN r7 < 0.45 THEN 'parent' WHEN r7 < 0.85 THEN 'content' WHEN r7 < 0.95 THEN 'gpu' ELSE 'utility' END`,
  reason: `CASE WHEN r4 < 0.78 THEN CASE rank % 3 WHEN 0 THEN 'EXCEPTION_ACCESS_VIOLATION_READ' WHEN 1 THEN 'EXCEPTION_BREAKPOINT'
    ELSE 'EXCEPTION_ACCESS_VIOLATION_WRITE' END ELSE 'SIGSEGV / SEGV_MAPERR' END`,
  address: `format('0x{:016x}', (CASE rank % 4 WHEN 0 THEN 0 ELSE h % 65536 END)::BIGINT)`,
  crashing_thread: 'CASE WHEN r8 < 0.7 THEN 0 ELSE (r8 * 40)::INTEGER END',
  thread_count: '(20 + r9 * 60)::INTEGER',
  report_type: `CASE WHEN rank % 41 = 0 THEN 'hang' ELSE 'crash' END`,
  uptime: '(exp(r8 * 12))::BIGINT',
  startup_crash: 'r8 < 0.05',
  install_time: '(1700000000 + floor(r9 * 200000) * 60)::BIGINT',
  install_age: '(r9 * 10000000)::BIGINT',
  is_garbage_collecting: 'CASE WHEN rank % 53 = 0 THEN true END',
  adapter_vendor_id: `CASE rank % 3 WHEN 0 THEN '0x8086' WHEN 1 THEN '0x10de' ELSE '0x1002' END`,
  missing_symbols: `CASE WHEN rank % 11 = 0 THEN 'simgfx.dll/1.0/ABCDEF0123456789ABCDEF01234567890' END`,
  weight: `CASE WHEN release_channel = 'release' THEN 10.0 ELSE 1.0 END`,
  throttle_rule: `CASE WHEN release_channel = 'release' THEN 'tenth' ELSE 'all' END`,
  throttle_percent: `CASE WHEN release_channel = 'release' THEN 10.0 ELSE 100.0 END`,
  duplicate_of: `CASE WHEN r5 < 0.004 AND day > 0 THEN 'an earlier report' END`,
  submitted_at: `date::TIMESTAMPTZ + to_microseconds((r6 * 86399999999)::BIGINT)`,
  processed_at: `date::TIMESTAMPTZ + to_microseconds((r6 * 86399999999)::BIGINT + 60000000)`,
  processor_version: "'simulated'",
  date: 'date',
  frames: `list_transform(range(8), k -> {frame: k::INTEGER, module: 'sim' || ((rank + k) % 19) || '.dll',
    module_offset: format('0x{:x}', (rank * 64 + k * 1024)::BIGINT), function: ${functionAt},
    file: 'src/module' || ((rank + k) % 97) || '.cpp', line: ((rank * 7 + k * 31) % 3000)::INTEGER, trust: CASE k WHEN 0 THEN 'context' ELSE 'cfi' END,
    inline: false})`,
}

/**
 * Writes the rows of every day; rows of an earlier simulation are replaced.
 * @throws CrashError 'bad-usage' when the store contains real crashes: they must not be mixed
 */
export async function simulateCrashes(
  files: TableFiles,
  options: SimulateOptions,
): Promise<{ rows: number }> {
  const { lake } = files.stores
  const existing = [
    ...(await listTableFiles(lake, crashesTable.name)),
    ...(await listTableFiles(lake, modulesTable.name)),
  ]
  if (existing.some((file) => file.shard !== shard)) {
    throw new CrashError(
      'bad-usage',
      'The store contains real crashes; simulate into a separate one, for example --store file:./simulated',
    )
  }
  await lake.delete(existing.map((file) => file.key))
  const dates = daysUpTo(options.to, options.days)
  let rows = 0
  for (const [day, date] of dates.entries()) {
    const until = Math.round((options.crashes * (day + 1)) / options.days)
    for (let part = 0; rows < until; part++) {
      const count = Math.min(rowsPerFile, until - rows)
      await writePart(files, { date, day, part, first: rows, count }, options)
      rows += count
    }
    options.onDay?.(date)
  }
  return { rows }
}

interface Part {
  date: IsoDate
  day: number
  part: number
  first: number
  count: number
}

async function writePart(files: TableFiles, part: Part, options: SimulateOptions): Promise<void> {
  const { connection } = files.database
  await using crashes = await temporaryFile(files.dir)
  await execute(connection, copyTo(selectRows(part, options)), { out: crashes.path })
  if (options.modules) {
    await using modules = await temporaryFile(files.dir)
    await execute(connection, copyTo(selectModules), { crashes: crashes.path, out: modules.path })
    await putPart(files, modulesTable.name, part, await readFile(modules.path))
  }
  await putPart(files, crashesTable.name, part, await readFile(crashes.path))
}

const copyTo = (sql: string) =>
  `COPY (${sql}) TO $out (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480)`

const putPart = (files: TableFiles, table: string, { date, part, count }: Part, bytes: Uint8Array) =>
  putTableFile(files.stores.lake, tableKey(table, date, shard, part), bytes, {
    metadata: { crashes: String(count) },
  })

/**
 * Four modules per crash; one of them, `simhook.dll`, is loaded in most crashes of one signature and in few others.
 */
const selectModules = `
  SELECT crash_id, date, m.filename AS filename, m.filename AS debug_file, md5(m.filename || m.version) || '1' AS debug_id,
    '' AS code_id, m.version AS version, m.missing_symbols AS missing_symbols, m.in_stack AS in_stack
  FROM (
    SELECT crash_id, date, unnest([
      {filename: 'simcore.dll', version: version, missing_symbols: false, in_stack: true},
      {filename: 'simgfx.dll', version: '1.0', missing_symbols: missing_symbols IS NOT NULL, in_stack: missing_symbols IS NOT NULL},
      {filename: 'ntdll.dll', version: '10.0', missing_symbols: false, in_stack: true},
      CASE WHEN hash(crash_id) % 100 < CASE WHEN signature = 'sim::Cache::Evict' THEN 85 ELSE 4 END
        THEN {filename: 'simhook.dll', version: '3.2', missing_symbols: false, in_stack: false} END
    ]) AS m
    FROM read_parquet($crashes)
  )
  WHERE m IS NOT NULL
  ORDER BY ${modulesTable.sort.map(identifier).join(', ')}`

function selectRows({ date, day, first, count }: Part, { days, seed }: SimulateOptions): string {
  const random = Array.from(
    { length: 9 },
    (_, k) => `(hash(i * 16 + ${k + 1}, ${seed}) >> 11)::DOUBLE / 9007199254740992 AS r${k + 1}`,
  )
  const columns = crashesTable.columns.map(
    (column) => `(${own(made, column.name) ?? 'NULL'})::${sqlType(column)} AS ${identifier(column.name)}`,
  )
  return `
    WITH numbers AS (
      SELECT i, hash(i, ${seed}) AS h, ${random.join(', ')}, DATE '${date}' AS date, ${day} AS day, ${days} AS days
      FROM range(${first}, ${first + count}) t(i)
    ),
    drawn AS (
      SELECT *,
        CASE WHEN r1 < 0.6 THEN 'SimBrowser' WHEN r1 < 0.85 THEN 'SimEditor' ELSE 'SimMail' END AS product,
        CASE WHEN r2 * 7 % 1 < 0.7 THEN 'release' WHEN r2 * 7 % 1 < 0.85 THEN 'beta' WHEN r2 * 7 % 1 < 0.95 THEN 'nightly' ELSE 'esr' END
          AS release_channel,
        floor(exp(r3 * ln(20000)))::BIGINT AS rank,
        r1 < 0.6 AND r4 < 0.78 AND ${day} >= ${days} / 2 AND r9 < 0.06 AS regression
      FROM numbers
    )
    SELECT ${columns.join(', ')} FROM drawn
    ORDER BY ${crashesTable.sort.map(identifier).join(', ')}`
}

// The SQL of synthetic rows.
import { simulatedVendor } from '../../shared/fields/simulated.ts'
import { own } from '../../shared/own.ts'
import type { IsoDate } from '../../shared/units.ts'
import { sqlType } from '../lake/column-types.ts'
import { identifier, literal } from '../lake/duckdb.ts'
import { crashesTable, modulesTable } from '../lake/tables.ts'
import { correlation, fixed, leadingProducts, newestMajor, newVersion, regression } from './plantings.ts'

export interface RowOptions {
  days: number
  seed: number
  /** Number of products; their crashes follow Zipf's law. Default: 3. */
  products?: number
  /** Number of versions of each product, twelve of each major version. Default: 36. */
  versions?: number
  /** Number of signatures of all products together. Default: 20,000. */
  signatures?: number
}

/** Rows from number `first` on, all of one day, which counts from 0. */
export interface RowRange {
  date: IsoDate
  day: number
  first: number
  count: number
}

/** Function of frame `k` of a stack. */
const functionAt = `CASE WHEN planted IS NOT NULL AND k = 0 THEN planted
  ELSE 'sim::Module' || ((rank + k) % 97) || '::Function' || (rank // (k + 1)) END`

/**
 * Columns of a synthetic row; `r1` to `r13` are independent uniform numbers in [0, 1) of the row, `day` counts from 0,
 * `rank` numbers signatures, `planted` is a signature of `plantings.ts`.
 */
const columnsMade: Readonly<Record<string, string>> = {
  crash_id: `format('{:08x}-{:04x}-8{:03x}-8{:03x}-{:06x}', (h % 4294967296)::BIGINT, ((h >> 32) % 65536)::BIGINT, (i % 4096)::BIGINT,
    ((i >> 12) % 4096)::BIGINT, ((i >> 24) % 1048576)::BIGINT * 16) || strftime(date, '%y%m%d')`,
  uuid: 'NULL',
  product: 'product',
  version: `major || CASE major % 3 WHEN 2 THEN '.0.1' ELSE '.0' END
    || CASE release_channel WHEN 'beta' THEN 'b' || (1 + day % 9) WHEN 'nightly' THEN 'a1' WHEN 'esr' THEN 'esr' ELSE '' END`,
  release_channel: 'release_channel',
  major_version: 'major',
  build_id: `strftime(date - (floor(r10 * r10 * 30)::INTEGER), '%Y%m%d') || '093000'`,
  vendor: `'${simulatedVendor}'`,
  signature: `coalesce(planted, 'sim::Module' || (rank % 97) || '::Function' || rank)`,
  proto_signature: `list_aggregate(list_transform(range(8), k -> ${functionAt}), 'string_agg', ' | ')`,
  stack_key: `format('{:016x}', hash(coalesce(planted, (rank - (rank % 50 = 7)::INTEGER)::VARCHAR))::UBIGINT)`,
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
  adapter_vendor_id: `CASE WHEN planted = ${literal(correlation.signature)} AND r12 < ${correlation.vendor.inside / 100}
    THEN ${literal(correlation.vendor.id)} ELSE CASE floor(r12 * 3) WHEN 0 THEN '0x8086' WHEN 1 THEN '0x10de' ELSE '0x1002' END END`,
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

const hook = correlation.module

/** Up to four modules per crash of `$crashes`, a Parquet file; one of them is correlated with a signature. */
export const selectModules = `
  SELECT crash_id, date, m.filename AS filename, m.filename AS debug_file, md5(m.filename || m.version) || '1' AS debug_id,
    '' AS code_id, m.version AS version, m.missing_symbols AS missing_symbols, m.in_stack AS in_stack
  FROM (
    SELECT crash_id, date, unnest([
      {filename: 'simcore.dll', version: version, missing_symbols: false, in_stack: true},
      {filename: 'simgfx.dll', version: '1.0', missing_symbols: missing_symbols IS NOT NULL, in_stack: missing_symbols IS NOT NULL},
      {filename: 'ntdll.dll', version: '10.0', missing_symbols: false, in_stack: true},
      CASE WHEN hash(crash_id) % 100 < CASE WHEN signature = ${literal(correlation.signature)} THEN ${hook.inside} ELSE ${hook.outside} END
        THEN {filename: ${literal(hook.name)}, version: ${literal(hook.version)}, missing_symbols: false, in_stack: false} END
    ]) AS m
    FROM read_parquet($crashes)
  )
  WHERE m IS NOT NULL
  ORDER BY ${modulesTable.sort.map(identifier).join(', ')}`

const randomNumbers = 13
/** Release, nine betas, nightly, extended support. */
const versionsOfMajor = 12
/** One in so many signatures occurs in all products. */
const sharedEvery = 20

/** A number from 1 to `most`, by Zipf's law, from a uniform one. */
const zipf = (random: string, most: string) =>
  `least(${most}, floor(exp(${random} * ln(${most} + 1))))::BIGINT`

/** Name, number of own signatures and number of the first of them, by product. */
function productsOf({ products = 3, signatures = 20_000 }: RowOptions) {
  let first = 0
  return Array.from({ length: products }, (_, index) => {
    const share = Math.log((index + 2) / (index + 1)) / Math.log(products + 1)
    const most = Math.max(1, Math.round(signatures * share))
    const product = { name: leadingProducts[index] ?? `SimProduct ${index + 1}`, most, first }
    first += most
    return product
  })
}

/** Whether a row has a planting; its product, version and platform are known. */
const plantedSignature = (at: string) => `
  CASE
    WHEN product = ${literal(regression.product)} AND major >= ${regression.leastMajor} AND r11 < ${regression.share}
      AND (${columnsMade.platform}) = ${literal(regression.platform)} AND ${at} >= ${regression.from}
      THEN ${literal(regression.signature)}
    WHEN product = ${literal(fixed.product)} AND major < ${fixed.beforeMajor} AND r11 >= ${1 - fixed.share}
      THEN ${literal(fixed.signature)}
  END`

/** The major version: the newest one replaces older ones during the days, the new version arrives late. */
function majorOf(at: string, { versions = 36 }: RowOptions): string {
  const older = Math.max(1, Math.ceil(versions / versionsOfMajor) - 1)
  const grown = `${newVersion.share} * (${at} - ${newVersion.from}) / ${1 - newVersion.from}`
  return `CASE
    WHEN product = ${literal(newVersion.product)} AND r2 >= 1 - ${grown} THEN ${newVersion.major}
    WHEN r2 < least(0.9, ${at} * 1.2) THEN ${newestMajor}
    ELSE ${newestMajor} - ${zipf('r13', String(older))} END`
}

/** The rows of one day and file, sorted as the table is. */
export function selectRows({ date, day, first, count }: RowRange, options: RowOptions): string {
  const { days, seed } = options
  const random = Array.from(
    { length: randomNumbers },
    (_, k) => `(hash(i * 16 + ${k + 1}, ${seed}) >> 11)::DOUBLE / 9007199254740992 AS r${k + 1}`,
  )
  const columns = crashesTable.columns.map(
    (column) =>
      `(${own(columnsMade, column.name) ?? 'NULL'})::${sqlType(column)} AS ${identifier(column.name)}`,
  )
  const products = productsOf(options)
  const listOf = (values: readonly (string | number)[]) => `[${values.join(', ')}]`
  const at = `(${day}::DOUBLE / ${days})`
  return `
    WITH numbers AS (
      SELECT i, hash(i, ${seed}) AS h, ${random.join(', ')}, DATE '${date}' AS date, ${day} AS day
      FROM range(${first}, ${first + count}) t(i)
    ),
    placed AS (
      SELECT *, ${zipf('r1', String(products.length))} AS place,
        CASE WHEN r2 * 7 % 1 < 0.7 THEN 'release' WHEN r2 * 7 % 1 < 0.85 THEN 'beta' WHEN r2 * 7 % 1 < 0.95 THEN 'nightly' ELSE 'esr' END
          AS release_channel
      FROM numbers
    ),
    named AS (
      SELECT *, ${listOf(products.map(({ name }) => literal(name)))}[place] AS product,
        ${zipf('r3', `${listOf(products.map(({ most }) => most))}[place]`)} AS number
      FROM placed
    ),
    versioned AS (
      SELECT *, ${majorOf(at, options)} AS major,
        number + CASE WHEN number % ${sharedEvery} = 0 THEN 0 ELSE ${listOf(products.map(({ first }) => first))}[place] END AS rank
      FROM named
    ),
    drawn AS (SELECT *, ${plantedSignature(at)} AS planted FROM versioned)
    SELECT ${columns.join(', ')} FROM drawn
    ORDER BY ${crashesTable.sort.map(identifier).join(', ')}`
}

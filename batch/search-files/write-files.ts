// Writes the search files of the days whose table files changed, and their manifest.
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import { forEachConcurrent } from '../../shared/batches.ts'
import { isSearchFileKey, searchFileKey, searchManifestKey, searchPrefix } from '../../shared/keys.ts'
import { type CompressedBlock, FileAssembler } from '../../shared/search-files/assemble.ts'
import { type SearchColumn, searchColumns } from '../../shared/search-files/columns.ts'
import type { EncodedBlock } from '../../shared/search-files/encode.ts'
import type { SearchFile } from '../../shared/search-files/manifest.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { Bytes, IsoDate } from '../../shared/units.ts'
import { execute } from '../lake/duckdb.ts'
import { localCopies } from '../lake/files/local-copies.ts'
import { listTableFiles, retryOnConflict, type TableFiles } from '../lake/files/table-files.ts'
import { type OpenStore, openFiles } from '../lake/open-store.ts'
import { crashesTable } from '../lake/tables.ts'
import { dropRead, encodeColumn, type FileRows, openRows, readIds, readOnce, spanOf } from './file-rows.ts'
import { type FileDays, type FilesPlan, planFiles } from './plan-files.ts'
import {
  deletable,
  dropFiles,
  readManifest,
  type StoredManifest,
  saveManifest,
  withFile,
} from './stored-manifest.ts'

export interface SearchFilesReport {
  /** Files written by this run, their rows and bytes. */
  written: number
  rows: number
  bytes: Bytes
  /** Files that changed, but were made too recently to be made again. */
  waiting: number
  /** Days whose table files are damaged, or changed while they were read: their search files are as before. */
  skipped: IsoDate[]
  /** Objects that were deleted. */
  removed: number
}

export interface SearchFilesOptions {
  now: Date
  /** Days from which crashes were removed: their files are made without delay, and the old ones deleted at once. */
  promptly?: readonly IsoDate[]
  /** Called for each file. */
  onFile?: () => void
}

interface Run extends Required<Omit<SearchFilesOptions, 'promptly'>> {
  open: OpenStore
  lake: Storage
  promptly: ReadonlySet<IsoDate>
  report: SearchFilesReport
}

/** Raw DEFLATE at its default level: level 9 took six times as long for 1.4 % fewer bytes. */
const compress: (bytes: Uint8Array) => Promise<Uint8Array> = promisify(deflateRaw)

/**
 * Updates the search files. Nothing new costs two lists and a read. The manifest is written after each file, on condition
 * that no other run has changed it: a killed run continues where it stopped.
 * @throws CrashError 'storage'
 */
export async function writeSearchFiles(
  open: OpenStore,
  { now, promptly = [], onFile = () => {} }: SearchFilesOptions,
): Promise<SearchFilesReport> {
  const report = { written: 0, rows: 0, bytes: 0, waiting: 0, skipped: [], removed: 0 }
  const run: Run = { open, lake: open.stores.lake, now, onFile, promptly: new Set(promptly), report }
  await retryOnConflict({ retry: {} }, searchManifestKey, () => writeOnce(run))
  return report
}

/** Null: another run has written the manifest. */
async function writeOnce(run: Run): Promise<true | null> {
  const { lake, now, promptly, report } = run
  const tables = await listTableFiles(lake, crashesTable.name)
  const stored = new Map<string, Date>()
  for await (const { key, uploaded } of lake.list(searchPrefix))
    if (isSearchFileKey(key)) stored.set(key, uploaded)
  const read = await readManifest(lake)
  const plan = planFiles({ tables, manifest: read.manifest, stored: new Set(stored.keys()), now, promptly })
  report.waiting = plan.waiting
  report.skipped = []
  const made = await makeFiles(run, read, plan)
  return made && tidy(run, made, { plan, stored })
}

/** Makes the planned files. A database is opened only for them. */
async function makeFiles(
  run: Run,
  read: StoredManifest,
  { make }: FilesPlan,
): Promise<StoredManifest | null> {
  if (make.length === 0) return read
  await using files = await openFiles(run.open)
  let state = read
  for (const days of make) {
    const made = await makeFile(run, files, days)
    if (made === 'skipped') {
      run.report.skipped.push(...days.map(({ date }) => date))
      continue
    }
    const saved = await saveManifest(run.lake, state, withFile(state.manifest, days, made, run.now))
    if (!saved) return null
    state = saved
    run.onFile()
  }
  return state
}

/** Removes what no day needs any more. */
async function tidy(
  { lake, now, promptly, report }: Run,
  state: StoredManifest,
  { plan, stored }: { plan: FilesPlan; stored: ReadonlyMap<string, Date> },
): Promise<true | null> {
  const skipped = new Set(report.skipped)
  const unused = plan.drop.filter(({ sources }) => !sources.some(([date]) => skipped.has(date)))
  const dropped = dropFiles(state.manifest, unused, now)
  const promptlyFrom = promptly.size > 0 ? now : null
  const { manifest, keys } = deletable(dropped, stored, { now, promptlyFrom })
  const isSame = JSON.stringify(manifest) === JSON.stringify(state.manifest)
  if (!isSame && !(await saveManifest(lake, state, manifest))) return null
  if (keys.length > 0) await lake.delete(keys)
  report.removed += keys.length
  return true
}

/** Null: the days have no rows. */
async function makeFile(run: Run, files: TableFiles, days: FileDays): Promise<SearchFile | null | 'skipped'> {
  const found = days.flatMap((day) => day.files)
  const paths = await localCopies(files, crashesTable, found)
  if (!paths || paths.length < found.length) return 'skipped'
  const bytes = found.reduce((sum, { size }) => sum + size, 0)
  const isDivided = found.length > severalFiles && bytes <= combinedBytes
  const file = await encodeFile(files, paths, isDivided)
  if (!file) return null
  const { pieces, ...layout } = file
  const hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  const [from, to] = [days[0].date, days.at(-1)!.date]
  const key = searchFileKey(from, hash.digest('hex').slice(0, 32))
  await run.lake.put(key, pieces, { contentType: 'application/octet-stream' })
  run.report.written++
  run.report.rows += layout.rows
  run.report.bytes += layout.bytes
  const sources = days.map(({ date, version }): [IsoDate, string] => [date, version])
  return { key, from, to, sources, made_at: run.now.toISOString(), ...layout }
}

/** More table files than these, and no larger together, are read once. */
const severalFiles = 16
const combinedBytes: Bytes = 16 * 1024 * 1024

/** Columns that are encoded at the same time: one is compressed or sorted while the other is read. */
const columnsAtOnce = 2

/** The bytes of a search file, and its layout. Null without rows. */
async function encodeFile({ database }: TableFiles, paths: readonly string[], isDivided: boolean) {
  using connections = new DisposableStack()
  const connect = async () => {
    const connection = await database.connect()
    connections.defer(() => connection.closeSync())
    // Every column opens the same files.
    await execute(connection, 'SET parquet_metadata_cache = true')
    return connection
  }
  const opened = await openRows(await connect(), paths)
  const rows = isDivided ? await readOnce(opened, paths) : opened
  if (rows.rows === 0) return null
  const readers = [rows]
  while (readers.length < columnsAtOnce) readers.push({ ...rows, connection: await connect() })
  const blocks = await encodeColumns(readers)
  const assembler = new FileAssembler()
  for (const column of searchColumns) {
    const block = blocks.get(column)
    if (block) assembler.add(column, block)
  }
  const layout = assembler.finish(await readIds(rows))
  const submitted_at = await spanOf(rows, 'submitted_at')
  const processed_at = await spanOf(rows, 'processed_at')
  if (isDivided) await dropRead(rows)
  return { pieces: assembler.pieces, rows: rows.rows, submitted_at, processed_at, ...layout }
}

/** The columns with a value. @param readers the same rows with different connections, each for one column at a time */
async function encodeColumns(readers: readonly FileRows[]): Promise<Map<SearchColumn, CompressedBlock>> {
  const blocks = new Map<SearchColumn, CompressedBlock>()
  const free = [...readers]
  const encode = async (column: SearchColumn) => {
    const reader = free.pop()!
    const block = await encodeColumn(reader, column)
    if (block) blocks.set(column, await compressBlock(block))
    free.push(reader)
  }
  await forEachConcurrent(searchColumns, encode, { concurrency: readers.length })
  return blocks
}

const compressBlock = async ({ bytes, width, values }: EncodedBlock): Promise<CompressedBlock> => ({
  ...{ width, values, inflated: bytes.length },
  bytes: await compress(bytes),
})

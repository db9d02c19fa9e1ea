// Checks the search files for `mayday verify`: all exist; with `deep`, they have the rows of their tables.
import { createHash } from 'node:crypto'
import { isCrashError } from '../../shared/errors.ts'
import { searchManifestKey, searchPrefix } from '../../shared/keys.ts'
import { decodeBlock } from '../../shared/search-files/decode.ts'
import { inflateBlock } from '../../shared/search-files/inflate.ts'
import {
  crashIdOf,
  idBytes,
  type Manifest,
  parseManifest,
  type SearchFile,
  shapeOf,
} from '../../shared/search-files/manifest.ts'
import type { Bytes } from '../../shared/units.ts'
import type { DamagedFile } from '../lake/files/damage.ts'
import { rowsOf } from '../lake/duckdb.ts'
import { localCopies } from '../lake/files/local-copies.ts'
import { listTableFiles, type TableFile, type TableFiles } from '../lake/files/table-files.ts'
import { createIdCounter, idSumSql } from '../lake/id-sum.ts'
import { crashesTable } from '../lake/tables.ts'
import { versionOf } from '../planning/day-marks.ts'

/**
 * The search files, or their manifest, that are damaged or missing. `mayday aggregate` makes missing files again.
 * @param options `deep`: read all files, and compare those whose tables have not changed since with the tables
 */
export async function checkSearchFiles(
  files: TableFiles,
  { deep = false }: { deep?: boolean } = {},
): Promise<DamagedFile[]> {
  const { lake } = files.stores
  const stored = new Map<string, Bytes>()
  for await (const { key, size } of lake.list(searchPrefix)) stored.set(key, size)
  if (!stored.has(searchManifestKey)) return []
  const manifest = await readSound(files)
  if ('why' in manifest) return [manifest]
  const damaged: DamagedFile[] = []
  const tables = deep ? await listTableFiles(lake, crashesTable.name) : []
  for (const file of manifest.files) {
    const size = stored.get(file.key)
    const absent = size === undefined ? 'it is missing' : size === file.bytes ? null : 'its size is wrong'
    const why = absent ?? (deep ? await faultIn(files, { manifest, file, tables }) : null)
    if (why !== null) damaged.push({ key: file.key, why })
  }
  return damaged
}

async function readSound({ stores: { lake } }: TableFiles): Promise<Manifest | DamagedFile> {
  try {
    return parseManifest((await (await lake.get(searchManifestKey))?.bytes()) ?? new Uint8Array())
  } catch (error) {
    if (!isCrashError(error) || error.code !== 'damaged') throw error
    return { key: searchManifestKey, why: error.message }
  }
}

interface Checked {
  manifest: Manifest
  file: SearchFile
  /** Of all days. */
  tables: readonly TableFile[]
}

/** Why the content of a file is wrong; null when it is sound. */
async function faultIn(files: TableFiles, { manifest, file, tables }: Checked): Promise<string | null> {
  const bytes = await (await files.stores.lake.get(file.key))?.bytes()
  if (!bytes) return 'it is missing'
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 32)
  if (!file.key.includes(hash)) return 'its content does not match its name'
  const kinds = new Map(manifest.columns)
  try {
    for (const block of file.blocks) {
      const [name, offset, length, inflated] = block
      const raw = await inflateBlock(Uint8Array.from(bytes.subarray(offset, offset + length)), inflated)
      decodeBlock(kinds.get(name) ?? 'text', raw, shapeOf(file, block))
    }
  } catch (error) {
    if (!isCrashError(error)) throw error
    return error.message
  }
  return compareIds(files, { file, tables }, bytes.subarray(file.ids))
}

/** Null when the tables have the same crashes, or have changed since. */
async function compareIds(
  files: TableFiles,
  { file, tables }: Pick<Checked, 'file' | 'tables'>,
  ids: Uint8Array,
): Promise<string | null> {
  const found = file.sources.map(([date]) => tables.filter((table) => table.date === date))
  const isCurrent = found.every((day, i) => versionOf(day) === file.sources[i]![1])
  const paths = isCurrent ? await localCopies(files, crashesTable, found.flat()) : null
  if (!paths || paths.length < found.flat().length) return null
  const [expected] = await rowsOf<{ count: number; ids: string }>(
    files.database.connection,
    `SELECT count(*)::DOUBLE AS count, ${idSumSql()} AS ids FROM read_parquet($paths, hive_partitioning = false)`,
    { paths },
  )
  const counter = createIdCounter()
  for (let at = 0; at + idBytes <= ids.length; at += idBytes) counter.add(crashIdOf(ids, at))
  const { count, ids: sum } = counter.total()
  return count === expected?.count && sum === expected.ids
    ? null
    : 'its crashes differ from those of its tables'
}

// Publishes the current files of one table as a snapshot. Nothing refers to what a killed publisher wrote: the metadata
// is written last, on condition that no other publisher has written that version.
import { randomBytes } from 'node:crypto'
import pMap from 'p-map'
import {
  icebergMetadataKey,
  icebergPrefix,
  manifestKey,
  manifestListKey,
  parsePublishedFileKey,
  publishedFileKey,
  versionHintKey,
} from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { ascending } from '../../shared/text/ascending.ts'
import { dayMs, startOfDate } from '../../shared/time/dates.ts'
import type { Bytes, IsoDate, Millis } from '../../shared/units.ts'
import { retryOnConflict, type TableFile, type TableFiles } from '../lake/files/table-files.ts'
import type { Table } from '../lake/tables.ts'
import { versionOf } from '../planning/day-marks.ts'
import { encodeAvro, type ManifestEntry, type ManifestFile } from './avro.ts'
import { footerFile } from './footers.ts'
import { boundOf, type ColumnStatistics, type FileStatistics, readStatistics } from './statistics.ts'
import {
  currentSnapshot,
  monthsProperty,
  newSnapshotId,
  nextMetadata,
  nextSchema,
  partitionFields,
  type Snapshot,
  type TableMetadata,
} from './table-metadata.ts'
import {
  copiesByVersion,
  keyOfPath,
  readManifest,
  readManifestList,
  readMetadata,
  type TableTree,
  versionName,
} from './tree.ts'

/** One attempt to publish all tables. */
export interface PublishRun {
  files: TableFiles
  lake: Storage
  /** Address of the bucket `lake` for other engines, without a slash at its end. */
  location: string
  /** How long replaced files and snapshots stay; 0: they are deleted at once. */
  grace: Millis
  now: () => Date
  began: Date
  onFile: () => void
  report: { files: number; bytes: Bytes }
}

/** A table whose published snapshot has its current files. */
export interface PublishedTable {
  table: Table
  version: number
  metadata: TableMetadata
  /** The keys of the copies made for it: no list has them. */
  copied: readonly string[]
  committed: boolean
}

interface Work {
  run: PublishRun
  table: Table
  tree: TableTree
  base: TableMetadata | null
  months: ReadonlyMap<string, readonly TableFile[]>
  snapshotId: number
  sequence: number
}

export const monthOfDate = (date: IsoDate): string => date.slice(0, 7)

/**
 * Makes the current files of a table its published snapshot.
 * @param found its files, listed before those of tables that rows of it refer to
 * @returns null: the table has no files and was never published; 'changed': a file, or what is published, changed meanwhile
 */
export async function publishTable(
  run: PublishRun,
  table: Table,
  { found, tree }: { found: readonly TableFile[]; tree: TableTree },
): Promise<PublishedTable | 'changed' | null> {
  const base = await readMetadata(run.lake, tree)
  if (base === null && (tree.version > 0 || found.length === 0)) return tree.version > 0 ? 'changed' : null
  const months = Map.groupBy(found, ({ date }) => monthOfDate(date))
  const sequence = (base?.['last-sequence-number'] ?? 0) + 1
  const work: Work = { run, table, tree, base, months, snapshotId: newSnapshotId(), sequence }
  const changed = changedMonths(work)
  // Without a grace time a commit makes sure that other publishers start again, as what they copied is deleted.
  if (base && changed.length === 0 && run.grace > 0) {
    await writeHint(run.lake, table.name, tree.version)
    return { table, version: tree.version, metadata: base, copied: [], committed: false }
  }
  return await commitSnapshot(work, changed)
}

const locationOf = ({ run, table }: Work) => `${run.location}/${icebergPrefix(table.name).slice(0, -1)}`

const digestsOf = ({ months }: Work): Record<string, string> =>
  Object.fromEntries([...months].sort().map(([month, files]) => [month, versionOf(files)]))

/** The months whose files differ from the published ones, or whose copies are missing. */
function changedMonths(work: Work): string[] {
  const { base, months, tree } = work
  const published = base?.location === locationOf(work) ? publishedDigests(base) : new Map<string, string>()
  const digests = new Map(Object.entries(digestsOf(work)))
  const copies = copiesByVersion(tree)
  const isWhole = (month: string) => (months.get(month) ?? []).every((file) => copies.has(versionName(file)))
  const all = new Set([...digests.keys(), ...published.keys(), ...publishedDigests(base).keys()])
  return [...all].filter((month) => digests.get(month) !== published.get(month) || !isWhole(month)).sort()
}

function publishedDigests(base: TableMetadata | null): Map<string, string> {
  try {
    const digests: unknown = JSON.parse(base?.properties[monthsProperty] ?? '{}')
    return new Map(Object.entries(digests as Record<string, string>))
  } catch {
    return new Map()
  }
}

async function commitSnapshot(work: Work, changed: readonly string[]): Promise<PublishedTable | 'changed'> {
  const { run, table, tree, base } = work
  const { lake } = run
  const manifests = base ? await readManifestList(lake, table.name, currentSnapshot(base)) : new Map()
  const copied: string[] = []
  for (const month of changed) {
    const before = manifests.get(month)
    manifests.delete(month)
    const made = await makeEntries(work, month, before ? await readManifest(lake, table.name, before) : [])
    if (made === 'changed') return 'changed'
    copied.push(...made.copied)
    if (made.entries.length > 0) manifests.set(month, await writeManifest(work, month, made.entries))
  }
  const snapshot = await writeSnapshot(work, manifests)
  // Other publishers delete what seems unused when it is older than the grace time.
  if (run.grace > 0 && run.now().getTime() - run.began.getTime() > run.grace / 2) return 'changed'
  const metadata = nextMetadata({
    table,
    location: locationOf(work),
    schema: nextSchema(table, base),
    base,
    snapshot,
    months: digestsOf(work),
    keepSince: run.grace === 0 ? Number.POSITIVE_INFINITY : snapshot['timestamp-ms'] - run.grace,
  })
  const version = tree.version + 1
  const bytes = new TextEncoder().encode(JSON.stringify(metadata))
  const options = { contentType: 'application/json', ifNoneMatch: '*' as const }
  if (!(await lake.put(icebergMetadataKey(table.name, version), bytes, options))) return 'changed'
  await writeHint(lake, table.name, version)
  return { table, version, metadata, copied, committed: true }
}

/** At most so many copies, or reads of footers, at once. */
const atOnce = 8

/** The files of a month: those that are published already, and copies of the others. */
async function makeEntries(
  work: Work,
  month: string,
  before: readonly ManifestEntry[],
): Promise<{ entries: ManifestEntry[]; copied: string[] } | 'changed'> {
  const { run, table, tree, months } = work
  const wanted = new Map((months.get(month) ?? []).map((file) => [versionName(file), file]))
  const entries: ManifestEntry[] = []
  for (const entry of before) {
    const key = keyOfPath(table.name, entry.data_file.file_path)
    const name = versionName(parsePublishedFileKey(key)!)
    if (!tree.objects.has(key) || !wanted.delete(name)) continue
    const data_file = { ...entry.data_file, file_path: `${run.location}/${key}` }
    entries.push({ ...entry, status: 0, data_file })
  }
  const copies = await pMap(wanted.values(), (file) => copyFile(work, file), { concurrency: atOnce })
  const made = copies.filter((copy) => copy !== null)
  if (made.length < copies.length) return 'changed'
  const added = await describeCopies(work, made)
  if (added === null) return 'changed'
  entries.push(...added)
  return { entries: entries.toSorted(byPath), copied: made.map(({ key }) => key) }
}

const byPath = ({ data_file: { file_path: a } }: ManifestEntry, { data_file: b }: ManifestEntry) =>
  ascending(a, b.file_path)

interface Copy {
  key: string
  file: TableFile
}

/** Under a name that nothing else uses, so that no other publisher deletes it. Null: the file has changed. */
async function copyFile({ run, table }: Work, file: TableFile): Promise<Copy | null> {
  const key = publishedFileKey(table.name, file, randomBytes(4).toString('hex'))
  if (!(await run.lake.copy(file.key, key, { ifMatch: file.etag }))) return null
  run.report.files++
  run.report.bytes += file.size
  run.onFile()
  return { key, file }
}

/** Null: a copy is of another version, since a store ignored the condition. */
async function describeCopies({ run, table, snapshotId, sequence }: Work, copies: readonly Copy[]) {
  await using footers = new AsyncDisposableStack()
  const read = async ({ key, file: { size } }: Copy) =>
    footers.use(await footerFile(run.lake, { key, size }, run.files.dir))
  const files = await pMap(copies, read, { concurrency: atOnce })
  const paths = files.flatMap((footer) => footer?.path ?? [])
  if (paths.length < copies.length) return null
  const statistics = await readStatistics(run.files.database, table, paths)
  return copies.map(({ key, file }, at): ManifestEntry => {
    const { rows, columns } = statistics.get(paths[at]!)!
    return {
      status: 1,
      snapshot_id: snapshotId,
      sequence_number: sequence,
      file_sequence_number: sequence,
      data_file: {
        content: 0,
        file_path: `${run.location}/${key}`,
        file_format: 'PARQUET',
        partition: { date: startOfDate(file.date) / dayMs },
        record_count: rows,
        file_size_in_bytes: file.size,
        ...mapsOf(columns),
      },
    }
  })
}

function mapsOf(columns: FileStatistics['columns']) {
  const mapOf = <T>(value: (column: ColumnStatistics) => T | null) =>
    columns.flatMap((column) => {
      const found = value(column)
      return found === null ? [] : [{ key: column.id, value: found }]
    })
  return {
    value_counts: mapOf(({ values }) => values),
    null_value_counts: mapOf(({ nulls }) => nulls),
    lower_bounds: mapOf(({ lower }) => lower),
    upper_bounds: mapOf(({ upper }) => upper),
  }
}

async function writeManifest(
  work: Work,
  month: string,
  entries: readonly ManifestEntry[],
): Promise<ManifestFile> {
  const { run, table, base, snapshotId, sequence } = work
  const key = manifestKey(table.name, month, randomBytes(8).toString('hex'))
  const schema = nextSchema(table, base)
  const bytes = await encodeAvro('manifest', entries, {
    schema: JSON.stringify(schema),
    'schema-id': String(schema['schema-id']),
    'partition-spec': JSON.stringify(partitionFields()),
    'partition-spec-id': '0',
    'format-version': '2',
    content: 'data',
  })
  await run.lake.put(key, bytes, { contentType: 'application/avro' })
  const [added, existing] = [1, 0].map((status) => entries.filter((entry) => entry.status === status))
  const rowsOf = (list: readonly ManifestEntry[]) =>
    list.reduce((sum, { data_file }) => sum + data_file.record_count, 0)
  const dates = entries.map(({ data_file }) => data_file.partition.date)
  const day = (days: number) => boundOf('date', String(days))
  return {
    manifest_path: `${run.location}/${key}`,
    manifest_length: bytes.length,
    partition_spec_id: 0,
    content: 0,
    sequence_number: sequence,
    min_sequence_number: Math.min(...entries.map(({ sequence_number }) => sequence_number)),
    added_snapshot_id: snapshotId,
    added_files_count: added!.length,
    existing_files_count: existing!.length,
    deleted_files_count: 0,
    added_rows_count: rowsOf(added!),
    existing_rows_count: rowsOf(existing!),
    deleted_rows_count: 0,
    partitions: [
      {
        contains_null: false,
        contains_nan: false,
        lower_bound: day(Math.min(...dates)),
        upper_bound: day(Math.max(...dates)),
      },
    ],
  }
}

/** Writes the list of manifests. */
async function writeSnapshot(
  { run, table, base, snapshotId, sequence }: Work,
  manifests: ReadonlyMap<string, ManifestFile>,
): Promise<Snapshot> {
  const list = [...manifests].sort().map(([, manifest]) => manifest)
  const key = manifestListKey(table.name, snapshotId)
  const parent = base?.['current-snapshot-id']
  const bytes = await encodeAvro('list', list, {
    'snapshot-id': String(snapshotId),
    ...(parent !== undefined && { 'parent-snapshot-id': String(parent) }),
    'sequence-number': String(sequence),
    'format-version': '2',
  })
  await run.lake.put(key, bytes, { contentType: 'application/avro' })
  const sum = (value: (manifest: ManifestFile) => number) =>
    String(list.reduce((total, manifest) => total + value(manifest), 0))
  const latest = base ? currentSnapshot(base)['timestamp-ms'] : 0
  return {
    'snapshot-id': snapshotId,
    ...(parent !== undefined && { 'parent-snapshot-id': parent }),
    'sequence-number': sequence,
    'schema-id': nextSchema(table, base)['schema-id'],
    // Clocks of publishers differ; the order of snapshots must not.
    'timestamp-ms': Math.max(run.now().getTime(), latest + 1),
    'manifest-list': `${run.location}/${key}`,
    summary: {
      operation: 'overwrite',
      'total-data-files': sum((one) => one.added_files_count + one.existing_files_count),
      'total-records': sum((one) => one.added_rows_count + one.existing_rows_count),
      'mayday.manifests': String(list.length),
    },
  }
}

/** Readers look for newer versions from it on. It never goes back. */
async function writeHint(lake: Storage, table: string, version: number): Promise<void> {
  const key = versionHintKey(table)
  await retryOnConflict({ retry: {} }, key, async () => {
    const object = await lake.get(key)
    const known = object && Number(new TextDecoder().decode(await object.bytes()))
    if (known !== null && known >= version) return true
    const condition = object ? { ifMatch: object.etag } : { ifNoneMatch: '*' as const }
    const bytes = new TextEncoder().encode(String(version))
    return (await lake.put(key, bytes, { contentType: 'text/plain', ...condition })) && true
  })
}

// What is published: the objects below `iceberg/`, and what the metadata of a table refers to.
import { CrashError } from '../../shared/errors.ts'
import {
  icebergMetadataKey,
  icebergPrefix,
  manifestListKey,
  parsePublishedFileKey,
  parsePublishedKey,
  type PublishedVersion,
  safeEtag,
} from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { Bytes } from '../../shared/units.ts'
import { decodeAvro, type ManifestEntry, type ManifestFile } from './avro.ts'
import { currentSnapshot, parseTableMetadata, type Snapshot, type TableMetadata } from './table-metadata.ts'

/** An object below `iceberg/<table>/`. */
export interface TreeObject {
  key: string
  size: Bytes
  uploaded: Date
}

/** The published objects of one table. */
export interface TableTree {
  table: string
  objects: ReadonlyMap<string, TreeObject>
  /** The newest version of the metadata; 0: none. */
  version: number
}

/** Lists everything that is published. One request per 1,000 objects. */
export async function listTrees(lake: Storage): Promise<(table: string) => TableTree> {
  const trees = new Map<string, TableTree & { objects: Map<string, TreeObject> }>()
  for await (const { key, size, uploaded } of lake.list(icebergPrefix())) {
    const found = parsePublishedKey(key)
    if (!found) continue
    const { table } = found
    const tree = trees.get(table) ?? { table, objects: new Map(), version: 0 }
    tree.objects.set(key, { key, size, uploaded })
    if (found.kind === 'metadata') tree.version = Math.max(tree.version, found.version)
    trees.set(table, tree)
  }
  return (table) => trees.get(table) ?? { table, objects: new Map(), version: 0 }
}

/** The newest version of a table's metadata; null: the table is not published. @throws CrashError 'damaged' */
export async function readMetadata(
  lake: Storage,
  { table, version }: TableTree,
): Promise<TableMetadata | null> {
  if (version === 0) return null
  const key = icebergMetadataKey(table, version)
  const object = await lake.get(key)
  return object ? parseTableMetadata(key, await object.bytes()) : null
}

/** Identifies a version of a table file, also in keys of its copies. */
export const versionName = ({ date, shard, part, etag }: PublishedVersion): string =>
  `${date}/${shard}-${part}@${safeEtag(etag)}`

/** Copies of table files by version. More than one: a publisher was killed. */
export const copiesByVersion = (tree: TableTree): Map<string, TreeObject[]> =>
  Map.groupBy(
    [...tree.objects.values()].filter(({ key }) => parsePublishedFileKey(key)),
    ({ key }) => versionName(parsePublishedFileKey(key)!),
  )

/** The key in an absolute path of an object of the table. Locations may change. */
export const keyOfPath = (table: string, path: string): string =>
  path.slice(Math.max(0, path.lastIndexOf(icebergPrefix(table))))

/** The manifests of a snapshot by month. @throws CrashError 'damaged' */
export async function readManifestList(
  lake: Storage,
  table: string,
  snapshot: Snapshot,
): Promise<Map<string, ManifestFile>> {
  const key = manifestListKey(table, snapshot['snapshot-id'])
  const manifests = await decodeAvro('list', key, await bytesOf(lake, key))
  if (manifests.length !== Number(snapshot.summary['mayday.manifests'])) throw incomplete(key)
  return new Map(manifests.map((manifest) => [monthOf(table, manifest), manifest]))
}

const monthOf = (table: string, { manifest_path }: ManifestFile): string =>
  /manifest-(\d{4}-\d\d)-/.exec(keyOfPath(table, manifest_path))?.[1] ?? ''

/** The files of a manifest. @throws CrashError 'damaged' */
export async function readManifest(
  lake: Storage,
  table: string,
  manifest: ManifestFile,
): Promise<ManifestEntry[]> {
  const key = keyOfPath(table, manifest.manifest_path)
  const bytes = await bytesOf(lake, key)
  const entries = await decodeAvro('manifest', key, bytes)
  const expected = manifest.added_files_count + manifest.existing_files_count
  if (bytes.length !== manifest.manifest_length || entries.length !== expected) throw incomplete(key)
  return entries
}

async function bytesOf(lake: Storage, key: string): Promise<Uint8Array> {
  const object = await lake.get(key)
  if (!object) throw new CrashError('damaged', `${key} is missing: delete iceberg/, then run mayday publish`)
  return await object.bytes()
}

const incomplete = (key: string) =>
  new CrashError('damaged', `${key} is incomplete: delete iceberg/, then run mayday publish`)

/** The keys of the files that a snapshot has in some months, or in all. @throws CrashError 'damaged' */
export async function keysIn(
  lake: Storage,
  { table, snapshot, months }: { table: string; snapshot: Snapshot; months?: ReadonlySet<string> },
): Promise<Set<string>> {
  const keys = new Set<string>()
  for (const [month, manifest] of await readManifestList(lake, table, snapshot)) {
    keys.add(keyOfPath(table, manifest.manifest_path))
    if (months && !months.has(month)) continue
    for (const { data_file } of await readManifest(lake, table, manifest))
      keys.add(keyOfPath(table, data_file.file_path))
  }
  return keys
}

/** The same for the current snapshot. */
export const currentKeys = (
  lake: Storage,
  table: string,
  { metadata, months }: { metadata: TableMetadata; months?: ReadonlySet<string> },
): Promise<Set<string>> =>
  keysIn(lake, { table, snapshot: currentSnapshot(metadata), ...(months && { months }) })

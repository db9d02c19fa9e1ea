// `mayday verify` for what is published: it has exactly the current table files, and everything that it refers to exists.
import { isCrashError } from '../../shared/errors.ts'
import {
  icebergMetadataKey,
  icebergPrefix,
  lakeDatabaseKey,
  manifestListKey,
  parsePublishedFileKey,
  publicTables,
  versionHintKey,
} from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { Millis } from '../../shared/units.ts'
import { listTableFiles, type TableFile } from '../lake/files/table-files.ts'
import { tables } from '../lake/tables.ts'
import type { ManifestEntry } from './avro.ts'
import { currentSnapshot, type TableMetadata } from './table-metadata.ts'
import {
  keyOfPath,
  listTrees,
  readManifest,
  readManifestList,
  readMetadata,
  type TableTree,
  versionName,
} from './tree.ts'

/**
 * `unpublished`: a table file, or its removal, that the current snapshot does not have. `dangling`: a snapshot refers to
 * an object that is missing or differs, so queries fail.
 */
export interface PublishFinding {
  kind: 'unpublished' | 'dangling'
  key: string
  why: string
}

const cures: Readonly<Record<PublishFinding['kind'], string>> = {
  unpublished: 'run mayday publish',
  dangling: 'delete the objects below TREE in the bucket lake, then run mayday publish',
}

/** A finding as text, with the cure. */
export const describePublished = ({ kind, key, why }: PublishFinding): string =>
  `${key} is ${kind} (${why}): ${cures[kind].replace('TREE', treeOf(key))}`

const treeOf = (key: string) => icebergPrefix(/^iceberg\/([a-z_]+)\//.exec(key)?.[1])

/** A table file that changed more recently may still be waiting for the next round. */
const usualDelay: Millis = 3_600_000

/**
 * Compares listings with the published metadata; no row is read. A store in which nothing was published has no findings.
 * @param options `delay`: table files that changed later than that need not be published yet; default: an hour
 */
export async function checkPublished(
  lake: Storage,
  { now, delay = usualDelay }: { now: Date; delay?: Millis },
): Promise<PublishFinding[]> {
  const trees = await listTrees(lake)
  const published = tables.filter(({ name }) => publicTables.has(name) && trees(name).version > 0)
  const findings: PublishFinding[] = []
  for (const { name } of published) {
    const found = await listTableFiles(lake, name)
    // Whether a file is recent matters only for those that are not published.
    const isRecent = async ({ key }: TableFile) => {
      const info = await lake.head(key)
      return !info || now.getTime() - info.uploaded.getTime() < delay
    }
    findings.push(...(await checkTable(lake, trees(name), { found, isRecent })))
  }
  if (published.length > 0 && !(await lake.head(lakeDatabaseKey)))
    findings.push({ kind: 'unpublished', key: lakeDatabaseKey, why: 'it is missing' })
  return findings
}

async function checkTable(
  lake: Storage,
  tree: TableTree,
  { found, isRecent }: { found: readonly TableFile[]; isRecent: (file: TableFile) => Promise<boolean> },
): Promise<PublishFinding[]> {
  try {
    const metadata = await readMetadata(lake, tree)
    if (!metadata) return []
    const entries = await readEntries(lake, tree, metadata)
    const findings = [...missingLists(tree, metadata), ...entries.flatMap((entry) => faultOf(entry, tree))]
    const held = new Set(entries.map((entry) => nameOf(tree, entry)))
    for (const file of found) {
      if (held.delete(versionName(file)) || (await isRecent(file))) continue
      findings.push({ kind: 'unpublished', key: file.key, why: 'the snapshot lacks this version' })
    }
    const isQuiet = findings.length === 0 && held.size > 0 && (await areAllOld(found, isRecent))
    if (isQuiet) findings.push(...[...held].map((name) => removed(tree, name)))
    return [...findings, ...(await checkHint(lake, tree))]
  } catch (error) {
    if (!isCrashError(error) || error.code !== 'damaged') throw error
    const key = icebergMetadataKey(tree.table, tree.version)
    return [{ kind: 'dangling', key, why: error.message.replace(/: delete iceberg\/.*/, '') }]
  }
}

const removed = ({ table }: TableTree, name: string): PublishFinding => ({
  kind: 'unpublished',
  key: icebergPrefix(table),
  why: `the snapshot still has ${name}`,
})

/** A version that was replaced just now is still published. */
async function areAllOld(
  found: readonly TableFile[],
  isRecent: (file: TableFile) => Promise<boolean>,
): Promise<boolean> {
  for (const file of found) if (await isRecent(file)) return false
  return true
}

/** The files of the current snapshot. */
async function readEntries(
  lake: Storage,
  tree: TableTree,
  metadata: TableMetadata,
): Promise<ManifestEntry[]> {
  const entries: ManifestEntry[] = []
  for (const manifest of (await readManifestList(lake, tree.table, currentSnapshot(metadata))).values())
    entries.push(...(await readManifest(lake, tree.table, manifest)))
  return entries
}

/** Lists of snapshots to which readers may go back. */
const missingLists = ({ table, objects }: TableTree, { snapshots }: TableMetadata): PublishFinding[] =>
  snapshots
    .map((snapshot) => manifestListKey(table, snapshot['snapshot-id']))
    .filter((key) => !objects.has(key))
    .map((key) => ({ kind: 'dangling', key, why: 'it is missing' }))

const nameOf = ({ table }: TableTree, { data_file }: ManifestEntry): string => {
  const version = parsePublishedFileKey(keyOfPath(table, data_file.file_path))
  return version ? versionName(version) : data_file.file_path
}

function faultOf({ data_file }: ManifestEntry, { table, objects }: TableTree): PublishFinding[] {
  const key = keyOfPath(table, data_file.file_path)
  const object = objects.get(key)
  if (object?.size === data_file.file_size_in_bytes) return []
  return [{ kind: 'dangling', key, why: object ? 'its size differs' : 'it is missing' }]
}

/** It may be behind, since readers look for newer versions, but not ahead. */
async function checkHint(lake: Storage, { table, version, objects }: TableTree): Promise<PublishFinding[]> {
  const key = versionHintKey(table)
  const object = await lake.get(key)
  const hint = object ? Number(new TextDecoder().decode(await object.bytes())) : 0
  if (hint === version) return []
  if (hint > 0 && hint < version && objects.has(icebergMetadataKey(table, hint))) return []
  return [{ kind: 'dangling', key, why: object ? `there is no version ${hint}` : 'it is missing' }]
}

// Deletes published objects that nothing refers to any more.
import { parsePublishedFileKey, parsePublishedKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { type PublishedTable, type PublishRun, monthOfDate } from './publish-table.ts'
import { schemaFileOf } from './schema-file.ts'
import { currentSnapshot, type TableMetadata } from './table-metadata.ts'
import { currentKeys, keysIn, type TableTree, type TreeObject, versionName } from './tree.ts'

/**
 * Deletes what no kept snapshot of a table refers to. An object that is older than one and a half grace times was
 * referred to, if ever, before the grace time began, since publishers need at most half of it. So if the oldest kept
 * snapshot, which was current then, and the current one do not have it, no other has: nothing that was removed comes back
 * under its key. Without a grace time, everything that was listed before the last commit and is not current is deleted.
 * @param wanted the versions of the table's current files
 * @returns the number of deleted objects
 */
export async function sweep(
  run: Pick<PublishRun, 'lake' | 'grace' | 'now'>,
  published: PublishedTable,
  { tree, wanted }: { tree: TableTree; wanted: ReadonlySet<string> },
): Promise<number> {
  const { lake, grace, now } = run
  const before = now().getTime() - 1.5 * grace
  const isOld = ({ uploaded }: TreeObject) => grace === 0 || uploaded.getTime() < before
  const counts = countVersions(tree)
  const isUsed = (object: TreeObject) =>
    isInUse(object, published, { wanted, counts, oldest: published.version - (grace === 0 ? 0 : 1) })
  const candidates = [...tree.objects.values()].filter((one) => isOld(one) && !isUsed(one))
  if (candidates.length === 0) return 0
  const kept = await keptKeys(lake, published, candidates)
  const keys = candidates.map(({ key }) => key).filter((key) => !kept.has(key))
  if (keys.length > 0) await lake.delete(keys)
  return keys.length
}

function countVersions(tree: TableTree): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of tree.objects.keys()) {
    const version = parsePublishedFileKey(key)
    if (version) counts.set(versionName(version), (counts.get(versionName(version)) ?? 0) + 1)
  }
  return counts
}

interface InUse {
  wanted: ReadonlySet<string>
  counts: ReadonlyMap<string, number>
  /** Versions of the metadata from it on stay. */
  oldest: number
}

/** Whether an object is in use as its key shows: most are, and cost no request. */
function isInUse(
  { key }: TreeObject,
  { table, metadata, copied }: PublishedTable,
  { wanted, counts, oldest }: InUse,
): boolean {
  const found = parsePublishedKey(key)
  switch (found?.kind) {
    case 'hint':
      return true
    case 'metadata':
      return found.version >= oldest
    case 'list':
      return metadata.snapshots.some((snapshot) => snapshot['snapshot-id'] === found.snapshot)
    case 'schema':
      return key === schemaFileOf(table).key
    case 'data': {
      const name = versionName(parsePublishedFileKey(key)!)
      const isReplaced = copied.some((copy) => versionName(parsePublishedFileKey(copy)!) === name)
      return wanted.has(name) && counts.get(name) === 1 && !isReplaced
    }
    default:
      return false
  }
}

/** What the oldest kept snapshot and the current one refer to, in the months of the candidates. */
async function keptKeys(
  lake: Storage,
  { table, metadata }: PublishedTable,
  candidates: readonly TreeObject[],
): Promise<Set<string>> {
  const versions = candidates.flatMap(({ key }) => parsePublishedFileKey(key) ?? [])
  const months = new Set(versions.map(({ date }) => monthOfDate(date)))
  if (!candidates.some(({ key }) => isShared(key))) return new Set()
  const kept = await currentKeys(lake, table.name, { metadata, months })
  const oldest = oldestSnapshot(metadata)
  if (oldest)
    for (const key of await keysIn(lake, { table: table.name, snapshot: oldest, months })) kept.add(key)
  return kept
}

/** Whether several snapshots may refer to the object. */
const isShared = (key: string): boolean => ['data', 'manifest'].includes(parsePublishedKey(key)?.kind ?? '')

const oldestSnapshot = (metadata: TableMetadata) => {
  const [oldest] = metadata.snapshots
  return oldest === currentSnapshot(metadata) ? undefined : oldest
}

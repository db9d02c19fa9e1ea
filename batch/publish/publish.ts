// Publishes the public tables for other engines: files that never change, and one snapshot per table.
import {
  icebergPrefix,
  parsePublishedFileKey,
  parseTableKey,
  publicTables,
  tablePrefix,
} from '../../shared/keys.ts'
import { bucketAddress } from '../../shared/storage/open.node.ts'
import type { Bytes, Millis } from '../../shared/units.ts'
import { retryOnConflict, type TableFile, type TableFiles } from '../lake/files/table-files.ts'
import type { OpenStore } from '../lake/open-store.ts'
import { crashesTable, modulesTable, type Table, tables } from '../lake/tables.ts'
import { type LakeTable, writeLakeDatabase } from './lake-database.ts'
import { type PublishedTable, type PublishRun, publishTable } from './publish-table.ts'
import { writeSchemaFile } from './schema-file.ts'
import { sweep } from './sweep.ts'
import { copiesByVersion, currentKeys, listTrees, type TableTree, versionName } from './tree.ts'

export interface PublishReport {
  /** Tables that got a new snapshot by this run, in order. */
  published: string[]
  /** Copied files, and their bytes. The store copies them itself, if it can. */
  files: number
  bytes: Bytes
  /** Objects that were deleted. */
  removed: number
}

export interface PublishOptions {
  location: string
  now: () => Date
  grace?: Millis
  /** Only if something is published already. */
  ifPublished?: boolean
  /** Called for each copied file. */
  onFile?: () => void
}

/** Where other engines find the bucket `lake` of a store. */
export const lakeLocation = ({ config, url }: Pick<OpenStore, 'config' | 'url'>): string =>
  config.lakeLocation ?? bucketAddress(url, 'lake')

/** Replaced files and snapshots stay for a day, so that no query loses its files. */
const usualGrace: Millis = 86_400_000

/** Other tables refer to crashes; a published crash has its modules. */
const publishedTables: readonly Table[] = [
  modulesTable,
  ...tables.filter(({ name }) => publicTables.has(name) && name !== 'crashes' && name !== 'modules'),
  crashesTable,
]

/**
 * Makes the current files of all public tables the published snapshots. Nothing new costs two lists, one request, and two
 * per table. When a file or what is published changes meanwhile, it starts again.
 * @throws CrashError 'storage'; 'damaged' if what is published cannot be read
 */
export async function publish(files: TableFiles, options: PublishOptions): Promise<PublishReport> {
  const report: PublishReport = { published: [], files: 0, bytes: 0, removed: 0 }
  await retryOnConflict(files, icebergPrefix(), () => publishOnce(files, options, report))
  return report
}

/** Null: something changed meanwhile. */
async function publishOnce(
  files: TableFiles,
  { location, now, grace = usualGrace, ifPublished = false, onFile = () => {} }: PublishOptions,
  report: PublishReport,
): Promise<true | null> {
  const { lake } = files.stores
  const run: PublishRun = { files, lake, location, grace, now, began: now(), onFile, report }
  const treeOf = await listTrees(lake)
  if (ifPublished && publishedTables.every(({ name }) => treeOf(name).version === 0)) return true
  const found = await listAll(files)
  const done: { published: PublishedTable; tree: TableTree; found: readonly TableFile[] }[] = []
  for (const table of publishedTables) {
    const own = found(table)
    const tree = treeOf(table.name)
    const published = await publishTable(run, table, { found: own, tree })
    if (published === 'changed') return null
    if (published === null) continue
    if (published.committed) report.published.push(table.name)
    await writeSchemaFile(run, table, tree)
    done.push({ published, tree, found: own })
  }
  const lakeTables: LakeTable[] = []
  for (const one of done) lakeTables.push(await lakeTable(run, one))
  if (done.length > 0) await writeLakeDatabase(run, lakeTables)
  for (const { published, tree, found: own } of done) {
    const wanted = new Set(own.map(versionName))
    report.removed += await sweep(run, published, { tree, wanted })
  }
  return true
}

/**
 * The files of each table. The list is in the order of keys, so `crashes` comes before `modules`, which then has at least the
 * rows that belong to it. One request per 1,000 files.
 */
async function listAll({ stores }: TableFiles): Promise<(table: Table) => readonly TableFile[]> {
  const found = new Map<string, TableFile[]>()
  for await (const { key, size, etag, metadata } of stores.lake.list(tablePrefix())) {
    const parsed = parseTableKey(key)
    if (!parsed) continue
    const files = found.get(parsed.table) ?? []
    files.push({ key, ...parsed, size, etag, metadata })
    found.set(parsed.table, files)
  }
  return ({ name }) => found.get(name) ?? []
}

/** The keys of the current files: those of the listing, unless a version has several copies. */
async function lakeTable(
  { lake }: PublishRun,
  { published, tree, found }: { published: PublishedTable; tree: TableTree; found: readonly TableFile[] },
): Promise<LakeTable> {
  const { table, version, metadata, copied } = published
  const listed = copiesByVersion(tree)
  const made = new Map(copied.map((key) => [versionName(parsePublishedFileKey(key)!), key]))
  const copies = found.map((file) => {
    const name = versionName(file)
    const [first, ...others] = listed.get(name) ?? []
    return made.get(name) ?? (others.length === 0 ? first?.key : undefined)
  })
  const keys = copies.filter((key) => key !== undefined)
  if (keys.length === found.length) return { table, version, keys }
  const all = await currentKeys(lake, table.name, { metadata })
  return { table, version, keys: [...all].filter((key) => parsePublishedFileKey(key)) }
}

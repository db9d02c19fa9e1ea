// Imports listings of builds into the table `builds`, and reads them for the rule that needs them.
import * as z from 'zod/mini'
import { isDate } from '../../shared/time/dates.ts'
import { CrashError } from '../../shared/errors.ts'
import { tableKey, tablePrefix } from '../../shared/keys.ts'
import { readDocument } from '../../shared/json/schema.ts'
import type { IsoDate } from '../../shared/units.ts'
import type { Build } from './builds.ts'
import { damaged } from '../lake/files/damage.ts'
import { rowsOf } from '../lake/duckdb.ts'
import { encodeRows } from '../lake/parquet.ts'
import { rowsOfColumns } from '../lake/rows.ts'
import type { Product } from '../products/product-file.ts'
import { localCopies, localCopy } from '../lake/files/local-copies.ts'
import { listTableFiles, putTableFile, retryOnConflict, type TableFiles } from '../lake/files/table-files.ts'
import { buildsTable } from '../lake/tables.ts'

/** The shard in the name of files with imported builds. */
const shard = 'imported'

/** A text or a number, as text. Null counts as missing. */
const name = z.optional(
  z.nullable(z.pipe(z.union([z.string(), z.number()], 'must be text or a number'), z.transform(String))),
)

/** One entry, in Mayday's form or that of Mozilla's buildhub.json. */
const listedBuild = z.object({
  product: name,
  version: name,
  channel: name,
  release_channel: name,
  build_id: name,
  build: z.optional(z.object({ id: name })),
  target: z.optional(z.object({ version: name, channel: name })),
  source: z.optional(z.object({ product: name })),
})

/**
 * Parses a listing: a JSON array, or one JSON object per line. Each entry is `{product, version, channel, build_id}` or
 * has the form of Mozilla's buildhub.json (`build.id`, `target.version`, `target.channel`, `source.product`). Product
 * names match those in `products` case-insensitively.
 * @throws CrashError 'bad-json' with the number of the entry
 */
export function parseBuildListing(listing: string, products: ReadonlyMap<string, Product>): Build[] {
  const names = new Map([...products.keys()].map((known) => [known.toLowerCase(), known]))
  return readEntries(listing).map((entry, i) => {
    const prefix = `Entry ${i + 1} of the listing: `
    const listed = readDocument(listedBuild, entry, { code: 'bad-json', prefix })
    const product = listed.product ?? listed.source?.product
    const version = listed.version ?? listed.target?.version
    const channel = listed.channel ?? listed.release_channel ?? listed.target?.channel
    const buildId = listed.build_id ?? listed.build?.id
    if (!product || !version || !channel || !buildId)
      throw new CrashError('bad-json', `${prefix}product, version, channel or build ID is missing`)
    return { product: names.get(product.toLowerCase()) ?? product, version, channel, buildId }
  })
}

function readEntries(listing: string): unknown[] {
  try {
    if (listing.trimStart().startsWith('[')) return JSON.parse(listing)
    return listing
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line))
  } catch (cause) {
    throw new CrashError('bad-json', 'The listing is neither a JSON array nor JSON objects, one per line', {
      cause,
    })
  }
}

/** The day encoded in a build ID; 1970-01-01 for IDs that do not encode one. */
export function dayOfBuild(buildId: string): IsoDate {
  const match = /^(\d{4})(\d\d)(\d\d)\d*$/.exec(buildId)
  const date = match ? `${match[1]}-${match[2]}-${match[3]}` : '1970-01-01'
  return isDate(date) ? date : '1970-01-01'
}

/** Adds builds to the table; existing builds do not change. Returns the number of builds in these days. */
export async function importBuilds(files: TableFiles, builds: readonly Build[]): Promise<{ builds: number }> {
  let total = 0
  for (const [date, list] of Map.groupBy(builds, (build) => dayOfBuild(build.buildId))) {
    total += await importDay(files, date, list)
  }
  return { builds: total }
}

async function importDay(files: TableFiles, date: IsoDate, builds: readonly Build[]): Promise<number> {
  const key = tableKey(buildsTable.name, date, shard, 0)
  return retryOnConflict(files, key, () => tryImport(files, { key, date }, builds))
}

/** Returns the number of builds in the file; null if another run changed it in the meantime. */
async function tryImport(
  files: TableFiles,
  { key, date }: { key: string; date: IsoDate },
  builds: readonly Build[],
): Promise<number | null> {
  const { lake } = files.stores
  const before = (await listTableFiles(lake, buildsTable.name, date)).find((file) => file.key === key)
  const copy = before && (await localCopy(files, buildsTable, before))
  if (copy === 'changed') return null
  if (copy === 'damaged') throw damaged(files.damaged.get(key)!)
  const known = copy ? await readBuilds(files, [copy.path]) : []
  const all = new Map([...known, ...builds].map((build) => [identityOf(build), build]))
  const rows = rowsOfColumns(
    buildsTable.columns,
    [...all.values()].map(({ product, version, channel, buildId }) => {
      const names = { product, version, release_channel: channel, build_id: buildId }
      return { date, ...names, count: 0, weighted: 0, source: shard }
    }),
  )
  const condition = before ? { ifMatch: before.etag } : { ifNoneMatch: '*' as const }
  const written = await putTableFile(lake, key, await encodeRows(files, buildsTable, rows), condition)
  return written && all.size
}

const identityOf = ({ product, channel, buildId, version }: Build) =>
  JSON.stringify([product, channel, buildId, version])

const readBuilds = (files: TableFiles, paths: readonly string[]) =>
  rowsOf<Build>(
    files.database.connection,
    `SELECT product, version, release_channel AS channel, build_id AS "buildId"
     FROM read_parquet($paths, union_by_name = true, hive_partitioning = false)`,
    { paths },
  )

/** All imported builds. */
export async function readImportedBuilds(files: TableFiles): Promise<Build[]> {
  const paths = await retryOnConflict(files, tablePrefix(buildsTable.name), async () => {
    const found = await listTableFiles(files.stores.lake, buildsTable.name)
    return localCopies(
      files,
      buildsTable,
      found.filter((file) => file.shard === shard),
    )
  })
  return paths.length ? readBuilds(files, paths) : []
}

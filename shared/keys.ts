// Object keys: the only file that determines where data is stored. Layout: FORMATS.md.
import { aggregatesVersion } from './aggregates/documents.ts'
import type { IsoDate } from './units.ts'

/** `YYYY-MM-DD` of the last six characters of a crash ID. The id must be valid (`shared/crash-id.ts`). */
export function dateOfCrashId(crashId: string): IsoDate {
  const d = crashId.slice(-6)
  return `20${d.slice(0, 2)}-${d.slice(2, 4)}-${d.slice(4, 6)}`
}

const compact = (date: IsoDate) => date.replaceAll('-', '')
const spread = (digits: string): IsoDate => digits.replace(/^(....)(..)(..)$/, '$1-$2-$3')

/** `20261129T045500123Z`: in the order of time. */
const stamp = (time: Date): string => time.toISOString().replace(/[-:.]/g, '')
const timeOfStamp = (text: string) =>
  new Date(text.replace(/^(....)(..)(..)T(..)(..)(..)(...)Z$/, '$1-$2-$3T$4:$5:$6.$7Z'))

/** The day of `<prefix><yyyymmdd>/`, a folder directly below `prefix`; null for any other. */
export function dateOfFolder(folder: string, prefix: string): IsoDate | null {
  const digits = folder.slice(prefix.length, -1)
  return folder.startsWith(prefix) && /^\d{8}$/.test(digits) ? spread(digits) : null
}

/** Bucket `crashes`: prefix of all stored reports of a day, or of all days. */
export const rawPrefix = (date?: IsoDate) => (date ? `raw/${compact(date)}/` : 'raw/')
/** Bucket `crashes`: one stored report. */
export const rawKey = (crashId: string) => `${rawPrefix(dateOfCrashId(crashId))}${crashId}`
/** Bucket `crashes`: prefix of all processed crashes of a day, or of all days. */
export const processedPrefix = (date?: IsoDate) => (date ? `processed/${compact(date)}/` : 'processed/')
/** Bucket `crashes`: one processed crash, JSON, zstd. */
export const processedKey = (crashId: string) => `${processedPrefix(dateOfCrashId(crashId))}${crashId}`

/** Bucket `crashes`: how far `mayday dev` made up crashes. */
export const historyKey = 'simulated/history.json'

/** Bucket `crashes`: prefix of the marks of crashes that are being deleted, of a day or of all days. */
export const erasuresPrefix = (date?: IsoDate) => (date ? `erasures/${compact(date)}/` : 'erasures/')
/** Bucket `crashes`: an empty object, present while the crash is being deleted. */
export const erasureKey = (crashId: string) => `${erasuresPrefix(dateOfCrashId(crashId))}${crashId}`

/** Splits `raw/<yyyymmdd>/<crash_id>`, `processed/…` or `erasures/…`; null for any other key. */
export function parseCrashKey(key: string): { date: IsoDate; crashId: string } | null {
  const match = /^(?:raw|processed|erasures)\/(\d{4})(\d\d)(\d\d)\/([0-9a-f-]{36})$/.exec(key)
  return match ? { date: `${match[1]}-${match[2]}-${match[3]}`, crashId: match[4]! } : null
}

/** Bucket `crashes`: prefix of the marks of days (`FORMATS.md`, "Marks of days"). */
export const dayMarksPrefix = 'days/'
/** Bucket `crashes`: an empty object; when it was last written, something was about to change the day. */
export const openDayKey = (date: IsoDate) => `${dayMarksPrefix}open/${compact(date)}`
/**
 * Bucket `crashes`: the record of a settled day. `checkedAt` is when its check began, `version` 32 hexadecimal digits
 * that identify the versions of its table files.
 */
export const settledDayKey = (date: IsoDate, checkedAt: Date, version: string) =>
  `${dayMarksPrefix}settled/${compact(date)}/${stamp(checkedAt)}-${version}.json`

/** Bucket `crashes`: an empty object: the expired data of the day was deleted; `state`: see `batch/removal/expire.ts`. */
export const expiredDayKey = (date: IsoDate, state: string) =>
  `${dayMarksPrefix}expired/${compact(date)}/${state}`

type DayMark =
  | { kind: 'open' | 'expired'; date: IsoDate }
  | { kind: 'settled'; date: IsoDate; checkedAt: Date; version: string }

/** Splits the key of a mark of a day; null for any other key. */
export function parseDayMarkKey(key: string): DayMark | null {
  const [, kind, on] = /^days\/(open|expired)\/(\d{8})(?:\/[0-9a-f]{32})?$/.exec(key) ?? []
  if (kind === 'open' || kind === 'expired') return { kind, date: spread(on!) }
  const [, day, time, version] =
    /^days\/settled\/(\d{8})\/(\d{8}T\d{9}Z)-([0-9a-f]{32})\.json$/.exec(key) ?? []
  if (day === undefined) return null
  return { kind: 'settled', date: spread(day), checkedAt: timeOfStamp(time!), version: version! }
}

/** Bucket `crashes`: the throttle policy, written by operators. */
export const policyKey = 'config/policy.json'
/** Bucket `crashes`: the token document, written by `mayday tokens`. */
export const tokensKey = 'access/tokens.json'
/** Bucket `crashes`: prefix of the empty objects that show when each token was last used. */
export const lastUsePrefix = 'access/last-use/'
/** Bucket `crashes`: written at the first use of a token on each day. `tokenId`: `shared/access/tokens.ts`. */
export const lastUseKey = (tokenId: string) => `${lastUsePrefix}${tokenId}`
/** Bucket `crashes`: prefix of the audit of a day, or of all days. */
export const auditPrefix = (date?: IsoDate) => (date ? `audit/${compact(date)}/` : 'audit/')
/** Bucket `crashes`: one batch of the audit, as JSON lines (`shared/access/audit.ts`). `name` is unique. */
export const auditKey = (date: IsoDate, name: string) => `${auditPrefix(date)}${name}`
/** Bucket `crashes`: prefix of requests to process crashes again, in the order of time. */
export const reprocessingPrefix = 'reprocessing/'
/** Bucket `crashes`: one request (`shared/api/reprocessing.ts`). `name` is unique. */
export const reprocessingKey = (time: Date, name: string) =>
  `${reprocessingPrefix}${stamp(time)}-${name}.json`
/** Bucket `crashes`: stored reports that verification found without a processed crash (`shared/api/missing.ts`). */
export const missingProcessedKey = 'verify/missing-processed.json'
/** Bucket `crashes`: prefix of product files, written by operators. */
export const productsPrefix = 'products/'
/** Bucket `crashes`: the file of one product. */
export const productKey = (slug: string) => `${productsPrefix}${slug}.json`
/** Bucket `crashes`: written and read by heartbeats. */
export const heartbeatKey = 'health/edge.json'
/** Bucket `crashes`: prefix of the counts of refused reports of a day, or of all days. */
export const refusalsPrefix = (date?: IsoDate) => (date ? `refusals/${compact(date)}/` : 'refusals/')
/** Bucket `crashes`: one batch of counts, as JSON lines (`shared/refusal-counts.ts`). `name` is unique. */
export const refusalsKey = (date: IsoDate, name: string) => `${refusalsPrefix(date)}${name}`

/** Bucket `crashes`: prefix of the state of forwarding to one destination; `name` is safe in a key. */
export const forwardPrefix = (name: string) => `forward/${name}/`

/** Bucket `crashes`: how far the bugs of one tracker were read; `name` is safe in a key. */
export const bugSyncKey = (name: string) => `bugs/${name}.json`

/** Bucket `crashes`: which events gave alerts, and the last alerts (`batch/alerts/memory.ts`). */
export const alertMemoryKey = 'alerts/memory.json'
/** Bucket `crashes`: how far one destination of alerts got; `name` is safe in a key. */
export const alertDestinationKey = (name: string) => `alerts/destinations/${name}.json`

/** Prefix of a table (bucket `lake`; bucket `crashes` for `protected` and `audit`), of one of its days, or of all tables. */
export const tablePrefix = (table?: string, date?: IsoDate) =>
  `tables/${table ? `${table}/${date ? `date=${date}/` : ''}` : ''}`
/** One Parquet file of a table. `shard`: see `batch/planning/shard.ts`; `part` counts from 0. */
export const tableKey = (table: string, date: IsoDate, shard: string, part: number) =>
  `${tablePrefix(table, date)}${shard}-${part}.parquet`

/** Splits the key of a table's file; null for any other key. */
export function parseTableKey(
  key: string,
): { table: string; date: IsoDate; shard: string; part: number } | null {
  const match = /^tables\/([a-z_]+)\/date=(\d{4}-\d\d-\d\d)\/([a-z0-9]+)-(\d+)\.parquet$/.exec(key)
  return match ? { table: match[1]!, date: match[2]!, shard: match[3]!, part: Number(match[4]) } : null
}

/** The bucket of the file: prefix of the damaged files of a table's day, or of all of them. */
export const quarantinePrefix = (table?: string, date?: IsoDate) =>
  table ? `quarantine/${tablePrefix(table, date)}` : 'quarantine/'
/** The bucket of the file: a damaged table file. `version` is safe in a key. */
export const quarantineKey = (key: string, version: string) => `quarantine/${key}/${version}`

/** The bucket of the objects: what they were made from (`batch/lake/made-from.ts`). */
export const madeFromKey = (what: 'derived' | 'refusals' | 'audit' | 'aggregates') => `made-from/${what}.json`

/** Bucket `lake`: prefix of the search files; the version is that of `shared/search-files/manifest.ts`. */
export const searchPrefix = 'search/v1/'
/** Bucket `lake`: which search files there are. */
export const searchManifestKey = `${searchPrefix}manifest.json`
/** Bucket `lake`: the search file of one or several days. `hash`: 32 hexadecimal digits of its content's SHA-256. */
export const searchFileKey = (from: IsoDate, hash: string) => `${searchPrefix}${from}-${hash}.cols`
/** True for the key of a search file. */
export const isSearchFileKey = (key: string): boolean =>
  key.startsWith(searchPrefix) && /^\d{4}-\d\d-\d\d-[0-9a-f]{32}\.cols$/.test(key.slice(searchPrefix.length))

/** Tables of the bucket `lake` that everyone may read. */
export const publicTables: ReadonlySet<string> = new Set([
  ...['crashes', 'modules', 'refusals', 'signatures', 'builds', 'missing_modules', 'usage', 'bugs'],
])

/** Bucket `lake`: prefix of everything that is published for other engines, or of one table. */
export const icebergPrefix = (table?: string) => `iceberg/${table ? `${table}/` : ''}`
/** Bucket `lake`: a DuckDB database with a macro per table, and its statements. */
export const lakeDatabaseKey = `${icebergPrefix()}lake.duckdb`
export const lakeSqlKey = `${icebergPrefix()}lake.sql`
/** The version of a table file: the file, and its etag with other characters than letters, digits and dashes replaced. */
export interface PublishedVersion {
  date: IsoDate
  shard: string
  part: number
  etag: string
}
/** Bucket `lake`: a copy of a table file that never changes. `name`: 8 hexadecimal digits, unique. */
export const publishedFileKey = (
  table: string,
  { date, shard, part, etag }: PublishedVersion,
  name: string,
) => `${icebergPrefix(table)}data/date=${date}/${shard}-${part}-${safeEtag(etag)}-${name}.parquet`
export const safeEtag = (etag: string): string => etag.replace(/[^A-Za-z0-9-]/g, '_')
/** Splits the key of such a copy; null for any other key. */
export function parsePublishedFileKey(key: string): (PublishedVersion & { table: string }) | null {
  const [, table, date, shard, part, etag] =
    /^iceberg\/([a-z_]+)\/data\/date=(\d{4}-\d\d-\d\d)\/([a-z0-9]+)-(\d+)-([\w-]+)-[0-9a-f]{8}\.parquet$/.exec(
      key,
    ) ?? []
  return table && date && shard && etag ? { table, date, shard, part: Number(part), etag } : null
}
/** Bucket `lake`: an empty Parquet file with the columns of a table. `hash`: 16 hexadecimal digits. */
export const schemaFileKey = (table: string, hash: string) => `${icebergPrefix(table)}schema-${hash}.parquet`
const icebergMetadataPrefix = (table: string) => `${icebergPrefix(table)}metadata/`
/** Bucket `lake`: a version of a table's metadata, which counts from 1. Writing it publishes a snapshot. */
export const icebergMetadataKey = (table: string, version: number) =>
  `${icebergMetadataPrefix(table)}v${version}.metadata.json`
/** Bucket `lake`: the number of a recent version, in decimal digits; newer ones may exist. */
export const versionHintKey = (table: string) => `${icebergMetadataPrefix(table)}version-hint.text`
/** Bucket `lake`: the list of the manifests of a snapshot. */
export const manifestListKey = (table: string, snapshot: number) =>
  `${icebergMetadataPrefix(table)}snap-${snapshot}.avro`
/** Bucket `lake`: the files of a month, `YYYY-MM`. `name`: 16 hexadecimal digits, unique. */
export const manifestKey = (table: string, month: string, name: string) =>
  `${icebergMetadataPrefix(table)}manifest-${month}-${name}.avro`

type PublishedObject =
  | { kind: 'data' | 'schema' | 'hint' | 'manifest'; table: string }
  | { kind: 'metadata'; table: string; version: number }
  | { kind: 'list'; table: string; snapshot: number }

/** What a key below `iceberg/<table>/` is; null for any other key. */
export function parsePublishedKey(key: string): PublishedObject | null {
  const data = parsePublishedFileKey(key)
  if (data) return { kind: 'data', table: data.table }
  const [, table, name = ''] = /^iceberg\/([a-z_]+)\/(?:metadata\/)?([^/]+)$/.exec(key) ?? []
  if (table === undefined) return null
  if (key === versionHintKey(table)) return { kind: 'hint', table }
  const [, version] = /^v([1-9]\d{0,14})\.metadata\.json$/.exec(name) ?? []
  if (version && key === icebergMetadataKey(table, Number(version)))
    return { kind: 'metadata', table, version: Number(version) }
  const [, snapshot] = /^snap-([1-9]\d{0,15})\.avro$/.exec(name) ?? []
  if (snapshot && key === manifestListKey(table, Number(snapshot)))
    return { kind: 'list', table, snapshot: Number(snapshot) }
  const [, month, own] = /^manifest-(\d{4}-\d\d)-([0-9a-f]{16})\.avro$/.exec(name) ?? []
  if (month && own && key === manifestKey(table, month, own)) return { kind: 'manifest', table }
  const [, hash] = /^schema-([0-9a-f]{16})\.parquet$/.exec(name) ?? []
  return hash && key === schemaFileKey(table, hash) ? { kind: 'schema', table } : null
}

/** Bucket `lake`: aggregates of all versions. */
export const aggregatesRoot = 'aggregates/'

/** Bucket `lake`: the dashboard's data; the version is that of the types in `shared/aggregates/documents.ts`. */
export const aggregatesPrefix = `${aggregatesRoot}v${aggregatesVersion}/`
export const statusKey = `${aggregatesPrefix}status.json`
export const roundKey = `${aggregatesPrefix}round.json`
export const alertsKey = `${aggregatesPrefix}alerts.json`
/** Bucket `lake`: prefix of Atom feeds. Readers subscribe to them, so their addresses have no version. */
export const feedsPrefix = `${aggregatesRoot}feeds/`
/** Bucket `lake`: the feed of the alerts of one product; without a slug of all products. */
export const feedKey = (productSlug?: string) =>
  productSlug === undefined ? `${feedsPrefix}all.atom` : `${feedsPrefix}products/${productSlug}.atom`
export const missingSymbolsKey = `${aggregatesPrefix}missing-symbols.json`
export const homeKey = `${aggregatesPrefix}home.json`
export const topCrashersKey = (productSlug: string, days: number) =>
  `${aggregatesPrefix}top-crashers/${productSlug}/${days}.json`
export const releasesKey = (productSlug: string) => `${aggregatesPrefix}releases/${productSlug}.json`
/** @param start the first digit of signature IDs */
export const correlationsKey = (productSlug: string, start: string) =>
  `${aggregatesPrefix}correlations/${productSlug}/${start}.json`
export const allCrashersKey = (days: number) => `${aggregatesPrefix}all-crashers/${days}.json`
export const locationsKey = `${aggregatesPrefix}locations.json`
export const signatureIndexKey = `${aggregatesPrefix}signature-index.json`
/** @param name of a part of the signature index: lower-case letters, digits and dashes */
export const signatureIndexPartKey = (name: string) => `${aggregatesPrefix}signature-index/${name}.json`
/** @param start the first two digits of signature IDs */
export const pastKey = (start: string) => `${aggregatesPrefix}past/${start}.json`
/** @param productSlug of one product; none: of all */
export const signatureKey = (signatureId: string, productSlug?: string) =>
  `${aggregatesPrefix}signatures/${signatureId}${productSlug === undefined ? '' : `/${productSlug}`}.json`

/** Bucket `symbols`: prefix of the records of stored symbols, in the order of time (`shared/symbols/arrivals.ts`). */
export const arrivalsPrefix = 'arrivals/'
/** Bucket `symbols`: the record of symbols stored at `time`. `name` is unique: hexadecimal digits. */
export const arrivalKey = (time: Date, name: string) => `${arrivalsPrefix}${stamp(time)}-${name}.json`
/** Bucket `symbols`: records from `time` on have keys after this one. */
export const arrivalsFrom = (time: Date) => `${arrivalsPrefix}${stamp(time)}`
/** The time in the key of an arrival; null for any other key. */
export function timeOfArrival(key: string): Date | null {
  const [, time] = /^arrivals\/(\d{8}T\d{9}Z)-[0-9a-f]+\.json$/.exec(key) ?? []
  const date = time === undefined ? null : timeOfStamp(time)
  return date && Number.isNaN(date.getTime()) ? null : date
}

/** Bucket `symbols`: prefix of everything that try builds stored, which expires. */
export const tryPrefix = 'try/'
const inTry = (key: string, isTry: boolean) => (isTry ? `${tryPrefix}${key}` : key)
/** Bucket `symbols`: a symbol file, or another file of a module. All parts must be safe in a key. */
export const symbolFileKey = (
  { name, id, leaf }: { name: string; id: string; leaf: string },
  isTry: boolean,
) => inTry(`${name}/${id}/${leaf}`, isTry)
/** Bucket `symbols`: the symdex of one module. Both parts must be safe in a key. */
export const symdexKey = (debugFile: string, debugId: string, isTry = false) =>
  inTry(`symdex/${debugFile}/${debugId}`, isTry)
/** Bucket `symbols`: names the debug file of a code file. `v1` is not hexadecimal, so no file has this key. */
export const codePointerKey = (codeFile: string, codeId: string, isTry: boolean) =>
  inTry(`codes/v1/${codeFile}/${codeId}`, isTry)

/** Bucket `symbols`: prefix of the marks of symbol files that the edge cannot index, because they are too large. */
export const wantedIndexPrefix = 'wanted/'
/** Bucket `symbols`: an empty object; batch indexes the symbol file of the module and removes it. */
export const wantedIndexKey = (debugFile: string, debugId: string, isTry: boolean) =>
  `${wantedIndexPrefix}${isTry ? 'try' : 'regular'}/${debugFile}/${debugId}`
/** Splits the key of such a mark; null for any other key. */
export function parseWantedIndexKey(key: string) {
  const [, kind, debugFile, debugId] = /^wanted\/(try|regular)\/([^/]+)\/([0-9A-F]+)$/.exec(key) ?? []
  return debugFile && debugId ? { debugFile, debugId, isTry: kind === 'try' } : null
}

/** Bucket `symbols`: below it, uploaded programs and debug files. `v1` is not hexadecimal, so no symbol file is there. */
const debugFilesPrefix = (isTry: boolean) => inTry('debug-files/v1/', isTry)
/** Bucket `symbols`: prefix of the contents of uploaded debug files. */
export const debugDataPrefix = (isTry: boolean) => `${debugFilesPrefix(isTry)}data/`
/** Bucket `symbols`: the content of an uploaded debug file. `name` is unique: hexadecimal digits. */
export const debugDataKey = (name: string, isTry: boolean) => `${debugDataPrefix(isTry)}${name}`
/** Bucket `symbols`: prefix of the records of debug files; with an ID (debug ID, else code ID) those of one module. */
export const debugFilePrefix = (isTry: boolean, id?: string) =>
  `${debugFilesPrefix(isTry)}modules/${id === undefined ? '' : `${id}/`}`
/** Bucket `symbols`: states that the content `data` is a file of the module. */
export const debugFileKey = (file: { id: string; md5: string; data: string }, isTry: boolean) =>
  `${debugFilePrefix(isTry, file.id)}${file.md5}-${file.data}`
/** Splits the key of such a record; null for any other key. */
export function parseDebugFileKey(key: string) {
  const [, id, md5, data] = /\/modules\/([0-9A-F]+)\/([0-9a-f]{32})-([0-9a-f]+)$/.exec(key) ?? []
  return id && md5 && data ? { id, md5, data } : null
}
/** Bucket `symbols`: prefix of the marks of modules with new debug files. */
export const newDebugFilePrefix = 'debug-files/v1/new/'
/** Bucket `symbols`: an empty object; batch makes the symbol file of the module and removes it. `name` is unique. */
export const newDebugFileKey = (id: string, name: string, isTry: boolean) =>
  `${newDebugFilePrefix}${isTry ? 'try' : 'regular'}/${id}/${name}`
/** Splits the key of such a mark; null for any other key. */
export function parseNewDebugFileKey(key: string) {
  const [, kind, id] = /^debug-files\/v1\/new\/(try|regular)\/([0-9A-F]+)\/[0-9a-f]+$/.exec(key) ?? []
  return id ? { id, isTry: kind === 'try' } : null
}

/** Bucket `crashes`: until when `mayday run` has read arrivals of symbols. */
export const lateSymbolsKey = 'late-symbols/state.json'
/** Bucket `crashes`: which symbol files one server did not have (`batch/symbols/symbol-misses.ts`). */
export const symbolMissesKey = (name: string) => `late-symbols/misses/${name}.json`

// Removes the minidumps of further crashes of one kind; their reports, processed crashes and rows stay and state it.
import { batchesOf, forEachConcurrent } from '../../shared/batches.ts'
import { formatOf } from '../../shared/bytes/format.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { type Dump, isMinidumpName, type ProcessedCrash, type StoredReport } from '../../shared/crash.ts'
import { isCrashError } from '../../shared/errors.ts'
import { parseCrashKey, processedKey, rawKey, rawPrefix } from '../../shared/keys.ts'
import { createDayOpener } from '../../shared/open-days.ts'
import { DumpEncoder } from '../../shared/report/body/encoded-dump.ts'
import { encodeStoredReport, readStoredReport, storedContentType } from '../../shared/report/stored.ts'
import type { Storage, StoredObject } from '../../shared/storage/storage.ts'
import type { Bytes, IsoDate, IsoTime } from '../../shared/units.ts'
import { createRowSink } from '../lake/row-sink.ts'
import { rowsOfColumns } from '../lake/rows.ts'
import type { TableFiles } from '../lake/files/table-files.ts'
import { crashesTable } from '../lake/tables.ts'
import { decodeProcessedCrash, encodeProcessedCrash, isSoundDocument } from '../processing/processed-crash.ts'
import { chooseDumps, chosenOn, type DumpChoice, type DumpChoiceOptions } from './dump-choice.ts'

export interface DropOptions extends DumpChoiceOptions {
  /** Only count. */
  dryRun: boolean
}

export interface DropReport {
  crashes: number
  /** Bytes that the store no longer holds; in a dry run, the size of their reports, of which annotations stay. */
  bytes: Bytes
  /** Crashes that were left alone: the report or the processed crash cannot be read, or another run changed it. */
  skipped: number
  /** Number of crashes beyond the number kept that keep their dumps, by reason (`dump-choice.ts`). */
  kept: DumpChoice['kept']
}

/** Maximum number of concurrent rewrites; a report may have 100 MB. */
const rewritesAtOnce = 4
/** Number of crashes between waits for the merge of their rows. */
const batchSize = 128

/**
 * Removes the minidumps of the crashes that `chooseDumps` chooses: of each first from the report, then marks the processed
 * crash, then the row. If it is killed, the next call marks the rest: the row has no mark until everything else is
 * done. Null: no product limits its dumps.
 */
export async function dropDumps(files: TableFiles, options: DropOptions): Promise<DropReport | null> {
  const choice = await chooseDumps(files, options)
  if (choice === null) return null
  const report: DropReport = { crashes: 0, bytes: 0, skipped: 0, kept: choice.kept }
  for (const date of choice.dates) {
    const crashIds = await chosenOn(files, date)
    if (options.dryRun) await countDay(files.stores.crashes, date, { crashIds, report })
    else await dropDay(files, date, { crashIds, report, at: options.now.toISOString() })
  }
  return report
}

interface Day {
  crashIds: readonly string[]
  report: DropReport
}

async function countDay(crashes: Storage, date: IsoDate, { crashIds, report }: Day): Promise<void> {
  const chosen = new Set(crashIds)
  for await (const { key, size } of crashes.list(rawPrefix(date))) {
    if (!chosen.has(parseCrashKey(key)?.crashId ?? '')) continue
    report.crashes++
    report.bytes += size
  }
}

async function dropDay(files: TableFiles, date: IsoDate, day: Day & { at: IsoTime }): Promise<void> {
  const { report } = day
  const sink = createRowSink({
    files,
    date,
    shard: '0of1',
    tables: [crashesTable],
    mergeEvery: 500,
    addTime: () => {},
  })
  const markOpen = createDayOpener(files.stores.crashes)
  const drop = async (crashId: string) => {
    await markOpen(date)
    const dropped = await dropOne(files.stores.crashes, crashId, day.at)
    if (dropped === null) {
      report.skipped++
      return
    }
    report.crashes++
    report.bytes += dropped.bytes
    const rows = rowsOfColumns(crashesTable.columns, crashesTable.rowsOf(dropped.crash, {}))
    sink.add({ crashIds: [crashId], rows: { [crashesTable.name]: rows } })
  }
  try {
    for (const batch of batchesOf(day.crashIds, batchSize)) {
      sink.check()
      await forEachConcurrent(batch, drop, { concurrency: rewritesAtOnce })
    }
  } finally {
    await sink.finish()
  }
}

/** Null: nothing was changed, or only the report. */
async function dropOne(
  crashes: Storage,
  crashId: string,
  at: IsoTime,
): Promise<{ crash: ProcessedCrash; bytes: Bytes } | null> {
  const object = await crashes.get(rawKey(crashId))
  const document = object && (await crashes.get(processedKey(crashId)))
  const old = await document?.bytes()
  const report = object && readReport(await object.bytes())
  // Only a processed crash that is sound replaces the dumps.
  if (!report || !old || !isSoundDocument(old)) return null
  const before = report.rawCrash.metadata.dumps_dropped?.at
  const bytes = typeof before === 'string' ? 0 : await rewrite(crashes, object, { report, at })
  if (bytes === null) return null
  const crash = { ...decodeProcessedCrash(old), dumps_dropped_at: before ?? at }
  const { contentType = 'application/json', contentEncoding = 'zstd', metadata, etag, key } = document!
  const options = { contentType, contentEncoding, metadata, ifMatch: etag }
  return (await crashes.put(key, encodeProcessedCrash(crash), options)) && { crash, bytes }
}

function readReport(bytes: Uint8Array): StoredReport | null {
  try {
    return readStoredReport(bytes, nodeCodecs)
  } catch (error) {
    if (!isCrashError(error)) throw error
    return null
  }
}

/** Replaces a report by one without its minidumps; returns the bytes saved. Null: another run has changed it. */
async function rewrite(
  crashes: Storage,
  { key, size, etag, metadata }: StoredObject,
  { report, at }: { report: StoredReport; at: IsoTime },
): Promise<Bytes | null> {
  const { kept, rawCrash } = withoutMinidumps(report, at)
  const encoded = kept.map(({ name, bytes }) => {
    const encoder = new DumpEncoder(name, nodeCodecs, report.origins.get(name))
    encoder.append(bytes)
    return encoder.finish()
  })
  const info = await crashes.put(key, encodeStoredReport(rawCrash, encoded, nodeCodecs), {
    contentType: storedContentType,
    ifMatch: etag,
    metadata: { ...metadata, 'dump-bytes': String(sizeOf(kept)), 'dump-count': String(kept.length) },
  })
  return info && size - info.size
}

/** The files that stay, and the raw crash that states what was removed. Checksums of removed files stay. */
function withoutMinidumps(
  { dumps, rawCrash }: StoredReport,
  at: IsoTime,
): { kept: Dump[]; rawCrash: StoredReport['rawCrash'] } {
  const isMinidump = ({ name, bytes }: Dump) => isMinidumpName(name) || formatOf(bytes) === 'minidump'
  const dropped = dumps.filter(isMinidump)
  const dumps_dropped = {
    at,
    why: 'enough dumps of this signature, version and platform are kept',
    names: dropped.map(({ name }) => name),
    bytes: sizeOf(dropped),
  }
  const metadata = { ...rawCrash.metadata, dumps_dropped }
  return { kept: dumps.filter((dump) => !isMinidump(dump)), rawCrash: { ...rawCrash, metadata } }
}

const sizeOf = (files: readonly Dump[]): Bytes => files.reduce((sum, { bytes }) => sum + bytes.length, 0)

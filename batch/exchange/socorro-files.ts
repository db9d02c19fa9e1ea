// Import and export of Socorro's file layout: `v1/raw_crash/<yyyymmdd>/<id>`, `v1/dump_names/<id>`, `v1/<dump>/<id>`,
// `v1/processed_crash/<id>`.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '../../shared/make-folder.node.ts'
import { parseCrashId } from '../../shared/crash-id.ts'
import { type FileOrigin, mainDumpName, type RawCrash, type ReportFile } from '../../shared/crash.ts'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import { conform } from '../../shared/fields/shape.ts'
import { reportFiles } from '../../shared/fields/shapes.ts'
import { dateOfCrashId, parseCrashKey, processedKey, rawKey, rawPrefix } from '../../shared/keys.ts'
import { nodeCodecs } from '../../shared/codecs/codecs.node.ts'
import { createDayOpener } from '../../shared/open-days.ts'
import { DumpEncoder, type EncodedDump } from '../../shared/report/body/encoded-dump.ts'
import { describeFiles, originalNames } from '../../shared/report/file-names.ts'
import {
  encodeStoredReport,
  readStoredReport,
  storedContentType,
  storedMetadata,
} from '../../shared/report/stored.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { bareRawCrash } from '../processing/bare-crash.ts'
import { inflateProcessedCrash } from '../processing/processed-crash.ts'

/** Folder of main dumps. */
const mainFile = 'dump'

const compact = (date: IsoDate) => date.replaceAll('-', '')
const fileOfDump = (name: string) => (name === mainDumpName ? mainFile : name)

export interface ExportReport {
  raw: number
  processed: number
  /** Stored reports and processed crashes that cannot be read, by id and reason. */
  failed: { crash_id: string; error: string }[]
}

/** Writes the stored reports and processed crashes of a day below `dir`. Existing files are replaced. */
export async function exportSocorro(
  crashes: Storage,
  date: IsoDate,
  dir: string,
  onCrash?: () => void,
): Promise<ExportReport> {
  const report: ExportReport = { raw: 0, processed: 0, failed: [] }
  for await (const { key } of crashes.list(rawPrefix(date))) {
    const crashId = parseCrashKey(key)?.crashId
    const object = crashId ? await crashes.get(key) : null
    if (!crashId || !object) continue
    const attempt = async (kind: 'raw' | 'processed', work: () => Promise<void>) => {
      try {
        await work()
        report[kind]++
      } catch (error) {
        if (!isCrashError(error) || error.code === 'storage') throw error
        report.failed.push({ crash_id: crashId, error: error.message })
      }
    }
    await attempt('raw', async () => exportReport(dir, crashId, await object.bytes()))
    const processed = await crashes.get(processedKey(crashId))
    if (processed)
      await attempt('processed', async () => exportProcessed(dir, crashId, await processed.bytes()))
    onCrash?.()
  }
  return report
}

const exportProcessed = (dir: string, crashId: string, bytes: Uint8Array): Promise<void> =>
  write(join(dir, 'v1/processed_crash', crashId), inflateProcessedCrash(bytes))

/** `metadata.files` contains data that the layout cannot express: the clients' file names. */
async function exportReport(dir: string, crashId: string, bytes: Uint8Array): Promise<void> {
  const report = readStoredReport(bytes, nodeCodecs)
  const date = compact(dateOfCrashId(crashId))
  const names = exportedNames(report.dumps.map((dump) => dump.name))
  for (const [i, { bytes: content }] of report.dumps.entries())
    await write(join(dir, 'v1', fileOfDump(names[i]!), crashId), content)
  const files = describeFiles(report).map((file, i) => ({ ...file, name: names[i]! }))
  const { original_names: _, ...metadata } = report.rawCrash.metadata
  const rawCrash = { ...report.rawCrash, metadata: { ...metadata, files } }
  await write(join(dir, 'v1/dump_names', crashId), JSON.stringify(names))
  await write(join(dir, 'v1/raw_crash', date, crashId), JSON.stringify(rawCrash))
}

/** Numbers a file whose name the layout uses for the main dump. */
function exportedNames(names: readonly string[]): string[] {
  let number = 2
  while (names.includes(`${mainFile}_${number}`)) number++
  return names.map((name) => (name === mainFile ? `${mainFile}_${number}` : name))
}

async function write(path: string, content: Uint8Array | string): Promise<void> {
  makeFolder(dirname(path))
  await writeFile(path, content)
}

export interface ImportReport {
  imported: number
  /** Reports the store already had, left unchanged. */
  present: number
  failed: { crash_id: string; error: string }[]
}

/**
 * Stores the reports below `dir` under their ids, for `mayday process`. Processed crashes are not imported:
 * processing derives them again.
 * @throws CrashError 'bad-usage' when `dir` has no `v1/raw_crash`
 */
export async function importSocorro(
  crashes: Storage,
  dir: string,
  onCrash?: () => void,
): Promise<ImportReport> {
  const { reports, failed } = await listReports(dir)
  const report: ImportReport = { imported: 0, present: 0, failed }
  const markOpen = createDayOpener(crashes)
  for (const { day, crashId } of reports) {
    try {
      await markOpen(dateOfCrashId(parseCrashId(crashId).crashId))
      const stored = await importReport(crashes, dir, day, crashId)
      report[stored ? 'imported' : 'present']++
    } catch (error) {
      if (isCrashError(error) && error.code === 'storage') throw error
      report.failed.push({ crash_id: crashId, error: error instanceof Error ? error.message : String(error) })
    }
    onCrash?.()
  }
  return report
}

/** The reports of all days in order; `failed` lists entries among the days that cannot be listed. */
async function listReports(
  dir: string,
): Promise<{ reports: { day: string; crashId: string }[]; failed: ImportReport['failed'] }> {
  const root = join(dir, 'v1/raw_crash')
  const days = await readdir(root).catch((cause) => {
    throw new CrashError('bad-usage', `${dir} has no folder v1/raw_crash`, { cause })
  })
  const reports: { day: string; crashId: string }[] = []
  const failed: ImportReport['failed'] = []
  for (const day of days.sort()) {
    try {
      for (const crashId of (await readdir(join(root, day))).sort()) reports.push({ day, crashId })
    } catch (error) {
      const isFile = (error as NodeJS.ErrnoException).code === 'ENOTDIR'
      failed.push({ crash_id: day, error: isFile ? 'not a folder of a day' : (error as Error).message })
    }
  }
  return { reports, failed }
}

async function importReport(crashes: Storage, dir: string, day: string, id: string): Promise<boolean> {
  const { crashId } = parseCrashId(id)
  const raw: unknown = JSON.parse(await readFile(join(dir, 'v1/raw_crash', day, id), 'utf8'))
  const names: unknown = JSON.parse(await readFile(join(dir, 'v1/dump_names', id), 'utf8').catch(() => '[]'))
  if (typeof raw !== 'object' || raw === null || !isListOfTexts(names)) {
    throw new CrashError('bad-report', `Crash ${crashId} has no JSON object, or no list of dumps`)
  }
  const origins = originsOf(metadataOf(raw))
  const dumps = await Promise.all(names.map((name) => encodeDump(dir, id, name || mainDumpName, origins)))
  const rawCrash = completeRawCrash(crashId, raw as Record<string, unknown>, dumps)
  const info = await crashes.put(rawKey(crashId), encodeStoredReport(rawCrash, dumps, nodeCodecs), {
    contentType: storedContentType,
    ifNoneMatch: '*',
    metadata: storedMetadata({
      product: textOrEmpty(rawCrash.ProductName),
      version: textOrEmpty(rawCrash.Version),
      channel: textOrEmpty(rawCrash.ReleaseChannel),
      dumpBytes: dumps.reduce((sum, dump) => sum + dump.size, 0),
      dumpCount: dumps.length,
    }),
  })
  return info !== null
}

/** File metadata written by `exportReport`, by name; Socorro writes none. */
function originsOf(metadata: Record<string, unknown>): Map<string, FileOrigin> {
  // Members have the declared type, but any may be missing.
  const files = (conform(metadata.files, reportFiles, 'full') ?? []) as Partial<ReportFile>[]
  return new Map(
    files.flatMap(({ name, original_name: part, filename = null, content_type: contentType = '' }) =>
      name !== undefined && part !== undefined ? [[name, { part, filename, contentType }]] : [],
    ),
  )
}

async function encodeDump(
  dir: string,
  crashId: string,
  name: string,
  origins: ReadonlyMap<string, FileOrigin>,
) {
  if (!/^[A-Za-z0-9_]{1,30}$/.test(name))
    throw new CrashError('bad-report', `Not a dump name: ${name.slice(0, 40)}`)
  const encoder = new DumpEncoder(name, nodeCodecs, origins.get(name))
  encoder.append(await readFile(join(dir, 'v1', fileOfDump(name), crashId)))
  return encoder.finish()
}

const isListOfTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const textOrEmpty = (value: unknown): string => (typeof value === 'string' ? value : '')

const metadataOf = (raw: object): Record<string, unknown> =>
  'metadata' in raw && typeof raw.metadata === 'object' ? { ...raw.metadata } : {}

/** Completes a raw crash of any age to version 2. Missing collector data is empty. */
function completeRawCrash(
  crashId: string,
  raw: Record<string, unknown>,
  dumps: readonly EncodedDump[],
): RawCrash {
  const { files: _, ...metadata } = metadataOf(raw)
  const originals = originalNames(dumps)
  const rule = textOrEmpty(metadata.throttle_rule ?? raw.throttle_rule)
  const bare = bareRawCrash(crashId)
  return {
    ...raw,
    ...bare,
    ...(typeof raw.submitted_timestamp === 'string' && { submitted_timestamp: raw.submitted_timestamp }),
    metadata: {
      ...bare.metadata,
      throttle_rule: rule,
      throttle: { rule, percent: 100, weight: 1 },
      ...metadata,
      dump_checksums: Object.fromEntries(dumps.map((dump) => [dump.name, dump.sha256hex])),
      ...(Object.keys(originals).length > 0 && { original_names: originals }),
    } as RawCrash['metadata'],
  }
}

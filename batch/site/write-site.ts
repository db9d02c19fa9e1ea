// The dashboard, its data and the public view of the reports that it lists, as files for a static host.
import { fileURLToPath } from 'node:url'
import type { SignatureAggregate } from '../../shared/aggregates/documents.ts'
import { forEachConcurrent } from '../../shared/batches.ts'
import { isCrashId } from '../../shared/crash-id.ts'
import { CrashError, isCrashError } from '../../shared/errors.ts'
import { publicView } from '../../shared/fields/public-view.ts'
import { aggregatesPrefix, feedsPrefix, homeKey, processedKey, searchPrefix } from '../../shared/keys.ts'
import { reportDataPath, reportPagePath, searchDataPath } from '../../shared/pages.ts'
import type { Stores } from '../../shared/storage/storage.ts'
import { ascending } from '../../shared/text/ascending.ts'
import type { Bytes } from '../../shared/units.ts'
import { decodeProcessedCrash } from '../processing/processed-crash.ts'
import { SiteFolder } from './site-folder.ts'
import { writePage, writePages } from './site-pages.ts'

const builtDashboard = fileURLToPath(new URL('../../dashboard/dist/', import.meta.url))

export interface SiteOptions {
  /** Reports with a page, the newest ones. */
  mostReports: number
  onFile?: (files: number) => void
}

export interface SiteReport {
  files: number
  bytes: Bytes
  reports: number
  /** Listed reports that are not in the site: beyond the limit, or without a readable processed crash. */
  reports_omitted: number
  /** Files of an earlier site. */
  removed: number
}

/** Concurrent reads of the store. */
const readsAtOnce = 16

/**
 * Writes the site into `dir`, which is new, empty or of an earlier run. Aggregates and search files are copied
 * unchanged.
 * @throws CrashError 'missing' without aggregates; 'bad-usage'; 'storage'
 */
export async function writeSite(
  { crashes, lake }: Pick<Stores, 'crashes' | 'lake'>,
  dir: string,
  { mostReports, onFile }: SiteOptions,
): Promise<SiteReport> {
  if (!(await lake.head(homeKey)))
    throw new CrashError('missing', 'There are no aggregates of this version: run mayday aggregate first')
  const site = new SiteFolder(dir)
  const page = await writePages(site, builtDashboard)
  const listed = new Map<string, string>()
  const copy = async (key: string, path: string) => {
    const bytes = await (await lake.get(key))?.bytes()
    if (!bytes) return
    if (key.startsWith(`${aggregatesPrefix}signatures/`)) addReports(listed, bytes)
    await site.write(path, bytes)
    onFile?.(site.files)
  }
  const copyAll = (prefix: string, pathOf: (key: string) => string) =>
    forEachConcurrent(lake.list(prefix), ({ key }) => copy(key, pathOf(key)), { concurrency: readsAtOnce })
  await copyAll(aggregatesPrefix, (key) => key)
  await copyAll(feedsPrefix, (key) => key)
  await copyAll(searchPrefix, (key) => searchDataPath.slice(1) + key.slice('search/'.length))
  const newest = [...listed].sort(([a, x], [b, y]) => ascending(y, x) || ascending(a, b))
  let reports = 0
  const addReport = async (crashId: string) => {
    const json = await readPublicView(crashes, crashId)
    if (json === null) return
    await site.write(reportDataPath(crashId).slice(1), json)
    await writePage(site, page, reportPagePath(crashId))
    reports++
    onFile?.(site.files)
  }
  const chosen = newest.slice(0, mostReports).map(([crashId]) => crashId)
  await forEachConcurrent(chosen, addReport, { concurrency: readsAtOnce })
  const removed = await site.removeOthers()
  return { files: site.files, bytes: site.bytes, reports, reports_omitted: listed.size - reports, removed }
}

/** Adds the time of each report that a document of a signature lists, by crash ID. */
function addReports(listed: Map<string, string>, bytes: Uint8Array): void {
  const { reports } = JSON.parse(new TextDecoder().decode(bytes)) as SignatureAggregate
  for (const { crash_id, submitted_at } of reports)
    if (isCrashId(crash_id, { anyDigit: true })) listed.set(crash_id, submitted_at)
}

/** Null: there is no processed crash that can be read. */
async function readPublicView(crashes: Stores['crashes'], crashId: string): Promise<string | null> {
  const object = await crashes.get(processedKey(crashId))
  if (!object) return null
  try {
    return JSON.stringify(publicView(decodeProcessedCrash(await object.bytes())))
  } catch (error) {
    if (!isCrashError(error) || error.code === 'storage') throw error
    return null
  }
}

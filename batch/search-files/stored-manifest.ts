// The manifest of the search files in the store, and how it changes.
import { isCrashError } from '../../shared/errors.ts'
import { searchManifestKey } from '../../shared/keys.ts'
import {
  emptyManifest,
  type Manifest,
  parseManifest,
  type SearchFile,
} from '../../shared/search-files/manifest.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { ascending } from '../../shared/text/ascending.ts'
import { dayMs } from '../../shared/time/dates.ts'
import type { IsoDate } from '../../shared/units.ts'
import type { FileDays } from './plan-files.ts'

export interface StoredManifest {
  manifest: Manifest
  /** Null when there is none. */
  etag: string | null
}

/** Reads the manifest. One that cannot be read counts as empty, so that all files are made again. */
export async function readManifest(lake: Storage): Promise<StoredManifest> {
  const object = await lake.get(searchManifestKey)
  if (!object) return { manifest: emptyManifest(), etag: null }
  const { etag } = object
  try {
    return { manifest: parseManifest(await object.bytes()), etag }
  } catch (error) {
    if (!isCrashError(error) || error.code !== 'damaged') throw error
    return { manifest: emptyManifest(), etag }
  }
}

/** Writes a manifest in place of the one that was read. Null: another run has changed that. */
export async function saveManifest(
  lake: Storage,
  { etag }: StoredManifest,
  manifest: Manifest,
): Promise<StoredManifest | null> {
  const info = await lake.put(searchManifestKey, new TextEncoder().encode(JSON.stringify(manifest)), {
    contentType: 'application/json',
    ...(etag === null ? { ifNoneMatch: '*' } : { ifMatch: etag }),
  })
  return info && { manifest, etag: info.etag }
}

/** The manifest with a new file for some days; null: these days have no rows. */
export function withFile(before: Manifest, days: FileDays, made: SearchFile | null, now: Date): Manifest {
  const dates = new Set(days.map(({ date }) => date))
  const isReplaced = ({ sources }: SearchFile) => sources.some(([date]) => dates.has(date))
  const kept = before.files.filter((file) => !isReplaced(file))
  const replaced = before.files.filter((file) => isReplaced(file) && file.key !== made?.key)
  const empty = before.empty.filter(([date]) => !dates.has(date))
  if (!made) empty.push(...days.map(({ date, version }): [IsoDate, string] => [date, version]))
  const files = [...kept, ...(made ? [made] : [])].sort((a, b) => ascending(a.from, b.from))
  return { ...dropFiles(before, replaced, now), files, empty, columns: emptyManifest().columns }
}

/** The manifest without some files, which are marked for deletion. */
export function dropFiles(before: Manifest, files: readonly SearchFile[], now: Date): Manifest {
  const keys = new Set(files.map(({ key }) => key))
  const at = now.toISOString()
  const known = new Set(before.dropped.map(({ key }) => key))
  const dropped = [...keys].filter((key) => !known.has(key)).map((key) => ({ key, at }))
  return {
    ...before,
    files: before.files.filter(({ key }) => !keys.has(key)),
    dropped: [...before.dropped, ...dropped],
  }
}

/**
 * The manifest without the marks of files that may be deleted, and their keys: those that it dropped a day ago, so that
 * readers of an older manifest still find them; those dropped since `promptlyFrom`; and unknown ones, a day old.
 */
export function deletable(
  before: Manifest,
  stored: ReadonlyMap<string, Date>,
  { now, promptlyFrom }: { now: Date; promptlyFrom: Date | null },
): { manifest: Manifest; keys: string[] } {
  const used = new Set(before.files.map(({ key }) => key))
  const aDayAgo = now.getTime() - dayMs
  const isDue = (at: string) =>
    Date.parse(at) <= aDayAgo || (promptlyFrom !== null && Date.parse(at) >= promptlyFrom.getTime())
  const dropped = before.dropped.filter(({ key, at }) => !used.has(key) && !isDue(at))
  const waiting = new Set(dropped.map(({ key }) => key))
  const marked = new Set(before.dropped.map(({ key }) => key))
  const keys = [...stored].flatMap(([key, uploaded]) => {
    const isOld = marked.has(key) || uploaded.getTime() <= aDayAgo
    return !used.has(key) && !waiting.has(key) && isOld ? [key] : []
  })
  return { manifest: { ...before, dropped }, keys }
}

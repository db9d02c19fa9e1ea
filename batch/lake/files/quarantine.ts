// Damaged table files are moved to `quarantine/`, so that the next plan finds their rows missing.
import { readFile } from 'node:fs/promises'
import { quarantineKey, quarantinePrefix } from '../../../shared/keys.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { describeRows } from '../merge.ts'
import { writeRows } from '../parquet.ts'
import { putTableFile, storageOf, type TableFile, type TableFiles } from './table-files.ts'
import type { Table } from '../tables.ts'
import { temporaryFile } from './temporary.ts'

/**
 * Copies a damaged file to quarantine and replaces it by an empty one, which, unlike a delete, can be conditional on
 * the version. If it is killed in between, the file is found damaged again.
 * @returns the key of the copy; null if another run has changed the file
 */
export async function moveToQuarantine(
  files: TableFiles,
  table: Table,
  file: TableFile,
): Promise<string | null> {
  const storage = storageOf(files, table)
  const object = await storage.get(file.key)
  if (object?.etag !== file.etag) {
    await object?.body.cancel()
    return null
  }
  const key = quarantineKey(file.key, file.etag.replace(/[^A-Za-z0-9-]/g, '_'))
  await storage.put(key, await object.bytes())
  await using empty = await temporaryFile(files.dir)
  await writeRows(files, table, [], empty.path)
  const hasIds = table.columns.some(({ name }) => name === 'crash_id')
  const metadata = hasIds ? await describeRows(files, table, empty.path) : {}
  const bytes = await readFile(empty.path)
  const replaced = await putTableFile(storage, file.key, bytes, { metadata, ifMatch: file.etag })
  return replaced && key
}

/** Deletes the damaged files of a table's day, which may hold rows of removed crashes. Returns how many there were. */
export async function emptyQuarantine(files: TableFiles, table: Table, date: IsoDate): Promise<number> {
  const storage = storageOf(files, table)
  const keys: string[] = []
  for await (const { key } of storage.list(quarantinePrefix(table.name, date))) keys.push(key)
  await storage.delete(keys)
  return keys.length
}

// Damage to stored objects and to the cache as one line that names the object and the cure.
import { CrashError, isCrashError } from '../../../shared/errors.ts'
import { parseCrashKey, parseTableKey, rawPrefix, tablePrefix } from '../../../shared/keys.ts'
import { crashTables } from '../tables.ts'

/** A stored object that cannot be read, and why. */
export interface DamagedFile {
  key: string
  why: string
  /** The key of the copy in quarantine, if the file was moved away. */
  moved_to?: string
}

/** One line with the key and the cure. */
export const describeDamage = ({ key, why, moved_to }: DamagedFile): string =>
  moved_to === undefined
    ? `${key} is damaged (${why}): ${cureOf(key)}`
    : `${key} was damaged (${why}): it was moved to ${moved_to}`

/** The error of a damaged object. */
export const damaged = (file: DamagedFile): CrashError => new CrashError('damaged', describeDamage(file))

/** How to repair a damaged object of any kind. */
function cureOf(key: string): string {
  const file = parseTableKey(key)
  if (file?.shard === 'imported') return 'delete it, then run mayday import --builds again'
  if (file) {
    const isOfCrashes = crashTables.some((table) => table.name === file.table)
    return isOfCrashes ? `run mayday process --date ${file.date}` : 'run mayday aggregate'
  }
  const crash = parseCrashKey(key)
  if (!crash) return 'delete it, then run mayday aggregate'
  if (!key.startsWith(rawPrefix())) return `run mayday process --crash-id ${crash.crashId}`
  return `restore it from a backup, or run mayday expunge ${crash.crashId}`
}

/** An error of the file system or of DuckDB as an expected failure; null for errors that are bugs. */
export function expectedFailure(error: unknown, cacheDir: string): CrashError | null {
  if (isCrashError(error)) return error
  if (!(error instanceof Error)) return null
  const reason = error.message.split('\n')[0]!
  if (!isOfCache(error, reason, cacheDir)) return databaseFailure(error, reason)
  const cure = 'free space or allow writing there, or set MAYDAY_CACHE to another folder'
  const message = `The cache ${cacheDir} cannot be used (${reason}): ${cure}`
  return new CrashError('storage', message, { cause: error })
}

/** Outside of stores, which have errors of their own, and of the files of its user, Mayday writes only to the cache. */
function isOfCache(error: Error, reason: string, cacheDir: string): boolean {
  if (reason.startsWith('IO Error: ') && reason.includes(cacheDir)) return true
  if (!('syscall' in error)) return false
  return !('path' in error) || String(error.path).startsWith(cacheDir)
}

function databaseFailure(cause: Error, reason: string): CrashError | null {
  if (reason.startsWith('Out of Memory Error')) {
    const message = `DuckDB needs more memory: set MAYDAY_DUCKDB_MEMORY higher (${reason})`
    return new CrashError('limit', message, { cause })
  }
  const why = damageIn(reason)
  const key = keyIn(reason)
  if (why === null) return null
  if (key !== null) return damaged({ key, why })
  if (!reason.startsWith('Invalid Error: ')) return null
  const message = `A table file is damaged (${why}): mayday verify --deep names it`
  return new CrashError('damaged', message, { cause })
}

/** DuckDB's description of a damaged file, without its path; null for errors with other causes. */
export function damageIn(message: string): string | null {
  const match = /^(?:Invalid|Invalid Input|Serialization) Error: (.*)/.exec(message)
  return match && match[1]!.replace(/ (?:at end of )?file ['"].*?['"]/i, '').replace(/^File '.*?' /, '')
}

/** The key of the table file whose path, in a store's folder or in the cache, is part of a text. */
function keyIn(text: string): string | null {
  const match = /tables[~/]([a-z_]+)[~/]date[~=](\d{4}-\d\d-\d\d)[~/]([a-z0-9]+-\d+\.parquet)/.exec(text)
  return match && `${tablePrefix(match[1]!, match[2])}${match[3]}`
}

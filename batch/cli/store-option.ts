// The option `--store`, and opening the store it names.
import { createHash } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { isDate } from '../../shared/dates.ts'
import { CrashError } from '../../shared/errors.ts'
import { openStores } from '../../shared/storage/open.node.ts'
import type { Stores } from '../../shared/storage/storage.ts'
import type { IsoDate } from '../../shared/units.ts'
import { type BatchConfig, readConfig } from '../config.ts'

export interface StoreOptions {
  store?: string
}

/** Adds `--store` to a command. */
export const addStoreOption = (command: Command): Command =>
  command.option('--store <URL>', 'file:DIR, r2:local or s3:https://… (MAYDAY_STORE, else file:./data)')

/** An open store, and the folder for its cached files. */
export interface OpenStore {
  url: string
  stores: Stores
  /** Folder for cached files of this store; may be deleted at any time. */
  cacheDir: string
  config: BatchConfig
}

/** Opens the store of the options, runs `work`, closes the store. */
export async function withStore<T>(options: StoreOptions, work: (open: OpenStore) => Promise<T>): Promise<T> {
  const config = readConfig()
  const url = options.store ?? config.store
  const { stores, close } = await openStores(url, config.env)
  try {
    const cacheDir = join(config.cacheDir, nameOf(url))
    await removeAbandoned(cacheDir)
    return await work({ url, stores, cacheDir, config })
  } finally {
    await close()
  }
}

/** The folder of a `file:` URL; null for other stores. */
export function folderOf(url: string): string | null {
  if (!url.startsWith('file:')) return null
  return url.startsWith('file://') ? fileURLToPath(url) : resolve(url.slice('file:'.length))
}

/** A folder name per store: its kind, and a hash of its location. */
function nameOf(url: string): string {
  const where = folderOf(url) ?? `${process.cwd()} ${url}`
  return `${url.split(':')[0]!.replace(/[^a-z0-9]/g, '')}-${createHash('sha256').update(where).digest('hex').slice(0, 12)}`
}

/** Removes working folders of killed processes. */
async function removeAbandoned(cacheDir: string): Promise<void> {
  await mkdir(cacheDir, { recursive: true })
  for (const name of await readdir(cacheDir)) {
    const pid = /^work-(\d+)-/.exec(name)?.[1]
    if (pid && !isAlive(Number(pid))) await rm(join(cacheDir, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** For commander: collects the values of an option that may be repeated. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value]

/** For commander: collects dates. Throws CrashError('bad-usage'). */
export function collectDate(value: string, before: IsoDate[] = []): IsoDate[] {
  const date = /^\d{8}$/.test(value) ? value.replace(/(....)(..)(..)/, '$1-$2-$3') : value
  if (!isDate(date)) {
    throw new CrashError('bad-usage', `A date must have the form YYYY-MM-DD, not '${value}'`)
  }
  return [...before, date]
}

/** For commander: a whole number from `least`. Throws CrashError('bad-usage'). */
export function countOption(name: string, least: number, most: number): (value: string) => number {
  return (value) => {
    const count = Number(value)
    if (!Number.isInteger(count) || count < least || count > most) {
      throw new CrashError('bad-usage', `${name} must be a number from ${least} to ${most}, not '${value}'`)
    }
    return count
  }
}

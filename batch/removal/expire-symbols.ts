// Deletes symbols by age: those of try builds, what interrupted uploads left, and others where a limit is set.
import {
  arrivalsPrefix,
  debugDataKey,
  debugDataPrefix,
  debugFilePrefix,
  parseDebugFileKey,
  tryPrefix,
} from '../../shared/keys.ts'
import { stagingPrefix } from '../../shared/storage/put-stream.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import { dayMs } from '../../shared/time/dates.ts'

const tryDays = 28
const stagedDays = 1

export interface ExpiredSymbols {
  /** Objects: files, indexes, lookups by code ID. */
  try_symbols: number
  symbols: number
  staged: number
}

export interface ExpireSymbolsOptions {
  now: Date
  dryRun: boolean
  /** How long symbols are kept since they were stored; null: without a limit. */
  days: number | null
}

export async function expireSymbols(
  symbols: Storage,
  { now, dryRun, days }: ExpireSymbolsOptions,
): Promise<ExpiredSymbols> {
  const expired = { try_symbols: 0, symbols: 0, staged: 0 }
  const remove = async (prefix: string, limit: number, kind: keyof ExpiredSymbols) => {
    const before = now.getTime() - limit * dayMs
    const old: string[] = []
    for await (const { key, uploaded } of symbols.list(prefix)) {
      const isOther =
        prefix === '' && [tryPrefix, stagingPrefix, arrivalsPrefix].some((other) => key.startsWith(other))
      if (!isOther && uploaded.getTime() < before) old.push(key)
    }
    expired[kind] = old.length
    if (!dryRun && old.length > 0) await symbols.delete(old)
  }
  await remove(tryPrefix, tryDays, 'try_symbols')
  await remove(stagingPrefix, stagedDays, 'staged')
  const unused = await unusedData(symbols, new Date(now.getTime() - stagedDays * dayMs))
  expired.staged += unused.length
  if (!dryRun && unused.length > 0) await symbols.delete(unused)
  if (days !== null) await remove('', days, 'symbols')
  return expired
}

/** Contents of debug files of which no module is known: an upload was interrupted. */
async function unusedData(symbols: Storage, before: Date): Promise<string[]> {
  const old = new Set<string>()
  for await (const { key, uploaded } of symbols.list(debugDataPrefix(false)))
    if (uploaded < before) old.add(key)
  if (old.size === 0) return []
  for await (const { key } of symbols.list(debugFilePrefix(false))) {
    const file = parseDebugFileKey(key)
    if (file) old.delete(debugDataKey(file.data, false))
  }
  return [...old]
}

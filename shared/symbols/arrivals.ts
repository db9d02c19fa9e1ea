// Arrivals: records of the symbols that were stored, by which batch finds the crashes that lacked them.
import * as z from 'zod/mini'
import { batchesOf } from '../batches.ts'
import { check, exactObject } from '../json/schema.ts'
import { arrivalKey, arrivalsFrom, arrivalsPrefix, timeOfArrival } from '../keys.ts'
import type { Storage } from '../storage/storage.ts'

/** A module whose symbols were stored; texts are empty where unknown. */
const arrivedModule = exactObject({
  debug_file: z.string(),
  debug_id: z.string(),
  code_file: z.string(),
  code_id: z.string(),
  /** The symbols lack a file of the module: crashes that get them still count as lacking symbols. */
  is_partial: z.optional(z.boolean()),
})
export type ArrivedModule = z.output<typeof arrivedModule>

const arrivalDocument = exactObject({ version: z.literal(1), modules: z.array(arrivedModule) })

/** Modules in one record. */
const maxModules = 1000
/** Characters of a name or ID; longer ones belong to no symbol file. */
const maxText = 255

/**
 * Records that symbols of modules were stored in the bucket. Call it after the last of their files was stored, once
 * per upload: it writes one object per 1,000 modules.
 * @param now when they were stored. Batch reads again what arrived within an hour, so clocks may differ by that much.
 */
export async function recordArrival(
  symbols: Pick<Storage, 'put'>,
  modules: readonly ArrivedModule[],
  now: Date,
): Promise<void> {
  const cut = (module: ArrivedModule): ArrivedModule => ({
    debug_file: module.debug_file.slice(0, maxText),
    debug_id: module.debug_id.slice(0, maxText),
    code_file: module.code_file.slice(0, maxText),
    code_id: module.code_id.slice(0, maxText),
    ...(module.is_partial && { is_partial: true }),
  })
  for (const batch of batchesOf(modules, maxModules)) {
    const document = { version: 1, modules: batch.map(cut) }
    const key = arrivalKey(now, crypto.randomUUID().replaceAll('-', ''))
    await symbols.put(key, new TextEncoder().encode(JSON.stringify(document)), {
      contentType: 'application/json',
    })
  }
}

export interface Arrival {
  time: Date
  modules: ArrivedModule[]
}

/**
 * The arrivals since a time, in order: one LIST, and one GET per arrival. Without the records that are no longer there
 * or cannot be read: `mayday reprocess --missing-symbols` needs no records.
 */
export async function* readArrivals(
  symbols: Pick<Storage, 'list' | 'get'>,
  since: Date,
): AsyncGenerator<Arrival> {
  for await (const { key } of symbols.list(arrivalsPrefix, { startAfter: arrivalsFrom(since) })) {
    const time = timeOfArrival(key)
    const modules = time && parseArrival(await (await symbols.get(key))?.bytes())
    if (modules) yield { time, modules }
  }
}

function parseArrival(bytes: Uint8Array | undefined): ArrivedModule[] | null {
  try {
    return check(arrivalDocument, JSON.parse(new TextDecoder().decode(bytes))).data?.modules ?? null
  } catch {
    return null
  }
}

/** Deletes the records of arrivals before a time; returns how many. */
export async function pruneArrivals(
  symbols: Pick<Storage, 'list' | 'delete'>,
  before: Date,
): Promise<number> {
  const end = arrivalsFrom(before)
  const keys: string[] = []
  for await (const { key } of symbols.list(arrivalsPrefix)) {
    if (key >= end) break
    if (timeOfArrival(key)) keys.push(key)
  }
  if (keys.length > 0) await symbols.delete(keys)
  return keys.length
}

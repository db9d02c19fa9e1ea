// The arrivals of symbols that were not read before, as a table; and until when they were read.
import * as z from 'zod/mini'
import { baseName } from '../../shared/text/base-name.ts'
import { check, exactObject } from '../../shared/json/schema.ts'
import { lateSymbolsKey } from '../../shared/keys.ts'
import type { Storage } from '../../shared/storage/storage.ts'
import {
  type Arrival,
  type ArrivedModule,
  pruneArrivals,
  readArrivals,
} from '../../shared/symbols/arrivals.ts'
import { dateAt, dayMs } from '../../shared/time/dates.ts'
import type { Millis } from '../../shared/units.ts'
import { execute } from '../lake/duckdb.ts'
import type { TableFiles } from '../lake/files/table-files.ts'

/** Arrivals are read again for so long: clocks differ, and a crash that was processed meanwhile gets its row later. */
const overlap: Millis = 3_600_000
/** For so long after an arrival, runs may still remember that there are no symbols; and clocks differ. */
const margin: Millis = 30 * 60_000
const keptFor: Millis = 7 * dayMs

const stateDocument = exactObject({ version: z.literal(1), read_until: z.number() })

export interface NewArrivals {
  /**
   * Fills the table `arrived`: name, id, and the time in milliseconds before which crashes were processed that can have
   * missed the symbols. Returns the number of arrivals.
   */
  read(): Promise<number>
  /** Records that they were handled. Once a day, deletes arrivals older than a week. */
  finish(): Promise<void>
}

export async function openArrivals({ stores, database }: TableFiles, now: Date): Promise<NewArrivals> {
  const stored = await readState(stores.crashes)
  // A time in the future comes from a wrong clock.
  const readUntil = stored !== null && stored <= now.getTime() + overlap ? stored : null
  let count = 0
  return {
    async read() {
      const { connection } = database
      await execute(connection, 'CREATE OR REPLACE TABLE arrived (name VARCHAR, id VARCHAR, before BIGINT)')
      const since = new Date(Math.max(0, (readUntil ?? 0) - overlap))
      for await (const arrival of readArrivals(stores.symbols, since)) {
        count++
        await execute(
          connection,
          `INSERT INTO arrived SELECT name, id, before FROM (
             SELECT unnest(from_json($pairs, '[{"name":"VARCHAR","id":"VARCHAR","before":"BIGINT"}]'), recursive := true))`,
          { pairs: JSON.stringify(pairsOf(arrival)) },
        )
      }
      return count
    },
    async finish() {
      const isNewDay = readUntil === null || dateAt(readUntil) !== dateAt(now)
      if (count === 0 && !isNewDay) return
      if (isNewDay) await pruneArrivals(stores.symbols, new Date(now.getTime() - keptFor))
      const state = JSON.stringify({ version: 1, read_until: now.getTime() })
      await stores.crashes.put(lateSymbolsKey, new TextEncoder().encode(state), {
        contentType: 'application/json',
      })
    },
  }
}

/** Null before the first time; then all arrivals are read. */
async function readState(crashes: Storage): Promise<Millis | null> {
  try {
    const bytes = await (await crashes.get(lateSymbolsKey))?.bytes()
    return check(stateDocument, JSON.parse(new TextDecoder().decode(bytes))).data?.read_until ?? null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/**
 * Names in lower case and IDs in upper case under which modules are found. Crashes that get partial symbols still lack
 * symbols: with a margin, each round would process them again.
 */
const pairsOf = ({ modules, time }: Arrival) =>
  modules.flatMap((module) => {
    const before = time.getTime() + (module.is_partial ? 0 : margin)
    return pairsOfModule(module).map((pair) => ({ ...pair, before }))
  })

function pairsOfModule({ debug_file, debug_id, code_file, code_id }: ArrivedModule) {
  const names = new Set([debug_file, code_file].map((name) => baseName(name).toLowerCase()))
  const ids = new Set([debug_id, code_id].map((id) => id.toUpperCase()))
  const pairs = [...names].flatMap((name) => [...ids].map((id) => ({ name, id })))
  return pairs.filter(({ name, id }) => name !== '' && id !== '')
}

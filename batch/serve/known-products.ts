// The products that searches may name: those of product files, and those of crashes.
import type { Millis } from '../../shared/units.ts'
import type { LiveTables } from './live-tables.ts'

export interface KnownProducts {
  /** The known products; looks for new ones when some of `names` are not among them. */
  including(names: readonly string[], tables: LiveTables, signal: AbortSignal): Promise<ReadonlySet<string>>
}

const lookEvery: Millis = 5000
const columns: ReadonlySet<string> = new Set(['product'])

/** @param declared those of product files */
export function createKnownProducts(
  declared: () => Promise<Iterable<string>>,
  clock: () => Millis = () => performance.now(),
): KnownProducts {
  let known: ReadonlySet<string> = new Set()
  let lookedAt = Number.NEGATIVE_INFINITY
  return {
    async including(names, tables, signal) {
      if (names.every((name) => known.has(name)) || clock() - lookedAt < lookEvery) return known
      const seen = await tables.read(signal, async ({ relation, run }) =>
        run<{ product: string }>(
          `SELECT DISTINCT product FROM ${await relation('crashes', { columns })} WHERE product IS NOT NULL`,
        ),
      )
      known = new Set([...(await declared()), ...seen.map(({ product }) => product)])
      lookedAt = clock()
      return known
    },
  }
}

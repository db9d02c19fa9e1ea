// The modules whose symbols crashes lacked.
import { type MissingSymbolsAggregate, mostMissingModules } from '../../shared/aggregates/documents.ts'
import { type AggregateRun, queryRows, tallyOf } from './run.ts'

interface Counted {
  count: number
  weighted: number
}

interface ModuleRow extends Counted {
  filename: string
  debug_file: string
  debug_id: string
  code_id: string
  last_seen: string
  products: (Counted & { product: string })[]
  all_modules: number
}

const mostProducts = 10

export async function buildMissingSymbols(run: AggregateRun): Promise<MissingSymbolsAggregate> {
  const [from, to] = [run.dates[0]!, run.dates.at(-1)!]
  const rows = await queryRows<ModuleRow>(run, 'missing-symbols', {
    ...{ from, to, most: mostMissingModules, most_products: mostProducts },
  })
  const modules = rows.map(({ count, weighted, products, all_modules: _all, ...module }) => ({
    ...module,
    total: tallyOf({ count, weighted }),
    products: products.map(({ product, ...counted }) => ({ product, total: tallyOf(counted) })),
  }))
  return {
    version: run.version,
    generated_at: run.generatedAt,
    from,
    to,
    modules,
    all: rows[0]?.all_modules ?? 0,
  }
}

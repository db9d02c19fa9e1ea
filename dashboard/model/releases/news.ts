// Which sentences open the home page.
import type { ProductAggregate } from '../../../shared/aggregates/documents.ts'
import type { Headline } from '../../../shared/releases/headline.ts'

/** A sentence about one product. */
export interface News {
  product: string
  headline: Headline
}

/** Products with a difference first; each group in the order of the products. */
export function newsOf(products: readonly ProductAggregate[]): News[] {
  const news = products.flatMap(({ name, headline }) => (headline ? { product: name, headline } : []))
  const isQuiet = ({ headline }: News) => headline.count === 0 && headline.rate_change === null
  return [...news.filter((one) => !isQuiet(one)), ...news.filter(isQuiet)]
}

// Products by name, and defaults for products without a file.
import { CrashError } from '../../shared/errors.ts'
import { defaultProduct, type Product } from './product-file.ts'

/** Products by name. Throws CrashError('bad-config') naming two files of one product. */
export function productsByName(products: Iterable<Product>): ReadonlyMap<string, Product> {
  const byName = new Map<string, Product>()
  for (const product of products) {
    const { name, slug } = product
    const other = byName.get(name)
    if (other)
      throw new CrashError(
        'bad-config',
        `Product files ${other.slug}.json and ${slug}.json have the same name ${name}: remove one`,
      )
    byName.set(name, product)
  }
  return byName
}

/**
 * The product of this name: from its file, else with defaults. `taken` contains the slugs in use; a slug that is
 * taken or empty gets a number.
 */
export function productOf(
  name: string,
  known: ReadonlyMap<string, Product>,
  taken: ReadonlySet<string> = new Set(),
): Product {
  const product = known.get(name)
  if (product) return product
  const base =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60) || 'product'
  const used = new Set([...taken, ...[...known.values()].map((other) => other.slug)])
  let slug = base
  for (let i = 2; used.has(slug); i++) slug = `${base}-${i}`
  return { ...defaultProduct, name, slug }
}

/** Position of a channel in the order of the product's file; channels not listed come last. */
export const channelRank = ({ channels }: Product, channel: string): number =>
  channels.indexOf(channel) + 1 || channels.length + 1

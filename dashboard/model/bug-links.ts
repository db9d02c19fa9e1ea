// Links to forms for a new bug, filled in with data of the page.
import type { BugLink, HomeAggregate } from '../../shared/aggregates.ts'

/** Values for the placeholders of a link; unknown ones are empty. */
export interface BugFacts {
  signature?: string | undefined
  product?: string | undefined
  version?: string | undefined
  platform?: string | undefined
  reason?: string | undefined
  crash_id?: string | undefined
}

/** The links of a product with all `{name}` placeholders replaced; http and https only. */
export function bugLinksOf(home: HomeAggregate, facts: BugFacts): BugLink[] {
  const links = home.products.find(({ name }) => name === facts.product)?.bug_links ?? []
  return links
    .filter(({ url }) => /^https?:\/\//.test(url))
    .map(({ title, url }) => ({ title, url: fill(url, facts) }))
}

const fill = (url: string, facts: BugFacts) =>
  url.replace(/\{([a-z_]+)\}/g, (whole, name: string) =>
    names.has(name) ? encodeURIComponent((facts[name as keyof BugFacts] ?? '').toWellFormed()) : whole,
  )

const names: ReadonlySet<string> = new Set([
  'signature',
  'product',
  'version',
  'platform',
  'reason',
  'crash_id',
] satisfies (keyof BugFacts)[])

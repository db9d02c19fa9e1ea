// Links to forms for a new bug, filled in with what the page knows.
import type { BugLink, HomeAggregate } from '../../shared/aggregates.ts'

/** What a link may be filled in with. What is not known is left empty. */
export interface BugFacts {
  signature?: string | undefined
  product?: string | undefined
  version?: string | undefined
  platform?: string | undefined
  reason?: string | undefined
  crash_id?: string | undefined
}

/** The links of a product, with `{name}` replaced by the fact of that name; only http and https. */
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

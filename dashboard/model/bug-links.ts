// Links to forms for a new bug, filled in with data of the page.
import type { BugLink, HomeAggregate } from '../../shared/aggregates/documents.ts'
import { bugPlaceholders, fillTemplate } from '../../shared/text/link-templates.ts'

/** Values for the placeholders of a link; unknown ones are empty. */
export type BugFacts = { [Name in (typeof bugPlaceholders)[number]]?: string | undefined }

/** The links of a product with all `{name}` placeholders replaced; http and https only. */
export function bugLinksOf(home: HomeAggregate, facts: BugFacts): BugLink[] {
  const links = home.products.find(({ name }) => name === facts.product)?.bug_links ?? []
  return links
    .filter(({ url }) => /^https?:\/\//.test(url))
    .map(({ title, url }) => ({ title, url: fill(url, facts) }))
}

const fill = (url: string, facts: BugFacts) =>
  fillTemplate(url, (name) => {
    const known = bugPlaceholders.find((one) => one === name)
    return known && encodeURIComponent((facts[known] ?? '').toWellFormed())
  })

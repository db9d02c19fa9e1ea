// The pages that readers can open without a name: for the palette, the help and the footer.
import {
  apiHref,
  fieldsHref,
  helpHref,
  homeHref,
  missingSymbolsHref,
  productsHref,
  releaseHref,
  searchPageHref,
  signaturesHref,
  statusHref,
  symbolicateHref,
  topCrashersHref,
} from './route.ts'

export interface SitePage {
  name: string
  href: string
  /** What it shows: a sentence without a period. */
  shows: string
}

export const sitePages: readonly SitePage[] = [
  {
    name: 'Overview',
    href: homeHref(),
    shows: 'One product: crashes by day and platform, its leading signatures, refused reports',
  },
  {
    name: 'Top crashers',
    href: topCrashersHref(),
    shows: 'The signatures with the most crashes of a period, compared with the period before',
  },
  {
    name: 'Signatures',
    href: signaturesHref(),
    shows: 'All signatures of the last year, found by parts of their names',
  },
  {
    name: 'New signatures',
    href: signaturesHref({ sort: '-firstSeen' }),
    shows: 'The signatures that appeared last',
  },
  {
    name: 'Releases',
    href: releaseHref(),
    shows: 'A version, build or channel compared with another one at equal age',
  },
  {
    name: 'Search',
    href: searchPageHref(new URLSearchParams()),
    shows: 'Reports by any public field, with charts, facets and export',
  },
  {
    name: 'Symbolicate',
    href: symbolicateHref,
    shows: 'A pasted stack with functions, files and lines',
  },
  {
    name: 'Missing symbols',
    href: missingSymbolsHref(),
    shows: 'The modules whose symbols most crashes lack',
  },
  { name: 'Products', href: productsHref, shows: 'Every product with crashes, its versions and channels' },
  {
    name: 'Status',
    href: statusHref,
    shows: 'The age of the data, the last round, refused reports, calls of the API',
  },
  { name: 'Fields', href: fieldsHref(), shows: 'Every field of a report: meaning, origin, how to search it' },
  { name: 'API', href: apiHref, shows: 'The endpoints, with forms to try them' },
  { name: 'Help', href: helpHref, shows: 'What the pages, numbers, colors and keys mean' },
]

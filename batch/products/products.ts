// Products: their files, and defaults for products without one.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BugLink } from '../../shared/aggregates.ts'
import { CrashError } from '../../shared/errors.ts'

/** The list of rules that serves a family of applications. */
export type Preset = 'default' | 'mozilla'

/** A product as described by `products/<slug>.json`. To add a product, add a file. */
export interface Product {
  /** As clients send it. */
  name: string
  /** Unique; `[a-z0-9-]`, because it is part of paths. The name of the file. */
  slug: string
  description: string
  /** The rules for its crashes. */
  preset: Preset
  /** Release channels in display order; others follow. */
  channels: readonly string[]
  /**
   * Versions listed first: a version, `X.Yb` for its betas, or `auto` for the newest of the three newest minor
   * versions.
   */
  featured_versions: readonly string[]
  /** Links to report a bug. */
  bug_links: readonly BugLink[]
  /** Betas report the version of the release; imported builds supply the beta number. */
  beta_numbers: boolean
  retention: Retention
}

/** Days to keep data after submission; null: without limit. */
export interface Retention {
  /** Stored reports, including dumps. */
  reports: number | null
  /** Processed crashes. */
  documents: number | null
  /** Rows of the table `protected`. */
  protected: number | null
  /** Rows of `crashes` and `modules`. */
  rows: number | null
  /** Counts by day in `signatures` and `builds`. */
  aggregates: number | null
}

/** Default: personal data for half a year, public rows without limit. */
export const defaultRetention: Retention = {
  reports: 180,
  documents: 180,
  protected: 180,
  rows: null,
  aggregates: null,
}

const productDir = import.meta.dirname

/** Products by name. Throws CrashError('bad-config') naming the invalid file. */
export function readProducts(dir = productDir): ReadonlyMap<string, Product> {
  const products = readdirSync(dir)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => parseProduct(file, readFileSync(join(dir, file), 'utf8')))
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

function parseProduct(file: string, text: string): Product {
  const wrong = (what: string) => new CrashError('bad-config', `Product file ${file}: ${what}`)
  const slug = file.replace(/\.json$/, '')
  if (!/^[a-z0-9-]+$/.test(slug))
    throw wrong('its file name must consist of a-z, 0-9 and -, because it is part of paths: rename it')
  let parsed: Partial<Record<keyof Product, unknown>> | null
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new CrashError('bad-config', `Product file ${file} is not JSON`, { cause })
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw wrong('it must be one JSON object, at least {"name": "<the product name that clients send>"}')
  const { name, description = '', preset = 'default', channels = [] } = parsed
  const { featured_versions = ['auto'], beta_numbers = false, bug_links = [] } = parsed
  if (typeof name !== 'string' || name === '')
    throw wrong('"name" must be the product name that clients send')
  if (typeof description !== 'string') throw wrong('"description" must be text')
  if (preset !== 'default' && preset !== 'mozilla') throw wrong('"preset" is "default" or "mozilla"')
  if (!isTextList(channels)) throw wrong('"channels" must be a list of texts')
  if (!isTextList(featured_versions)) throw wrong('"featured_versions" must be a list of texts')
  if (!isBugLinkList(bug_links))
    throw wrong('"bug_links" must be a list of {"title": text, "url": "https://…"}')
  const { retention: asked = {} } = parsed
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked))
    throw wrong('"retention" must be an object like {"reports": 90}')
  const retention = { ...defaultRetention, ...(asked as Partial<Retention>) }
  const problem = retentionProblem(retention)
  if (problem) throw wrong(problem)
  if (typeof beta_numbers !== 'boolean') throw wrong('"beta_numbers" must be true or false')
  const shown = { name, slug, description, channels, featured_versions, bug_links }
  return { ...shown, preset, beta_numbers, retention }
}

/** Derived data must be kept as long as its source, or it would be derived again. */
function retentionProblem(retention: Retention): string | null {
  const names = Object.keys(defaultRetention) as (keyof Retention)[]
  const unknown = Object.keys(retention).find((name) => !Object.hasOwn(defaultRetention, name))
  if (unknown) return `"retention" has unknown key "${unknown}"; allowed are ${names.join(', ')}`
  for (const name of names) {
    const days = retention[name]
    if (days !== null && (!Number.isInteger(days) || days < 1))
      return `"retention.${name}" must be a number of days, or null for no limit`
    const source = name === 'aggregates' ? 'rows' : 'reports'
    if ((days ?? Number.POSITIVE_INFINITY) < (retention[source] ?? Number.POSITIVE_INFINITY))
      return `"retention.${name}" must not be shorter than "${source}"`
  }
  return null
}

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

const isBugLinkList = (value: unknown): value is BugLink[] =>
  Array.isArray(value) &&
  value.every(
    (item) =>
      typeof item?.title === 'string' && typeof item.url === 'string' && /^https?:\/\//.test(item.url),
  )

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
  return {
    name,
    slug,
    description: '',
    preset: 'default',
    channels: [],
    featured_versions: ['auto'],
    bug_links: [],
    beta_numbers: false,
    retention: defaultRetention,
  }
}

/** Position of a channel in the order of the product's file; channels not listed come last. */
export const channelRank = ({ channels }: Product, channel: string): number =>
  channels.indexOf(channel) + 1 || channels.length + 1

// Products: their files, and defaults for products without one.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { CrashError } from '../../shared/errors.ts'
import { exactObject, readDocument } from '../../shared/schema.ts'

const presets = ['default', 'mozilla'] as const
/** The list of rules that serves a family of applications. */
export type Preset = (typeof presets)[number]

const daysText = 'must be a number of days, or null for no limit'
const days = z.nullable(z.int(daysText).check(z.minimum(1, daysText)))

/** Days to keep data after submission; null: without limit. By default personal data for half a year, rows forever. */
const retention = exactObject({
  /** Stored reports, including dumps. */
  reports: z._default(days, 180),
  /** Processed crashes. */
  documents: z._default(days, 180),
  /** Rows of the table `protected`. */
  protected: z._default(days, 180),
  /** Rows of `crashes` and `modules`. */
  rows: z._default(days, null),
  /** Counts by day in `signatures` and `builds`. */
  aggregates: z._default(days, null),
})
export type Retention = z.output<typeof retention>
export const defaultRetention: Retention = z.parse(retention, {})

/** Derived data must be kept as long as its source, or it would be derived again. */
function checkSources(given: Retention, context: z.core.$RefinementCtx): void {
  const limitOf = (name: keyof Retention) => given[name] ?? Number.POSITIVE_INFINITY
  for (const name of Object.keys(given) as (keyof Retention)[]) {
    const source = name === 'aggregates' ? 'rows' : 'reports'
    if (limitOf(name) < limitOf(source))
      context.addIssue({ code: 'custom', path: [name], message: `must not be shorter than ${source}` })
  }
}

const texts = z.array(z.string())

/** A product file, `products/<slug>.json`. To add a product, add a file. */
const productFile = z.object({
  /** As clients send it. */
  name: z.string('must be the product name that clients send').check(z.minLength(1, 'must not be empty')),
  description: z._default(z.string(), ''),
  /** The rules for its crashes. */
  preset: z._default(z.enum(presets), 'default'),
  /** Release channels in display order; others follow. */
  channels: z._default(texts, []),
  /**
   * Versions listed first: a version, `X.Yb` for its betas, or `auto` for the newest of the three newest minor
   * versions.
   */
  featured_versions: z._default(texts, ['auto']),
  /** Links to report a bug. */
  bug_links: z._default(
    z.array(
      z.object({
        title: z.string(),
        url: z.string().check(z.regex(/^https?:\/\//, 'must begin with https://')),
      }),
    ),
    [],
  ),
  /** Betas report the version of the release; imported builds supply the beta number. */
  beta_numbers: z._default(z.boolean(), false),
  retention: z._default(retention.check(z.superRefine(checkSources)), defaultRetention),
})

const defaults = z.parse(productFile, { name: 'any' })

export interface Product extends z.output<typeof productFile> {
  /** Unique; `[a-z0-9-]`, because it is part of paths. The name of the file. */
  slug: string
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

function parseProduct(file: string, content: string): Product {
  const prefix = `Product file ${file}: `
  const slug = file.replace(/\.json$/, '')
  if (!/^[a-z0-9-]+$/.test(slug))
    throw new CrashError(
      'bad-config',
      `${prefix}its file name must consist of a-z, 0-9 and -, because it is part of paths: rename it`,
    )
  let json: unknown
  try {
    json = JSON.parse(content)
  } catch (cause) {
    throw new CrashError('bad-config', `${prefix}it is not JSON`, { cause })
  }
  return { slug, ...readDocument(productFile, json, { code: 'bad-config', prefix }) }
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
  return { ...defaults, name, slug }
}

/** Position of a channel in the order of the product's file; channels not listed come last. */
export const channelRank = ({ channels }: Product, channel: string): number =>
  channels.indexOf(channel) + 1 || channels.length + 1

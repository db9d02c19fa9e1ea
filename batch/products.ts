// Products: what files say of them, and what is made up for one that is seen for the first time.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CrashError } from '../shared/errors.ts'
import type { Preset } from './rules.ts'

/** A product as its file `products/<slug>.json` describes it. Adding a product is adding a file. */
export interface Product {
  /** As clients send it. */
  name: string
  /** Unique; `[a-z0-9-]`, so that it can stand in a path. The name of the file. */
  slug: string
  description: string
  /** The rules that its crashes go through. */
  preset: Preset
  /** Release channels in the order they are shown; others follow. */
  channels: readonly string[]
  /** Versions shown first: a version, or `auto` for the newest of the three newest minor versions. */
  featured_versions: readonly string[]
}

const productDir = join(import.meta.dirname, 'products')

/** Products by name. Throws CrashError('bad-config') naming the file that is wrong. */
export function readProducts(dir = productDir): ReadonlyMap<string, Product> {
  const products = readdirSync(dir)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => parseProduct(file, readFileSync(join(dir, file), 'utf8')))
  return new Map(products.map((product) => [product.name, product]))
}

function parseProduct(file: string, text: string): Product {
  const wrong = (what: string) => new CrashError('bad-config', `Product file ${file}: ${what}`)
  let parsed: Partial<Record<keyof Product, unknown>>
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new CrashError('bad-config', `Product file ${file} is not JSON`, { cause })
  }
  const { name, description = '', preset = 'default', channels = [], featured_versions = ['auto'] } = parsed
  if (typeof name !== 'string' || name === '') throw wrong('"name" is the product name that clients send')
  if (typeof description !== 'string') throw wrong('"description" is text')
  if (preset !== 'default' && preset !== 'mozilla') throw wrong('"preset" is "default" or "mozilla"')
  if (!isTextList(channels)) throw wrong('"channels" is a list of texts')
  if (!isTextList(featured_versions)) throw wrong('"featured_versions" is a list of texts')
  return { name, slug: file.replace(/\.json$/, ''), description, preset, channels, featured_versions }
}

const isTextList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

/**
 * The product of this name: from its file, else made up. `taken` holds the slugs in use; a slug that is taken, or would
 * be empty, gets a number.
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
  return { name, slug, description: '', preset: 'default', channels: [], featured_versions: ['auto'] }
}

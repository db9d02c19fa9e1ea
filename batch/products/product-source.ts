// Where product files come from: a folder, the store, or the samples.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { CrashError } from '../../shared/errors.ts'
import { productKey, productsPrefix } from '../../shared/keys.ts'
import type { BatchConfig } from '../config.ts'
import type { Storage, Stores } from '../../shared/storage/storage.ts'
import { parseProduct, type Product } from './product-file.ts'
import { productsByName } from './products.ts'

/** Product files, and where they were found. */
export interface ProductSet {
  products: ReadonlyMap<string, Product>
  from: 'folder' | 'store' | 'samples'
}

const samples = join(import.meta.dirname, 'samples')
/** More files than any deployment has products. */
const maxFiles = 1000

/**
 * The products of a deployment: those of the folder that `--products` or `MAYDAY_PRODUCTS` names, else those in the
 * store, else the samples.
 * @throws CrashError 'bad-config' naming the invalid file, or a folder without product files; 'storage'
 */
export async function findProducts(of: {
  stores: Pick<Stores, 'crashes'>
  config: Pick<BatchConfig, 'products'>
}): Promise<ProductSet> {
  if (of.config.products !== null) return { products: readFolder(of.config.products), from: 'folder' }
  const stored = await readStored(of.stores.crashes)
  return stored.length > 0
    ? { products: productsByName(stored), from: 'store' }
    : { products: sampleProducts(), from: 'samples' }
}

/** The built-in products. */
export const sampleProducts = (): ReadonlyMap<string, Product> => readFolder(samples)

/**
 * The product files in a store, without those of some slugs.
 * @throws CrashError 'bad-config' naming the invalid file; 'storage'
 */
export async function readStored(
  crashes: Storage,
  { except = [] }: { except?: readonly string[] } = {},
): Promise<Product[]> {
  const left = new Set(except.map(productKey))
  const products: Product[] = []
  for await (const { key } of crashes.list(productsPrefix)) {
    if (!key.endsWith('.json') || left.has(key)) continue
    const object = await crashes.get(key)
    if (!object) continue
    const content = new TextDecoder().decode(await object.bytes())
    products.push(parseProduct(key.slice(productsPrefix.length), content))
    checkCount('The store', products.length)
  }
  return products
}

function readFolder(folder: string): ReadonlyMap<string, Product> {
  const names = namesIn(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
  if (names.length === 0)
    throw new CrashError('bad-config', `The folder of products ${folder} has no product file <slug>.json`)
  checkCount(folder, names.length)
  return productsByName(names.map((name) => readProductFile(join(folder, name)).product))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (cause) {
    throw new CrashError('bad-config', `The folder of products ${folder} cannot be read: ${codeOf(cause)}`, {
      cause,
    })
  }
}

/** Reads a product file from the disk. Throws CrashError('bad-config'). */
export function readProductFile(path: string): { product: Product; content: string } {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new CrashError('bad-config', `Product file ${path} cannot be read: ${codeOf(cause)}`, { cause })
  }
  return { product: parseProduct(basename(path), content), content }
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error)

function checkCount(where: string, count: number): void {
  if (count > maxFiles)
    throw new CrashError('bad-config', `${where} has more than ${maxFiles} product files: remove some`)
}

// `mayday products`: the product files of a deployment.
import type { Command } from 'commander'
import { CrashError, isCrashError } from '../../../shared/errors.ts'
import { productKey } from '../../../shared/keys.ts'
import { addProductsOption, addStoreOption, type StoreOptions } from '../../cli/options.ts'
import { printResult } from '../../cli/output.ts'
import { textTable } from '../../cli/text-table.ts'
import { openStore } from '../../lake/open-store.ts'
import { defaultRetention, productSchema } from '../../products/product-file.ts'
import { findProducts, type ProductSet, readProductFile, readStored } from '../../products/product-source.ts'
import { productsByName } from '../../products/products.ts'

interface Options extends StoreOptions {
  json?: true
}

export function build(command: Command): void {
  addProductsOption(addStoreOption(command.command('list')))
    .description('list the products that have a file, and where the files come from')
    .option('--json', 'print all their properties as JSON')
    .action(list)
  addProductsOption(addStoreOption(command.command('check')))
    .description('check product files; exit code 1 when one is invalid')
    .argument('[file...]', 'product files <slug>.json (default: those in use)')
    .action(checkFiles)
  addStoreOption(command.command('put'))
    .description('check product files and write them to the store')
    .argument('<file...>', 'product files <slug>.json; those of the same name are replaced')
    .option('--json', 'print the report as JSON')
    .action(put)
  addStoreOption(command.command('remove'))
    .description(
      'remove product files from the store; data of the products follows the defaults from then on',
    )
    .argument('<slug...>', 'names of product files without .json')
    .option('--json', 'print the report as JSON')
    .action(remove)
  command
    .command('schema')
    .description('print the JSON Schema of product files')
    .action(() => void process.stdout.write(`${JSON.stringify(productSchema(), null, 2)}\n`))
  command.addHelpText(
    'after',
    `
Product files come from the folder that --products or MAYDAY_PRODUCTS names; without one, from the store
(products/<slug>.json); if the store has none, the built-in samples apply. See docs/products.md.

Examples:
  mayday products check ledger.json
  mayday products put ledger.json quill.json
  mayday products list --json`,
  )
}

async function list(options: Options): Promise<void> {
  await using open = await openStore(options)
  const found = await findProducts(open)
  const { from, products } = found
  printResult(options, { report: { from, products: [...products.values()] }, text: listText(found) })
}

const origins: Readonly<Record<ProductSet['from'], string>> = {
  folder: 'Product files of the folder',
  store: 'Product files of the store',
  samples: 'Built-in samples, because the store has no product files',
}

function listText({ from, products }: ProductSet): string {
  const kinds = Object.keys(defaultRetention) as (keyof typeof defaultRetention)[]
  const rows = [...products.values()].map(({ slug, name, preset, retention }) => [
    slug,
    name,
    preset,
    ...kinds.map((kind) => String(retention[kind] ?? '∞')),
  ])
  const names = ['slug', 'name', 'preset', ...kinds]
  const numeric = names.map((_, i) => i > 2)
  return `${origins[from]}; days of retention:\n${textTable(names, rows, numeric)}`
}

async function checkFiles(files: readonly string[], options: Options): Promise<void> {
  if (files.length === 0) {
    await using open = await openStore(options)
    const { from, products } = await findProducts(open)
    process.stdout.write(`${origins[from]}: ${products.size} valid.\n`)
    return
  }
  const problems = files.flatMap(problemOf)
  for (const problem of problems) process.stderr.write(`mayday: ${problem}\n`)
  if (problems.length > 0) process.exitCode = 1
  else {
    const { size } = productsByName(files.map((file) => readProductFile(file).product))
    process.stdout.write(`${size} valid.\n`)
  }
}

function problemOf(file: string): string[] {
  try {
    readProductFile(file)
    return []
  } catch (error) {
    if (isCrashError(error)) return [error.message]
    throw error
  }
}

async function put(files: readonly string[], options: Options): Promise<void> {
  const read = files.map(readProductFile)
  const given = read.map(({ product }) => product)
  await using open = await openStore(options, { missing: 'create' })
  const { crashes } = open.stores
  const slugs = given.map(({ slug }) => slug)
  const others = await readStored(crashes, { except: slugs })
  productsByName([...others, ...given])
  for (const { product, content } of read)
    await crashes.put(productKey(product.slug), new TextEncoder().encode(content), {
      contentType: 'application/json',
    })
  const first = others.length === 0 ? ' They apply instead of the built-in samples.' : ''
  printResult(options, { report: { put: slugs }, text: `Stored ${slugs.join(', ')}.${first}\n` })
}

async function remove(slugs: readonly string[], options: Options): Promise<void> {
  await using open = await openStore(options)
  const { crashes } = open.stores
  const keys = slugs.map(productKey)
  const found = await Promise.all(keys.map((key) => crashes.head(key)))
  const absent = slugs.filter((_, i) => !found[i])
  if (absent.length > 0)
    throw new CrashError('missing', `The store has no product file ${absent.join(', ')}; nothing was removed`)
  await crashes.delete(keys)
  printResult(options, { report: { removed: slugs }, text: `Removed ${slugs.join(', ')}.\n` })
}

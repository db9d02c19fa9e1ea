// Where product files come from: a folder, the store, the samples, in this order.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { findProducts, readStored, sampleProducts } from '../../../batch/products/product-source.ts'
import { productKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'

const root = mkdtempSync(join(tmpdir(), 'mayday-products-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const fileOf = (name: string) => JSON.stringify({ name })

function folderOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(root, 'dir-'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

async function storeWith(files: Record<string, string>) {
  const crashes = createMemoryStorage()
  for (const [slug, content] of Object.entries(files))
    await crashes.put(productKey(slug), new TextEncoder().encode(content))
  return crashes
}

async function find(stored: Record<string, string>, folder: string | null = null) {
  const crashes = await storeWith(stored)
  const { from, products } = await findProducts({ stores: { crashes }, config: { products: folder } })
  return { from, names: [...products.keys()] }
}

describe('findProducts', () => {
  test('a folder comes before the store, the store before the samples; they are not mixed', async () => {
    const stored = { quill: fileOf('Quill') }
    const folder = folderOf({ 'kestrel.json': fileOf('Kestrel'), 'README.md': 'x' })
    expect(await find(stored, folder)).toEqual({ from: 'folder', names: ['Kestrel'] })
    expect(await find(stored)).toEqual({ from: 'store', names: ['Quill'] })
    expect(await find({})).toEqual({ from: 'samples', names: [...sampleProducts().keys()] })
    expect(sampleProducts().get('Firefox')).toMatchObject({ slug: 'firefox', preset: 'mozilla' })
  })

  test.each<[Record<string, string>, string]>([
    [{}, 'has no product file <slug>.json'],
    [{ 'a.json': fileOf('A'), 'b.json': '{}' }, 'Product file b.json: line 1: name must be'],
    [
      { 'a.json': fileOf('A'), 'b.json': fileOf('A') },
      'Product files a.json and b.json have the same name A: remove one',
    ],
  ])('the folder %j is an error', async (files, problem) => {
    await expect(find({}, folderOf(files))).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining(problem),
    })
  })

  test('a folder that does not exist is an error, not a deployment without products', async () => {
    await expect(find({}, join(root, 'nowhere'))).rejects.toThrow('nowhere cannot be read: ENOENT')
  })

  test('an invalid file in the store is an error', async () => {
    await expect(find({ quill: '{\n"name": "Q",\n"retentoin": 1}' })).rejects.toThrow(
      'Product file quill.json: line 3: retentoin is unknown',
    )
  })
})

test('a file in the store can be omitted, to replace an invalid one', async () => {
  const crashes = await storeWith({ bad: '{', good: fileOf('Good') })
  expect(await readStored(crashes, { except: ['bad'] })).toMatchObject([{ name: 'Good', slug: 'good' }])
})

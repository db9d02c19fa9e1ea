// How large product files may be, and how many.
import { expect, test } from 'vitest'
import { readConfig } from '../../../batch/config.ts'
import { parseProduct } from '../../../batch/products/product-file.ts'
import { findProducts, readStored } from '../../../batch/products/product-source.ts'
import { productOf } from '../../../batch/products/products.ts'
import { productKey } from '../../../shared/keys.ts'
import { createMemoryStorage } from '../../../shared/storage/memory.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

test('a file has at most 65,536 characters', () => {
  const file = JSON.stringify({ name: 'A' })
  expect(parseProduct('a.json', file.padEnd(65_536)).name).toBe('A')
  expect(() => parseProduct('a.json', file.padEnd(65_537))).toThrow(
    'Product file a.json: it has more than 65536 characters',
  )
})

test('five problems are named, and further ones counted', () => {
  const problems = (count: number) => {
    const file = JSON.stringify({ name: 'A', symbols: Array(count).fill('x') })
    try {
      return parseProduct('a.json', file)
    } catch (error) {
      const { message } = error as Error
      return [message.match(/line 1: symbols\[\d\] must be/g)!.length, /; and (\d+) more$/.exec(message)?.[1]]
    }
  }
  expect([1, 5, 6, 7].map(problems)).toEqual([
    [1, undefined],
    [5, undefined],
    [5, '1'],
    [5, '2'],
  ])
})

test('retention of derived data may be as long as its source, and not shorter', () => {
  const parse = (retention: object) => parseProduct('a.json', JSON.stringify({ name: 'A', retention }))
  const whole = { reports: 10, documents: 10, protected: 10, rows: 10, aggregates: 10 }
  expect(parse(whole).retention).toEqual(whole)
  for (const [name, source] of [
    ['documents', 'reports'],
    ['protected', 'reports'],
    ['rows', 'reports'],
    ['aggregates', 'rows'],
  ])
    expect(() => parse({ ...whole, [name!]: 9 }), name).toThrow(
      `retention.${name} must not be shorter than ${source}`,
    )
})

test('a store has at most 1,000 files; samples apply to one without any', async () => {
  const crashes = createMemoryStorage()
  const config = readConfig({})
  expect((await findProducts({ stores: { crashes }, config })).from).toBe('samples')
  const put = (i: number) => crashes.put(productKey(`p${i}`), bytesOf(JSON.stringify({ name: `P${i}` })))
  for (let i = 0; i < 1000; i++) await put(i)
  const { from, products } = await findProducts({ stores: { crashes }, config })
  expect([from, products.size]).toEqual(['store', 1000])
  await put(1000)
  await expect(readStored(crashes)).rejects.toThrow('The store has more than 1000 product files: remove some')
  expect(await readStored(crashes, { except: ['p1000'] })).toHaveLength(1000)
})

test.each([
  ['A b/C!', [], 'a-b-c'],
  ['!!!', [], 'product'],
  ['x'.repeat(61), [], 'x'.repeat(60)],
  ['A', ['a'], 'a-2'],
  ['A', ['a', 'a-2'], 'a-3'],
])('a product %s without a file has, beside %j, the slug %s', (name, taken, slug) => {
  expect(productOf(name, new Map(), new Set(taken))).toMatchObject({ name, slug, preset: 'default' })
})

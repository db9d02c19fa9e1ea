// Products by name, and products without a file.
import { describe, expect, test } from 'vitest'
import { featuredVersions } from '../../../batch/aggregates/releases/version-order.ts'
import { defaultRetention } from '../../../batch/products/product-file.ts'
import { sampleProducts } from '../../../batch/products/product-source.ts'
import { productOf } from '../../../batch/products/products.ts'

test('a product without a file gets default rules and a unique slug', () => {
  const known = sampleProducts()
  const made = productOf('Fire/Fox', known, new Set(['fire-fox']))
  expect(made).toMatchObject({ slug: 'fire-fox-2', preset: 'default', retention: defaultRetention })
})

describe('featuredVersions', () => {
  const versions = ['133.0a1', '132.0b4', '132.0b3', '131.0.2', '131.0', '130.0', '128.4.0esr', 'N/A']
  test.each([
    [['auto'], ['133.0a1', '132.0b4', '131.0.2']],
    [['132.0b'], ['132.0b4', '132.0b3']],
    [['130.0', '99.0'], ['130.0']],
    [
      ['128.4.0esr', 'auto'],
      ['133.0a1', '132.0b4', '131.0.2', '128.4.0esr'],
    ],
    [[], []],
  ])('%j', (wanted, expected) => {
    expect([...featuredVersions(wanted, versions)].sort()).toEqual([...expected].sort())
  })
})

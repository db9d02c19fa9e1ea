// Product aliases: which of the clients' names count.
import { describe, expect, test } from 'vitest'
import { resolveProduct } from '../../../shared/throttle/product.ts'

describe('resolveProduct', () => {
  test.each<[string, Record<string, unknown>, unknown, unknown]>([
    ['Firefox', { ProductName: 'Firefox', Version: '1', prod: 'x', ver: '2' }, 'Firefox', '1'],
    ['Crashpad', { prod: 'App', ver: '1.2' }, 'App', '1.2'],
    ['Crashpad by URL', { product: 'App', version: '1.2' }, 'App', '1.2'],
    ['Electron', { prod: 'Electron', ver: '30', _productName: 'App', _version: '1.2' }, 'App', '1.2'],
    [
      'Electron without a version of its own',
      { prod: 'Electron', ver: '30', _productName: 'App' },
      'App',
      undefined,
    ],
    ['a version given outright', { prod: 'App', ver: '1', Version: '2' }, 'App', '2'],
    ['an empty product', { ProductName: '', prod: 'App', ver: '1' }, 'App', '1'],
    ['no product', { ver: '1' }, undefined, undefined],
    ['no text', { prod: 5, ver: '1' }, undefined, undefined],
  ])('finds product and version of %s', (_, annotations, product, version) => {
    const resolved = resolveProduct(annotations)
    expect([resolved.ProductName, resolved.Version]).toEqual([product, version])
    expect(resolved).toMatchObject({ ...annotations, ...(product !== undefined && { ProductName: product }) })
  })
})

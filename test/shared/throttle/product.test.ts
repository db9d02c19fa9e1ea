// Product aliases: which of the clients' names are used.
import { describe, expect, test } from 'vitest'
import { processTypeOf, resolveProduct } from '../../../shared/throttle/product.ts'

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
    ['prod with version', { prod: 'App', version: '1.2' }, 'App', '1.2'],
    ['product with ver', { product: 'App', ver: '1.2' }, 'App', '1.2'],
    ['ProductName with ver', { ProductName: 'App', ver: '1.2' }, 'App', '1.2'],
    ['ProductName with version', { ProductName: 'App', version: '1.2' }, 'App', '1.2'],
    ['prod with Version', { prod: 'App', Version: '1.2' }, 'App', '1.2'],
    ['product with _version', { product: 'App', _version: '1.2' }, 'App', '1.2'],
    ['_productName with version', { _productName: 'App', version: '1.2' }, 'App', '1.2'],
    ['one product under two names', { ProductName: 'App', prod: 'App', ver: '1.2' }, 'App', '1.2'],
    ['names in another case', { Product: 'App', VERSION: '1.2' }, 'App', '1.2'],
    ['both cases', { Product: 'Other', product: 'App', Version: '1.2' }, 'App', '1.2'],
    ['spaces around', { prod: ' App ', ver: '1.2\n' }, 'App', '1.2'],
    ['an empty version', { prod: 'App', Version: '', ver: '1.2' }, 'App', '1.2'],
    [
      'a version of another product',
      { ProductName: 'App', product: 'Engine', version: '9' },
      'App',
      undefined,
    ],
    ['an explicit version', { prod: 'App', ver: '1', Version: '2' }, 'App', '2'],
    ['an empty product', { ProductName: '', prod: 'App', ver: '1' }, 'App', '1'],
    ['no product', { ver: '1' }, undefined, undefined],
    ['no text', { prod: 5, ver: '1' }, undefined, undefined],
  ])('finds product and version of %s', (_, annotations, product, version) => {
    const resolved = resolveProduct(annotations)
    expect([resolved.ProductName, resolved.Version]).toEqual([product, version])
    const untouched = Object.entries(annotations).filter(([, value]) => value !== '')
    expect(Object.entries(resolved)).toEqual(expect.arrayContaining(untouched))
  })

  test.each<[string, Record<string, string>[], Record<string, string>]>([
    [
      'values that the first lacks come from the others, in order',
      [{ a: '1' }, { product: 'App', version: '1.2' }, { prod: 'Other', ver: '9', channel: 'beta' }],
      { ProductName: 'App', Version: '1.2', ReleaseChannel: 'beta' },
    ],
    [
      'a version of another product is not used',
      [{ prod: 'App' }, { product: 'Other', version: '9' }, { prod: 'App', ver: '1.2' }],
      { ProductName: 'App', Version: '1.2' },
    ],
    [
      'a version without a product is used',
      [{ ProductName: 'App' }, { id: 'x', version: '1.2' }],
      { ProductName: 'App', Version: '1.2' },
    ],
    [
      'existing values are not replaced',
      [
        { ProductName: 'App', Version: '1', ReleaseChannel: 'esr' },
        { product: 'App', version: '2', channel: 'x' },
      ],
      { ProductName: 'App', Version: '1', ReleaseChannel: 'esr' },
    ],
    ['a channel may have another name', [{ channel: ' beta ' }], { ReleaseChannel: 'beta' }],
    ['a channel keeps its name', [{ ReleaseChannel: 'esr', channel: 'beta' }], { ReleaseChannel: 'esr' }],
  ])('%s', (_, [first, ...others], expected) => {
    const { ProductName, Version, ReleaseChannel } = resolveProduct(first!, ...others)
    expect({ ProductName, Version, ReleaseChannel }).toEqual({ ...expected })
  })

  test('names of prototypes are ordinary names', () => {
    const annotations = JSON.parse('{"__proto__":{"prod":"x"},"constructor":"y","toString":"z"}')
    expect(resolveProduct(annotations)).toBe(annotations)
  })
})

describe('processTypeOf', () => {
  test.each<[Record<string, unknown>, string | null]>([
    [{}, null],
    [{ ProcessType: 'gpu', ptype: 'x' }, 'gpu'],
    [{ ProcessType: '', ptype: 'renderer', process_type: 'x' }, 'renderer'],
    [{ process_type: 'renderer' }, 'renderer'],
    [{ ProcessType: 5 }, null],
  ])('%j', (annotations, expected) => expect(processTypeOf(annotations)).toBe(expected))
})

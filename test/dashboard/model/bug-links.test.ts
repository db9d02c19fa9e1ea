// Links to forms for new bugs.
import { expect, test } from 'vitest'
import { bugLinksOf } from '../../../dashboard/model/bug-links.ts'
import type { HomeAggregate, ProductAggregate } from '../../../shared/aggregates/documents.ts'

const homeWith = (...urls: string[]) =>
  ({
    products: [
      { name: 'P', bug_links: urls.map((url) => ({ title: 'File', url })) } as unknown as ProductAggregate,
    ],
  }) as HomeAggregate
const urlsOf = (home: HomeAggregate, facts: Parameters<typeof bugLinksOf>[1]) =>
  bugLinksOf(home, facts).map(({ url }) => url)

test('are filled in and encoded; unknown values are empty, unknown placeholders stay', () => {
  const home = homeWith('https://bugs.example.org/new?title={signature}&v={version}&id={crash_id}&x={other}')
  expect(urlsOf(home, { product: 'P', signature: 'a::b<c> & "d"', crash_id: 'i' })).toEqual([
    'https://bugs.example.org/new?title=a%3A%3Ab%3Cc%3E%20%26%20%22d%22&v=&id=i&x={other}',
  ])
})

test('are filled in with any text, including lone surrogates', () => {
  const home = homeWith('https://bugs.example.org/new?v={version}')
  expect(urlsOf(home, { product: 'P', version: '1\ud800' })).toEqual([
    'https://bugs.example.org/new?v=1%EF%BF%BD',
  ])
})

test('are those of the product, and are only http and https', () => {
  const home = homeWith('javascript:alert(1)', 'http://bugs.example.org/{product}')
  expect(urlsOf(home, { product: 'P' })).toEqual(['http://bugs.example.org/P'])
  expect(urlsOf(home, { product: 'Q' })).toEqual([])
  expect(urlsOf(home, {})).toEqual([])
})

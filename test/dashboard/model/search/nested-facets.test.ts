import { describe, expect, test } from 'vitest'
import {
  facetPlaces,
  nestedFacets,
  withNested,
  withoutNested,
} from '../../../../dashboard/model/search/nested-facets.ts'
import { readPageSearch } from '../../../../dashboard/model/search/page-search.ts'

const now = Date.parse('2026-11-22T14:05:00Z') * 1000
const facetsOf = (text: string) =>
  readPageSearch(new URLSearchParams(text), { now, protected: 'drop' }).query!.facets

const text =
  '_facets=product&_facets=_cardinality.install_time&_aggs.product=version&_aggs.product.version=platform&_histogram.date=release_channel'

describe('facets within facets', () => {
  test('are listed with the parameter that each comes from', () => {
    expect(
      nestedFacets(facetsOf(text)).map(({ parameter, value, title }) => [parameter, value, title]),
    ).toEqual([
      ['_aggs.product', 'version', 'Product › Version'],
      ['_aggs.product.version', 'platform', 'Product › Version › Platform'],
      ['_histogram.date', 'release_channel', 'Processed › Channel'],
    ])
  })

  test('can be added within every facet that has values', () => {
    expect(facetPlaces(facetsOf(text)).map(({ parameter }) => parameter)).toEqual([
      '_aggs.product',
      '_aggs.product.version',
      '_aggs.product.version.platform',
      '_histogram.date',
      '_histogram.date.release_channel',
    ])
  })

  test('one that is added is part of the search, and removing it removes those within', () => {
    for (const { parameter } of facetPlaces(facetsOf(text))) {
      const added = withNested(new URLSearchParams(text), { parameter, value: 'cpu_arch' })
      const nested = nestedFacets(facetsOf(added.toString()))
      expect(nested).toContainEqual(expect.objectContaining({ parameter, value: 'cpu_arch' }))
      expect(withoutNested(added, { parameter, value: 'cpu_arch' }).toString()).toBe(
        new URLSearchParams(text).toString(),
      )
    }
    const without = withoutNested(new URLSearchParams(text), { parameter: '_aggs.product', value: 'version' })
    expect(nestedFacets(facetsOf(without.toString())).map(({ parameter }) => parameter)).toEqual([
      '_histogram.date',
    ])
  })
})

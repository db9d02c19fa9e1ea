// A signature of all versions or of one: total, chart, breakdown and reports agree.
import { describe, expect, test } from 'vitest'
import { homeWith } from '../../../dashboard/model/freshness.ts'
import { viewSignature } from '../../../dashboard/model/signature-view.ts'
import { addTallies } from '../../../dashboard/model/tally.ts'
import type { HomeAggregate, SignatureAggregate } from '../../../shared/aggregates/documents.ts'
import { homeKey, signatureKey } from '../../../shared/keys.ts'
import { sampleAggregates, sampleSignatureId } from '../../support/sample-aggregates.ts'

const documents = sampleAggregates('2026-11-22T14:05:00+00:00', 150)
const home = homeWith(documents.get(homeKey) as HomeAggregate, null)
const id = sampleSignatureId('OOM | small')
const of = (slug?: string) => documents.get(signatureKey(id, slug)) as SignatureAggregate

describe.each([
  ['all products', undefined],
  ['one product', 'lumen-mobile'],
])('of %s', (_, slug) => {
  const signature = of(slug)

  test('all parts of the page count the crashes of a version', () => {
    for (const version of [undefined, ...signature.versions]) {
      const view = viewSignature(signature, home, version)
      if (version === undefined) expect(view.total).toEqual(signature.total)
      expect(view.total.count).toBeGreaterThan(0)
      expect(addTallies(view.lines.flatMap(({ days }) => days))).toEqual(view.total)
      for (const column of ['version', 'process_type', 'product']) {
        const facet = view.facets!.find((one) => one.column === column)!
        expect(addTallies(facet.values.map(({ total }) => total))).toEqual(view.total)
      }
      for (const report of view.reports) expect(version ?? report.version).toBe(report.version)
      expect(view.reports.length).toBeLessThanOrEqual(view.total.count)
    }
  })

  test('the breakdown of a version has the values that it has', () => {
    const total = { count: 9, weighted: 9 }
    const values = [
      { value: 'a', total, by_version: [0, 1, 2] },
      { value: 'b', total, by_version: [1, 3, 4, 0, 5, 6] },
      { value: 'c', total, by_version: [1, 7, 8] },
      { value: 'd', total },
    ]
    const facets = [
      { column: 'x', title: 'X', values },
      { column: 'y', title: 'Y', values: values.slice(2) },
    ]
    const view = viewSignature({ ...signature, facets }, home, signature.versions[0])
    expect(view.facets).toEqual([
      {
        ...{ column: 'x', title: 'X' },
        values: [
          { value: 'b', total: { count: 5, weighted: 6 } },
          { value: 'a', total: { count: 1, weighted: 2 } },
        ],
      },
    ])
  })

  test('the breakdown of another version is unknown, not that of all versions', () => {
    const view = viewSignature(signature, home, '0.0.1')
    expect(view.facets).toBeNull()
    expect(view).toMatchObject({ total: { count: 0, weighted: 0 }, reports: [] })
  })
})

test('a document of one product has only its crashes', () => {
  const part = of('lumen-mobile')
  expect(part.product).toBe('Lumen Mobile')
  expect(part.products.map(({ product }) => product)).toEqual(['Lumen', 'Lumen Mobile'])
  expect(part.total).toEqual(part.products[1]!.total)
  expect(new Set(part.reports.map(({ product }) => product))).toEqual(new Set(['Lumen Mobile']))
})

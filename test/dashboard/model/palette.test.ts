import { describe, expect, test } from 'vitest'
import { findEntries } from '../../../dashboard/model/palette.ts'
import { searchablePart } from '../../../dashboard/model/signatures/find-signatures.ts'
import type { HomeAggregate } from '../../../shared/aggregates/documents.ts'
import { homeKey, signatureIndexPartKey } from '../../../shared/keys.ts'
import type { SignatureIndexPart } from '../../../shared/aggregates/signature-index.ts'
import { sampleAggregates } from '../../support/sample-aggregates.ts'

const documents = sampleAggregates('2026-11-22T14:05:00Z')
const part = documents.get(signatureIndexPartKey('recent-1')) as SignatureIndexPart
const sources = {
  products: (documents.get(homeKey) as HomeAggregate).products,
  signatures: [searchablePart(part)],
}
const found = (text: string) => findEntries(text, sources)
const first = (text: string) => {
  const [group] = found(text)
  return [group!.name, group!.entries[0]!.text, group!.entries[0]!.href]
}
const id = '0b34f1a2-6c1d-8a7e-9f00-5c2d1e261122'

describe('findEntries', () => {
  test.each([
    [id],
    [`bp-${id}`],
    [`  https://crash-stats.mozilla.org/report/index/bp-${id.toUpperCase()}#tab-details `],
  ])('finds the report in %j, and nothing else', (text) => {
    expect(found(text)).toHaveLength(1)
    expect(first(text)).toEqual(['Report', id, `/report/index/${id}`])
  })

  test.each([
    ['lumen', ['Products', 'Lumen', '/?product=Lumen']],
    ['top cr', ['Pages', 'Top crashers', '/topcrashers/']],
    ['oom | small', ['Signatures', 'OOM | small', '/signature/?signature=OOM+%7C+small']],
    ['graphics vendor', ['Fields', 'Graphics vendor (adapter_vendor_id)', '/fields/?name=adapter_vendor_id']],
    ['lumen 142.0.1', ['Versions', 'Lumen 142.0.1', '/topcrashers/?product=Lumen&version=142.0.1']],
  ])('%j has as its best match %j', (text, entry) => {
    expect(first(text)).toEqual(entry)
  })

  test('offers searches of all reports for any text, last', () => {
    const groups = found('nothing <b>has this')
    expect(groups.map(({ name }) => name)).toEqual(['Search reports'])
    expect(groups[0]!.entries[0]!.href).toBe('/search/?signature=%7Enothing+%3Cb%3Ehas+this')
  })

  test('is short, and names how many more signatures there are', () => {
    const signatures = found('::').find(({ name }) => name === 'Signatures')!.entries
    expect(signatures.length).toBe(9)
    expect(signatures.at(-1)).toMatchObject({
      text: expect.stringMatching(/^All \d+ signatures with “::”$/),
      href: '/signatures/?q=%3A%3A',
    })
    for (const { entries } of found('e')) expect(entries.length).toBeLessThanOrEqual(9)
  })

  test('without a text it offers pages and products', () => {
    expect(found('').map(({ name }) => name)).toEqual(['Pages', 'Products'])
  })
})

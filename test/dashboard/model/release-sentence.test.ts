// Sentences about releases.
import { describe, expect, test } from 'vitest'
import { newsOf } from '../../../dashboard/model/releases/news.ts'
import { sentenceText } from '../../../dashboard/model/releases/release-sentence.ts'
import type { ProductAggregate } from '../../../shared/aggregates/documents.ts'
import type { Finding, Headline } from '../../../shared/releases/headline.ts'

const headline = (more: Partial<Headline> = {}): Headline => ({
  name: '102.0',
  against: '101.0',
  age: 12,
  rate_change: null,
  findings: [],
  count: more.findings?.length ?? 0,
  ...more,
})

const finding = (more: Partial<Finding> = {}): Finding => ({
  kind: 'new',
  signature: 'a::B',
  since: '2026-10-15',
  only: null,
  share: 0.047,
  share_before: 0.012,
  ...more,
})

test.each<[Headline, string]>([
  [headline(), 'nothing differs from 101.0 at the same age, 12 days, by more than chance.'],
  [
    headline({ findings: [finding({ only: 'Windows NT' })] }),
    'a::B is new since 15 Oct, Windows NT only, 4.7 % of crashes.',
  ],
  [
    headline({ findings: [finding({ since: null, share_before: 0 })] }),
    'a::B was not in 101.0 at the same age, 4.7 % of crashes.',
  ],
  [
    headline({
      findings: [finding({ kind: 'rising' }), finding({ kind: 'gone', signature: 'c' })],
      count: 5,
    }),
    'a::B is more frequent: 4.7 % of crashes, 1.2 % in 101.0 at the same age; c has disappeared: 1.2 % in 101.0 at the same age; 3 more differences.',
  ],
  [
    headline({ findings: [finding({ kind: 'falling' })] }),
    'a::B is less frequent: 4.7 % of crashes, 1.2 % in 101.0 at the same age.',
  ],
  [headline({ rate_change: 1.34 }), 'crashes are 1.3 times as frequent as in 101.0 at the same age.'],
  [headline({ rate_change: 1.04 }), 'crashes are 1 times as frequent as in 101.0 at the same age.'],
  [headline({ rate_change: 0.75 }), 'crashes are 25 % less frequent than in 101.0 at the same age.'],
])('%j: %s', (given, text) => {
  expect(sentenceText(given)).toBe(text)
})

describe('newsOf', () => {
  test('has products with a difference first, and none without a headline', () => {
    const product = (name: string, of?: Headline) =>
      ({ name, ...(of && { headline: of }) }) as ProductAggregate
    const products = [
      product('Quiet', headline()),
      product('None'),
      product('Loud', headline({ findings: [finding()] })),
      product('Faster', headline({ rate_change: 2 })),
    ]
    expect(newsOf(products).map((one) => one.product)).toEqual(['Loud', 'Faster', 'Quiet'])
  })
})

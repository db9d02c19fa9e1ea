// The crashes of each day by the values of one field, and the variants of a stack, from the answer to a search.
import { own } from '../../../shared/own.ts'
import type { Answer, AnswerBucket, AnswerFacet } from '../../../shared/search/answer.ts'
import { ascending } from '../../../shared/text/ascending.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { otherOrNone, type Series } from '../series.ts'
import { shareOf } from '../tally.ts'

const bucketsOf = (answer: AnswerFacet | undefined): readonly AnswerBucket[] =>
  Array.isArray(answer) ? answer : []

/** Series with a color of their own. */
const mostSeries = 5

/** Estimated crashes: the values with the most crashes, the largest first, then the rest. */
export function termSeries(answer: Answer, field: string, dates: readonly IsoDate[]): Series[] {
  const places = new Map(dates.map((date, place) => [date, place]))
  const all = new Array<number>(dates.length).fill(0)
  const byTerm = new Map<string, number[]>()
  for (const day of bucketsOf(own(answer.facets, 'histogram_date'))) {
    const place = places.get(String(day.term).slice(0, 10))
    if (place === undefined) continue
    all[place]! += day.weighted
    for (const { term, weighted } of bucketsOf(own(day.facets ?? {}, field))) {
      const values = byTerm.get(String(term)) ?? new Array<number>(dates.length).fill(0)
      values[place]! += weighted
      byTerm.set(String(term), values)
    }
  }
  const ranked = [...byTerm]
    .map(([name, values]) => ({ name: name || '(empty)', values }))
    .sort((a, b) => sum(b.values) - sum(a.values) || ascending(a.name, b.name))
  const shown = ranked.slice(0, mostSeries)
  // Reports with several values count in each series, so the rest may be negative.
  const others = all.map((total, i) => Math.max(0, total - sum(shown.map(({ values }) => values[i]!))))
  return sum(others) > 0.5 ? [...shown, { name: otherOrNone, values: others }] : shown
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

export interface StackVariant {
  stackKey: string
  count: number
  weighted: number
  /** Of all crashes of the answer. */
  share: number
  /** Of its most frequent stack, the innermost first. */
  frames: readonly string[]
}

/** The variants of the crash location, those with the most crashes first. */
export const stackVariants = (answer: Answer): StackVariant[] =>
  bucketsOf(own(answer.facets, 'stack_key')).map(({ term, count, weighted, facets = {} }) => {
    const [proto] = bucketsOf(own(facets, 'proto_signature'))
    return {
      stackKey: String(term),
      count,
      weighted,
      share: shareOf(weighted, answer.weighted),
      frames: proto ? String(proto.term).split(' | ') : [],
    }
  })

// A signature over the days of the home aggregate: its own document has only days with crashes.
import type { SignatureAggregate, Tally } from '../../shared/aggregates.ts'
import type { IsoDate } from '../../shared/units.ts'
import { type Home, partialDate } from './freshness.ts'
import { noTally } from './tally.ts'

export interface DatedSignature extends Omit<SignatureAggregate, 'trend'> {
  home: Home
  /** The days covered, oldest first. */
  dates: IsoDate[]
  /** The last day, if it was not over when crashes were counted. */
  partial: IsoDate | undefined
  /** One tally per day covered. */
  trend: { product: string; version: string; days: Tally[] }[]
}

export function datedSignature(signature: SignatureAggregate, home: Home): DatedSignature {
  const trend = signature.trend.map(({ days, ...line }) => {
    const byDate = new Map(days.map((day) => [day.date, day]))
    return { ...line, days: home.dates.map((date) => byDate.get(date) ?? noTally) }
  })
  return { ...signature, home, dates: home.dates, partial: partialDate(home), trend }
}

// New and rising signatures, and the crash rate of the newest version.
import { newestComparison } from '../../shared/releases/choose.ts'
import { type ComparedSignature, isSince, type ReleaseComparison } from '../../shared/releases/compare.ts'
import { type SignatureTrend, trendsOf } from '../../shared/statistics/trends.ts'
import { leastDaysBefore } from '../../shared/statistics/unusual-day.ts'
import { addDays } from '../../shared/time/dates.ts'
import type { IsoDate } from '../../shared/units.ts'
import {
  type Candidate,
  everything,
  newestDay,
  type ProductFacts,
  reaches,
  wholeDays,
} from './product-facts.ts'

/** Signatures first seen earlier are not news. */
const newsDays = 14

/** A signature that is new or rising by one of the analyses. */
interface SignatureEvent extends Omit<Candidate, 'product' | 'rule' | 'day'> {
  rule: 'new_signature' | 'rising'
  first_seen: IsoDate
}

/** Those of the comparison of versions first: they state the version. */
export const signatureAlerts = (facts: ProductFacts): Candidate[] =>
  [...inReleases(facts), ...inWeeks(facts)]
    .filter((found) => isWorth(found, facts))
    .map(
      ({ first_seen, ...found }): Candidate => ({
        ...found,
        product: facts.product,
        day: found.rule === 'new_signature' ? first_seen : newestDay(facts),
      }),
    )

function isWorth({ rule, value, usual, first_seen }: SignatureEvent, facts: ProductFacts): boolean {
  const { new_signature, rising } = facts.rules
  if (rule === 'rising') return rising !== null && reaches(value, rising) && value >= rising.times * usual
  return (
    new_signature !== null &&
    reaches(value, new_signature) &&
    first_seen > addDays(newestDay(facts), -newsDays)
  )
}

/** The newest version with the one before it at the same age. */
function inReleases({ releases }: ProductFacts): SignatureEvent[] {
  const comparison = releases && newestComparison(releases)
  return comparison ? comparison.rows.flatMap((row) => ofRow(row, comparison)) : []
}

function ofRow(row: ComparedSignature, { now, before }: ReleaseComparison): SignatureEvent[] {
  const { kind, signature, first_seen, only } = row
  if (kind !== 'new' && kind !== 'rising') return []
  const isNew = kind === 'new' && isSince(now.release, first_seen)
  return [
    {
      rule: isNew ? 'new_signature' : 'rising',
      subject: signature,
      value: row.now.share,
      usual: row.before.share,
      version: now.release.name,
      against: before.release.name,
      only,
      first_seen,
    },
  ]
}

/** All versions: the days since a signature appeared with those before, a week with the one before. */
function inWeeks(facts: ProductFacts): SignatureEvent[] {
  const days = wholeDays(facts)
  const began = days.find(({ count }) => count > 0)?.date
  if (!began) return []
  const trends = trendsOf(facts.leading.map((signature) => ({ signature, product: days })))
  return facts.leading.flatMap(({ signature: subject, first_seen }, place): SignatureEvent[] => {
    const { trend, share, share_before } = trends[place]!
    const rule = ruleOf(trend, {
      isOld: began <= addDays(first_seen, -leastDaysBefore),
      hasWeeks: began <= (days.at(-14)?.date ?? ''),
    })
    return rule ? [{ ...everything, rule, subject, value: share, usual: share_before, first_seen }] : []
  })
}

/** Only where the time before is known. */
function ruleOf(trend: SignatureTrend['trend'], { isOld, hasWeeks }: { isOld: boolean; hasWeeks: boolean }) {
  if (trend === 'new') return isOld ? 'new_signature' : null
  return trend === 'rising' && hasWeeks ? 'rising' : null
}

export function versionAlerts(facts: ProductFacts): Candidate[] {
  const least = facts.rules.version_rate
  const comparison = facts.releases && newestComparison(facts.releases)
  if (!least || !comparison?.rateChange || comparison.rateChange <= 1) return []
  const { now, before, rateChange } = comparison
  const versions = { version: now.release.name, against: before.release.name }
  return rateChange < least.times
    ? []
    : [
        {
          ...{ ...everything, ...versions, product: facts.product, rule: 'version_rate' },
          ...{ subject: now.release.name, day: newestDay(facts), value: rateChange, usual: 1 },
        },
      ]
}

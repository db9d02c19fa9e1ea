// What matters about a release, as a sentence.

import { formatDay, formatShare, formatTimes, plural } from '../../../shared/text/format.ts'
import type { Finding, Headline } from '../../../shared/releases/headline.ts'

/** Text, or a signature to link. */
export type SentencePart = string | { signature: string }

/** `sim::Cache::Evict is new since 15 Oct, Windows NT only, 4.7 % of crashes.`: without the name of the release. */
export function sentenceOf(headline: Headline): SentencePart[] {
  const { findings, count, against, age, rate_change } = headline
  const clauses: SentencePart[][] = findings.map((finding) => clauseOf(finding, headline))
  if (rate_change !== null) clauses.push([rateClause(rate_change, against)])
  if (count > findings.length) clauses.push([plural(count - findings.length, 'more difference')])
  if (clauses.length === 0)
    return [`nothing differs from ${against} at the same age, ${plural(age, 'day')}, by more than chance.`]
  return [...clauses.flatMap((clause, place) => (place === 0 ? clause : ['; ', ...clause])), '.']
}

function clauseOf(finding: Finding, { against }: Headline): SentencePart[] {
  const { signature, kind, only, since, share, share_before } = finding
  const where = only === null ? '' : `, ${only} only`
  const of = `${formatShare(share)} of crashes`
  const before = `${formatShare(share_before)} in ${against} at the same age`
  const text = {
    new:
      since === null
        ? ` was not in ${against} at the same age${where}, ${of}`
        : ` is new since ${formatDay(since)}${where}, ${of}`,
    rising: ` is more frequent${where}: ${of}, ${before}`,
    falling: ` is less frequent${where}: ${of}, ${before}`,
    gone: ` has disappeared${where}: ${before}`,
  }[kind]
  return [{ signature }, text]
}

const rateClause = (change: number, against: string) =>
  change > 1
    ? `crashes are ${formatTimes(change)} times as frequent as in ${against} at the same age`
    : `crashes are ${formatTimes(100 * (1 - change))} % less frequent than in ${against} at the same age`

/** For titles and tests. */
export const sentenceText = (headline: Headline): string =>
  sentenceOf(headline)
    .map((part) => (typeof part === 'string' ? part : part.signature))
    .join('')

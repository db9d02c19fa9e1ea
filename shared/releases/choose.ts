// Which two releases are compared where the reader has not chosen, and what matters about them.
import { ascending } from '../text/ascending.ts'
import { compareReleases, isSince, type ReleaseComparison } from './compare.ts'
import type { Release, ReleaseKind, ReleasesAggregate } from './document.ts'
import type { Finding, Headline } from './headline.ts'

/** With fewer reports a release is not compared unless the reader chooses it. */
const leastReports = 50
/** Findings in a headline. */
const mostFindings = 2

const isUp = ({ kind }: Pick<Finding, 'kind'>) => kind === 'new' || kind === 'rising'

const reportsOf = ({ at }: Release) => {
  let count = 0
  for (let i = 1; i < at.length; i += 3) count += at[i]!
  return count
}

/** The releases of a kind and of the channel with the most crashes now, the newest first. */
function leading(document: ReleasesAggregate, kind: ReleaseKind): Release[] {
  const own = document.releases.filter(
    (release) => release.kind === kind && reportsOf(release) >= leastReports,
  )
  const recent = new Map<string, number>()
  for (const release of own) recent.set(release.channel, (recent.get(release.channel) ?? 0) + release.recent)
  const [main] = [...recent].sort(([a, x], [b, y]) => y - x || ascending(a, b))[0] ?? []
  return own.filter(({ channel }) => channel === main)
}

/** The newest release of a kind on the channel with the most crashes; null: none has enough reports. */
export const leadingRelease = (document: ReleasesAggregate, kind: ReleaseKind): Release | null =>
  leading(document, kind)[0] ?? null

/** The release of the same kind and channel before this one, or any other with the most crashes; null: none. */
export function releaseBefore(document: ReleasesAggregate, release: Release): Release | null {
  const own = document.releases.filter(({ kind }) => kind === release.kind)
  const older = own.slice(own.indexOf(release) + 1).filter(({ channel }) => channel === release.channel)
  const enough = older.find((one) => reportsOf(one) >= leastReports)
  const others = own.filter((one) => one !== release).sort((a, b) => b.recent - a.recent)
  return enough ?? older[0] ?? others[0] ?? null
}

/** The newest version with the one before it; null: there are no two versions to compare. */
export function newestComparison(document: ReleasesAggregate): ReleaseComparison | null {
  const [newest, before] = leading(document, 'version')
  return newest && before ? compareReleases(document, newest, before) : null
}

/** What matters about the newest version; null: there are no two versions to compare. */
export function headlineOf(document: ReleasesAggregate): Headline | null {
  const comparison = newestComparison(document)
  return comparison && headlineFor(comparison)
}

/** What matters about a comparison. */
export function headlineFor(comparison: ReleaseComparison): Headline {
  const { now, before, age, rateChange, rows } = comparison
  const findings = rows.flatMap((row): Finding[] => {
    const { signature, kind, first_seen, only } = row
    if (kind === null) return []
    const since = isSince(now.release, first_seen) ? first_seen : null
    return [{ kind, signature, since, only, share: row.now.share, share_before: row.before.share }]
  })
  const ordered = [...findings.filter(isUp), ...findings.filter((one) => !isUp(one))]
  return {
    name: now.release.name,
    against: before.release.name,
    age: Math.floor(age / 86_400),
    rate_change: rateChange,
    findings: ordered.slice(0, mostFindings),
    count: findings.length,
  }
}

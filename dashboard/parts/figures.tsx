// Counts: estimates are marked and show their sample.
import type { Tally } from '../../shared/aggregates/documents.ts'
import { formatCount, formatShare, plural } from '../model/format.ts'
import { isSampled, marginOf } from '../model/tally.ts'

/** The weighted count; `≈` before it when it is an estimate. */
export function Estimate({ tally }: { tally: Tally }) {
  const text = formatCount(tally.weighted)
  if (!isSampled(tally)) return <>{text}</>
  return (
    <span title={`Estimated from ${plural(tally.count, 'report')}`}>
      <span class="about" role="img" aria-label="about">
        ≈
      </span>
      {text}
    </span>
  )
}

/** The basis of an estimate. `groups` are the finest tallies that sum to `total`. */
export function SampleNote({ total, groups }: { total: Tally; groups: readonly Tally[] }) {
  return <>{sampleText(total, marginOf(groups))}</>
}

/** `± 680, estimated from 1,230 reports`; `exact: every report was stored` when nothing was sampled. */
export function sampleText(total: Tally, margin: number | null): string {
  if (total.count === 0) return 'no reports'
  if (!isSampled(total)) return 'exact: every report was stored'
  const reports = `estimated from ${plural(total.count, 'report')}`
  return margin === null ? `${reports}, too few for an error margin` : `± ${formatCount(margin)}, ${reports}`
}

/** A percentage as text and as a bar; `most` is the value of a full bar. */
export function ShareBar({ share, most = 1 }: { share: number; most?: number }) {
  return (
    <span class="share">
      <span class="share-text">{formatShare(share)}</span>
      <span class="share-track" aria-hidden="true">
        <span class="share-bar" style={{ width: `${Math.min(100, (100 * share) / (most || 1))}%` }} />
      </span>
    </span>
  )
}

/** Small bars of days that show the trend only. */
export function Sparkline({ values }: { values: number[] }) {
  const most = Math.max(1, ...values)
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${values.length} 10`}
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      {values.map((value, day) => {
        const height = value > 0 ? Math.max(0.6, (10 * value) / most) : 0.25
        return <rect key={day} x={day + 0.12} width={0.76} y={10 - height} height={height} />
      })}
    </svg>
  )
}

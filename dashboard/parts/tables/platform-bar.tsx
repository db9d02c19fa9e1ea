// The platforms of a row as one stacked bar, in the colors of charts.
import { type Family, families } from '../../model/crashers/cube.ts'
import { formatShare } from '../../model/format.ts'
import { shareOf } from '../../model/tally.ts'

/** The shares are its name for screen readers, and shown on hover; without crashes it is empty. */
export function PlatformBar({ sums }: { sums: Readonly<Record<Family, number>> }) {
  const total = families.reduce((sum, { key }) => sum + sums[key], 0)
  const parts = families.flatMap(({ key, name }) =>
    sums[key] > 0 ? [{ key, name, share: shareOf(sums[key], total) }] : [],
  )
  const text = parts.map(({ name, share }) => `${name} ${formatShare(share)}`).join(', ')
  if (parts.length === 0) return null
  return (
    <span class="platform-bar" role="img" aria-label={text} title={text}>
      {parts.map(({ key, share }) => (
        <span key={key} class={`platform-${key}`} style={{ width: `${100 * share}%` }} />
      ))}
    </span>
  )
}

export const PlatformLegend = () => (
  <ul class="legend platform-legend">
    {families.map(({ key, name }) => (
      <li key={key}>
        <span class={`swatch platform-${key}`} />
        {name}
      </li>
    ))}
  </ul>
)

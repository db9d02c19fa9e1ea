// The platforms of a row as one stacked bar, in the colors of charts.
import { type Family, families } from '../../model/crashers/cube.ts'
import { formatShare } from '../../model/format.ts'
import { shareOf } from '../../model/tally.ts'

interface Props {
  sums: Readonly<Record<Family, number>>
  /** The search of the crashes on a platform; null: none. */
  hrefOf: (platform: string) => string | null
}

/** Narrower parts are too small to be hit, so they are not links. */
const leastLinked = 0.25

/** Each part has its share as its name, and on hover; without crashes it is empty. */
export function PlatformBar({ sums, hrefOf }: Props) {
  const total = families.reduce((sum, { key }) => sum + sums[key], 0)
  const parts = families.flatMap(({ key, name, platform }) => {
    if (sums[key] <= 0) return []
    const share = shareOf(sums[key], total)
    const href = platform !== null && share >= leastLinked ? hrefOf(platform) : null
    return [{ key, share, href, text: `${name} ${formatShare(share)}` }]
  })
  if (parts.length === 0) return null
  return (
    <span class="platform-bar">
      {parts.map(({ key, share, href, text }) => {
        const look = { class: `platform-${key}`, style: { width: `${100 * share}%` }, title: text }
        return href === null ? (
          <span key={key} role="img" aria-label={text} {...look} />
        ) : (
          <a key={key} href={href} aria-label={text} {...look} />
        )
      })}
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

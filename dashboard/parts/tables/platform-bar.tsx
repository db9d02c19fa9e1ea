// The platforms of a row as one stacked bar, in the colors of charts.
import { type Family, families } from '../../model/crashers/cube.ts'
import { formatShare } from '../../model/format.ts'
import { shareOf } from '../../model/tally.ts'
import type { Column } from './data-table.tsx'

interface Props {
  sums: Readonly<Record<Family, number>>
  /** The search of the crashes on a platform; null: none. */
  hrefOf: (platform: string) => string | null
}

/** Narrower parts are too small to be hit, so they are not links. */
const leastLinked = 0.25

/** Each part has its share as its name, and on hover; without crashes it is empty. */
function PlatformBar({ sums, hrefOf }: Props) {
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

/** The column of a table with a bar in each row; `hrefOf` gives the search of a row's crashes on a platform, or null. */
export const platformColumn = <Row extends { families: Props['sums'] }>(
  hrefOf: (row: Row, platform: string) => string | null,
): Column<Row> => ({
  key: 'platforms',
  title: 'Platforms',
  hint: 'Shares of Windows, macOS, Linux and other platforms',
  cell: (row) => <PlatformBar sums={row.families} hrefOf={(platform) => hrefOf(row, platform)} />,
})

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

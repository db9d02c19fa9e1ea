// The figures of two releases at equal age.
import type { UsageMeasure } from '../../../shared/aggregates/documents.ts'
import type { ReleaseComparison, Side } from '../../../shared/releases/compare.ts'
import { formatCount, formatPoints, plural } from '../../model/format.ts'
import { formatRate, unitOf } from '../../model/rate.ts'
import { Estimate } from '../../parts/figures.tsx'
import { Tile, Tiles } from '../../parts/page.tsx'

interface TilesProps {
  comparison: ReleaseComparison
  measure: UsageMeasure | null
}

export function ReleaseTiles({ comparison, measure }: TilesProps) {
  const { now, before, rows } = comparison
  const differing = rows.filter(({ kind }) => kind !== null)
  const count = (kinds: readonly string[]) =>
    differing.filter(({ kind }) => kinds.includes(kind ?? '')).length
  return (
    <Tiles>
      {measure && now.rate && before.rate ? (
        <RateTile comparison={comparison} measure={measure} />
      ) : (
        <Tile text name="Crash rate" value="Not known">
          import use of both to compare rates: <code>mayday import --usage</code>
        </Tile>
      )}
      <SideTile side={now} />
      <SideTile side={before} />
      <Tile name="Signatures that differ" value={formatCount(differing.length)}>
        {differing.length === 0
          ? 'none beyond chance'
          : `${count(['new', 'rising'])} new or rising, ${count(['gone', 'falling'])} gone or falling`}
      </Tile>
    </Tiles>
  )
}

const SideTile = ({ side: { release, total } }: { side: Side }) => (
  <Tile name={`Crashes of ${release.name}`} value={<Estimate tally={total} />}>
    {plural(total.count, 'report')}
  </Tile>
)

function RateTile({ comparison, measure }: { comparison: ReleaseComparison; measure: UsageMeasure }) {
  const { now, before, rateChange } = comparison
  const [a, b] = [now.rate!, before.rate!]
  const kind = rateChange === null ? '' : rateChange > 1 ? 'worse' : 'better'
  return (
    <Tile name={`Crashes per ${unitOf[measure]}`} value={formatRate(1000 * a.value)}>
      ± {formatRate(1000 * a.margin)}, <span class={kind}>{changeText(a.value, b.value)}</span> vs.{' '}
      {formatRate(1000 * b.value)} ± {formatRate(1000 * b.margin)} of {before.release.name}
      {rateChange === null && ', not significant'}; {plural(a.days, 'day')} with known use
    </Tile>
  )
}

const changeText = (now: number, before: number) =>
  before > 0 ? `${formatPoints(100 * (now / before - 1))} %` : 'none before'

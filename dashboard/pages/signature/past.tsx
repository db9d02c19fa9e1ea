// A signature without recent crashes: what is known of it over all time.
import type { PastSignature } from '../../../shared/aggregates/documents.ts'
import { usePastSignature } from '../../data.ts'
import { formatCount, formatDate, formatDay, plural } from '../../model/format.ts'
import { Estimate } from '../../parts/figures.tsx'
import { KnownBugs } from '../../parts/known-bugs.tsx'
import { PageHead, Section, Tile, Tiles } from '../../parts/page.tsx'
import { BarTable } from '../../parts/tables/bar-table.tsx'
import { homeHref } from '../../route.ts'
import type { ComponentChildren } from 'preact'

/** The past of a signature; `children` where nothing is known of it. */
export function PastOrUnknown({
  id,
  children,
}: {
  id: string
  children: ComponentChildren
}): ComponentChildren {
  const { loaded } = usePastSignature(id)
  if (loaded.state === 'loading') return null
  if (loaded.state === 'ready' && loaded.value) return <Past past={loaded.value} />
  return children
}

function Past({ past }: { past: PastSignature }) {
  const { signature, total, first_seen, last_seen, first_build, products, weeks } = past
  const all = weeks.reduce((sum, [, weighted]) => sum + weighted, 0)
  const bars = weeks.toReversed().map(([week, weighted]) => ({
    key: week,
    name: `${formatDay(week)} ${week.slice(0, 4)}`,
    count: formatCount(weighted),
    share: all > 0 ? weighted / all : 0,
  }))
  return (
    <>
      <PageHead title={signature} over="Signature" code>
        <bdi>{signature}</bdi>
      </PageHead>
      <p class="late">
        <strong>Last seen on {formatDate(last_seen)}.</strong> Details exist for signatures with crashes in
        the last 28 days; these numbers are of all time.
      </p>
      <Tiles>
        <Tile name="Crashes, all time" value={<Estimate tally={total} />}>
          {plural(total.count, 'report')}
        </Tile>
        <Tile name="First seen" value={formatDate(first_seen)}>
          {first_build ? `lowest build ${first_build}` : 'no build IDs'}
        </Tile>
        <Tile name="Last seen" value={formatDate(last_seen)} />
        <Tile text name="Products" value={products.length}>
          {products.map((product) => (
            <a key={product} href={homeHref(product)}>
              <bdi>{product}</bdi>{' '}
            </a>
          ))}
        </Tile>
      </Tiles>
      <KnownBugs bugs={past.bugs ?? []} />
      <Section id="weeks" title="Crashes per week">
        <BarTable
          caption="Crashes per week, the newest first"
          headers={['Week from', 'Crashes']}
          bars={bars}
        />
      </Section>
    </>
  )
}

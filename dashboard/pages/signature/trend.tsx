// The crashes of each day, and what the reader explores further; both for the days and in the style of the URL.
import { useState } from 'preact/hooks'
import type { SignatureAggregate } from '../../../shared/aggregates/documents.ts'
import type { IsoDate } from '../../../shared/units.ts'
import type { Home } from '../../model/freshness.ts'
import { formatDate } from '../../model/format.ts'
import type { SignatureView } from '../../model/signature-view.ts'
import { seriesOf } from '../../model/series.ts'
import {
  chartStyles,
  type Exploration,
  needsSearch,
  printExploration,
  readExploration,
} from '../../model/signature/exploration.ts'
import { versionMarkers } from '../../model/signature/markers.ts'
import { isSampled } from '../../model/tally.ts'
import { Chart } from '../../parts/chart/chart.tsx'
import { SelectField } from '../../parts/forms/filters.tsx'
import { lazyPage } from '../../parts/lazy-page.tsx'
import { Section } from '../../parts/page.tsx'
import { signatureHref } from '../../route.ts'
import { navigate } from '../../router.ts'

/** It has the code of searches, which most visits do not need. */
const Explore = lazyPage(async () => (await import('./explore/explore.tsx')).Explore, '12rem')

interface TrendProps {
  home: Home
  signature: SignatureAggregate
  view: SignatureView
  /** Undefined: all products. */
  product: string | undefined
  query: URLSearchParams
  /** The search over the crashes of the page. */
  filters: URLSearchParams
}

export function TrendAndExplore({ home, signature, view, product, query, filters }: TrendProps) {
  const exploration = readExploration(query)
  const [opened, setOpened] = useState(false)
  const change = (changed: Partial<Exploration>) =>
    navigate(
      signatureHref(
        signature.signature,
        { product: query.get('product') ?? undefined, version: query.get('version') ?? undefined },
        printExploration({ ...exploration, ...changed }),
      ),
    )
  const only = signature.products.length === 1 ? signature.products[0]?.product : undefined
  const markers = versionMarkers(home, product ?? only)
  const byProduct = product === undefined && signature.products.length > 1
  return (
    <>
      {view.total.count > 0 && (
        <Trend {...{ view, byProduct, exploration, markers }} checked={home.checked_at} onChange={change} />
      )}
      {opened || needsSearch(exploration) ? (
        <Explore
          exploration={exploration}
          onChange={change}
          filters={filters}
          dates={view.dates}
          markers={markers}
        />
      ) : (
        <p class="actions explore-open">
          <button type="button" class="button" onClick={() => setOpened(true)}>
            Explore: graphs, breakdowns and columns of any field, stacks, comments
          </button>
        </p>
      )}
    </>
  )
}

const styleNames = { stacked: 'Stacked', lines: 'Lines', share: 'Share' } satisfies Record<
  Exploration['style'],
  string
>

interface GraphProps {
  view: SignatureView
  byProduct: boolean
  exploration: Exploration
  markers: readonly { date: IsoDate; text: string }[]
  checked: string
  onChange: (change: Partial<Exploration>) => void
}

function Trend({ view, byProduct, exploration, markers, checked, onChange }: GraphProps) {
  const { style, from, to } = exploration
  const what = byProduct ? 'product' : 'version'
  const first = from === null ? 0 : Math.max(0, view.dates.indexOf(from))
  const last = to === null || !view.dates.includes(to) ? view.dates.length : view.dates.indexOf(to) + 1
  const dates = view.dates.slice(first, last)
  const groups = view.lines.map((line) => ({
    name: (byProduct ? line.product : line.version) || 'none',
    days: line.days.slice(first, last),
  }))
  const isPart = view.partial !== undefined && dates.includes(view.partial)
  const choice = (
    <SelectField
      id="trend-style"
      label="As"
      value={style}
      options={chartStyles.map((one) => [one, styleNames[one]] as const)}
      onChange={(chosen) => onChange({ style: chosen })}
    />
  )
  return (
    <Section id="trend" title={`Crashes per day by ${what}`} action={choice}>
      {(from !== null || to !== null) && (
        <p class="note section-note">
          {formatDate(dates[0] ?? '')} to {formatDate(dates.at(-1) ?? '')}.{' '}
          <button type="button" class="link-button" onClick={() => onChange({ from: null, to: null })}>
            Show all days
          </button>
        </p>
      )}
      <Chart
        title={`Crashes per day by ${what}${isSampled(view.total) ? ', estimated' : ''}`}
        dates={dates}
        series={seriesOf(groups, { length: dates.length, most: 5 })}
        partial={isPart ? { date: view.partial!, until: checked } : null}
        style={style}
        markers={markers.filter(({ date }) => dates.includes(date))}
        onChooseDays={(chosen, until) => onChange({ from: chosen, to: until })}
      />
    </Section>
  )
}

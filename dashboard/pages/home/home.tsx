// The home page: crash counts, products, platforms, top signatures.

import { useState } from 'preact/hooks'
import {
  byEstimate,
  type ProductAggregate,
  type ProductUsage,
  type Tally,
} from '../../../shared/aggregates/documents.ts'
import type { AlertsAggregate } from '../../../shared/alerts/alert.ts'
import type { IsoDate } from '../../../shared/units.ts'
import { type Loaded, useAlerts, useHome } from '../../data.ts'
import { formatClock, formatCount, formatDate, formatDay, formatPoints, plural } from '../../model/format.ts'
import { type Home, isToday } from '../../model/freshness.ts'
import { leadingVersions, type Overview, overviewOf, type Week } from '../../model/overview.ts'
import { formatRate, rateOf, ratesByDay, unitOf } from '../../model/rate.ts'
import { seriesOf, totalsByDay } from '../../model/series.ts'
import { isSampled, noTally, shareOf } from '../../model/tally.ts'
import { Chart } from '../../parts/chart/chart.tsx'
import { Estimate, SampleNote, Sparkline } from '../../parts/figures.tsx'
import { UnusedParameters } from '../../parts/forms/unused-parameters.tsx'
import { Age, useNow } from '../../parts/freshness.tsx'
import { Notices } from '../../parts/notices.tsx'
import { Await, Empty, HowToSubmit, PageHead, Section, Skeleton, Tile, Tiles } from '../../parts/page.tsx'
import { BarTable } from '../../parts/tables/bar-table.tsx'
import { Time } from '../../parts/time.tsx'
import { homeHref, topCrashersHref } from '../../route.ts'
import { Alerts } from './alerts.tsx'
import { News } from './news.tsx'
import { ProductPicker } from './product-picker.tsx'
import { Refused } from './refused.tsx'
import { SignatureTable } from './top-signatures.tsx'

const mostPlatforms = 5
const mostSignatures = 15
const mostParts = 12

export function HomePage({ query }: { query: URLSearchParams }) {
  const home = useHome()
  const alerts = useAlerts().loaded
  return (
    <Await resource={home} heading={<PageHead title="Overview" />} height="70rem" missing={<NothingYet />}>
      {(value) => {
        if (value.products.length === 0) return <NothingYet home={value} />
        // Alerts come above most of the page, which would move when they arrive.
        if (alerts.state === 'loading') return <Loading />
        return <Products home={value} alerts={alerts} query={query} />
      }}
    </Await>
  )
}

const Loading = () => (
  <>
    <PageHead title="Overview" />
    <Skeleton height="70rem" />
  </>
)

function NothingYet({ home }: { home?: Home }) {
  return (
    <>
      <PageHead title="Overview" />
      <Empty title="No crashes yet">
        <HowToSubmit />
      </Empty>
      {home && <Refused home={home} product={undefined} accepted={noTally} />}
    </>
  )
}

interface ProductsProps {
  home: Home
  alerts: Loaded<AlertsAggregate>
  query: URLSearchParams
}

function Products({ home, alerts, query }: ProductsProps) {
  const wanted = query.get('product')
  const product = home.products.find(({ name }) => name === wanted)
  const products = product ? [product] : home.products
  const overview = overviewOf(home, products, mostSignatures)
  const usage = products.length === 1 ? products[0]!.usage : undefined
  return (
    <>
      <PageHead
        title={product ? product.name : 'Overview'}
        under={
          <>
            {product?.description ? `${product.description} · ` : ''}
            {rangeText(home)}
            {home.newest_crash && (
              <>
                {' '}
                · newest crash <Time at={home.newest_crash} />
              </>
            )}
            {' · '}
            <Age home={home} />
          </>
        }
      />
      <Notices home={home} />
      <UnusedParameters query={query} known={['product']} />
      {wanted && !product && <p class="note">No crashes for product “{wanted}”. Showing all products.</p>}
      {home.products.length > 1 && (
        <ProductPicker
          names={home.products.map(({ name }) => name)}
          current={product?.name}
          hrefOf={homeHref}
        />
      )}
      <News products={products} />
      <Alerts alerts={alerts} product={product} since={home.dates[0] ?? ''} />
      <Figures home={home} overview={overview} usage={usage} />
      <Refused home={home} product={product} accepted={overview.total} />
      <PlatformChart home={home} overview={overview} usage={usage} name={product?.name ?? 'all products'} />
      {!product && <ProductCards home={home} />}
      <Section
        id="signatures"
        title="Top signatures"
        action={<a href={topCrashersHref({ product: product?.name, days: '28' })}>All in Top Crashers</a>}
      >
        <SignatureTable rows={overview.top} total={overview.total} showProduct={!product} />
      </Section>
      {product && <Breakdown product={product} />}
    </>
  )
}

const rangeText = ({ dates }: Home) =>
  dates.length ? `${plural(dates.length, 'day')} to ${formatDate(dates.at(-1)!)}` : 'no days'

interface FiguresProps {
  home: Home
  overview: Overview
  usage: ProductUsage | undefined
}

function Figures({ home, overview, usage }: FiguresProps) {
  const { total, groups, partial, week } = overview
  return (
    <Tiles>
      <Tile name={`Crashes, ${plural(home.dates.length, 'day')}`} value={<Estimate tally={total} />}>
        <SampleNote total={total} groups={groups} />
      </Tile>
      {week && week.current.count + week.previous.count > 0 && (
        <Tile name={`7 full days to ${formatDay(week.to)}`} value={<Estimate tally={week.current} />}>
          <WeekNote {...week} />
        </Tile>
      )}
      {partial && <PartialDay home={home} {...partial} />}
      {usage && <RateTile usage={usage} days={partial ? usage.days.slice(0, -1) : usage.days} />}
      <Tile name="Signatures" value={formatCount(overview.signatureCount)}>
        distinct, all versions
      </Tile>
    </Tiles>
  )
}

/** Called today only on that day of the reader. */
function PartialDay({ home, date, total }: { home: Home; date: IsoDate; total: Tally }) {
  const name = isToday(date, useNow()) ? 'Today so far' : `Part of ${formatDay(date)}`
  return (
    <Tile name={name} value={<Estimate tally={total} />}>
      {isSampled(total) && <>{plural(total.count, 'report')}, </>}
      until <Time at={home.checked_at} text={formatClock(home.checked_at)} />
    </Tile>
  )
}

/** The crash rate of days that are over. */
function RateTile({ usage: { measure }, days }: { usage: ProductUsage; days: ProductUsage['days'] }) {
  const rate = rateOf(days)
  if (rate === null) return null
  return (
    <Tile name={`Crashes per ${unitOf[measure]}`} value={formatRate(rate.value)}>
      {rate.margin === null ? 'too few reports for an error margin' : `± ${formatRate(rate.margin)}`},{' '}
      {plural(rate.days, 'day')} with known use
    </Tile>
  )
}

function WeekNote({ current, previous, isDifferent }: Week) {
  if (previous.count === 0) return <>none in the previous 7 days</>
  const change = 100 * (current.weighted / previous.weighted - 1)
  const kind = !isDifferent ? '' : change > 0 ? 'worse' : 'better'
  return (
    <>
      <span class={kind}>{formatPoints(change)} %</span> vs. {formatCount(previous.weighted)} before
      {!isDifferent && ', not significant'}
    </>
  )
}

function PlatformChart({ home, overview, usage, name }: FiguresProps & { name: string }) {
  const series = seriesOf(overview.platforms, { length: home.dates.length, most: mostPlatforms })
  const estimated = isSampled(overview.total)
  return (
    <Section id="days" title="Crashes per day by platform">
      {estimated && (
        <p class="note section-note">
          Estimated: each report counts for as many crashes as it represents in its sample.
        </p>
      )}
      <Chart
        title={`Crashes per day by platform, ${name}${estimated ? ', estimated' : ''}`}
        dates={home.dates}
        series={series}
        partial={overview.partial && { date: overview.partial.date, until: home.checked_at }}
        column={ratesByDay(usage)}
        byPlatform
      />
    </Section>
  )
}

/** Cards of further products are shown on demand. */
const mostCards = 8

function ProductCards({ home }: { home: Home }) {
  const [all, setAll] = useState(false)
  const shown = all ? home.products : home.products.slice(0, mostCards)
  return (
    <Section id="products" title="Products">
      <ul class="cards">
        {shown.map((product) => (
          <li class="card" key={product.slug}>
            <ProductCard product={product} length={home.dates.length} />
          </li>
        ))}
      </ul>
      {home.products.length > mostCards && (
        <p class="more">
          <button type="button" class="button" aria-expanded={all} onClick={() => setAll(!all)}>
            {all
              ? `Show the ${mostCards} with the most crashes`
              : `Show all ${home.products.length} products`}
          </button>
        </p>
      )}
    </Section>
  )
}

function ProductCard({ product, length }: { product: ProductAggregate; length: number }) {
  const days = totalsByDay(product.platforms, length).map(({ weighted }) => weighted)
  const versions = leadingVersions(product, 4)
  return (
    <>
      <h3>
        <a href={homeHref(product.name)}>
          <bdi>{product.name}</bdi>
        </a>
      </h3>
      {product.description && <p class="card-text">{product.description}</p>}
      <div class="card-figures">
        <span class="card-value">
          <Estimate tally={product.total} />
        </span>
        <Sparkline values={days} />
        <p class="note">{cardText(product)}</p>
      </div>
      <ul class="chips" aria-label={`Top crashers of ${product.name}`}>
        <li>
          <a href={topCrashersHref({ product: product.name })}>Top crashers</a>
        </li>
        {versions.map(({ version }) => (
          <li key={version}>
            <a href={topCrashersHref({ product: product.name, version })}>{version}</a>
          </li>
        ))}
      </ul>
    </>
  )
}

function cardText({ total, signature_count }: ProductAggregate): string {
  const crashes = total.weighted === 1 ? 'crash' : 'crashes'
  const from = isSampled(total) ? ` from ${plural(total.count, 'report')}` : ''
  return `${crashes}${from}, ${plural(signature_count, 'signature')}`
}

function Breakdown({ product }: { product: ProductAggregate }) {
  const { versions, channels } = product
  return (
    <div class="columns">
      <Part product={product} title="Versions" rows={versions} parameter="version" />
      <Part product={product} title="Channels" rows={channels} parameter="channel" />
    </div>
  )
}

interface PartProps<Parameter extends string> {
  product: ProductAggregate
  title: string
  /** Of Top Crashers, and the member of a row that has its value. */
  parameter: Parameter
  rows: readonly ({ total: Tally } & Record<Parameter, string>)[]
}

function Part<Parameter extends string>({ product, title, parameter, rows }: PartProps<Parameter>) {
  const largest = [...rows].sort((a, b) => byEstimate(a.total, b.total))
  const bars = largest.slice(0, mostParts).map((row) => {
    const name = row[parameter]
    const href = topCrashersHref({ product: product.name, [parameter]: name })
    return {
      key: name,
      name: <a href={href}>{name}</a>,
      count: <Estimate tally={row.total} />,
      share: shareOf(row.total.weighted, product.total.weighted),
    }
  })
  return (
    <Section id={title.toLowerCase()} title={title}>
      <BarTable caption={`${title} of ${product.name}`} headers={[title, 'Crashes']} bars={bars} />
      {rows.length > mostParts && (
        <p class="note">
          The {mostParts} with the most crashes, of {formatCount(rows.length)}.
        </p>
      )}
    </Section>
  )
}

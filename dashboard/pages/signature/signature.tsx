// One signature: frequency, history, breakdown, recent reports.
import { useEffect, useState } from 'preact/hooks'
import type { ReportRow } from '../../../shared/aggregates.ts'
import { signatureId, useLocations, useSignature } from '../../data.ts'
import type { DatedSignature } from '../../model/dated-signature.ts'
import { formatCount, formatDate, plural } from '../../model/format.ts'
import { BugLinks } from '../../parts/bug-links.tsx'
import { Chart } from '../../parts/chart.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Estimate, SampleNote } from '../../parts/figures.tsx'
import { LateNotice } from '../../parts/freshness.tsx'
import { Await, Empty, PageHead, Section, Tile, Tiles } from '../../parts/page.tsx'
import { KnownBugs } from '../../parts/known-bugs.tsx'
import { ProductPicker } from '../../parts/product-picker.tsx'
import { signatureHref, topCrashersHref } from '../../route.ts'
import { seriesOf } from '../../model/series.ts'
import { addTallies, isSampled } from '../../model/tally.ts'
import { FacetList, ReportTable } from './facets-and-reports.tsx'
import { SignatureSteps } from './steps.tsx'

export function SignaturePage({ query }: { query: URLSearchParams }) {
  const signature = query.get('signature')
  const given = query.get('id')?.toLowerCase() ?? null
  const hashed = useHash(isId(given) ? null : signature)
  const id = isId(given) ? given : hashed.id
  const resource = useSignature(id)
  if (!id && signature === null) return <Unknown text="The URL contains no signature." />
  if (hashed.error) return <Unknown text={hashed.error} />
  return (
    <Await
      resource={resource}
      heading={<SignatureHead signature={signature} />}
      height="70rem"
      missing={<Unknown signature={signature} text="No data for this signature." />}
    >
      {(value) => <Signature value={value} product={query.get('product') ?? undefined} />}
    </Await>
  )
}

interface Hashed {
  id: string | null
  error?: string
}

/** The id of a signature, once it is computed; of null: none. */
function useHash(signature: string | null): Hashed {
  const [hashed, setHashed] = useState<Hashed & { of: string | null }>({ of: null, id: null })
  useEffect(() => {
    if (signature === null) return
    signatureId(signature).then(
      (id) => setHashed({ of: signature, id }),
      (error: Error) => setHashed({ of: signature, id: null, error: error.message }),
    )
  }, [signature])
  return hashed.of === signature ? hashed : { id: null }
}

const isId = (text: string | null): text is string => /^[0-9a-f]{16}$/.test(text ?? '')

const SignatureHead = ({ signature }: { signature: string | null }) => (
  <PageHead
    title={signature ?? 'Signature'}
    over={signature ? 'Signature' : undefined}
    code={signature !== null}
  />
)

function Unknown({ signature = null, text }: { signature?: string | null; text: string }) {
  return (
    <>
      <SignatureHead signature={signature} />
      <Empty title={text}>
        {signature && <Moved signature={signature} />}
        <p>
          Pages exist for signatures with crashes in the last 28 days. Search for it in{' '}
          <a href={topCrashersHref()}>Top Crashers</a>, or query the tables: <code>mayday sql</code>.
        </p>
      </Empty>
    </>
  )
}

/** A link to the signature of the same location, if symbols have given the crashes another one. */
function Moved({ signature }: { signature: string }) {
  const location = /@([0-9a-f]{8})$/.exec(signature)?.[1]
  return location === undefined ? null : <MovedFrom location={location} />
}

function MovedFrom({ location }: { location: string }) {
  const loaded = useLocations()
  const moved =
    loaded.state === 'ready' ? loaded.value.locations.find((entry) => entry.location === location) : null
  if (!moved) return null
  return (
    <p>
      Since symbols arrived, its crashes have the signature{' '}
      <a href={signatureHref(moved.signature)}>
        <code>{moved.signature}</code>
      </a>
      .
    </p>
  )
}

interface ValueProps {
  value: DatedSignature
  /** Undefined: all products. */
  product: string | undefined
}

function Signature({ value, product }: ValueProps) {
  const products = [...new Set(value.trend.map((line) => line.product))].sort()
  const chosen = products.includes(product ?? '') ? product : undefined
  const newest = value.reports.find((report) => !chosen || report.product === chosen)
  return (
    <>
      <PageHead title={value.signature} over="Signature" code>
        {value.signature} <CopyButton text={value.signature} label="Copy the signature" />
      </PageHead>
      <LateNotice home={value.home} />
      {products.length > 1 && (
        <ProductPicker
          names={products}
          current={chosen}
          hrefOf={(name) => signatureHref(value.signature, name)}
        />
      )}
      {newest && <Actions signature={value.signature} report={newest} />}
      <Facts value={value} product={chosen} />
      <KnownBugs bugs={value.bugs ?? []} />
      <Trend value={value} product={chosen} byProduct={!chosen && products.length > 1} />
      <Facets value={value} product={chosen} />
      <Section id="reports" title="Recent reports">
        <ReportTable reports={value.reports} product={chosen} />
      </Section>
      {newest && <SignatureSteps key={newest.crash_id} crashId={newest.crash_id} />}
      {value.proto_signature && <ProtoSignature text={value.proto_signature} />}
    </>
  )
}

const Actions = ({ signature, report }: { signature: string; report: ReportRow }) => (
  <p class="actions">
    <BugLinks
      crash_id={report.crash_id}
      signature={signature}
      product={report.product}
      version={report.version ?? undefined}
      platform={report.platform_pretty_version ?? report.platform ?? undefined}
      reason={report.reason ?? undefined}
    />
  </p>
)

const Facets = ({ value, product }: ValueProps) => (
  <Section id="facets" title="Where it happens">
    {product && <p class="note section-note">All products combined.</p>}
    <div class="facets">
      {value.facets.map((facet) => (
        <FacetList key={facet.column} facet={facet} total={value.total} />
      ))}
    </div>
    {value.facets.length === 0 && <Empty title="Nothing to break down" />}
  </Section>
)

const ProtoSignature = ({ text }: { text: string }) => (
  <Section id="proto-signature" title="Proto signature">
    <p class="note section-note">The most frequent stack with this signature, innermost frame first.</p>
    <ol class="proto code">
      {text.split(' | ').map((part, index) => (
        <li key={index}>{part}</li>
      ))}
    </ol>
  </Section>
)

const linesOf = ({ value: { trend }, product }: ValueProps) =>
  trend.filter((line) => !product || line.product === product)

function Facts({ value, product }: ValueProps) {
  const groups = linesOf({ value, product }).map((line) => addTallies(line.days))
  const total = product ? addTallies(groups) : value.total
  const ofAll = product ? ', all products' : ''
  return (
    <Tiles>
      <Tile name={`Crashes, ${plural(value.dates.length, 'day')}`} value={<Estimate tally={total} />}>
        <SampleNote total={total} groups={groups} />
      </Tile>
      <Tile name="First seen" value={formatDate(value.first_seen)}>
        {value.first_build ? `lowest build ${value.first_build}` : 'no build IDs'}
        {ofAll}
      </Tile>
      <Tile name="Last seen" value={formatDate(value.last_seen)}>
        {product && 'all products'}
      </Tile>
      <Tile name="Installations" value={formatCount(value.installs)}>
        distinct installation times{ofAll}
      </Tile>
    </Tiles>
  )
}

function Trend({ value, product, byProduct }: ValueProps & { byProduct: boolean }) {
  const what = byProduct ? 'product' : 'version'
  const groups = linesOf({ value, product }).map((line) => ({
    name: (byProduct ? line.product : line.version) || 'none',
    days: line.days,
  }))
  const series = seriesOf(groups, { length: value.dates.length, most: 5 })
  return (
    <Section id="trend" title={`Crashes per day by ${what}`}>
      <Chart
        title={`Crashes per day by ${what}${isSampled(value.total) ? ', estimated' : ''}`}
        dates={value.dates}
        series={series}
        partial={value.partial === undefined ? null : { date: value.partial, until: value.home.checked_at }}
      />
    </Section>
  )
}

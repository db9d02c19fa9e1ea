// One signature: frequency, history, breakdown, recent reports.
import { useEffect, useState } from 'preact/hooks'
import type { SignatureAggregate } from '../../shared/aggregates.ts'
import { signatureId, useSignature } from '../data.ts'
import { formatCount, formatDate, plural } from '../model/format.ts'
import { BugLinks } from '../parts/bug-links.tsx'
import { Chart } from '../parts/chart.tsx'
import { CopyButton } from '../parts/copy-button.tsx'
import { Estimate, SampleNote } from '../parts/figures.tsx'
import { Await, Empty, PageHead, Section, Tile, Tiles } from '../parts/page.tsx'
import { signatureHref, topCrashersHref } from '../route.ts'
import { seriesOf } from '../model/series.ts'
import { addTallies, isSampled } from '../model/tally.ts'
import { FacetList, ReportTable } from './signature-parts.tsx'
import { SignatureSteps } from './signature-steps.tsx'

export function SignaturePage({ query }: { query: URLSearchParams }) {
  const signature = query.get('signature')
  const given = query.get('id')?.toLowerCase() ?? null
  const [hashed, setHashed] = useState<{ of: string; id: string } | { of: string; error: string } | null>(
    null,
  )
  const needsHash = signature !== null && !isId(given)
  useEffect(() => {
    if (!needsHash) return
    signatureId(signature).then(
      (id) => setHashed({ of: signature, id }),
      (error: Error) => setHashed({ of: signature, error: error.message }),
    )
  }, [needsHash, signature])
  const current = hashed?.of === signature ? hashed : null
  const id = isId(given) ? given : current && 'id' in current ? current.id : null
  const resource = useSignature(id)
  if (!id && !needsHash) return <Unknown text="The URL contains no signature." />
  if (current && 'error' in current) return <Unknown text={current.error} />
  return (
    <Await
      resource={resource}
      heading={
        <PageHead
          title={signature ?? 'Signature'}
          over={signature ? 'Signature' : undefined}
          code={signature !== null}
        />
      }
      height="70rem"
      missing={<Unknown signature={signature} text="No data for this signature." />}
    >
      {(value) => <Signature value={value} product={query.get('product') ?? undefined} />}
    </Await>
  )
}

const isId = (text: string | null): text is string => /^[0-9a-f]{16}$/.test(text ?? '')

function Unknown({ signature, text }: { signature?: string | null; text: string }) {
  return (
    <>
      <PageHead
        title={signature ?? 'Signature'}
        over={signature ? 'Signature' : undefined}
        code={!!signature}
      />
      <Empty title={text}>
        <p>
          Pages exist for signatures with crashes in the last 28 days. Search for it in{' '}
          <a href={topCrashersHref()}>Top Crashers</a>, or query the tables: <code>mayday sql</code>.
        </p>
      </Empty>
    </>
  )
}

function Signature({ value, product }: { value: SignatureAggregate; product: string | undefined }) {
  const products = [...new Set(value.trend.map((line) => line.product))].sort()
  const chosen = products.includes(product ?? '') ? product : undefined
  const newest = value.reports.find((report) => !chosen || report.product === chosen)
  return (
    <>
      <PageHead title={value.signature} over="Signature" code>
        {value.signature} <CopyButton text={value.signature} label="Copy the signature" />
      </PageHead>
      {products.length > 1 && (
        <nav class="picker" aria-label="Products">
          <a href={signatureHref(value.signature)} aria-current={chosen ? undefined : 'true'}>
            All products
          </a>
          {products.map((name) => (
            <a
              key={name}
              href={signatureHref(value.signature, name)}
              aria-current={name === chosen ? 'true' : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
      )}
      {newest && (
        <p class="actions">
          <BugLinks
            crash_id={newest.crash_id}
            signature={value.signature}
            product={newest.product}
            version={newest.version ?? undefined}
            platform={newest.platform_pretty_version ?? newest.platform ?? undefined}
            reason={newest.reason ?? undefined}
          />
        </p>
      )}
      <Facts value={value} product={chosen} />
      <Trend value={value} product={chosen} byProduct={!chosen && products.length > 1} />
      <Section id="facets" title="Where it happens">
        {chosen && <p class="note section-note">All products combined.</p>}
        <div class="facets">
          {value.facets.map((facet) => (
            <FacetList key={facet.column} facet={facet} total={value.total} />
          ))}
        </div>
        {value.facets.length === 0 && <Empty title="Nothing to break down" />}
      </Section>
      <Section id="reports" title="Recent reports">
        <ReportTable reports={value.reports} product={chosen} />
      </Section>
      {newest && <SignatureSteps key={newest.crash_id} crashId={newest.crash_id} />}
      {value.proto_signature && (
        <Section id="proto-signature" title="Proto signature">
          <p class="note section-note">The most frequent stack with this signature, innermost frame first.</p>
          <ol class="proto code">
            {value.proto_signature.split(' | ').map((part, index) => (
              <li key={index}>{part}</li>
            ))}
          </ol>
        </Section>
      )}
    </>
  )
}

function Facts({ value, product }: { value: SignatureAggregate; product: string | undefined }) {
  const lines = value.trend.filter((line) => !product || line.product === product)
  const groups = lines.map((line) => addTallies(line.days))
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

function Trend({
  value,
  product,
  byProduct,
}: {
  value: SignatureAggregate
  product: string | undefined
  byProduct: boolean
}) {
  const lines = value.trend.filter((line) => !product || line.product === product)
  const what = byProduct ? 'product' : 'version'
  const groups = lines.map((line) => ({
    name: (byProduct ? line.product : line.version) || 'none',
    days: line.days,
  }))
  const series = seriesOf(groups, { length: value.dates.length, most: 5 })
  const last = value.dates.at(-1)
  return (
    <Section id="trend" title={`Crashes per day by ${what}`}>
      <Chart
        title={`Crashes per day by ${what}${isSampled(value.total) ? ', estimated' : ''}`}
        dates={value.dates}
        series={series}
        partial={last && value.generated_at.startsWith(last) ? last : undefined}
      />
    </Section>
  )
}

// One signature: frequency, history, breakdown, recent reports.

import {
  leadingVersions,
  missingName,
  type ReportRow,
  type SignatureAggregate,
} from '../../../shared/aggregates/documents.ts'
import { labelOf } from '../../../shared/fields/fields.ts'
import { type SignatureOfProduct, useLocations, useSignature } from '../../data.ts'
import { overRepresented } from '../../model/correlation-text.ts'
import { formatCount, formatDate, plural } from '../../model/format.ts'
import { searchParameter, searchParameters, uniqueReports } from '../../model/search/links.ts'
import {
  explorationParameters,
  printExploration,
  readExploration,
} from '../../model/signature/exploration.ts'
import { type SignatureView, viewSignature } from '../../model/signature-view.ts'
import { BugLinks } from '../../parts/bug-links.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Estimate, SampleNote } from '../../parts/figures.tsx'
import { FilterBar, SelectField } from '../../parts/forms/filters.tsx'
import { UnusedParameters } from '../../parts/forms/unused-parameters.tsx'
import { KnownBugs } from '../../parts/known-bugs.tsx'
import { Notices } from '../../parts/notices.tsx'
import { Await, Empty, PageHead, Section, Tile, Tiles } from '../../parts/page.tsx'
import { type SignatureFilters, searchPageHref, signatureHref, topCrashersHref } from '../../route.ts'
import { navigate } from '../../router.ts'
import { useSignatureId } from '../../signature-id.ts'
import { Correlations } from './correlations.tsx'
import { FacetList, type FacetListProps, ReportTable } from './facets-and-reports.tsx'
import { PastOrUnknown } from './past.tsx'
import { SignatureSteps } from './steps.tsx'
import { TrendAndExplore } from './trend.tsx'
import { useCorrelations } from './use-correlations.ts'

export function SignaturePage({ query }: { query: URLSearchParams }) {
  const signature = query.get('signature')
  const given = query.get('id')?.toLowerCase() ?? null
  const hashed = useSignatureId(isId(given) ? null : signature)
  const id = isId(given) ? given : hashed.id
  const product = query.get('product') || undefined
  const resource = useSignature(id, product)
  if (!id && signature === null) return <Unknown text="The URL contains no signature." />
  if (hashed.error) return <Unknown text={hashed.error} />
  return (
    <Await
      resource={resource}
      heading={<SignatureHead signature={signature} />}
      height="70rem"
      missing={
        <PastOrUnknown id={id ?? ''}>
          <Unknown signature={signature} text="No data for this signature." />
        </PastOrUnknown>
      }
    >
      {(value) => <Signature {...value} query={query} />}
    </Await>
  )
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
          <a href={topCrashersHref()}>Top Crashers</a>
          {signature && (
            <>
              ,{' '}
              <a href={searchPageHref(new URLSearchParams({ signature: `=${signature}` }))}>
                search its reports
              </a>
            </>
          )}
          , or query the tables: <code>mayday sql</code>.
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

interface SignatureProps extends SignatureOfProduct {
  query: URLSearchParams
}

/** What a part of the page shows. */
interface PartProps {
  signature: SignatureAggregate
  view: SignatureView
  /** Undefined: all products, or versions. */
  product: string | undefined
  version: string | undefined
}

/** `__null__`: reports without a version. */
const versionIn = (query: URLSearchParams) => {
  const text = query.get('version')
  return text === '__null__' ? missingName : text || undefined
}

function Signature({ home, signature, query }: SignatureProps) {
  const names = signature.products.map(({ product }) => product)
  const wanted = query.get('product') || undefined
  const product = names.find((name) => name === wanted)
  const version = versionIn(query)
  const view = viewSignature(signature, home, version)
  const part = { signature, view, product, version }
  const newest = view.reports[0]
  return (
    <>
      <PageHead title={signature.signature} over="Signature" code>
        <bdi>{signature.signature}</bdi> <CopyButton text={signature.signature} label="Copy the signature" />
      </PageHead>
      <Notices home={home} />
      <UnusedParameters
        query={query}
        known={['signature', 'id', 'product', 'version', ...explorationParameters]}
      />
      <Choices {...part} query={query} names={names} all={viewSignature(signature, home).versions} />
      {wanted && !product && (
        <p class="note">
          No crashes of “<bdi>{wanted}</bdi>” have this signature in these days. This page shows all products.
        </p>
      )}
      {newest && <Actions signature={signature.signature} report={newest} />}
      <Facts {...part} />
      <TrendAndExplore {...part} home={home} query={query} filters={searchOf(part)} />
      <KnownBugs bugs={signature.bugs ?? []} />
      <Correlations signature={signature} />
      <Facets {...part} />
      <Reports {...part} />
      {newest && <SignatureSteps key={newest.crash_id} crashId={newest.crash_id} />}
      {signature.proto_signature && <ProtoSignature text={signature.proto_signature} />}
    </>
  )
}

/** Product and version; every change navigates to a new URL. */
function Choices(props: PartProps & { names: string[]; all: string[]; query: URLSearchParams }) {
  const { signature, product, version, names, all, query } = props
  const exploration = printExploration(readExploration(query))
  const to = (filters: SignatureFilters) => navigate(signatureHref(signature.signature, filters, exploration))
  const versions = version === undefined || all.includes(version) ? all : [version, ...all]
  return (
    <FilterBar label="Product and version">
      {names.length > 1 && (
        <SelectField
          id="signature-product"
          label={labelOf('product')}
          value={product ?? ''}
          options={[['', 'All products'], ...names.map((name) => [name, name] as const)]}
          onChange={(name) => to({ product: name || undefined })}
        />
      )}
      <SelectField
        id="signature-version"
        label={labelOf('version')}
        value={version ?? ''}
        options={[['', 'All versions'], ...versions.map((name) => [name, name] as const)]}
        onChange={(name) => to({ product, version: name || undefined })}
      />
    </FilterBar>
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

/** The search over the crashes of the page. */
const searchOf = ({ signature: { signature }, view, product, version }: PartProps): URLSearchParams =>
  searchParameters([
    searchParameter('signature', signature),
    product === undefined ? null : searchParameter('product', product),
    version === undefined ? null : searchParameter('version', version === missingName ? '' : version),
    uniqueReports,
    view.dates[0] === undefined ? null : ['date', `>=${view.dates[0]}`],
  ])

function Facets(part: PartProps) {
  const correlations = useCorrelations(part.signature)?.correlations ?? []
  return <FacetCards {...part.view} search={searchOf(part)} frequent={overRepresented(correlations)} />
}

const FacetCards = ({
  facets,
  total,
  search,
  frequent,
}: Pick<SignatureView, 'facets' | 'total'> & Pick<FacetListProps, 'search' | 'frequent'>) => (
  <Section
    id="facets"
    title="Where it happens"
    action={<a href={searchPageHref(search)}>Search these crashes</a>}
  >
    {facets === null && (
      <Empty title="No breakdown for this version">
        <p>
          Breakdowns exist for the {leadingVersions} versions with the most crashes. For others,{' '}
          <a href={searchPageHref(search)}>search these crashes</a>.
        </p>
      </Empty>
    )}
    <div class="facets">
      {facets?.map((facet) => (
        <FacetList key={facet.column} facet={facet} total={total} search={search} frequent={frequent} />
      ))}
    </div>
    {facets?.length === 0 && <Empty title="Nothing to break down" />}
  </Section>
)

/** Documents list the newest reports; a search lists all. */
function Reports(part: PartProps) {
  const { reports, total } = part.view
  return (
    <Section id="reports" title="Recent reports">
      <ReportTable reports={reports} />
      {reports.length < total.count && (
        <p class="note">
          The newest {formatCount(reports.length)} of {plural(total.count, 'report')}.{' '}
          <a href={searchPageHref(searchOf(part))}>List all</a>.
        </p>
      )}
    </Section>
  )
}

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

function Facts({ signature, view, product, version }: PartProps) {
  const { total, groups, dates } = view
  const of = version !== undefined ? 'all versions' : product ? '' : 'all products'
  return (
    <Tiles>
      <Tile name={`Crashes, ${plural(dates.length, 'day')}`} value={<Estimate tally={total} />}>
        <SampleNote total={total} groups={groups} />
      </Tile>
      <Tile name="First seen" value={formatDate(signature.first_seen)}>
        {signature.first_build ? `lowest build ${signature.first_build}` : 'no build IDs'}
        {of && `, ${of}`}
      </Tile>
      <Tile name="Last seen" value={formatDate(signature.last_seen)}>
        {of}
      </Tile>
      <Tile name="Installations" value={formatCount(signature.installs)}>
        distinct installation times{of && `, ${of}`}
      </Tile>
    </Tiles>
  )
}

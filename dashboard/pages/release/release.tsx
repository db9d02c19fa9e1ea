// The release view: a version, build or channel against another one at equal age.
import type { ProductAggregate } from '../../../shared/aggregates/documents.ts'
import { headlineFor } from '../../../shared/releases/choose.ts'
import { compareReleases, type ReleaseComparison } from '../../../shared/releases/compare.ts'
import type { ReleasesAggregate } from '../../../shared/releases/document.ts'
import { useHome } from '../../data.ts'
import { formatDate, plural } from '../../model/format.ts'
import type { Home } from '../../model/freshness.ts'
import { choiceOf, releaseParameters } from '../../model/releases/release-choice.ts'
import { UnusedParameters } from '../../parts/forms/unused-parameters.tsx'
import { Notices } from '../../parts/notices.tsx'
import { Await, Empty, HowToSubmit, PageHead, Section } from '../../parts/page.tsx'
import { ReleaseSentence } from '../../parts/release-sentence.tsx'
import { topCrashersHref } from '../../route.ts'
import { AgeChart } from './age-chart.tsx'
import { Choices } from './choices.tsx'
import { SignatureTable } from './table.tsx'
import { ReleaseTiles } from './tiles.tsx'
import { useReleases } from './use-releases.ts'

export function ReleasePage({ query }: { query: URLSearchParams }) {
  const home = useHome()
  return (
    <Await
      resource={home}
      heading={<PageHead title="Releases" />}
      height="60rem"
      missing={
        <Empty title="No crashes yet">
          <HowToSubmit />
        </Empty>
      }
    >
      {(value) => <OfProduct home={value} query={query} />}
    </Await>
  )
}

/** Without a product in the URL, the one with the most crashes that has releases to compare. */
function OfProduct({ home, query }: { home: Home; query: URLSearchParams }) {
  const wanted = query.get('product')
  const named = home.products.find(({ name }) => name === wanted)
  const product = named ?? home.products.find(({ headline }) => headline) ?? home.products[0]
  if (!product)
    return (
      <>
        <PageHead title="Releases" />
        <Empty title="No crashes yet">
          <HowToSubmit />
        </Empty>
      </>
    )
  return (
    <>
      {wanted && !named && (
        <p class="note" role="status">
          No crashes of “<bdi>{wanted}</bdi>” in these days. This page shows <bdi>{product.name}</bdi>.
        </p>
      )}
      <Loading key={product.slug} home={home} product={product} query={query} />
    </>
  )
}

interface PageProps {
  home: Home
  product: ProductAggregate
  query: URLSearchParams
}

function Loading({ home, product, query }: PageProps) {
  const releases = useReleases(product)
  return (
    <Await
      resource={releases}
      heading={<PageHead title={`Releases of ${product.name}`} />}
      height="60rem"
      missing={
        <>
          <PageHead title={`Releases of ${product.name}`} />
          <Choices home={home} product={product.name} />
          <Empty title="Too few crashes to compare releases">
            <p>
              See <a href={topCrashersHref({ product: product.name })}>its Top Crashers</a>.
            </p>
          </Empty>
        </>
      }
    >
      {(document) => <Chosen home={home} product={product} query={query} document={document} />}
    </Await>
  )
}

function Chosen({ home, product, query, document }: PageProps & { document: ReleasesAggregate }) {
  const choice = choiceOf(document, query)
  const { now, before, unknown } = choice
  return (
    <>
      <PageHead
        title={
          now && before ? `${product.name} ${now.name} against ${before.name}` : `Releases of ${product.name}`
        }
        over={
          <>
            Releases of <bdi>{product.name}</bdi>
          </>
        }
      >
        {now && before ? (
          <>
            <bdi>{now.name}</bdi> against <bdi>{before.name}</bdi>
          </>
        ) : undefined}
      </PageHead>
      <Notices home={home} />
      <UnusedParameters query={query} known={['product', ...releaseParameters]} />
      <Choices home={home} product={product.name} document={document} choice={choice} />
      {unknown.length > 0 && (
        <p class="note" role="status">
          Not among the releases of this page: <bdi>{unknown.join(', ')}</bdi>. It has the newest ones, and
          those with the most crashes.
        </p>
      )}
      {now && before ? (
        <Comparison
          product={product.name}
          document={document}
          comparison={compareReleases(document, now, before)}
        />
      ) : (
        <Empty title="Nothing to compare with">
          <p>
            There is only one {choice.kind} with enough reports. See{' '}
            <a href={topCrashersHref({ product: product.name })}>its Top Crashers</a>.
          </p>
        </Empty>
      )}
    </>
  )
}

interface ComparisonProps {
  product: string
  document: ReleasesAggregate
  comparison: ReleaseComparison
}

function Comparison({ product, document, comparison }: ComparisonProps) {
  const { now, before } = comparison
  const kind = now.release.kind
  return (
    <>
      <p class="lead">
        <bdi>{now.release.name}</bdi>:{' '}
        <ReleaseSentence headline={headlineFor(comparison)} product={product} />
      </p>
      <StartNote {...comparison} />
      <ReleaseTiles comparison={comparison} measure={document.measure} />
      <AgeChart now={now.release} before={before.release} measure={document.measure} />
      <Section
        id="signatures"
        title="Signatures"
        action={
          kind === 'build' ? undefined : (
            <a href={topCrashersHref({ product, [kind]: now.release.name, days: '28' })}>
              All in Top Crashers
            </a>
          )
        }
      >
        <SignatureTable product={product} measure={document.measure} comparison={comparison} />
        <p class="note">
          The signatures with the most crashes in these releases. “New”, “rising”, “falling” and “gone” are
          differences that chance explains with a probability of at most 5 % in the whole list of{' '}
          {plural(document.tested, 'signature')} with enough reports.
        </p>
      </Section>
    </>
  )
}

/** What the age of the releases is counted from. */
function StartNote({ now, before, age }: ReleaseComparison) {
  const sides = [now.release, before.release]
  const days = Math.floor(age / 86_400)
  const unknown = sides.filter((release) => !release.is_start_known)
  if (now.release.kind === 'channel')
    return <p class="note">Both over the same days, from {formatDate(now.release.start)}.</p>
  return (
    <p class="note">
      Both in their first {days > 1 ? plural(days, 'day') : plural(Math.floor(age / 3600), 'hour')}:{' '}
      <bdi>{sides[0]!.name}</bdi> from {formatDate(sides[0]!.start)}, <bdi>{sides[1]!.name}</bdi> from{' '}
      {formatDate(sides[1]!.start)}.
      {unknown.length > 0 && (
        <>
          {' '}
          The data begin with <bdi>{unknown.map(({ name }) => name).join(' and ')}</bdi>, which may be older.
        </>
      )}
    </p>
  )
}

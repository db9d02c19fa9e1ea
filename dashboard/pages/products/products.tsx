// All products with crashes of the last four weeks.
import type { ProductAggregate } from '../../../shared/aggregates/documents.ts'
import { useHome } from '../../data.ts'
import { formatCount } from '../../model/format.ts'
import { UnusedParameters } from '../../parts/forms/unused-parameters.tsx'
import { Notices } from '../../parts/notices.tsx'
import { Await, Empty, HowToSubmit, PageHead } from '../../parts/page.tsx'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'
import { homeHref, missingSymbolsHref, signaturesHref, topCrashersHref } from '../../route.ts'

export function ProductsPage({ query }: { query: URLSearchParams }) {
  return (
    <>
      <PageHead title="Products" under="With crashes in the last 28 days" />
      <UnusedParameters query={query} known={[]} />
      <Await resource={useHome()} height="30rem" missing={<NoProducts />}>
        {(home) => (
          <>
            <Notices home={home} />
            {home.products.length === 0 ? (
              <NoProducts />
            ) : (
              <DataTable
                caption="Products, those with the most crashes first"
                columns={columns}
                rows={home.products}
                rowKey={({ slug }) => slug}
                pageSize={50}
              />
            )}
          </>
        )}
      </Await>
    </>
  )
}

const NoProducts = () => (
  <Empty title="No product has crashes yet">
    <HowToSubmit />
  </Empty>
)

const mostVersions = 4

const columns: readonly Column<ProductAggregate>[] = [
  {
    key: 'name',
    title: 'Product',
    header: true,
    value: ({ name }) => name,
    cell: ({ name, description }) => (
      <>
        <a href={homeHref(name)}>
          <bdi>{name}</bdi>
        </a>
        {description && <p class="note">{description}</p>}
      </>
    ),
  },
  {
    key: 'crashes',
    title: 'Crashes',
    hint: 'Estimated crashes of 28 days',
    numeric: true,
    value: ({ total }) => total.weighted,
    cell: ({ total }) => formatCount(total.weighted),
  },
  {
    key: 'signatures',
    title: 'Signatures',
    numeric: true,
    value: (product) => product.signature_count,
    cell: (product) => (
      <a href={signaturesHref({ product: product.name })}>{formatCount(product.signature_count)}</a>
    ),
  },
  {
    key: 'versions',
    title: 'Versions',
    hint: 'The newest versions',
    cell: (product) => <Versions {...product} />,
  },
  {
    key: 'channels',
    title: 'Channels',
    cell: ({ channels }) => <bdi>{channels.map(({ channel }) => channel).join(', ')}</bdi>,
  },
  {
    key: 'symbols',
    title: 'Symbols',
    cell: ({ name }) => <a href={missingSymbolsHref({ product: name })}>missing</a>,
  },
]

const Versions = ({ name: product, versions }: ProductAggregate) => {
  const featured = versions.filter((one) => one.featured)
  const shown = (featured.length > 0 ? featured : versions).slice(0, mostVersions)
  const others = versions.length - shown.length
  return (
    <>
      {shown.map(({ version }, place) => (
        <span key={version}>
          {place > 0 && ', '}
          <a href={topCrashersHref({ product, version })}>
            <bdi>{version || 'unknown'}</bdi>
          </a>
        </span>
      ))}
      {others > 0 && <span class="note"> and {formatCount(others)} more</span>}
    </>
  )
}

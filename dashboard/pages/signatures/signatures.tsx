// The signature index: all signatures of the last year, found by parts of their names.
import { useMemo } from 'preact/hooks'
import { indexedDays, mostIndexed } from '../../../shared/aggregates/signature-index.ts'
import { useHome } from '../../data.ts'
import { shownColumns } from '../../model/crashers/columns.ts'
import { formatCount, formatDate, plural } from '../../model/format.ts'
import { findSignatures, type IndexedSignature, readRow } from '../../model/signatures/find-signatures.ts'
import { parseSort, sortText } from '../../model/sorting.ts'
import { Sparkline } from '../../parts/figures.tsx'
import { NameFilterBar } from '../../parts/forms/name-filters.tsx'
import { UnusedParameters } from '../../parts/forms/unused-parameters.tsx'
import { Notices } from '../../parts/notices.tsx'
import { Await, Empty, PageHead } from '../../parts/page.tsx'
import { ColumnPicker } from '../../parts/tables/column-picker.tsx'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'
import { searchPageHref, signatureHref, signaturesHref } from '../../route.ts'
import { navigate } from '../../router.ts'
import { type LoadedIndex, useSignatureIndex } from '../../signature-index.ts'

const parameters = ['q', 'product', 'sort', 'columns'] as const
type Filters = Partial<Record<(typeof parameters)[number], string | undefined>>

export function SignaturesPage({ query }: { query: URLSearchParams }) {
  const filters: Filters = Object.fromEntries(parameters.map((name) => [name, query.get(name) || undefined]))
  const index = useSignatureIndex()
  const home = useHome().loaded
  const products = home.state === 'ready' ? home.value.products.map(({ name }) => name) : []
  const change = (changes: Filters, replace = true) =>
    navigate(signaturesHref({ ...filters, ...changes }), { replace })
  return (
    <>
      <PageHead title="Signatures" under={`All with a crash in the last ${indexedDays} days`} />
      {home.state === 'ready' && <Notices home={home.value} />}
      <UnusedParameters query={query} known={parameters} />
      <NameFilterBar filters={filters} products={products} onChange={change} />
      <Await resource={index} height="60rem" missing={<NoIndex />}>
        {(value) => <List index={value} filters={filters} onChange={change} />}
      </Await>
    </>
  )
}

const NoIndex = () => (
  <Empty title="No signature index">
    <p>
      Run <code>mayday aggregate</code>, then reload this page.
    </p>
  </Empty>
)

interface ListProps {
  index: LoadedIndex
  filters: Filters
  onChange: (changes: Filters) => void
}

function List({ index, filters, onChange }: ListProps) {
  const { parts } = index
  const { q, product, sort } = filters
  const columns = columnsFor(product)
  const rows = useMemo(
    () => findSignatures(parts, { text: q ?? '', product }).map(readRow),
    [q, product, parts.length],
  )
  return (
    <div class="result">
      <div class="table-tools">
        <p class="note" role="status">
          {rows.length === index.signatures
            ? plural(rows.length, 'signature')
            : `${formatCount(rows.length)} of ${plural(index.signatures, 'signature')}`}
          {index.isLoading && ', older ones are loading'}
          {index.isIncomplete && ', some lists are missing or not readable'}
          {index.omitted > 0 &&
            `; the index has ${formatCount(mostIndexed)}, without ${formatCount(index.omitted)} older ones`}
        </p>
        <ColumnPicker
          columns={columns}
          text={filters.columns}
          onChange={(text) => onChange({ columns: text })}
        />
      </div>
      {rows.length === 0 && !index.isLoading ? (
        <NoMatch filters={filters} />
      ) : (
        <DataTable
          caption="Signatures, those with the most crashes in the last 28 days first"
          columns={shownColumns(columns, filters.columns)}
          rows={rows}
          rowKey={({ signature }) => signature}
          sort={parseSort(sort)}
          onSort={(chosen) => onChange({ sort: sortText(chosen) })}
          pageSize={50}
        />
      )}
    </div>
  )
}

const NoMatch = ({ filters: { q, product } }: { filters: Filters }) => (
  <Empty title="No signature matches">
    {q === undefined ? (
      <p>
        See <a href={signaturesHref()}>all products</a>.
      </p>
    ) : (
      <p>
        <a
          href={searchPageHref(
            new URLSearchParams({ proto_signature: `~${q}`, ...(product && { product }) }),
          )}
        >
          Search the stacks of reports
        </a>{' '}
        for <q class="code">{q}</q>.
      </p>
    )}
  </Empty>
)

type SignatureColumn = Column<IndexedSignature>

const columnsFor = (product: string | undefined): SignatureColumn[] => [
  {
    key: 'signature',
    title: 'Signature',
    header: true,
    wide: true,
    cell: ({ signature }) => (
      <a class="code" href={signatureHref(signature, { product })}>
        <bdi>{signature}</bdi>
      </a>
    ),
  },
  {
    key: 'days',
    title: 'Trend',
    hint: 'Crashes per day, 28 days',
    cell: ({ days }) => days && <Sparkline values={days} />,
  },
  countColumn('recent', '28 days', 'Estimated crashes of the last 28 days, all products'),
  countColumn('total', 'All time', 'Estimated crashes over all time, all products'),
  {
    key: 'products',
    title: 'Products',
    hint: 'Those with the most crashes, at most five',
    cell: ({ products }) => <bdi>{products.join(', ')}</bdi>,
  },
  dateColumn('firstSeen', 'First seen'),
  dateColumn('lastSeen', 'Last seen'),
]

const countColumn = (key: 'recent' | 'total', title: string, hint: string): SignatureColumn => ({
  key,
  title,
  hint,
  numeric: true,
  value: (row) => row[key],
  cell: (row) => <span class={row[key] ? undefined : 'zero'}>{formatCount(row[key])}</span>,
})

const dateColumn = (key: 'firstSeen' | 'lastSeen', title: string): SignatureColumn => ({
  key,
  title,
  first: 'descending',
  value: (row) => row[key],
  cell: (row) => <span class="nowrap">{formatDate(row[key])}</span>,
})

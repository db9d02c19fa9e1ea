// The modules whose symbols crashes lacked.
import type {
  MissingModuleAggregate,
  MissingSymbolsAggregate,
  Tally,
} from '../../../shared/aggregates/documents.ts'
import { useHome, useMissingSymbols } from '../../data.ts'
import { formatCount, formatDate, plural } from '../../model/format.ts'
import { NameFilterBar } from '../../parts/forms/name-filters.tsx'
import { UnusedParameters } from '../../parts/forms/unused-parameters.tsx'
import { Notices } from '../../parts/notices.tsx'
import { Await, Empty, PageHead } from '../../parts/page.tsx'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'
import { missingSymbolsHref } from '../../route.ts'
import { navigate } from '../../router.ts'

const parameters = ['product', 'q'] as const
type Filters = Partial<Record<(typeof parameters)[number], string | undefined>>

export function MissingSymbolsPage({ query }: { query: URLSearchParams }) {
  const filters: Filters = Object.fromEntries(parameters.map((name) => [name, query.get(name) || undefined]))
  const home = useHome().loaded
  return (
    <>
      <PageHead title="Missing symbols" under="Modules without symbols on the stacks of crashes" />
      {home.state === 'ready' && <Notices home={home.value} />}
      <UnusedParameters query={query} known={parameters} />
      <Await resource={useMissingSymbols()} height="30rem" missing={<NoDocument />}>
        {(document) => <Modules document={document} filters={filters} />}
      </Await>
    </>
  )
}

const NoDocument = () => (
  <Empty title="Missing symbols are not counted yet">
    <p>
      Run <code>mayday aggregate</code>, then reload this page.
    </p>
  </Empty>
)

/** A module with its crashes, of the chosen product if there is one. */
interface Row extends MissingModuleAggregate {
  shown: Tally
}

function rowsOf({ modules }: MissingSymbolsAggregate, { product, q }: Filters): Row[] {
  const text = q?.toLowerCase() ?? ''
  return modules
    .filter(({ filename, debug_file, debug_id, code_id }) =>
      [filename, debug_file, debug_id, code_id].some((name) => name.toLowerCase().includes(text)),
    )
    .flatMap((module) => {
      const shown =
        product === undefined ? module.total : module.products.find((one) => one.product === product)?.total
      return shown ? [{ ...module, shown }] : []
    })
    .sort((a, b) => b.shown.weighted - a.shown.weighted)
}

function Modules({ document, filters }: { document: MissingSymbolsAggregate; filters: Filters }) {
  const { modules, all, from, to } = document
  const products = [...new Set(modules.flatMap((one) => one.products.map(({ product }) => product)))].sort()
  const rows = rowsOf(document, filters)
  const change = (changes: Filters, replace = true) =>
    navigate(missingSymbolsHref({ ...filters, ...changes }), { replace })
  if (modules.length === 0)
    return (
      <Empty title="No crash lacked symbols">
        In the days from {formatDate(from)} to {formatDate(to)}.
      </Empty>
    )
  return (
    <>
      <NameFilterBar filters={filters} products={products} onChange={change} />
      <p class="note" role="status">
        {rows.length === modules.length
          ? plural(rows.length, 'module')
          : `${formatCount(rows.length)} of ${plural(modules.length, 'module')}`}
        , from {formatDate(from)} to {formatDate(to)}
        {all > modules.length && `; ${formatCount(all - modules.length)} with fewer crashes are not listed`}
      </p>
      {rows.length === 0 ? (
        <Empty title="No module matches">
          <p>
            <a href={missingSymbolsHref()}>Show all modules</a>
          </p>
        </Empty>
      ) : (
        <DataTable
          caption="Modules, those that most crashes lacked first"
          columns={columns}
          rows={rows}
          rowKey={(row) => [row.filename, row.debug_file, row.debug_id, row.code_id].join('\n')}
          pageSize={50}
        />
      )}
      <p class="note">
        Upload symbols with <code>mayday symbols upload</code>, or add them with{' '}
        <code>mayday symbols add</code>. Crashes that lacked them are processed again by{' '}
        <code>mayday run</code>.
      </p>
    </>
  )
}

const columns: readonly Column<Row>[] = [
  {
    key: 'module',
    title: 'Module',
    header: true,
    wide: true,
    value: ({ filename, debug_file }) => filename || debug_file,
    cell: ({ filename, debug_file }) => (
      <>
        <bdi class="code">{filename || debug_file}</bdi>
        {debug_file && debug_file !== filename && (
          <p class="note">
            <bdi class="code">{debug_file}</bdi>
          </p>
        )}
      </>
    ),
  },
  {
    key: 'id',
    title: 'Debug ID',
    cell: ({ debug_id, code_id }) => (
      <bdi class="code">{debug_id || (code_id ? `code ID ${code_id}` : 'unknown')}</bdi>
    ),
  },
  {
    key: 'crashes',
    title: 'Crashes',
    hint: 'Estimated crashes that lacked the symbols',
    numeric: true,
    value: ({ shown }) => shown.weighted,
    cell: ({ shown }) => formatCount(shown.weighted),
  },
  {
    key: 'products',
    title: 'Products',
    cell: ({ products }) => <bdi>{products.map(({ product }) => product).join(', ')}</bdi>,
  },
  {
    key: 'seen',
    title: 'Last seen',
    first: 'descending',
    value: (row) => row.last_seen,
    cell: (row) => <span class="nowrap">{formatDate(row.last_seen)}</span>,
  },
]

// All fields of a report, found by any word about them.
import { type FieldEntry, fieldEntries, filterFields } from '../../model/reference/field-reference.ts'
import { formatCount, plural } from '../../model/format.ts'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'
import { FilterBar, SearchField } from '../../parts/forms/filters.tsx'
import { Empty, PageHead } from '../../parts/page.tsx'
import { UnusedParameters } from '../../parts/forms/unused-parameters.tsx'
import { fieldsHref } from '../../route.ts'
import { navigate } from '../../router.ts'
import { FieldPage } from './field.tsx'

/** `?name=` shows one field. */
export function FieldsPage({ query }: { query: URLSearchParams }) {
  const name = query.get('name')
  if (name !== null) return <FieldPage name={name} />
  return <FieldList query={query} />
}

function FieldList({ query }: { query: URLSearchParams }) {
  const text = query.get('q') ?? ''
  const rows = filterFields(text)
  const change = (q: string) =>
    navigate(q ? `${fieldsHref()}?${new URLSearchParams({ q })}` : fieldsHref(), { replace: true })
  return (
    <>
      <PageHead title="Fields" under="What a processed report contains, and how to search it" />
      <UnusedParameters query={query} known={['q']} />
      <FilterBar label="Filters">
        <SearchField id="filter-text" label="Contains" value={text} onChange={change} />
      </FilterBar>
      <p class="note" role="status">
        {rows.length === fieldEntries.length
          ? plural(rows.length, 'field')
          : `${formatCount(rows.length)} of ${plural(fieldEntries.length, 'field')}`}
      </p>
      {rows.length === 0 ? (
        <Empty title="No field matches">
          <p>
            <a href={fieldsHref()}>Show all fields</a>
          </p>
        </Empty>
      ) : (
        <DataTable caption="Fields" columns={columns} rows={rows} rowKey={({ name }) => name} />
      )}
    </>
  )
}

const columns: readonly Column<FieldEntry>[] = [
  {
    key: 'title',
    title: 'Field',
    header: true,
    value: ({ title }) => title,
    cell: ({ name, title }) => <a href={fieldsHref(name)}>{title}</a>,
  },
  { key: 'name', title: 'Name', value: ({ name }) => name, cell: ({ name }) => <code>{name}</code> },
  { key: 'access', title: 'Access', value: ({ access }) => access },
  { key: 'description', title: 'Meaning', wide: true, cell: ({ description }) => description },
]

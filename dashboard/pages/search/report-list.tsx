// The reports that a search found: a page of them, in its order, with its columns.
import { own } from '../../../shared/own.ts'
import type { Answer } from '../../../shared/search/answer.ts'
import { searchFieldOf } from '../../../shared/search/fields.ts'
import type { HitValue, Query } from '../../../shared/search/query.ts'
import { formatCount } from '../../model/format.ts'
import { nextSort, valuesOfTerm, withValues } from '../../model/search/changes.ts'
import { hitText } from '../../model/search/export.ts'
import { titleOf } from '../../model/search/field-names.ts'
import { firstSort, type PageSearch } from '../../model/search/page-search.ts'
import { ClientText, cutText } from '../../parts/client-text.tsx'
import { Empty } from '../../parts/page.tsx'
import { type Column, DataTable } from '../../parts/tables/data-table.tsx'
import { Time } from '../../parts/time.tsx'
import { reportHref, searchPageHref, signatureHref } from '../../route.ts'
import { navigate } from '../../router.ts'

type Hit = Answer['hits'][number]

interface ReportListProps {
  search: PageSearch
  question: Query
  answer: Answer
}

export function ReportList({ search, question, answer }: ReportListProps) {
  const { parameters, page } = search
  const names = search.query!.columns.filter((name) => name !== 'uuid')
  const sort = firstSort(question)
  const columns = [
    reportColumn(names.includes('date')),
    ...names.filter((name) => name !== 'date').map((name) => columnOf(name, parameters)),
  ]
  const idOf = (hit: Hit) => String(own(hit, 'uuid'))
  if (answer.hits.length === 0)
    return (
      <Empty title="This page has no reports">
        <p>
          Go to the <a href={searchPageHref(parameters)}>first page</a>.
        </p>
      </Empty>
    )
  return (
    <>
      <DataTable
        caption="Reports that match the search"
        columns={columns}
        rows={answer.hits}
        rowKey={idOf}
        isSorted
        sort={{ key: sort.field, descending: sort.descending }}
        onSort={({ key }) => navigate(searchPageHref(withValues(parameters, '_sort', [nextSort(sort, key)])))}
      />
      <Pages page={page} search={search} question={question} answer={answer} />
    </>
  )
}

/** The first column: a link to the report, by its time where the search has it. */
export const reportColumn = (hasDate: boolean): Column<Hit> => ({
  key: 'date',
  title: hasDate ? 'Report, processed' : 'Report',
  header: true,
  first: 'descending',
  ...(hasDate && { value: (hit: Hit) => String(own(hit, 'date') ?? '') }),
  cell: (hit) => {
    const id = String(own(hit, 'uuid'))
    const time = hasDate ? own(hit, 'date') : null
    return (
      <>
        <a class="nowrap" href={reportHref(id)}>
          {typeof time === 'string' ? <Time at={time} /> : id}
        </a>
        {typeof time === 'string' && <span class="code crash-id">{id}</span>}
      </>
    )
  },
})

export function columnOf(name: string, parameters: URLSearchParams): Column<Hit> {
  const { matching, type } = searchFieldOf(name)
  const isNumber = (matching === 'int' || matching === 'float') && name !== 'build_id'
  return {
    key: name,
    title: titleOf(name),
    hint: name,
    numeric: isNumber,
    wide: name === 'signature' || name === 'proto_signature',
    // Sorting is up to the search; the value only makes the header a button.
    value: (hit) => hitText(own(hit, name)),
    optional: true,
    cell: (hit) => (
      <Cell name={name} value={own(hit, name)} isTime={type === 'timestamp'} parameters={parameters} />
    ),
  }
}

interface CellProps {
  name: string
  value: HitValue | undefined
  isTime: boolean
  parameters: URLSearchParams
}

function Cell({ name, value, isTime, parameters }: CellProps) {
  const text = hitText(value)
  if (text === null) return null
  if (name === 'signature')
    return (
      <a class="code" href={signatureHref(text)}>
        <bdi>{text}</bdi>
      </a>
    )
  if (isTime)
    return (
      <span class="nowrap">
        <Time at={text} />
      </span>
    )
  const shown = <ClientText text={text} />
  const href = cutText(text) === text ? hrefOfValue(name, value, parameters) : null
  if (href === null) return shown
  return (
    <a class="quiet" href={href}>
      {shown}
    </a>
  )
}

/** The search restricted to a value; null where no filter can, as for lists. */
function hrefOfValue(name: string, value: HitValue | undefined, parameters: URLSearchParams): string | null {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return null
  const values = valuesOfTerm({ kind: 'terms', field: searchFieldOf(name).name }, String(value))
  return values && searchPageHref(withValues(parameters, name, values))
}

function Pages({ page, search: { parameters }, question, answer }: ReportListProps & { page: number }) {
  const [first, last] = [question.offset + 1, question.offset + answer.hits.length]
  const hrefOf = (number: number) =>
    searchPageHref(new URLSearchParams([...parameters, ...(number > 1 ? [['page', `${number}`]] : [])]))
  return (
    <nav class="search-pages" aria-label="Pages of reports">
      {page > 1 && (
        <a rel="prev" href={hrefOf(page - 1)}>
          Previous
        </a>
      )}
      <span>
        {formatCount(first)} to {formatCount(last)} of {formatCount(answer.total)}
      </span>
      {last < answer.total && (
        <a rel="next" href={hrefOf(page + 1)}>
          Next
        </a>
      )}
    </nav>
  )
}

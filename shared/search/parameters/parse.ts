// Parameters of a URL to a query: the only place that knows how Crash Stats writes searches.
import { type SearchField, searchFields } from '../fields.ts'
import { foldClauses } from '../fold.ts'
import type { FieldFilter, Query } from '../query.ts'
import { readClauses } from './clauses.ts'
import { readAfter, readChoice, readColumns, readNumbers, readSort } from './controls.ts'
import { readDateRange } from './date-range.ts'
import { isFacetParameter, readFacets, type Values } from './facets.ts'
import { Names } from './names.ts'
import type { ParseOptions } from './options.ts'
import { badValue, type Problem, ProblemError } from './problems.ts'

export type Parsed = { readonly query: Query } | { readonly problems: readonly [Problem, ...Problem[]] }

const controls: ReadonlySet<string> = new Set([
  '_columns',
  '_sort',
  '_results_number',
  '_results_offset',
  '_results_after',
  '_facets_size',
  '_duplicates',
  '_measure',
  // Of the API alone.
  '_return_query',
])

/**
 * Reads the parameters of a search. Empty values count as absent. Unknown parameters are dropped and listed in
 * `ignored`; problems of a form come first, then missing permissions, then others.
 */
export function parseQuery(parameters: URLSearchParams, options: ParseOptions): Parsed {
  const problems: Problem[] = []
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error
      problems.push(error.problem)
      return undefined
    }
  }
  const values = collect(parameters, problems)
  const names = new Names(options)
  const filters = readFilters(values, names)
  const where = filters.flatMap(([field, texts]) => attempt(() => readFilter(field, texts)) ?? [])
  const parts = {
    products: attempt(() => checkProducts(values, options)),
    dates: attempt(() => readDateRange(values.get('date') ?? [], options)),
    columns: attempt(() => readColumns(values, names)),
    sort: attempt(() => readSort(values, names)),
    numbers: attempt(() => readNumbers(values, options.limits)),
    facets: attempt(() => readFacets(values, names)),
    duplicates: attempt(() => readChoice(values, '_duplicates', ['exclude', 'include'])),
    measure: attempt(() => readChoice(values, '_measure', ['count', 'weight'])),
  }
  const after = attempt(() => readPosition(values, parts.sort ?? []))
  if (names.refused.size > 0) problems.push(refusal([...names.refused]))
  const [first, ...more] = inOrder(problems)
  if (first) return { problems: [first, ...more] }
  const { dates, columns, sort, numbers, facets, duplicates, measure } = parts as Required<typeof parts>
  const query: Query = {
    where,
    ...dates!,
    facets: numbers!.facetSize === 0 ? [] : facets!,
    columns: columns!,
    sort: sort!,
    ...numbers!,
    ...(after ? { after } : {}),
    duplicates: where.some(({ field }) => field === 'uuid') ? 'include' : duplicates!,
    measure: measure!,
    ignored: names.ignored,
  }
  return { query }
}

/** Values by name, without empty ones. Lone surrogates are replaced. */
function collect(parameters: URLSearchParams, problems: Problem[]): Values {
  const values = new Map<string, string[]>()
  for (const [name, text] of parameters) {
    if (text === '') continue
    if (text.includes('\0') || name.includes('\0')) {
      problems.push({ kind: 'form', parameter: name, message: 'Null characters are not allowed.' })
      continue
    }
    const list = values.get(name)
    if (list) list.push(text.toWellFormed())
    else values.set(name, [text.toWellFormed()])
  }
  return values
}

/** Filters in the order of the catalog. `date` is not among them. */
function readFilters(values: Values, names: Names): [SearchField, readonly string[]][] {
  const permitted = new Set<SearchField>()
  for (const name of values.keys()) {
    if (controls.has(name) || isFacetParameter(name)) continue
    const field = names.inName(name, name)
    if (field) permitted.add(field)
  }
  return searchFields
    .filter((field) => permitted.has(field) && field.name !== 'date')
    .map((field) => [field, values.get(field.name)!])
}

function readFilter(field: SearchField, texts: readonly string[]): FieldFilter[] {
  const test = foldClauses(readClauses(field, texts))
  return test ? [{ field: field.name, test }] : []
}

/** Each value, including any operator, must be a known product. */
function checkProducts(values: Values, { products }: ParseOptions): void {
  const wrong = (values.get('product') ?? []).filter((text) => products && !products.has(text))
  if (wrong.length > 0) throw badValue(`Not valid products: ${[...new Set(wrong)].join(', ')}`)
}

function readPosition(values: Values, sort: Query['sort']): Query['after'] {
  const text = values.get('_results_after')?.at(-1)
  return text === undefined ? undefined : readAfter(text, sort)
}

const refusal = (names: readonly string[]): Problem => ({
  kind: 'protected',
  names,
  message: `Use of protected fields requires the 'View Personal Identifiable Information' permission: ${names.join(', ')}`,
})

const ranks = { form: 0, protected: 1, argument: 2 }
const inOrder = (problems: readonly Problem[]) => [...problems].sort((a, b) => ranks[a.kind] - ranks[b.kind])

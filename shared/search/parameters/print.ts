// A query to parameters: the inverse of `parse.ts`.
import { searchFieldOf } from '../fields.ts'
import { clausesOf } from '../fold.ts'
import type { Clause, FieldFilter, Query, Scalar } from '../query.ts'
import { prefixes } from './clauses.ts'
import { defaultColumns, defaultFacetSize, defaultLimit, printAfter } from './controls.ts'
import { printFacets } from './facets.ts'
import { printInstant } from './instants.ts'

/**
 * The parameters of a query that was parsed; parsing them gives the same query, apart from `ignored`. Defaults other than
 * dates are omitted.
 */
export function printQuery(query: Query): URLSearchParams {
  const parameters = new URLSearchParams()
  for (const filter of query.where) {
    for (const value of printFilter(filter)) parameters.append(filter.field, value)
  }
  parameters.append('date', `>=${printInstant(query.from)}`)
  parameters.append('date', `<=${printInstant(query.to - 1)}`)
  printHits(query, parameters)
  if (query.facetSize === 0) parameters.append('_facets_size', '0')
  else {
    if (query.facetSize !== defaultFacetSize) parameters.append('_facets_size', String(query.facetSize))
    printFacets(query.facets, parameters)
  }
  if (query.duplicates === 'include') parameters.append('_duplicates', 'include')
  if (query.measure === 'weight') parameters.append('_measure', 'weight')
  return parameters
}

function printHits({ columns, sort, limit, offset, after }: Query, parameters: URLSearchParams): void {
  if (columns.join() !== defaultColumns.join()) {
    for (const column of columns) parameters.append('_columns', column)
  }
  for (const { field, descending } of sort) parameters.append('_sort', `${descending ? '-' : ''}${field}`)
  if (limit !== defaultLimit) parameters.append('_results_number', String(limit))
  if (offset !== 0) parameters.append('_results_offset', String(offset))
  if (after) parameters.append('_results_after', printAfter(after))
}

/** The values of one filter. */
function printFilter({ field, test }: FieldFilter): string[] {
  const { matching } = searchFieldOf(field)
  const printed = (value: Scalar) => (matching === 'date' ? printInstant(value as number) : String(value))
  return clausesOf(test).flatMap((clause) => printClause(field, clause, printed))
}

function printClause(field: string, clause: Clause, printed: (value: Scalar) => string): string[] {
  const not = clause.not ? '!' : ''
  switch (clause.op) {
    case 'any':
      return clause.values.map((value) => `${not}${printed(value)}`)
    case 'null':
    case 'true':
      return [`${not}${prefixes[clause.op]}`]
    case 'regexp':
      return [`${not}@${clause.value.source}`]
    case 'starts':
      // The version `131.0b` is a prefix without an operator.
      return field === 'version' ? [`${not}${clause.value}`] : [`${not}^${clause.value}`]
    case 'equals':
    case 'contains':
    case 'ends':
      return [`${not}${prefixes[clause.op]}${clause.value}`]
    default:
      return [`${not}${prefixes[clause.op]}${printed(clause.value)}`]
  }
}

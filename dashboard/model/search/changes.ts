// Searches that differ in one respect: the targets of links. All return to the first page.
import { searchFieldOf } from '../../../shared/search/fields.ts'
import { readClauses } from '../../../shared/search/parameters/clauses.ts'
import type { Clause, Facet, SearchName, Term } from '../../../shared/search/query.ts'

/** The parameters with these values of one name in place of others. */
export function withValues(
  parameters: URLSearchParams,
  name: string,
  values: readonly string[],
): URLSearchParams {
  const others = [...parameters].filter(([other]) => other !== name && other !== '_results_after')
  return new URLSearchParams([...others, ...values.map((value): [string, string] => [name, value])])
}

/** The values that restrict a field to one value of a facet, as its answer contains it; null: no filter can. */
export function valuesOfTerm(facet: Facet, term: Term): readonly string[] | null {
  if (facet.kind === 'histogram') return valuesOfBucket(facet, term)
  const text = String(term)
  const field = searchFieldOf(facet.field)
  if (field.matching === 'date') return null
  const candidate = field.validation === 'str' ? `=${text}` : text
  return isOnly(facet.field, candidate, term) ? [candidate] : null
}

/** True if the filter means exactly this value: a value of some fields may look like an operator. */
function isOnly(name: SearchName, candidate: string, term: Term): boolean {
  const field = searchFieldOf(name)
  const clauses = attempt(() => readClauses(field, [candidate]))
  if (clauses?.length !== 1) return false
  const [clause] = clauses as [Clause]
  if (clause.not) return false
  if (clause.op === 'equals') return clause.value === term
  if (clause.op !== 'any' || clause.values.length !== 1) return false
  return field.matching === 'bool' || String(clause.values[0]) === String(term)
}

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}

const fixedUnits: ReadonlyMap<unknown, number> = new Map([
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['week', 7 * 86_400_000],
])

function valuesOfBucket({ interval }: Facet & { kind: 'histogram' }, term: Term): readonly string[] | null {
  if (typeof interval === 'number') {
    const end = Number(term) + interval
    return typeof term === 'number' && Number.isSafeInteger(end) ? [`>=${term}`, `<${end}`] : null
  }
  const start = Date.parse(String(term))
  const length = fixedUnits.get(interval)
  if (Number.isNaN(start) || length === undefined) return null
  return [`>=${String(term)}`, `<${new Date(start + length).toISOString().replace('.000Z', '+00:00')}`]
}

/** The sort after a click on the header of a column: first the newest or largest of times and numbers. */
export function nextSort(current: { field: string; descending: boolean }, name: SearchName): string {
  if (current.field === name) return current.descending ? name : `-${name}`
  const { matching } = searchFieldOf(name)
  return matching === 'date' || matching === 'int' || matching === 'float' ? `-${name}` : name
}

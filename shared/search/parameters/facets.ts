// The parameters `_facets`, `_aggs.*`, `_histogram.*` and `_histogram_interval.*` as one tree of facets, and back.
import { hasHistogram, type SearchField, searchFieldOf } from '../fields.ts'
import type { CalendarUnit, Facet } from '../query.ts'
import { convertTo } from './clauses.ts'
import type { Names } from './names.ts'
import { badValue, formError } from './problems.ts'

const maxFacets = 200
const maxDepth = 8

const units: ReadonlyMap<string, CalendarUnit> = new Map(
  (
    [
      ['minute', '1m'],
      ['hour', '1h'],
      ['day', '1d'],
      ['week', '1w'],
      ['month', '1M'],
      ['quarter', '1q'],
      ['year', '1y'],
    ] as const
  ).flatMap(([unit, short]) => [[unit, unit] as const, [short, unit] as const]),
)

type Kind = Facet['kind']

/** A facet while parameters are merged; `below` by key. */
interface Branch {
  readonly kind: Kind
  readonly field: SearchField
  readonly below: Map<string, Branch>
}

/** The key of a facet in results. */
export const keyOfFacet = ({ kind, field }: { readonly kind: Kind; readonly field: string }): string =>
  kind === 'terms' ? field : `${kind}_${field}`

/** The facet in parameter values. */
export const nameOfFacet = ({ kind, field }: Facet): string =>
  kind === 'terms' ? field : `_${kind}.${field}`

/** Values of parameters by name. */
export type Values = ReadonlyMap<string, readonly string[]>

export const isFacetParameter = (name: string): boolean =>
  name === '_facets' || /^_(aggs|histogram|histogram_interval)\./.test(name)

/**
 * Reads all parameters of facets. `_facets` without a usable name is `signature`. Parameters may nest facets to any
 * depth: `_aggs.product.version=platform`, `_aggs.product._histogram.date=version`.
 * @throws ProblemError for bad intervals and too many facets
 */
export function readFacets(parameters: Values, names: Names): Facet[] {
  const top = new Map<string, Branch>()
  for (const value of parameters.get('_facets') ?? []) addValue(top, { parameter: '_facets', value }, names)
  if (top.size === 0) top.set('signature', branchOf('terms', searchFieldOf('signature')))
  for (const start of ['_aggs.', '_histogram.']) {
    for (const [parameter, values] of parameters) {
      if (!parameter.startsWith(start)) continue
      const path = readPath(parameter, names)
      if (!path) continue
      const below = branchesAt(top, path)
      for (const value of values) addValue(below, { parameter, value }, names)
    }
  }
  if (countOf(top) > maxFacets) throw badValue('_facets')
  const intervals = readIntervals(parameters, names)
  return facetsOf(top, intervals)
}

const branchOf = (kind: Kind, field: SearchField): Branch => ({ kind, field, below: new Map() })

function addValue(
  branches: Map<string, Branch>,
  { parameter, value }: { parameter: string; value: string },
  names: Names,
): void {
  const [, kind = 'terms', name] = /^(?:_(histogram|cardinality)\.)?(.*)$/s.exec(value)!
  const shown = `${parameter}=${value}`
  const field = names.inValue(name!, shown)
  if (!field) return
  if (kind === 'histogram' && !hasHistogram(field)) names.drop(shown, 'unknown')
  else place(branches, kind as Kind, field)
}

function place(branches: Map<string, Branch>, kind: Kind, field: SearchField): Branch {
  const key = keyOfFacet({ kind, field: field.name })
  const branch = branches.get(key) ?? branchOf(kind, field)
  branches.set(key, branch)
  return branch
}

/** The facets that a parameter's name contains, outermost first; undefined if the parameter is dropped. */
function readPath(parameter: string, names: Names): { kind: Kind; field: SearchField }[] | undefined {
  const parts = parameter.replace(/^_aggs\./, '').split('.')
  const path: { kind: Kind; field: SearchField }[] = []
  for (let i = 0; i < parts.length; i++) {
    const kind = parts[i] === '_histogram' ? 'histogram' : 'terms'
    if (kind === 'histogram') i++
    const field = names.inName(parts[i] ?? '', parameter)
    if (!field) return undefined
    if (path.length === maxDepth || (kind === 'histogram' && !hasHistogram(field))) {
      names.drop(parameter, 'unknown')
      return undefined
    }
    path.push({ kind, field })
  }
  return path
}

function branchesAt(
  top: Map<string, Branch>,
  path: readonly { kind: Kind; field: SearchField }[],
): Map<string, Branch> {
  let branches = top
  for (const { kind, field } of path) branches = place(branches, kind, field).below
  return branches
}

const countOf = (branches: ReadonlyMap<string, Branch>): number =>
  [...branches.values()].reduce((sum, branch) => sum + 1 + countOf(branch.below), 0)

type Interval = number | CalendarUnit

function readIntervals(parameters: Values, names: Names): ReadonlyMap<string, Interval> {
  const intervals = new Map<string, Interval>()
  for (const [parameter, values] of parameters) {
    if (!parameter.startsWith('_histogram_interval.')) continue
    const field = names.inName(parameter.slice('_histogram_interval.'.length), parameter)
    if (!field) continue
    if (!hasHistogram(field)) names.drop(parameter, 'unknown')
    else intervals.set(field.name, readInterval(field, parameter, values.at(-1)!))
  }
  return intervals
}

function readInterval(field: SearchField, parameter: string, text: string): Interval {
  if (field.matching === 'date') {
    const unit = units.get(text)
    if (!unit) throw badValue(parameter)
    return unit
  }
  const value = convertTo(field.matching === 'int' ? 'int' : 'float', text)
  if (typeof value !== 'number') {
    throw formError(parameter, field.matching === 'int' ? 'Enter a whole number.' : 'Enter a number.')
  }
  if (value <= 0) throw badValue(parameter)
  return value
}

function facetsOf(branches: ReadonlyMap<string, Branch>, intervals: ReadonlyMap<string, Interval>): Facet[] {
  return [...branches.values()].map(({ kind, field: { name: field, matching }, below }): Facet => {
    const sub = below.size > 0 ? { sub: facetsOf(below, intervals) } : {}
    if (kind === 'cardinality') return { kind, field }
    if (kind === 'terms') return { kind, field, ...sub }
    return { kind, field, interval: intervals.get(field) ?? (matching === 'date' ? 'day' : 1), ...sub }
  })
}

/** Appends the parameters of facets: the inverse of `readFacets`. */
export function printFacets(facets: readonly Facet[], parameters: URLSearchParams): void {
  for (const facet of facets) parameters.append('_facets', nameOfFacet(facet))
  for (const facet of facets) printBelow(facet, '_aggs.', parameters)
  const intervals = new Map<string, Interval>()
  collectIntervals(facets, intervals)
  for (const [field, interval] of intervals) {
    parameters.append(`_histogram_interval.${field}`, String(interval))
  }
}

function printBelow(facet: Facet, start: string, parameters: URLSearchParams): void {
  if (facet.kind === 'cardinality' || !facet.sub) return
  const isTopHistogram = start === '_aggs.' && facet.kind === 'histogram'
  const path = isTopHistogram ? nameOfFacet(facet) : `${start}${nameOfFacet(facet)}`
  for (const one of facet.sub) parameters.append(path, nameOfFacet(one))
  for (const one of facet.sub) printBelow(one, `${path}.`, parameters)
}

function collectIntervals(facets: readonly Facet[], intervals: Map<string, Interval>): void {
  for (const facet of facets) {
    if (facet.kind === 'histogram') intervals.set(facet.field, facet.interval)
    if (facet.kind !== 'cardinality' && facet.sub) collectIntervals(facet.sub, intervals)
  }
}

// The parameters of hits: columns, sort, numbers, the position of a page.

import { findSearchField, type SearchField, searchFieldOf } from '../fields.ts'
import { exactInteger } from '../order.ts'
import type { Query, Scalar, SortKey } from '../query.ts'
import type { Values } from './facets.ts'
import { type Names, unknownField } from './names.ts'
import type { Limits } from './options.ts'
import { argumentError, badValue, formError } from './problems.ts'

export const defaultColumns = ['uuid', 'date', 'signature', 'product', 'version']
export const defaultLimit = 100
export const defaultFacetSize = 50
const maxSortKeys = 20

/**
 * Each field counts once.
 * @throws ProblemError for an unknown column
 */
export function readColumns(parameters: Values, names: Names): string[] {
  const columns = new Set<string>()
  for (const value of parameters.get('_columns') ?? defaultColumns) {
    if (!findSearchField(value)) throw unknownField(value)
    const field = names.inName(value, `_columns=${value}`)
    if (field) columns.add(field.name)
  }
  return [...columns]
}

/** Each field counts once. */
export function readSort(parameters: Values, names: Names): SortKey[] {
  const keys = new Map<string, SortKey>()
  for (const value of parameters.get('_sort') ?? []) {
    const descending = value.startsWith('-')
    const field = names.inValue(descending ? value.slice(1) : value, `_sort=${value}`)
    if (field && !keys.has(field.name)) keys.set(field.name, { field: field.name, descending })
  }
  if (keys.size > maxSortKeys) throw badValue('_sort')
  return [...keys.values()]
}

/** The values of `_results_number`, `_results_offset`, `_facets_size`. */
export function readNumbers(
  parameters: Values,
  limits: Limits,
): Pick<Query, 'limit' | 'offset' | 'facetSize'> {
  const limit = readWhole(parameters, '_results_number', defaultLimit)
  const offset = readWhole(parameters, '_results_offset', 0)
  const facetSize = readWhole(parameters, '_facets_size', defaultFacetSize)
  const shown = (number: number) => number.toLocaleString('en-US')
  if (limit > limits.results) {
    throw argumentError('_results_number', `_results_number cannot be greater than ${shown(limits.results)}`)
  }
  if (limit < 0) throw argumentError('_results_number', '_results_number cannot be negative')
  if (facetSize > limits.facetSize) throw badValue(`_facets_size greater than ${shown(limits.facetSize)}`)
  if (facetSize < 0) throw badValue('_facets_size')
  if (offset < 0) throw argumentError('_results_offset', '_results_offset cannot be negative')
  if (offset + limit > Math.min(limits.window, Number.MAX_SAFE_INTEGER)) {
    throw argumentError(
      '_results_offset',
      `_results_offset + _results_number cannot be greater than ${shown(limits.window)}`,
    )
  }
  return { limit, offset, facetSize }
}

function readWhole(parameters: Values, name: string, fallback: number): number {
  const text = parameters.get(name)?.at(-1)
  if (text === undefined) return fallback
  const found = /^\s*([+-]?\d{1,15})(\.0*)?\s*$/.exec(text)
  if (!found) throw formError(name, 'Enter a whole number.')
  return Number(found[1])
}

/** @throws ProblemError unless it is empty or one of the two */
export function readChoice<const T extends string>(
  parameters: Values,
  name: string,
  choices: readonly [T, ...T[]],
): T {
  const text = parameters.get(name)?.at(-1) ?? choices[0]
  const found = choices.find((choice) => choice === text)
  if (found === undefined) throw badValue(name)
  return found
}

/** The sort that hits have: newest first by default. */
export const effectiveSort = (sort: readonly SortKey[]): readonly SortKey[] =>
  sort.length > 0 ? sort : [{ field: 'date', descending: true }]

/**
 * The position in `_results_after`: a JSON list with the texts of the sort keys' values, null for none, and a crash ID.
 * @throws ProblemError if it does not belong to this sort
 */
export function readAfter(text: string, sort: readonly SortKey[]): (Scalar | null)[] {
  const fields = effectiveSort(sort).map(({ field }) => searchFieldOf(field))
  const values = parseList(text)
  if (values?.length !== fields.length + 1 || typeof values.at(-1) !== 'string') {
    throw badValue('_results_after')
  }
  const keys = fields.map((field, i) => {
    const value = values[i]
    if (value === null) return null
    const key = typeof value === 'string' ? keyValue(field, value) : null
    if (key === null) throw badValue('_results_after')
    return key
  })
  return [...keys, values.at(-1) as string]
}

function parseList(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

function keyValue({ matching }: SearchField, text: string): Scalar | null {
  switch (matching) {
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : null
    case 'int':
    case 'date':
      return /^-?\d{1,38}$/.test(text) ? exactInteger(BigInt(text)) : null
    case 'float':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : null
    default:
      return text
  }
}

/** The inverse of `readAfter`. */
export const printAfter = (after: readonly (Scalar | null)[]): string =>
  JSON.stringify(after.map((value) => (value === null ? null : String(value))))

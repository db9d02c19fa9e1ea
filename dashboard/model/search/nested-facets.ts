// Facets within facets: the parameters `_aggs.*` and `_histogram.*` of a search, one by one.
import { nameOfFacet } from '../../../shared/search/parameters/facets.ts'
import type { Facet } from '../../../shared/search/query.ts'
import { titleOf } from './field-names.ts'

/** Where a facet can be added, and its title. */
export interface FacetPlace {
  /** The parameter whose values are the facets within, such as `_aggs.product`. */
  parameter: string
  title: string
}

/** A facet within another one. */
export interface NestedFacet extends FacetPlace {
  /** One value of the parameter. */
  value: string
}

/** All facets of a search that others can be within, outer ones first. */
export const facetPlaces = (facets: readonly Facet[]): FacetPlace[] =>
  branchesOf(facets, null).flatMap(({ facet, place }) => (facet.kind === 'cardinality' ? [] : [place]))

/** All facets of a search that are within others. */
export const nestedFacets = (facets: readonly Facet[]): NestedFacet[] =>
  branchesOf(facets, null).flatMap(({ facet, place, within }) =>
    within ? [{ parameter: within.parameter, title: place.title, value: nameOfFacet(facet) }] : [],
  )

interface Branch {
  facet: Facet
  place: FacetPlace
  within: FacetPlace | null
}

function branchesOf(facets: readonly Facet[], within: FacetPlace | null): Branch[] {
  return facets.flatMap((facet) => {
    const name = nameOfFacet(facet)
    const title = titleOf(facet.field)
    const place = within
      ? { parameter: `${within.parameter}.${name}`, title: `${within.title} › ${title}` }
      : { parameter: facet.kind === 'histogram' ? name : `_aggs.${name}`, title }
    const sub = facet.kind === 'cardinality' ? [] : (facet.sub ?? [])
    return [{ facet, place, within }, ...branchesOf(sub, place)]
  })
}

/** The parameters with one more facet within another. */
export const withNested = (
  parameters: URLSearchParams,
  { parameter, value }: Pick<NestedFacet, 'parameter' | 'value'>,
): URLSearchParams =>
  new URLSearchParams([...withoutNested(parameters, { parameter, value }), [parameter, value]])

/** The parameters without a facet and all within it. */
export function withoutNested(
  parameters: URLSearchParams,
  { parameter, value }: Pick<NestedFacet, 'parameter' | 'value'>,
): URLSearchParams {
  const inner = `${parameter}.${value}`
  const isRemoved = ([name, text]: [string, string]) =>
    (name === parameter && text === value) || name === inner || name.startsWith(`${inner}.`)
  return new URLSearchParams([...parameters].filter((pair) => !isRemoved(pair)))
}

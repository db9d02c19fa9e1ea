// The parameters of a URL that a page does not use: a page must not answer a wider question without stating it.

/** Parameters of Socorro's pages without an effect here, and why. */
const without: ReadonlyMap<string, string> = new Map([
  ['_facets_size', 'all listed signatures are shown'],
  ['_tcbs_mode', 'periods end with the newest crash'],
  ['_range_type', 'periods are of the time of submission'],
  ['date', 'pages cover the last 28 days'],
])

/** Values that change nothing. */
const defaults: ReadonlySet<string> = new Set([
  '_tcbs_mode=realtime',
  '_range_type=report',
  'process_type=any',
])

/** Parameters that only choose a part of a page. */
const harmless = /^(page|_sort|_columns|utm_\w+)$/

export interface Unused {
  name: string
  value: string
  /** Empty: the name is not known. */
  why: string
}

/** The parameters of a query outside of `known`, at most 20, values shortened. */
export function unusedParameters(query: URLSearchParams, known: readonly string[]): Unused[] {
  return [...query]
    .filter(
      ([name, value]) => !known.includes(name) && !harmless.test(name) && !defaults.has(`${name}=${value}`),
    )
    .slice(0, 20)
    .map(([name, value]) => ({
      name: name.slice(0, 60),
      value: value.slice(0, 60),
      why: without.get(name) ?? '',
    }))
}

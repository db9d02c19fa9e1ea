// An answer as files: CSV for spreadsheets, JSON as the API gives it.
import { own } from '../../../shared/own.ts'
import { type Answer, answerText } from '../../../shared/search/answer.ts'
import type { HitValue } from '../../../shared/search/query.ts'
import type { FacetView } from './answer-view.ts'

/** The value of a hit as text; of a list, with semicolons; null for none. */
export function hitText(value: HitValue | undefined): string | null {
  if (value === null || value === undefined) return null
  return Array.isArray(value) ? value.join('; ') : String(value)
}

/** The reports of an answer, a line each, with a header. */
export function hitsCsv(columns: readonly string[], { hits }: Answer): string {
  return csv([columns, ...hits.map((hit) => columns.map((name) => hitText(own(hit, name)) ?? ''))])
}

/** The values of facets, a line each; those below others with their path. */
export function facetsCsv(facets: readonly FacetView[]): string {
  return csv([
    ['facet', 'value', 'reports', 'crashes', 'share'],
    ...facets.flatMap((facet) => facetLines(facet, '', '')),
  ])
}

function facetLines(view: FacetView, facets: string, values: string): string[][] {
  const name = facets + view.key
  if (view.distinct !== null) return [[name, values, `${view.distinct}`, '', '']]
  return view.rows.flatMap((row) => {
    const value = values + row.text
    const line = [name, value, `${row.count}`, `${row.weighted}`, row.share.toFixed(6)]
    return [line, ...row.below.flatMap((below) => facetLines(below, `${name} > `, `${value} > `))]
  })
}

export const answerJson = (answer: Answer): string => `${answerText(answer, 2)}\n`

const csv = (lines: readonly (readonly string[])[]): string =>
  `${lines.map((line) => line.map(cell).join(',')).join('\r\n')}\r\n`

/**
 * A cell by RFC 4180. Text from clients that a spreadsheet would run as a formula starts with an apostrophe; numbers are
 * unchanged. https://owasp.org/www-community/attacks/CSV_Injection
 */
function cell(text: string): string {
  const isFormula = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text)
  const safe = isFormula ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

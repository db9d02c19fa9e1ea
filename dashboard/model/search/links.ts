// Links from other pages to searches. It needs little code: these pages are seen first.
import { columnsOf } from '../../../shared/fields/columns.ts'
import type { SearchKind } from '../../../shared/fields/field.ts'

/** Kinds with the operator `=`; values of others are compared without one. */
const withEquals: ReadonlySet<SearchKind> = new Set(['text', 'keyword', 'items'])

/**
 * The parameter that restricts a search to one value of a column of `crashes`; '' means a missing one. Null where none can: a
 * value of some fields may look like an operator.
 */
export function searchParameter(column: string, value: string): [name: string, text: string] | null {
  const kind = columnsOf('crashes').find(({ name }) => name === column)?.search
  if (!kind || column === 'crash_id' || kind === 'date') return null
  if (value === '') return [column, '__null__']
  if (withEquals.has(kind)) return [column, `=${value}`]
  return /^[!<>]|^__/.test(value) ? null : [column, value]
}

/** The parameters of a search; those that are null are omitted. */
export const searchParameters = (parts: readonly (readonly [string, string] | null)[]): URLSearchParams =>
  new URLSearchParams(parts.flatMap((part) => (part ? [[...part]] : [])))

/** Aggregates do not count reports that were sent again. */
export const uniqueReports = ['duplicate_of', '__null__'] as const

// Filters as rows of a form: a field, an operator, a value; each row is one value of a parameter.
import { findSearchField, type Validation } from '../../../shared/search/fields.ts'
import { isFacetParameter } from '../../../shared/search/parameters/facets.ts'

export interface FilterRow {
  field: string
  /** What is before the value in the URL: `!`, `=`, `!~`, `__null__`. */
  operator: string
  value: string
}

type Choice = readonly [operator: string, text: string]

const missing: readonly Choice[] = [
  ['!__null__', 'has a value'],
  ['__null__', 'has no value'],
]
const is: readonly Choice[] = [
  ['', 'is'],
  ['!', 'is not'],
]
const ranges: readonly Choice[] = [
  ['>=', 'is at least'],
  ['<=', 'is at most'],
  ['>', 'is above'],
  ['<', 'is below'],
]
const texts: readonly Choice[] = [
  ['=', 'is exactly'],
  ['!=', 'is not exactly'],
  ['~', 'contains'],
  ['!~', 'does not contain'],
  ['^', 'starts with'],
  ['!^', 'does not start with'],
  ['$', 'ends with'],
  ['!$', 'does not end with'],
  ['@', 'matches the pattern'],
  ['!@', 'does not match the pattern'],
]

const choices: Readonly<Record<Validation, readonly Choice[]>> = {
  str: [...texts, ['', 'has a word of'], ['!', 'has no word of'], ...missing],
  enum: [...is, ...missing],
  bool: [['__true__', 'is true'], ['!__true__', 'is not true'], ...missing],
  int: [...is, ...ranges, ...missing],
  float: [...is, ...ranges, ...missing],
  datetime: [...ranges, ...missing],
}

/** The operators of a field, in the order of the form; the first is the default. */
export function operatorsOf(name: string): readonly Choice[] {
  const field = findSearchField(name)
  if (!field) return is
  if (field.validation === 'str' && field.matching === 'keyword')
    return choices.str.map(
      ([operator, text]): Choice =>
        operator === '' ? ['', 'is'] : operator === '!' ? ['!', 'is not'] : [operator, text],
    )
  return choices[field.validation]
}

export const needsValue = (operator: string): boolean => !operator.includes('__')

/** A new row for a field. */
export const newRow = (field: string): FilterRow => ({
  field,
  operator: operatorsOf(field)[0]![0],
  value: '',
})

/** The rows of the filters in a URL, without the period and those that search ignores. */
export function readRows(parameters: URLSearchParams): FilterRow[] {
  return [...parameters].flatMap(([field, text]) => (isFilter(field) ? [readRow(field, text)] : []))
}

function isFilter(name: string): boolean {
  const field = findSearchField(name)
  return field?.public === true && name !== 'date' && !isFacetParameter(name)
}

function readRow(field: string, text: string): FilterRow {
  // As the parser does: the longest prefix that the field has as an operator, after at most one `!`.
  const found = operatorsOf(field)
    .map(([operator]) => operator)
    .filter((operator) => text.startsWith(operator))
    .sort((a, b) => b.length - a.length)[0]
  const operator = found ?? ''
  return { field, operator, value: needsValue(operator) ? text.slice(operator.length) : '' }
}

/** The parameters with these filters in place of their own; rows without a value that they need are omitted. */
export function withRows(parameters: URLSearchParams, rows: readonly FilterRow[]): URLSearchParams {
  const others = [...parameters].filter(([name]) => !isFilter(name))
  const filters = rows
    .filter(({ operator, value }) => value !== '' || !needsValue(operator) || isExact(operator))
    .map(({ field, operator, value }) => [field, operator + (needsValue(operator) ? value : '')])
  return new URLSearchParams([...filters, ...others] as [string, string][])
}

/** `=` with nothing is a search for the empty text. */
const isExact = (operator: string) => operator === '=' || operator === '!='

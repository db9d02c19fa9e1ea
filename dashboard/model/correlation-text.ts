// Correlations as sentences.
import type { Correlated, Correlation } from '../../shared/aggregates/correlations.ts'
import { labelOfColumn } from './crashers/column-label.ts'
import { formatCount, formatShare } from './format.ts'

/** `Module`, `Platform is`: what precedes the value, and the value; empty where the first is all. */
export interface Condition {
  name: string
  value: string
}

export function conditionOf({ kind, column, value, range }: Correlated): Condition {
  if (kind === 'module') return { name: 'Module', value }
  const label = labelOfColumn(column)
  if (kind === 'flag') return { name: value === 'true' ? label : `not: ${label}`, value: '' }
  if (kind === 'item') return { name: `${label} has`, value }
  if (kind === 'number') return { name: label, value: rangeText(range) }
  return { name: `${label} is`, value }
}

function rangeText(range: Correlated['range']): string {
  const [low, high] = range ?? [null, null]
  if (low !== null && high !== null) return `above ${formatNumber(low)}, up to ${formatNumber(high)}`
  if (high !== null) return `up to ${formatNumber(high)}`
  return low === null ? 'any' : `above ${formatNumber(low)}`
}

const formatNumber = (value: number) => (Number.isInteger(value) ? formatCount(value) : String(value))

/** `84.3 % of these crashes, 4.0 % of others` */
export const sharesText = ({ group, reference }: Pick<Correlated, 'group' | 'reference'>) =>
  `${formatShare(group)} of these crashes, ${formatShare(reference)} of others`

/** Values that are more frequent than in other crashes, also those that another one explains; by column and value. */
export function overRepresented(correlations: readonly Correlation[]): ReadonlyMap<string, Correlated> {
  const all = correlations.flatMap((one) => [one, ...one.explains])
  return new Map(
    all.flatMap((one) =>
      one.group > one.reference ? [[facetKey(one.column, one.value), one] as const] : [],
    ),
  )
}

export const facetKey = (column: string, value: string) => JSON.stringify([column, value])

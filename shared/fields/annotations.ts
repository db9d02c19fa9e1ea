// Annotations that are not just copied: collector keys, input of rules, volatile and banned ones.
import rows from './annotations.json' with { type: 'json' }
import type { AnnotationRow } from './field.ts'

/** Names of all annotations with their own rows. */
export type OwnAnnotationName = keyof typeof rows

export const ownAnnotations = Object.entries(rows as Readonly<Record<string, AnnotationRow>>)

const namesOf = (mark: 'volatile' | 'banned'): ReadonlySet<string> =>
  new Set(ownAnnotations.flatMap(([name, row]) => (row[mark] ? [name] : [])))

/** Names of annotations that differ when the same report is resent. */
export const volatileAnnotations = namesOf('volatile')

/** Names of annotations that are removed before a report is stored. */
export const bannedAnnotations = namesOf('banned')

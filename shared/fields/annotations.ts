// Annotations that are not just copied: collector keys, input of rules, volatile and banned ones.
import { productNames } from '../throttle/product.ts'
import rows from './annotations.json' with { type: 'json' }
import cause from './cause.json' with { type: 'json' }
import type { AnnotationRow } from './field.ts'
import identity from './identity.json' with { type: 'json' }
import program from './program.json' with { type: 'json' }
import system from './system.json' with { type: 'json' }

/** Names of all annotations with their own rows. */
export type OwnAnnotationName = keyof typeof rows

export const ownAnnotations = Object.entries(rows as Readonly<Record<string, AnnotationRow>>)

const namesOf = (mark: 'volatile' | 'banned'): ReadonlySet<string> =>
  new Set(ownAnnotations.flatMap(([name, row]) => (row[mark] ? [name] : [])))

/** Names of annotations that differ when the same report is resent. */
export const volatileAnnotations = namesOf('volatile')

/** Names of annotations that are removed before a report is stored. */
export const bannedAnnotations = namesOf('banned')

/**
 * Names of annotations whose values are public as received: those that public fields are copied from, and those whose own
 * rows are public.
 */
export const publicAnnotations: ReadonlySet<string> = new Set([
  ...productNames,
  ...Object.values({ ...cause, ...identity, ...program, ...system }).flatMap(publicSources),
  ...ownAnnotations.flatMap(([name, { access }]) => (access === 'public' ? [name] : [])),
])

/** The annotations that a row of a public kind is copied from, without those that have their own rows. */
function publicSources(row: object): string[] {
  const [[kind, content]] = Object.entries(row) as [[string, { from?: object }]]
  return kind.startsWith('public')
    ? Object.keys(content.from ?? {}).filter((name) => !Object.hasOwn(rows, name))
    : []
}

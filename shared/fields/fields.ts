// The catalog: every field and annotation, and what derives from their rows.
import { ownAnnotations } from './annotations.ts'
import { causeFields } from './cause.ts'
import type { Annotation, Field, FieldRow, SearchKind } from './field.ts'
import { identityFields } from './identity.ts'
import { programFields } from './program.ts'
import type { Stored, ValueOf } from './shape.ts'
import { systemFields } from './system.ts'
import { present } from '../present.ts'

const catalog = { ...identityFields, ...causeFields, ...systemFields, ...programFields }

type Catalog = typeof catalog

/** Names of all fields. */
export type FieldName = keyof Catalog

/** The fields of the catalog with the types of their shapes; all optional. */
export type CrashFields = { [Name in FieldName]?: Stored<ValueOf<Catalog[Name]['shape']>> | null }

/** Names of all known annotations. */
export type AnnotationName =
  | Extract<Catalog[FieldName], { annotation: string }>['annotation']
  | keyof typeof ownAnnotations

/** A field of the catalog. */
export type CatalogField = Field & { readonly name: FieldName }

/** Every field of a processed crash. */
export const fields: readonly CatalogField[] = Object.entries<FieldRow>(catalog).map(([name, row]) => ({
  name: name as FieldName,
  ...row,
}))

/** Fields visible to everyone. Parts of their objects may still be protected. */
export const publicFields: readonly CatalogField[] = fields.filter((field) => field.access === 'public')

const byName = new Map<string, CatalogField>(fields.map((field) => [field.name, field]))

/** The field of this name in the processed crash; undefined for an unknown name: treat it as protected. */
export function fieldByName(name: FieldName): CatalogField
export function fieldByName(name: string): CatalogField | undefined
export function fieldByName(name: string): CatalogField | undefined {
  return byName.get(name)
}

/** The label of a field in the user interface. */
export function labelOf(name: FieldName): string {
  const words = name.replaceAll('_', ' ')
  return fieldByName(name).label ?? words[0]!.toUpperCase() + words.slice(1)
}

/** Fields that are copied from one annotation. */
export const copiedFields = fields.flatMap((field) =>
  field.annotation === undefined ? [] : [{ field, annotation: field.annotation }],
)

/** Every known annotation: those that fields are copied from, and those with their own rows. */
export const annotations: readonly Annotation[] = mergeAnnotations()

function mergeAnnotations(): Annotation[] {
  const merged = new Map<string, Annotation>()
  for (const { field, annotation } of copiedFields) {
    const { access, description } = field
    merged.set(annotation, { name: annotation, ...present({ access }), description })
  }
  for (const [name, row] of Object.entries(ownAnnotations)) merged.set(name, { name, ...row })
  return [...merged.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

const annotationsByName = new Map(annotations.map((row) => [row.name, row]))

/** The annotation of this name; undefined for an unknown one: store it, and treat it as protected. */
export function annotationByName(name: string): Annotation | undefined {
  return annotationsByName.get(name)
}

const textOperators = ['contains', 'equals', 'starts with', 'ends with', 'matches', 'exists'] as const
const rangeOperators = ['equals', 'at least', 'at most', 'less than', 'greater than', 'exists'] as const

/** The operators of a field, by kind; each can also be negated. */
export const searchOperators: Readonly<Record<SearchKind, readonly string[]>> = {
  text: textOperators,
  keyword: textOperators,
  enum: ['equals', 'exists'],
  bool: ['equals', 'exists'],
  int: rangeOperators,
  float: rangeOperators,
  date: ['at least', 'at most', 'less than', 'greater than', 'exists'],
}

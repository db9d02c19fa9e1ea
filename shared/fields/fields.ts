// The catalog: every field and annotation, and what derives from their rows.

import { present } from '../present.ts'
import { ascending } from '../text/ascending.ts'
import { type OwnAnnotationName, ownAnnotations } from './annotations.ts'
import cause from './cause.json' with { type: 'json' }
import type { Annotation, Field, FieldRow } from './field.ts'
import identity from './identity.json' with { type: 'json' }
import { type Kinds, kinds } from './kinds.ts'
import program from './program.json' with { type: 'json' }
import type { Stored, ValueOf } from './shape.ts'
import system from './system.json' with { type: 'json' }

type Catalog = typeof identity & typeof cause & typeof system & typeof program

/** Names of all fields. */
export type FieldName = keyof Catalog

/** The fields of the catalog with the types of their shapes; all optional. */
export type CrashFields = {
  [Name in FieldName]?: Stored<ValueOf<Kinds[keyof Catalog[Name] & keyof Kinds]['shape']>> | null
}

/** Names of the annotation that a row copies; rows without one have none. */
type CopiedFrom<Row> = Row extends { readonly from: infer Names } ? keyof Names : never

/** Names of all known annotations. */
export type AnnotationName =
  | { [Name in FieldName]: CopiedFrom<Catalog[Name][keyof Catalog[Name]]> }[FieldName]
  | OwnAnnotationName

/** A row in the JSON files. What types derive from is a key: TypeScript forgets the values of JSON. */
type JsonRow = { readonly [Kind in keyof Kinds]?: KindRow }

interface KindRow {
  readonly description: string
  readonly label?: string
  /** The annotation that the value is copied from. */
  readonly from?: Readonly<Record<string, Pick<FieldRow, 'aliases' | 'fallback'>>>
  readonly source?: string
  readonly column?: { readonly name?: string; readonly type?: string }
}

/** A field of the catalog. */
export type CatalogField = Field & { readonly name: FieldName }

const catalog: Readonly<Record<string, JsonRow>> = { ...identity, ...cause, ...system, ...program }

/** Every field of a processed crash. */
export const fields: readonly CatalogField[] = Object.entries(catalog).map(([name, row]) => {
  const [[kind, { from = {}, ...rest }]] = Object.entries(row) as [[keyof Kinds, KindRow]]
  const [copied] = Object.entries(from)
  const annotation = copied && { annotation: copied[0], ...copied[1] }
  // The values of JSON have no literal types.
  return { name, ...kinds[kind], ...annotation, ...rest } as CatalogField
})

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
  for (const [name, row] of ownAnnotations) merged.set(name, { name, ...row })
  return [...merged.values()].sort((a, b) => ascending(a.name, b.name))
}

const annotationsByName = new Map(annotations.map((row) => [row.name, row]))

/** The annotation of this name; undefined for an unknown one: store it, and treat it as protected. */
export function annotationByName(name: string): Annotation | undefined {
  return annotationsByName.get(name)
}

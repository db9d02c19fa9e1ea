// The annotations that Crashpad wrote into a dump, as rows: of the process, then of each module.
import type { StoredCrashpad } from '../../../shared/fields/stackwalk.ts'

export interface AnnotationRow {
  /** Null for those of the process. */
  module: string | null
  /** Null for texts that a module lists without names. */
  name: string | null
  value: string
}

/** Empty for a dump without annotations; a public view has only some of them. */
export function annotationRows(info: StoredCrashpad | null | undefined): AnnotationRow[] {
  return [
    ...namedRows(null, info?.simple_annotations),
    ...(info?.modules ?? []).flatMap(({ module = null, ...stored }) => [
      ...namedRows(module ?? 'unknown module', stored.simple_annotations),
      ...(stored.objects ?? []).map(({ name, type, value }) => ({
        module: module ?? 'unknown module',
        name: name ?? null,
        value: value ?? `(data of type ${type ?? 'unknown'})`,
      })),
      ...(stored.list_annotations ?? []).map((value) => ({
        module: module ?? 'unknown module',
        name: null,
        value,
      })),
    ]),
  ]
}

const namedRows = (module: string | null, named: StoredCrashpad['simple_annotations']): AnnotationRow[] =>
  Object.entries(named ?? {}).map(([name, value]) => ({ module, name, value: value ?? '' }))

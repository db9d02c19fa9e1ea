// Reads a processed crash from JSON: its public view, or all of it.
import { isMinidumpName, type PartialCrash } from '../crash.ts'
import { cutJson, maxPublicBytes, maxPublicDumpBytes } from './cut.ts'
import { fieldByName, publicFields } from './fields.ts'
import { conform } from './shape.ts'
import { otherDump } from './stackwalk.ts'

/**
 * The public part of a processed crash: public fields, and of their objects the keys that the catalog names. Omits
 * unknown and protected parts, and values without the shape of their field. Long fields are truncated (`cut.ts`) and
 * named in `cut_fields`. The result shares no object with the input.
 * @param cutBefore names of fields that are already truncated
 */
export function publicView(stored: object, cutBefore: readonly string[] = []): PartialCrash {
  const values = new Map(Object.entries(stored))
  const cutNames = new Set(cutBefore)
  const view = fromEntries(
    publicFields.map(({ name, shape, source }) => {
      const whole = conform(values.get(name), shape, 'public')
      const isDump = source === 'stackwalker' && typeof whole === 'object'
      const part = cutJson(whole, isDump ? maxPublicDumpBytes : maxPublicBytes)
      if (part !== whole) cutNames.add(name)
      return [name, part]
    }),
  )
  if (cutNames.size === 0) return view
  return { ...view, cut_fields: [...new Set([...(view.cut_fields ?? []), ...cutNames])].sort() }
}

/**
 * A processed crash from its JSON, including protected fields. Omits parts without the shape of their field; keeps
 * fields that the catalog does not know. JSON that is not an object yields a crash without fields.
 */
export function readProcessedCrash(json: unknown): PartialCrash {
  const entries = typeof json === 'object' && json !== null ? Object.entries(json) : []
  return fromEntries(
    entries.map(([name, value]) => {
      const shape = fieldByName(name)?.shape ?? (isMinidumpName(name) ? otherDump : undefined)
      return [name, shape ? conform(value, shape, 'full') : value]
    }),
  )
}

/** Each value has the shape of its field, so the cast is safe. */
const fromEntries = (entries: (readonly [string, unknown])[]) =>
  Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as PartialCrash

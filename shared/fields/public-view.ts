// Reads a processed crash from JSON: its public view, or all of it.
import { isMinidumpName, type PartialCrash } from '../crash.ts'
import { fieldByName, publicFields } from './fields.ts'
import { conform } from './shape.ts'
import { otherDump } from './stackwalk.ts'

/**
 * The public part of a processed crash: public fields, and of their objects the keys that the catalog names. Unknown
 * and protected parts are omitted, and so is each value that does not have the shape of its field. The result shares
 * no object with the input.
 */
export function publicView(stored: object): PartialCrash {
  const values = new Map(Object.entries(stored))
  return fromEntries(
    publicFields.map(({ name, shape }) => [name, conform(values.get(name), shape, 'public')]),
  )
}

/**
 * A processed crash from its JSON, with protected fields. Parts that do not have the shape of their field are omitted;
 * fields that the catalog does not know are kept. JSON that is not an object gives a crash without fields.
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

/** Each value must have the shape of its field: JSON gets its type here. */
const fromEntries = (entries: (readonly [string, unknown])[]) =>
  Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as PartialCrash

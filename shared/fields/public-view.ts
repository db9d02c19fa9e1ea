// What everyone may see of a processed crash.
import type { ProcessedCrash } from '../crash.ts'
import { own, setOwn } from '../own.ts'
import type { Shape } from './field.ts'
import { publicFields } from './fields.ts'

/**
 * The public part of a processed crash: public fields, and of their objects the keys that the catalog names. What
 * is unknown or protected is left out; so is a value that does not have its field's shape, alone. Nothing is copied
 * that is not needed, so the result shares no object with the input.
 */
export function publicView(processed: ProcessedCrash): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const field of publicFields) {
    if (!Object.hasOwn(processed, field.name)) continue
    const value = reduce(own(processed, field.name), field.shape)
    if (value !== undefined) setOwn(out, field.name, value)
  }
  return out
}

/** The part of a value that its shape allows; undefined when nothing of it may be shown. */
export function reduce(value: unknown, shape: Shape): unknown {
  if (typeof shape === 'string') return reduceLeaf(value, shape)
  if (value === null) return null
  if ('list' in shape) {
    if (!Array.isArray(value)) return undefined
    return value.map((item) => reduce(item, shape.list)).filter((item) => item !== undefined)
  }
  if (typeof value !== 'object' || Array.isArray(value)) return undefined
  const out: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value as object)) {
    const inner = shapeOfKey(shape, key)
    const reduced = inner === undefined ? undefined : reduce(item, inner)
    if (reduced !== undefined) setOwn(out, key, reduced)
  }
  return out
}

function shapeOfKey(shape: Exclude<Shape, string | { list: Shape }>, key: string): Shape | undefined {
  if ('map' in shape) return shape.keys.test(key) ? shape.map : undefined
  return own(shape.object, key)
}

function reduceLeaf(value: unknown, shape: Extract<Shape, string>): unknown {
  switch (shape) {
    case 'protected':
      return undefined
    case 'string':
      return value === null || typeof value === 'string' ? value : undefined
    case 'bool':
      return value === null || typeof value === 'boolean' ? value : undefined
    case 'int':
      return value === null || Number.isInteger(value) ? value : undefined
    case 'float':
      return value === null || Number.isFinite(value) ? value : undefined
    case 'scalar':
      return value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)
        ? value
        : undefined
  }
}

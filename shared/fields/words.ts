// What the catalog states about a field, as text.
import type { Field } from './field.ts'
import type { Shape } from './shape.ts'

/** A shape such as `list of text`. */
export function shapeText(shape: Shape): string {
  if (typeof shape === 'string') return shape
  if ('sent' in shape) return shapeText(shape.sent)
  if ('protected' in shape) return shapeText(shape.protected)
  if ('list' in shape) return `list of ${shapeText(shape.list)}`
  return 'map' in shape ? `map to ${shapeText(shape.map)}` : 'object'
}

/** Where the value comes from: `annotation Version`, or the part of the program that computes it. */
export function sourceText({ annotation, aliases = [], source }: Field): string {
  return annotation === undefined ? (source ?? 'rule') : `annotation ${[annotation, ...aliases].join(', ')}`
}

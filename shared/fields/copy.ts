// Copies annotations into the fields of a processed crash, converted to the fields' types.
import { own } from '../own.ts'
import type { Field } from './field.ts'
import { type CrashFields, copiedFields } from './fields.ts'
import { exactInteger, readInteger } from './integer.ts'
import { fits } from './shape.ts'

/**
 * The fields copied from one annotation each, by its name or an alias. A value that cannot be converted omits its
 * field and adds a note that names the annotation; other values are still copied. Absent and null annotations yield
 * the field's fallback, or nothing.
 */
export function copyAnnotations(rawCrash: Readonly<Record<string, unknown>>): {
  fields: CrashFields
  notes: string[]
} {
  const values: [string, unknown][] = []
  const notes: string[] = []
  for (const { field, annotation } of copiedFields) {
    const { aliases = [], fallback } = field
    const value = annotationValue(rawCrash, annotation, aliases)
    if (value === undefined || value === null) {
      if (fallback !== undefined) values.push([field.name, fallback])
      continue
    }
    const converted = convert(value, field)
    if ('problem' in converted) notes.push(`${annotation} ${converted.problem}${shownValue(field, value)}`)
    else values.push([field.name, converted.value])
  }
  // Each value has the shape of its field.
  return { fields: Object.fromEntries(values) as CrashFields, notes }
}

/** The value of the annotation, or of the first alias that has one. */
function annotationValue(
  rawCrash: Readonly<Record<string, unknown>>,
  annotation: string,
  aliases: readonly string[],
): unknown {
  const value = own(rawCrash, annotation)
  if (aliases.length === 0 || !isEmpty(value)) return value
  return aliases.map((alias) => own(rawCrash, alias)).find((other) => !isEmpty(other)) ?? value
}

const isEmpty = (value: unknown) => value === undefined || value === null || value === ''

/** Notes are public: they repeat only values of public fields. */
function shownValue({ access, shape }: Field, value: unknown): string {
  return shape === 'bool' && access === 'public' ? ` ${copiedText(value).slice(0, 100)}` : ''
}

type Converted = { value: unknown } | { problem: string }

function convert(value: unknown, { name, shape }: Field): Converted {
  if (shape === 'bool') return toBoolean(value)
  if (shape === 'integer' || shape === 'size') return toInteger(value)
  if (shape === 'float') return toFloat(value)
  if (shape === 'string') return toText(value)
  return toObject(value, { name, shape })
}

function toBoolean(value: unknown): Converted {
  const text = copiedText(value).toLowerCase()
  if (text === '1' || text === 'true') return { value: true }
  if (text === '0' || text === 'false') return { value: false }
  return { problem: 'has non-boolean value' }
}

function toInteger(value: unknown): Converted {
  const integer = readInteger(value)
  return integer === null ? { problem: 'has a non-int value' } : { value: exactInteger(integer) }
}

/** JSON has no NaN and no infinity. */
function toFloat(value: unknown): Converted {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : ''
  const plain = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)
  const number = plain ? Number(text) : Number.NaN
  return Number.isFinite(number) ? { value: number } : { problem: 'has a non-float value' }
}

function toText(value: unknown): Converted {
  if (typeof value === 'object') return { problem: 'has a non-text value' }
  return { value: copiedText(value).trimEnd() }
}

/** JSON text or an object, unchanged. Parts of the wrong type make the whole malformed, as in Socorro. */
function toObject(value: unknown, { name, shape }: Pick<Field, 'name' | 'shape'>): Converted {
  let parsed = value
  if (typeof value !== 'object') {
    try {
      parsed = JSON.parse(copiedText(value))
    } catch {
      return { problem: 'value is malformed json' }
    }
  }
  return fits(parsed, shape) ? { value: parsed } : { problem: `value is malformed ${name}` }
}

const copiedText = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value))

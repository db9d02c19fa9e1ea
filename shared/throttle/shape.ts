// Types of JSON values: each checks a value and produces its JSON Schema
// (https://json-schema.org/draft/2020-12/schema).
import { CrashError } from '../errors.ts'
import { own, setOwn } from '../own.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** `at`: location of the value, for messages; `depth`: nesting depth of conditions around it. */
export interface Shape<T> {
  /** @throws CrashError 'bad-policy' with the location and the allowed values */
  read(json: unknown, at: string, depth: number): T
  schema: JsonSchema
}

/** A key of an object: required unless it has a `fallback`; an undefined fallback omits the key. */
export interface Field {
  shape: Shape<unknown>
  doc: string
  fallback?: unknown
}
export type Fields = Readonly<Record<string, Field>>

export const anyText: Shape<string> = {
  read: (json, at) => (typeof json === 'string' ? json : fail(at, 'must be text')),
  schema: { type: 'string' },
}

export const text: Shape<string> = {
  read: (json, at) =>
    typeof json === 'string' && json !== '' ? json : fail(at, 'must be text that is not empty'),
  schema: { type: 'string', minLength: 1 },
}

export const number: Shape<number> = {
  read: (json, at) =>
    typeof json === 'number' && Number.isFinite(json) ? json : fail(at, 'must be a number'),
  schema: { type: 'number' },
}

export const boolean: Shape<boolean> = {
  read: (json, at) => (typeof json === 'boolean' ? json : fail(at, 'must be true or false')),
  schema: { type: 'boolean' },
}

export const positiveInteger: Shape<number> = {
  read: (json, at) =>
    Number.isSafeInteger(json) && (json as number) > 0
      ? (json as number)
      : fail(at, 'must be a whole number above 0'),
  schema: { type: 'integer', minimum: 1 },
}

export const percent: Shape<number> = {
  read: (json, at) =>
    typeof json === 'number' && json >= 0 && json <= 100 ? json : fail(at, 'must be a number from 0 to 100'),
  schema: { type: 'number', minimum: 0, maximum: 100 },
}

export function constant<T extends string | number>(value: T): Shape<T> {
  return {
    read: (json, at) => (json === value ? value : fail(at, `must be ${value}`)),
    schema: { const: value },
  }
}

export function oneOf<T extends string>(allowed: readonly T[]): Shape<T> {
  return {
    read: (json, at) =>
      allowed.includes(json as T)
        ? (json as T)
        : fail(at, `is ${JSON.stringify(json)}; allowed are ${allowed.join(', ')}`),
    schema: { enum: allowed },
  }
}

/** Text that `problemOf` accepts. */
export function checkedText(problemOf: (value: string) => string | null, schema: JsonSchema): Shape<string> {
  return {
    read(json, at, depth) {
      const value = text.read(json, at, depth)
      const problem = problemOf(value)
      return problem === null ? value : fail(at, problem)
    },
    schema: { ...text.schema, ...schema },
  }
}

export function listOf<T>(item: Shape<T>, maxItems?: number): Shape<T[]> {
  return {
    read(json, at, depth) {
      if (!Array.isArray(json)) return fail(at, 'must be a list')
      if (maxItems !== undefined && json.length > maxItems)
        fail(at, `has ${json.length} entries; ${maxItems} are allowed`)
      return json.map((value, i) => item.read(value, `${at}[${i}]`, depth))
    },
    schema: { type: 'array', items: item.schema, ...(maxItems !== undefined && { maxItems }) },
  }
}

/** An object with any keys. */
export function recordOf<T>(value: Shape<T>): Shape<Record<string, T>> {
  return {
    read: (json, at, depth) =>
      Object.fromEntries(
        Object.entries(readObject(json, at)).map(([key, inner]) => [
          key,
          value.read(inner, `${at}.${key}`, depth),
        ]),
      ),
    schema: { type: 'object', additionalProperties: value.schema },
  }
}

/** An object with these keys and no others. */
export function objectOf(fields: Fields): Shape<Record<string, unknown>> {
  return {
    read: (json, at, depth) => readFields(fields, readObject(json, at), at, depth),
    schema: fieldsSchema(fields),
  }
}

/** @throws CrashError 'bad-policy' */
export function readObject(json: unknown, at: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return fail(at, 'must be an object')
  return json as Record<string, unknown>
}

/** @throws CrashError 'bad-policy' */
export function readFields(
  fields: Fields,
  given: Readonly<Record<string, unknown>>,
  at: string,
  depth: number,
): Record<string, unknown> {
  const names = Object.keys(fields)
  const other = Object.keys(given).find((key) => !names.includes(key))
  if (other !== undefined) fail(`${at}.${other}`, `is unknown; allowed are ${names.join(', ')}`)
  const read: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const absent = !Object.hasOwn(given, name)
    const value =
      absent && Object.hasOwn(field, 'fallback')
        ? field.fallback
        : field.shape.read(own(given, name), `${at}.${name}`, depth)
    if (value !== undefined) setOwn(read, name, value)
  }
  return read
}

export function fieldsSchema(fields: Fields): JsonSchema {
  const entries = Object.entries(fields)
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([name, { shape, doc, fallback }]) => [
        name,
        { ...shape.schema, description: doc, ...(fallback !== undefined && { default: fallback }) },
      ]),
    ),
    required: entries.filter(([, field]) => !Object.hasOwn(field, 'fallback')).map(([name]) => name),
    additionalProperties: false,
  }
}

export function fail(at: string, problem: string): never {
  throw new CrashError('bad-policy', `Policy: ${at} ${problem}`)
}

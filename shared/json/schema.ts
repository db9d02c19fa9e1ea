// Schemas for external documents and settings, with uniform error messages.
import * as z from 'zod/mini'
import { CrashError, type ErrorCode } from '../errors.ts'
import { own } from '../own.ts'
import { isDate } from '../time/dates.ts'

/** Text that is not empty. */
export const text = z.string().check(z.minLength(1, 'must be text that is not empty'))

const wholeNumber = 'must be a whole number above 0'
export const positiveInteger = z.int(wholeNumber).check(z.minimum(1, wholeNumber))

const percentage = 'must be a number from 0 to 100'
export const percent = z.number(percentage).check(z.minimum(0, percentage), z.maximum(100, percentage))

/** Text that is valid if `problemOf` returns null; otherwise the result is the error message. */
export const checkedText = (problemOf: (value: string) => string | null) =>
  text.check(
    z.superRefine((value, context) => {
      const message = problemOf(value)
      if (message !== null) context.addIssue({ code: 'custom', message })
    }),
  )

/** Adds the description of the JSON Schema. A copy, so that one schema may be described twice. */
export const documented = <Schema extends z.ZodMiniType>(schema: Schema, description: string): Schema =>
  schema.check(z.describe(description))

/** An object without other keys. */
export const exactObject = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `is unknown; allowed are ${Object.keys(shape).join(', ')}`
        : undefined,
  })

/** `YYYY-MM-DD`. */
export const date = z.string().check(z.refine(isDate, 'must be a date like 2026-10-21'))

/** A decimal integer as text: a setting. */
export const numberText = (least: number, most: number) => {
  const message = `must be a number from ${least} to ${most}`
  const inRange = z.int(message).check(z.minimum(least, message), z.maximum(most, message))
  return z.pipe(z.pipe(z.string().check(z.regex(/^\d+$/, message)), z.transform(Number)), inRange)
}

/** Text parsed by `parse`; if it returns null, `message` is the error message. */
export const parsed = <T>(parse: (text: string) => T | null, message: string): z.ZodMiniType<T, string> =>
  z.pipe(
    z.string(),
    z.transform((input, context): T => {
      const value = parse(input)
      if (value !== null) return value
      context.issues.push({ code: 'custom', message, input })
      return z.NEVER
    }),
  )

export interface ReadOptions {
  code: ErrorCode
  /** Name of the document in errors, the start of each location. Default: none. */
  name?: string
  /** Text before the location. */
  prefix?: string
}

/**
 * Validates a value; returns it with the type of the schema.
 * @throws CrashError with the given code and the message `<prefix><name>.<location> <problem>`
 */
export function readDocument<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  { code, name = '', prefix = '' }: ReadOptions,
): z.output<Schema> {
  const { data, problems } = check(schema, value, name)
  if (problems) throw new CrashError(code, `${prefix}${problems[0]}`)
  return data
}

/** A valid value, or all problems with their locations: as part of the text, and as paths in the same order. */
type Checked<Value> =
  | { data: Value; problems?: undefined; paths?: undefined }
  | { data?: undefined; problems: [string, ...string[]]; paths: PropertyKey[][] }

/** Validates a value; returns it with the type of the schema, or all problems with their locations. */
export function check<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  name = '',
): Checked<z.output<Schema>> {
  const result = schema.safeParse(value, { reportInput: true, error: describe })
  if (result.success) return { data: result.data }
  const problems = result.error.issues.flatMap(problemsOf)
  const texts = problems.map(({ path, message }) => `${locationOf(name, path)} ${message}`)
  return { problems: texts as [string, ...string[]], paths: problems.map(({ path }) => path) }
}

interface Problem {
  path: PropertyKey[]
  message: string
}

const expectations: Readonly<Partial<Record<string, string>>> = {
  string: 'must be text',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
  record: 'must be an object',
}

const listed = (values: readonly unknown[]) => values.map(String).join(', ')
const isNot = (input: unknown, allowed: readonly unknown[]) =>
  `is ${JSON.stringify(input)}; allowed are ${listed(allowed)}`

/** Of a union whose schema has none: the problem of an alternative is shown. */
const noMessage = ''

/** The message of an issue without one. */
function describe(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return expectations[issue.expected]
    case 'invalid_value':
      return issue.values.length === 1 ? `must be ${listed(issue.values)}` : isNot(issue.input, issue.values)
    case 'too_big':
      return issue.origin === 'array'
        ? `has ${(issue.input as unknown[]).length} entries; ${issue.maximum} are allowed`
        : undefined
    case 'invalid_union':
      return Array.isArray(issue.options)
        ? isNot(own(Object(issue.input), String(issue.discriminator)), issue.options)
        : noMessage
    default:
      return undefined
  }
}

/**
 * One problem per unknown key; for a union, the first problem of the alternative that matches best, or the message of
 * the union where none matches in part.
 */
function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: issue.message }))
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
  const alternatives = issue.errors.map(([first]) => problemsOf(first!)[0]!)
  const best = alternatives.reduce((a, b) => (b.path.length > a.path.length ? b : a))
  if (best.path.length === 0 && issue.message !== noMessage) return [issue]
  return [{ path: [...issue.path, ...best.path], message: best.message }]
}

function locationOf(name: string, path: readonly PropertyKey[]): string {
  const location = path.reduce<string>((at, key) => {
    if (typeof key === 'number') return `${at}[${key}]`
    return at === '' ? String(key) : `${at}.${String(key)}`
  }, name)
  return location || 'it'
}

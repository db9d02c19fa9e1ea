// The published schema and parsePolicy accept the same policies.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePolicy, policySchema } from '../../../shared/throttle/policy.ts'
import { presets } from '../../../shared/throttle/presets.ts'

type Schema = Record<string, unknown>
const schema = policySchema() as Schema
const root = join(import.meta.dirname, '../../..')

/** JSON Schema, as far as the policy's schema uses it; an unknown keyword is an error. */
function allows(part: Schema, value: unknown): boolean {
  return Object.entries(part).every(([word, rule]) => {
    const check = words[word]
    if (!check) throw new Error(`The schema uses ${word}, which this test does not support`)
    return check(rule as never, value, part)
  })
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const types: Record<string, (value: unknown) => boolean> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
}
const words: Record<string, (rule: never, value: unknown, part: Schema) => boolean> = {
  $schema: () => true,
  $defs: () => true,
  title: () => true,
  description: () => true,
  default: () => true,
  $ref: (rule: string, value) => allows((schema.$defs as Schema)[rule.split('/').at(-1)!] as Schema, value),
  type: (rule: string, value) => types[rule]!(value),
  const: (rule: unknown, value) => rule === value,
  enum: (rule: unknown[], value) => rule.includes(value),
  anyOf: (rule: Schema[], value) => rule.some((one) => allows(one, value)),
  oneOf: (rule: Schema[], value) => rule.filter((one) => allows(one, value)).length === 1,
  items: (rule: Schema, value) => !Array.isArray(value) || value.every((item) => allows(rule, item)),
  maxItems: (rule: number, value) => !Array.isArray(value) || value.length <= rule,
  minLength: (rule: number, value) => typeof value !== 'string' || value.length >= rule,
  maxLength: (rule: number, value) => typeof value !== 'string' || value.length <= rule,
  minimum: (rule: number, value) => typeof value !== 'number' || value >= rule,
  maximum: (rule: number, value) => typeof value !== 'number' || value <= rule,
  pattern: (rule: string, value) => typeof value !== 'string' || new RegExp(rule).test(value),
  propertyNames: (rule: Schema, value) =>
    !isObject(value) || Object.keys(value).every((key) => allows(rule, key)),
  required: (rule: string[], value) => !isObject(value) || rule.every((key) => Object.hasOwn(value, key)),
  properties: (rule: Record<string, Schema>, value) =>
    !isObject(value) ||
    Object.entries(rule).every(([key, inner]) => !Object.hasOwn(value, key) || allows(inner, value[key])),
  additionalProperties: (rule: false | Schema, value, part) =>
    !isObject(value) ||
    Object.keys(value).every((key) => {
      if (Object.hasOwn((part.properties as Schema | undefined) ?? {}, key)) return true
      return rule !== false && allows(rule, value[key])
    }),
}

const reads = (value: unknown): true | string => {
  try {
    parsePolicy(value)
    return true
  } catch (error) {
    return (error as Error).message
  }
}
/** Checks outside the schema: unique names, slow patterns, depth. */
const beyondSchema = /like an earlier rule|pattern |deeper than/

describe('the schema of policies', () => {
  test('accepts the presets and the policy of the samples', () => {
    const samples = JSON.parse(readFileSync(join(root, 'batch/local/samples/policy.json'), 'utf8'))
    for (const policy of [...Object.values(presets), samples]) expect(allows(schema, policy)).toBe(true)
  })

  test('accepts exactly the policies that the program accepts, including damaged ones', () => {
    const text = JSON.stringify({ ...presets.mozilla, limits: { parts: 5 }, remove: ['x'] })
    const seen = { taken: 0, refused: 0 }
    const values = fc.constantFrom(
      '""',
      '0',
      '-1',
      '"x"',
      '[]',
      '{}',
      'null',
      'true',
      '101',
      '1.5',
      '"always"',
    )
    const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+|true|false/g)]
    const damaged = fc.tuple(fc.nat(tokens.length - 1), values).map(([at, value]) => {
      const { 0: token, index } = tokens[at]!
      return text.slice(0, index) + value + text.slice(index + token.length)
    })
    fc.assert(
      fc.property(damaged, (broken) => {
        let json: unknown
        try {
          json = JSON.parse(broken)
        } catch {
          return
        }
        const read = reads(json)
        seen[read === true ? 'taken' : 'refused']++
        if (read === true || !beyondSchema.test(read))
          expect([broken, allows(schema, json)]).toEqual([broken, read === true])
      }),
      { numRuns: 2000 },
    )
    expect(seen.taken).toBeGreaterThan(20)
    expect(seen.refused).toBeGreaterThan(20)
  })
})

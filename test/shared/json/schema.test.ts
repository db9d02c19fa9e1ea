// What is wrong with a document: where, and the problem.
import { describe, expect, test } from 'vitest'
import * as z from 'zod/mini'
import {
  check,
  date,
  exactObject,
  numberText,
  parsed,
  percent,
  positiveInteger,
  text,
} from '../../../shared/json/schema.ts'

const texts = z.union([text, z.array(text)], 'must be a text, or a list of texts')
const shape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('a'), size: z.int() }),
  z.object({ kind: z.literal('b') }),
])

describe('a problem', () => {
  test.each<[string, z.ZodMiniType, unknown, string]>([
    ['of text', text, 1, 'it must be text'],
    ['of empty text', text, '', 'it must be text that is not empty'],
    ['of a number', z.number(), '1', 'it must be a number'],
    ['of a fraction', z.int(), 1.5, 'it must be a whole number'],
    ['of a flag', z.boolean(), 'yes', 'it must be true or false'],
    ['of a list', z.array(text), {}, 'it must be a list'],
    ['of an object', z.object({ a: text }), [], 'it must be an object'],
    ['of a table', z.record(z.string(), text), [], 'it must be an object'],
    ['in a table', z.record(z.string(), text), { a: 1 }, 'a must be text'],
    ['in a list within an object', z.object({ a: z.array(text) }), { a: ['x', 2] }, 'a[1] must be text'],
    [
      'of an unknown key',
      exactObject({ a: text, b: text }),
      { a: 'x', b: 'x', c: 1 },
      'c is unknown; allowed are a, b',
    ],
    ['of a choice', z.enum(['a', 'b']), 'c', 'it is "c"; allowed are a, b'],
    ['of a constant', z.literal(7), 8, 'it must be 7'],
    ['of a long list', z.array(text).check(z.maxLength(1)), ['a', 'b'], 'it has 2 entries; 1 are allowed'],
    ['of a count', positiveInteger, 0, 'it must be a whole number above 0'],
    ['of a fraction of a count', positiveInteger, 1.5, 'it must be a whole number above 0'],
    ['of a low percentage', percent, -1, 'it must be a number from 0 to 100'],
    ['of a high percentage', percent, 100.1, 'it must be a number from 0 to 100'],
    ['of a date', date, '2026-02-30', 'it must be a date like 2026-10-21'],
    ['of a low setting', numberText(2, 5), '1', 'it must be a number from 2 to 5'],
    ['of a high setting', numberText(2, 5), '6', 'it must be a number from 2 to 5'],
    ['of a setting with a sign', numberText(2, 5), '+3', 'it must be a number from 2 to 5'],
    ['of text that cannot be parsed', parsed(() => null, 'must be a color'), 'x', 'it must be a color'],
    ['of a kind', shape, { kind: 'c' }, 'kind is "c"; allowed are a, b'],
    ['of a union with a message', texts, 1, 'it must be a text, or a list of texts'],
    ['within a union with a message', texts, ['a', 1], '[1] must be text'],
    ['of a union without a message', z.union([text, z.array(text)]), 1, 'it must be text'],
    ['within a union without a message', z.union([text, z.array(text)]), ['a', 1], '[1] must be text'],
  ])('%s', (_, schema, value, expected) => {
    expect(check(schema, value).problems).toEqual([expected])
  })

  test.each<[z.ZodMiniType, unknown]>([
    [text, 'x'],
    [positiveInteger, 1],
    [percent, 0],
    [percent, 100],
    [date, '2026-02-28'],
    [texts, ['a', 'b']],
    [shape, { kind: 'b' }],
  ])('is not in a valid value', (schema, value) => {
    expect(check(schema, value)).toEqual({ data: value })
  })

  test.each([
    ['2', 2],
    ['5', 5],
  ])('is not in a setting at a limit', (value, expected) => {
    expect(check(numberText(2, 5), value)).toEqual({ data: expected })
  })

  test('has the name of its document before its place', () => {
    const { problems, paths } = check(z.object({ a: z.array(text) }), { a: [1] }, 'policy')
    expect([problems, paths]).toEqual([['policy.a[0] must be text'], [['a', 0]]])
  })
})

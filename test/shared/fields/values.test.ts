// Integers of annotations, and shapes and sources in words.
import { describe, expect, test } from 'vitest'
import { exactInteger, readInteger } from '../../../shared/fields/integer.ts'
import type { Field } from '../../../shared/fields/field.ts'
import type { Shape } from '../../../shared/fields/shape.ts'
import { shapeText, sourceText } from '../../../shared/fields/words.ts'

describe('integers', () => {
  test.each<[unknown, bigint | null]>([
    [5, 5n],
    [-5, -5n],
    [1e21, 10n ** 21n],
    [1.5, null],
    [Number.NaN, null],
    [null, null],
    [true, null],
    ['5', 5n],
    ['+5', 5n],
    ['-5', -5n],
    [' 05\n', 5n],
    ['1_000_000', 1_000_000n],
    ['1__0', null],
    ['_1', null],
    ['1_', null],
    ['- 5', null],
    ['--5', null],
    ['1.0', null],
    ['0x10', null],
    ['', null],
    ['-', null],
  ])('%s is read as %s', (value, integer) => expect(readInteger(value)).toBe(integer))

  test('have at most 4,300 digits, underscores included', () => {
    expect(readInteger('9'.repeat(4300))).toBe(10n ** 4300n - 1n)
    expect(readInteger('9'.repeat(4301))).toBeNull()
    expect(readInteger(`-${'9'.repeat(4300)}`)).toBe(1n - 10n ** 4300n)
    expect(readInteger(`1_${'9'.repeat(4299)}`)).toBeNull()
  })

  test.each<[bigint, number | string]>([
    [0n, 0],
    [2n ** 53n - 1n, 2 ** 53 - 1],
    [2n ** 53n, '9007199254740992'],
    [1n - 2n ** 53n, 1 - 2 ** 53],
    [-(2n ** 53n), '-9007199254740992'],
  ])('%s is written as %j', (integer, written) => expect(exactInteger(integer)).toBe(written))
})

test.each<[Shape, string]>([
  ['string', 'string'],
  [{ sent: 'string' }, 'string'],
  [{ protected: 'string' }, 'string'],
  [{ list: 'string' }, 'list of string'],
  [{ map: { list: 'string' } }, 'map to list of string'],
  [{ list: { protected: { sent: 'string' } } }, 'list of string'],
  [{ object: {} }, 'object'],
])('the shape %j is %s', (shape, text) => expect(shapeText(shape)).toBe(text))

test.each<[Partial<Field>, string]>([
  [{ annotation: 'Version' }, 'annotation Version'],
  [{ annotation: 'A', aliases: ['B', 'C'] }, 'annotation A, B, C'],
  [{ annotation: 'A', source: 'stackwalker' }, 'annotation A'],
  [{ source: 'stackwalker' }, 'stackwalker'],
  [{}, 'rule'],
])('the source of %j is %s', (field, text) => expect(sourceText(field as Field)).toBe(text))

// Shapes of values: what fits each, and what of a value has it, in both views.
import { describe, expect, test } from 'vitest'
import { conform, fits, type Shape } from '../../../shared/fields/shape.ts'

const long = '9007199254740993'
const values: Readonly<Record<string, unknown>> = {
  text: 'a',
  path: '/home/me/a.txt',
  whole: 5,
  half: 0.5,
  long,
  digits: '5',
  true: true,
  list: ['a'],
  object: { a: 'a' },
  null: null,
  infinite: Number.POSITIVE_INFINITY,
}

/** The names of the values that fit. */
const fitting = (shape: Shape) =>
  Object.keys(values)
    .filter((name) => fits(values[name], shape))
    .join(' ')

describe('values that fit', () => {
  test.each<[string, Shape, string]>([
    ['a text', 'string', 'text path long digits'],
    ['a text or null', 'string?', 'text path long digits null'],
    ['a file name', 'file', 'text path long digits'],
    ['a whole number', 'int', 'whole'],
    ['an integer of any size', 'integer', 'whole long'],
    ['a number of bytes or null', 'size?', 'whole long null'],
    ['a number', 'float', 'whole half'],
    ['a flag', 'bool', 'true'],
    ['a scalar', 'scalar', 'text path whole half long digits true'],
    ['any JSON', 'json', Object.keys(values).join(' ')],
    ['a list', { list: 'string' }, 'list'],
    ['a list of numbers', { list: 'int' }, ''],
    ['an object', { object: { a: 'string' } }, 'object'],
    ['an object with another type', { object: { a: 'int' } }, ''],
    ['an object with other keys', { object: { b: 'int' } }, 'object'],
    ['a map', { map: 'string' }, 'object'],
    ['a map of numbers', { map: 'int' }, ''],
    ['a map of other keys', { map: 'int', keys: /^b/ }, 'object'],
    ['a nullable value', { nullable: 'int' }, 'whole null'],
    ['an optional value', { optional: 'int' }, 'whole'],
    ['a protected value', { protected: 'int' }, 'whole'],
    ['an object as sent', { sent: { object: { a: 'string' } } }, 'object'],
    ['a chosen value', { chosen: { object: { a: 'string' } }, public: () => false }, 'object'],
    ['a nested object', { object: { a: { object: { b: 'int' } } } }, ''],
  ])('%s', (_, shape, names) => {
    expect(fitting(shape)).toBe(names)
  })

  test('are checked at every depth', () => {
    const shape: Shape = { object: { a: { list: { object: { b: { nullable: 'int' } } } } } }
    expect(fits({ a: [{ b: 5 }, { b: null, c: 'x' }, {}] }, shape)).toBe(true)
    expect(fits({ a: [{ b: 5 }, { b: 'x' }] }, shape)).toBe(false)
  })
})

describe('the part of a value that has the shape', () => {
  const keyed: Shape = {
    object: { a: 'string', secret: { protected: 'string' }, file: 'file', maybe: { optional: 'int' } },
  }
  const given = { a: 'x', secret: 's', file: '/home/me/f.so', maybe: 'no', other: 5 }
  test.each<[string, unknown, Shape, unknown, unknown]>([
    ['a text', 'x', 'string', 'x', 'x'],
    ['another type', 5, 'string', undefined, undefined],
    ['null', null, 'string', null, null],
    ['a path', '/home/me/f', 'file', 'f', '/home/me/f'],
    ['a path or null', 'C:\\me\\f', 'file?', 'f', 'C:\\me\\f'],
    ['a path as text', '/home/me/f', 'string', '/home/me/f', '/home/me/f'],
    ['a list without what does not fit', ['a', 5, null, 'b'], { list: 'string' }, ['a', 'b'], ['a', 'b']],
    ['no list', { 0: 'a' }, { list: 'string' }, undefined, undefined],
    [
      'an object',
      given,
      keyed,
      { a: 'x', file: 'f.so' },
      { a: 'x', secret: 's', file: '/home/me/f.so', other: 5 },
    ],
    ['no object', ['a'], keyed, undefined, undefined],
    ['a text for an object', 'a', keyed, undefined, undefined],
    ['null for an object', null, keyed, null, null],
    ['a protected value', 'x', { protected: 'string' }, undefined, 'x'],
    ['a nullable value', null, { nullable: 'string' }, null, null],
    ['an optional value', 'x', { optional: 'string' }, 'x', 'x'],
    ['a chosen value', { a: 'x' }, { chosen: keyed, public: () => true }, { a: 'x' }, { a: 'x' }],
    ['a value that is not chosen', { a: 'x' }, { chosen: keyed, public: () => false }, undefined, { a: 'x' }],
    ['a value as sent', { a: 'x', b: [1] }, { sent: keyed }, { a: 'x' }, { a: 'x', b: [1] }],
    ['a map', { a: 'x', b: 5, c: null }, { map: 'string' }, { a: 'x', c: null }, { a: 'x', c: null }],
    [
      'a map with chosen keys',
      { a: 'x', b: 'y' },
      { map: 'string', keys: /^a/ },
      { a: 'x' },
      { a: 'x', b: 'y' },
    ],
  ])('%s', (_, value, shape, publicPart, full) => {
    expect(conform(value, shape, 'public')).toEqual(publicPart)
    expect(conform(value, shape, 'full')).toEqual(full)
  })

  test('keys of maps have up to 200 characters in public', () => {
    const map = { [`${'k'.repeat(200)}`]: 1, [`${'k'.repeat(201)}`]: 2, '': 3 }
    expect(Object.values(conform(map, { map: 'int' }, 'public') as object)).toEqual([1])
    expect(Object.values(conform(map, { map: 'int' }, 'full') as object)).toEqual([1, 2, 3])
  })

  test('of an object as sent is the object itself', () => {
    const sent = { a: 'x' }
    expect(conform(sent, { sent: { object: {} } }, 'full')).toBe(sent)
  })
})

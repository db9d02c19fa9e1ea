// Objects whose keys are data.
import { expect, test } from 'vitest'
import { addOwn, isObject, own, setOwn } from '../../shared/own.ts'
import { pagePaths, reportDataPath, reportPagePath } from '../../shared/pages.ts'

test('an object has its own values alone', () => {
  const object: Record<string, unknown> = { a: 1, b: undefined }
  expect(['a', 'b', 'c', 'constructor', '__proto__'].map((key) => own(object, key))).toEqual([
    ...[1, undefined, undefined, undefined, undefined],
  ])
  expect(own(JSON.parse('{"__proto__":5}') as Record<string, unknown>, '__proto__')).toBe(5)
})

test.each(['a', 'constructor', '__proto__'])('the key %s is set and added to like any other', (key) => {
  const object: Record<string, number> = {}
  addOwn(object, key, 2)
  addOwn(object, key, 3)
  expect(Object.entries(object)).toEqual([[key, 5]])
  setOwn(object, key, 1)
  expect(Object.getOwnPropertyDescriptor(object, key)).toEqual({
    ...{ value: 1, enumerable: true, writable: true, configurable: true },
  })
  expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
  delete object[key]
  expect(Object.keys(object)).toEqual([])
})

test('objects and lists are objects', () => {
  expect([{}, [], null, 'x', undefined, () => 1].map(isObject)).toEqual([
    ...[true, true, false, false, false, false],
  ])
})

test('pages have these paths', () => {
  expect(Object.values(pagePaths).join(' ')).toBe(
    '/ /topcrashers/ /signature/ /signatures/ /release/ /search/ /symbolicate/ /api/ /products/ /missing-symbols/ /status/ /fields/ /help/',
  )
  expect([reportPagePath('a/b'), reportDataPath('a/b')]).toEqual(['/report/index/a%2Fb', '/api/report/a%2Fb'])
})

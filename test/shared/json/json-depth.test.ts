// The depth of JSON, exactly at the limit.
import { expect, test } from 'vitest'
import { depthExceeds } from '../../../shared/json/json-depth.ts'

test.each<[unknown, number]>([
  [5, 0],
  [null, 0],
  ['text', 0],
  [{}, 1],
  [[], 1],
  [{ a: null, b: 5 }, 1],
  [[1, [2], { c: [3] }], 3],
  [{ a: { b: { c: {} } }, d: [] }, 4],
])('%j has the depth %i', (value, depth) => {
  expect(depthExceeds(value, depth)).toBe(false)
  if (depth > 0) expect(depthExceeds(value, depth - 1)).toBe(true)
})

test('a deep value is measured without recursion', () => {
  let value: unknown = null
  for (let i = 0; i < 100_000; i++) value = [value]
  expect([depthExceeds(value, 100_000), depthExceeds(value, 99_999)]).toEqual([false, true])
})

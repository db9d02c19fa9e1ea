// Lines of values in JSON texts.
import { expect, test } from 'vitest'
import { lineOf, repeatedKey } from '../../../batch/products/json-places.ts'

const json = `{
  "a": [1,
    { "b,\\"]": "x}\\n", "a": null },
    -2.5e3
  ],
  "c": {
    "a":
      "deep"
  }
}`

test.each<[path: (string | number)[], line: number]>([
  [[], 1],
  [['a'], 2],
  [['a', 0], 2],
  [['a', 1], 3],
  [['a', 1, 'b,"]'], 3],
  [['a', 2], 4],
  [['c'], 6],
  [['c', 'a'], 7],
  [['c', 'absent', 'deeper'], 6],
  [['a', 9], 2],
  [['absent'], 1],
])('the line of %j is %i', (path, line) => expect(lineOf(json, path)).toBe(line))

test.each([
  [json, null],
  ['{"a":1,"b":{"a":1}}', null],
  ['[{"a":1},{"a":1}]', null],
  ['{"a":1,\n"b":2,\n"\\u0061":3}', { key: 'a', line: 3 }],
  ['{"x":[{"b":{},\n"b":[]}]}', { key: 'b', line: 2 }],
])('the repeated key of %j is %j', (text, expected) => expect(repeatedKey(text)).toEqual(expected))

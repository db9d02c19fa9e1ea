// Annotations that clients split into pieces.
import { expect, test } from 'vitest'
import { joinSplitAnnotations } from '../../../../shared/report/body/split-annotations.ts'

const cut = new Map([['b__1', new Uint8Array([0xe2, 0x82])]])

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  [
    'a series is joined where its first piece is',
    { x: 1, a__1: 'p', y: 2, a__2: 'q' },
    { x: 1, a: 'pq', y: 2 },
  ],
  ['a series of one piece has its name without the number', { a__1: 'p' }, { a: 'p' }],
  ['pieces after a gap stay', { a__1: 'p', a__3: 'r' }, { a: 'p', a__3: 'r' }],
  ['a piece whose number has zeros stays', { a__1: 'p', a__02: 'q' }, { a: 'p', a__02: 'q' }],
  [
    'a piece that is not text ends the series',
    { a__1: 'p', a__2: 2, a__3: 'r' },
    { a: 'p', a__2: 2, a__3: 'r' },
  ],
])('%s', (_, given, expected) => {
  const { annotations, inexact } = joinSplitAnnotations(new Map(Object.entries(given)))
  expect([[...annotations], inexact]).toEqual([Object.entries(expected), []])
})

test.each<[string, Record<string, unknown>]>([
  ['without pieces', { a: 'p' }],
  ['whose series does not start at 1', { a__2: 'p' }],
  ['whose series has a name that is taken', { a__1: 'p', a: 'q' }],
  ['whose first piece is not text', { a__1: 1, a__2: 'q' }],
])('annotations %s are the same map', (_, given) => {
  const annotations = new Map(Object.entries(given))
  expect(joinSplitAnnotations(annotations).annotations).toBe(annotations)
})

test('pieces that are cut within a character are joined as bytes; others that are cut are inexact', () => {
  const whole = new Map([...cut, ['b__2', new Uint8Array([0xac])]])
  const pieces = new Map([
    ['b__1', '\ufffd'],
    ['b__2', '\ufffd'],
  ])
  expect(joinSplitAnnotations(pieces, whole)).toEqual({ annotations: new Map([['b', '€']]), inexact: [] })
  const first = new Map([['b__1', '\ufffd']])
  expect(joinSplitAnnotations(first, cut)).toEqual({
    annotations: new Map([['b', '\ufffd']]),
    inexact: ['b'],
  })
})

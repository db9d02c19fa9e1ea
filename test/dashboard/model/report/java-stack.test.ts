// The stack of a Java program from its structured exceptions, else from text.
import { expect, test } from 'vitest'
import { javaStackOf } from '../../../../dashboard/model/report/java-stack.ts'

const frame = { module: 'a.B', function: 'c', filename: 'B.kt', lineno: 7, in_app: true }
const stack = (type: string) => ({
  stacktrace: { module: 'java.lang', type, value: 'secret', frames: [frame] },
})

test('structured exceptions have their frames, causes follow', () => {
  const java_exception = { exception: { values: [stack('IllegalStateException'), stack('Error')] } }
  const frames = [{ method: 'a.B.c', source: 'B.kt:7', isOwn: true }]
  expect(javaStackOf({ java_exception })).toEqual([
    { type: 'java.lang.IllegalStateException', frames },
    { type: 'java.lang.Error', frames },
  ])
  expect(JSON.stringify(javaStackOf({ java_exception }))).not.toContain('secret')
})

test('text has the exceptions that its lines name', () => {
  const java_stack_trace =
    'x.Bad\n\tat a.B.c(B.kt:41)\n\tat d.E.f(Native Method)\nCaused by: y.Worse: text\n\tat g.H.i(H.java)'
  expect(javaStackOf({ java_stack_trace })).toEqual([
    {
      type: 'x.Bad',
      frames: [
        { method: 'a.B.c', source: 'B.kt:41', isOwn: false },
        { method: 'd.E.f', source: 'Native Method', isOwn: false },
      ],
    },
    { type: 'y.Worse', frames: [{ method: 'g.H.i', source: 'H.java', isOwn: false }] },
  ])
})

test.each([
  ['nothing', {}],
  ['text that is not a stack', { java_stack_trace: 'malformed' }],
  ['frames before an exception', { java_stack_trace: '\tat a.B.c(B.kt:1)' }],
  ['another shape', { java_exception: { exception: { values: [null, 7, { stacktrace: 'x' }] } } }],
])('%s has no frames', (_, crash) => {
  expect(javaStackOf(crash)).toEqual([])
})

test.each([
  [0, 'B.kt'],
  [1, 'B.kt:1'],
  [null, 'B.kt'],
])('the line %j of a frame gives %s', (lineno, source) => {
  const value = { stacktrace: { frames: [{ filename: 'B.kt', lineno }, {}] } }
  expect(javaStackOf({ java_exception: { exception: { values: [value] } } })).toEqual([
    {
      type: 'Exception',
      frames: [
        { method: 'unknown', source, isOwn: false },
        { method: 'unknown', source: '', isOwn: false },
      ],
    },
  ])
})

test('an endless recursion is cut, as is a long chain of causes', () => {
  const chain = javaStackOf({ java_stack_trace: 'x.Bad\n\tat a.B.c(B.kt:1)\n'.repeat(60) })
  const values = Array.from({ length: 60 }, () => stack('Error'))
  expect(javaStackOf({ java_exception: { exception: { values } } })).toHaveLength(chain.length)
  expect(chain.length).toBeLessThan(60)
  const [exception] = javaStackOf({ java_stack_trace: `x.Bad\n${'\tat a.B.c(B.kt:1)\n'.repeat(5000)}` })
  expect(exception!.frames.length).toBe(500)
})

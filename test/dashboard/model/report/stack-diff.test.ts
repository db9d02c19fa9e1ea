// The difference of two stacks.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diffStacks, protoFrames, threadFrames } from '../../../../dashboard/model/report/stack-diff.ts'

const signs = { both: ' ', first: '-', second: '+' }
const diff = (a: string, b: string) =>
  diffStacks([...a], [...b])
    .map((line) => signs[line.in] + line.text)
    .join('')

describe('diffStacks', () => {
  test.each([
    ['abc', 'abc', ' a b c'],
    ['abc', '', '-a-b-c'],
    ['', 'ab', '+a+b'],
    ['abc', 'axc', ' a-b+x c'],
    ['abcd', 'bcde', '-a b c d+e'],
    ['aab', 'ab', ' a-a b'],
    ['ab', 'xab', '+x a b'],
    ['xab', 'ab', '-x a b'],
  ])('of %s and %s is %s', (a, b, expected) => expect(diff(a, b)).toBe(expected))

  test('contains both stacks in their order, and marks nothing in equal stacks', () => {
    const stack = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })
    fc.assert(
      fc.property(stack, stack, (a, b) => {
        const lines = diffStacks(a, b)
        const of = (side: string) => lines.filter((line) => line.in !== side).map(({ text }) => text)
        expect(of('second')).toEqual(a)
        expect(of('first')).toEqual(b)
        if (a.join() === b.join()) expect(lines.every((line) => line.in === 'both')).toBe(true)
      }),
    )
  })

  test('compares at most 512 frames of each', () => {
    const long = Array.from({ length: 100_000 }, (_, i) => `${i}`)
    expect(diffStacks(long, long)).toHaveLength(512)
  })
})

test('frames are those of a proto signature or of a thread', () => {
  expect(protoFrames({ proto_signature: 'a | b::c' })).toEqual(['a', 'b::c'])
  expect(protoFrames({})).toEqual([])
  expect(threadFrames(null)).toEqual([])
  const frames = [
    { frame: 0, function: 'f(int *)' },
    { frame: 1, truncated: { msg: '3 cut' } },
  ]
  expect(threadFrames({ index: 0, frame_count: 2, frames })).toEqual(['f(int*)', '3 cut'])
})

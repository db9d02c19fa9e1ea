// Walks of PowerPC and SPARC stacks by the layouts in Breakpad's walkers (google/breakpad,
// src/processor).
import { describe, expect, test } from 'vitest'
import { type Scene, walkScene } from '../walking.ts'

const stackBase = 0x1000_0000n
const zeros = (count: number) => Array.from({ length: count }, () => 0n)
const modules: Scene['modules'] = [
  { base: 0x4000_0000n, symbols: 'FUNC 0 1000 0 inner\nFUNC 1000 1000 0 middle\nFUNC 2000 1000 0 outer\n' },
]
const names = (scene: Scene) => walkScene(scene).map((f) => [f.trust, f.function, f.instruction])

describe.each(['ppc', 'ppc64'] as const)('%s', (cpu) => {
  const scene = (words: Scene['words']): Scene => ({
    cpu,
    littleEndian: cpu === 'ppc64',
    registers: { srr0: 0x4000_0010n, r1: stackBase },
    stackBase,
    words,
    modules,
  })
  const stack = (last: bigint | string): Scene['words'] => [
    'frame1',
    ...zeros(5),
    { label: 'frame1', word: 'frame2' },
    0n,
    0x4000_1104n,
    ...zeros(3),
    { label: 'frame2', word: last },
    0n,
    0x4000_2204n,
    ...zeros(3),
  ]

  test.each([
    ['null', 0n],
    ['below the callee', 'frame1'],
  ])('the chain of stack pointers is followed until one is %s', (_, last) => {
    expect(names(scene(stack(last)))).toEqual([
      ['context', 'inner', 0x4000_0010n],
      ['frame_pointer', 'middle', 0x4000_1100n],
      ['frame_pointer', 'outer', 0x4000_2200n],
    ])
  })

  test('a return address of 1 ends the walk', () => {
    const words = stack(0n)
    words[8] = 1n
    expect(names(scene(words))).toEqual([['context', 'inner', 0x4000_0010n]])
  })
})

test('sparc: the caller is in the saved register window above the frame pointer', () => {
  const window = (fp: bigint | string, call: bigint): Scene['words'] => [...zeros(13), fp, call, 0n]
  const [first, ...rest] = window('window2', 0x4000_1100n)
  const words: Scene['words'] = [
    ...zeros(4),
    { label: 'window1', word: first as bigint },
    ...rest,
    { label: 'window2', word: 0n },
    ...window(0n, 0x4000_2200n).slice(1),
  ]
  words[4 + 14] = 'window2'
  words[4 + 15] = 0x4000_1100n
  words[20 + 14] = 1n << 20n
  words[20 + 15] = 0x4000_2200n
  const scene: Scene = {
    cpu: 'sparc',
    littleEndian: false,
    registers: { pc: 0x4000_0010n, g_r14: stackBase, g_r30: stackBase + 16n },
    stackBase,
    words,
    modules,
  }
  expect(names(scene)).toEqual([
    ['context', 'inner', 0x4000_0010n],
    ['frame_pointer', 'middle', 0x4000_1100n],
    ['frame_pointer', 'outer', 0x4000_2200n],
  ])
})

// Walks of 32-bit arm stacks, word by word.
import { describe, expect, test } from 'vitest'
import { addressOf, type Scene, walkScene } from '../walking.ts'

const stackBase = 0x8000_0000n
const zeros = (count: number) => Array.from({ length: count }, () => 0n)
const symbols = [
  'FUNC 4000 1000 10 enchiridion',
  'STACK CFI INIT 4000 100 .cfa: sp .ra: lr',
  'STACK CFI 4001 .cfa: sp 12 + .ra: .cfa 8 - ^ r4: .cfa 12 - ^',
  'STACK CFI 4006 .cfa: sp 16 + .ra: 12345 pc: .cfa 16 - ^',
  'STACK CFI 4008 .cfa: moot .ra: ambiguous',
  'STACK CFI 400a .cfa: sp 4 - .ra: lr',
  'FUNC 5000 1000 10 epictetus',
  '',
].join('\n')

const scene = (
  registers: Record<string, bigint>,
  words: Scene['words'],
  more: Partial<Scene> = {},
): Scene => ({
  cpu: 'arm',
  registers: { sp: stackBase, ...registers },
  stackBase,
  words,
  modules: [{ base: 0x4000_0000n, symbols }, { base: 0x5000_0000n }],
  ...more,
})

describe('arm', () => {
  test('a leaf function keeps its return address in the link register', () => {
    const frames = walkScene(scene({ pc: 0x4000_4000n, lr: 0x4000_5510n }, zeros(8)))
    expect(frames[1]).toMatchObject({ trust: 'cfi', instruction: 0x4000_550en, function: 'epictetus' })
    expect(frames[1]!.registers.sp).toBe(stackBase)
  })

  test('a rule for pc is preferred to the return address', () => {
    const frames = walkScene(scene({ pc: 0x4000_4006n }, [0x4000_5510n, ...zeros(8)]))
    expect(frames[1]).toMatchObject({ trust: 'cfi', instruction: 0x4000_550en })
  })

  test('invalid rules leave one frame', () => {
    expect(walkScene(scene({ pc: 0x4000_4008n }, zeros(8)))).toHaveLength(1)
  })

  test('a frame address that goes backwards leaves one frame', () => {
    expect(walkScene(scene({ pc: 0x4000_400an, lr: 0x4000_5510n }, zeros(8)))).toHaveLength(1)
  })

  test('frame pointers are followed on iOS', () => {
    const words: Scene['words'] = [
      ...zeros(2),
      { label: 'fp0', word: 'fp1' },
      0x5000_0100n,
      0n,
      { label: 'fp1', word: 0n },
      0x5000_0900n,
      ...zeros(4),
    ]
    const s = scene({ pc: 0x4000_0010n }, words, {
      os: 'ios',
      modules: [{ base: 0x4000_0000n }, { base: 0x5000_0000n }],
    })
    s.registers.fp = addressOf(s, 'fp0')
    expect(walkScene(s).map((f) => [f.trust, f.instruction])).toEqual([
      ['context', 0x4000_0010n],
      ['frame_pointer', 0x5000_00fen],
      ['frame_pointer', 0x5000_08fen],
    ])
  })

  test('frame pointers are not followed on Linux, and a link register into the stack is ignored', () => {
    const words: Scene['words'] = [
      ...zeros(2),
      { label: 'fp0', word: 'fp1' },
      0x5000_0100n,
      0n,
      { label: 'fp1', word: 0n },
      ...zeros(4),
    ]
    const s = scene({ pc: 0x4000_0010n, lr: stackBase + 8n }, words, {
      modules: [{ base: 0x4000_0000n }, { base: 0x5000_0000n }],
    })
    s.registers.fp = addressOf(s, 'fp0')
    const frames = walkScene(s)
    expect(frames[1]).toMatchObject({ trust: 'scan', instruction: 0x5000_00fen })
  })
})

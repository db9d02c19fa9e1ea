// Walks of RISC-V stacks. Stacks and rules are those of Breakpad's tests for RISC-V
// (google/breakpad, src/processor), except for the frame pointer chain (RISC-V psABI).
import { describe, expect, test } from 'vitest'
import { addressOf, type Scene, walkScene } from '../walking.ts'

const stackBase = 0x8000_0000n
const zeros = (count: number) => Array.from({ length: count }, () => 0n)
const m1 = 0x4000_0000n
const m2 = 0x5000_0000n
const rules = [
  'FUNC 4000 1000 10 enchiridion',
  'STACK CFI INIT 4000 100 .cfa: sp 0 + .ra: ra',
  'STACK CFI 4001 .cfa: sp 4 wide * + .ra: .cfa -1 wide * + ^ s1: .cfa -4 wide * + ^ s0: .cfa -2 wide * + ^',
  'STACK CFI 4002 s1: a1 s2: a2',
  'STACK CFI 4006 .cfa: sp 5 wide * + pc: .cfa 5 wide * - ^',
  'FUNC 5000 1000 10 epictetus',
  'STACK CFI INIT 5000 1000 .cfa: 0 .ra: 0',
  'FUNC 6000 1000 20 palinal',
  'STACK CFI INIT 6000 1000 .cfa: sp 8 - .ra: ra',
  'FUNC 7000 1000 20 rhetorical',
  'STACK CFI INIT 7000 1000 .cfa: moot .ra: ambiguous',
  '',
].join('\n')

describe.each([
  ['riscv', 4],
  ['riscv64', 8],
] as const)('%s', (cpu, width) => {
  const withRules: Scene['modules'] = [{ base: m1, symbols: rules.replaceAll('wide', String(width)) }]
  const scene = (
    registers: Record<string, bigint>,
    words: Scene['words'],
    modules: Scene['modules'] = [{ base: m1 }, { base: m2 }],
  ): Scene => ({ cpu, registers: { sp: stackBase, ...registers }, stackBase, words, modules })

  test('a scan finds return addresses in modules', () => {
    const words = [0n, 0n, 0x4009_0000n, 0x6000_0000n, m2 + 0x100n, 0n, 0xdn, m2 + 0x900n, ...zeros(8)]
    const frames = walkScene(scene({ pc: m1 + 0x5510n }, words))
    const slot = (index: number) => stackBase + BigInt(index * width)
    expect(frames.map((f) => [f.trust, f.instruction, f.registers.sp])).toEqual([
      ['context', m1 + 0x5510n, stackBase],
      ['scan', m2 + 0xfcn, slot(5)],
      ['scan', m2 + 0x8fcn, slot(8)],
    ])
  })

  test.each([
    ['ra at the entry', 0x4000n, { ra: m1 + 0x5510n }, [], { sp: stackBase }],
    ['the stack', 0x4001n, {}, [0x11n, 0n, 0x22n, m1 + 0x5510n], { s1: 0x11n, s0: 0x22n }],
    [
      'other registers',
      0x4002n,
      { a1: 1n, a2: 2n },
      [9n, 9n, 0x22n, m1 + 0x5510n],
      { s1: 1n, s2: 2n, s0: 0x22n },
    ],
    ['a rule for pc', 0x4006n, {}, [m1 + 0x5510n, 0n, 0n, 0n, 7n], {}],
  ])('call frame information restores the caller from %s', (_, at, registers, words, expected) => {
    const frames = walkScene(
      scene({ pc: m1 + at, s11: 11n, ...registers }, [...words, ...zeros(8)], withRules),
    )
    expect(frames[1]).toMatchObject({ trust: 'cfi', instruction: m1 + 0x550cn, function: 'epictetus' })
    expect(frames[1]!.registers).toMatchObject({ s11: 11n, ...expected })
    expect(frames).toHaveLength(2)
  })

  test.each([
    ['a frame address that goes backwards', 0x6000n],
    ['rules that cannot be evaluated', 0x7000n],
  ])('%s leaves one frame', (_, at) => {
    expect(walkScene(scene({ pc: m1 + at }, zeros(8), withRules))).toHaveLength(1)
  })

  test('the return address and the frame pointer of the caller are below the frame pointer', () => {
    const words: Scene['words'] = [
      0n,
      'cfa1',
      m2 + 0x100n,
      { label: 'cfa0', word: 0n },
      0n,
      0n,
      m2 + 0x900n,
      { label: 'cfa1', word: 0n },
      ...zeros(4),
    ]
    const s = scene({ pc: m1 + 0x10n }, words)
    s.registers.s0 = addressOf(s, 'cfa0')
    expect(walkScene(s).map((f) => [f.trust, f.instruction, f.registers.sp])).toEqual([
      ['context', m1 + 0x10n, stackBase],
      ['frame_pointer', m2 + 0xfcn, addressOf(s, 'cfa0')],
      ['frame_pointer', m2 + 0x8fcn, addressOf(s, 'cfa1')],
    ])
  })

  test('a register that is not a frame pointer is not followed', () => {
    const words: Scene['words'] = [m2 + 0x100n, 0n, 5n, { label: 'local', word: 0n }, ...zeros(4)]
    const s = scene({ pc: m1 + 0x10n }, words)
    s.registers.s0 = addressOf(s, 'local')
    expect(walkScene(s)[1]).toMatchObject({ trust: 'scan', instruction: m2 + 0xfcn })
  })
})

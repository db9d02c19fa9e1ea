// Walks of amd64 stacks, word by word.
import { describe, expect, test } from 'vitest'
import { addressOf, type Scene, walkScene } from '../walking.ts'

const m1 = 0x7400_c000_0000n
const m2 = 0x7500_b000_0000n
const stackBase = 0x8000_0000_8000_0000n
const modules = (s1?: string, s2?: string) => [
  { base: m1, symbols: s1 ?? null },
  { base: m2, symbols: s2 ?? null },
]
const zeros = (count: number) => Array.from({ length: count }, () => 0n)

function scene(registers: Record<string, bigint>, words: Scene['words'], more: Partial<Scene> = {}): Scene {
  return {
    cpu: 'amd64',
    registers: { rsp: stackBase, ...registers },
    stackBase,
    words,
    modules: modules(),
    ...more,
  }
}

const chain = (before: number): Scene['words'] => [
  ...zeros(2),
  0x7400_b000_0000n,
  0x7500_b000_0000n,
  0x7400_c000_1000n,
  0x7500_b000_aaaan,
  { label: 'pointed', word: before ? 0n : 'bp1' },
  ...(before ? [...zeros(before - 1), { label: 'pair', word: 'bp1' }] : []),
  0x7500_b000_0110n,
  ...zeros(4),
  { label: 'bp1', word: 0n },
  0n,
]

describe('amd64', () => {
  test('the frame pointer is followed past words that look like return addresses', () => {
    const s = scene({ rip: m1 + 0x200n, rbp: 0n }, chain(0))
    s.registers.rbp = addressOf(s, 'pointed')
    const frames = walkScene(s)
    expect(frames).toHaveLength(2)
    expect(frames[1]).toMatchObject({ trust: 'frame_pointer', instruction: 0x7500_b000_010fn })
    expect(frames[1]!.registers).toEqual({
      rip: 0x7500_b000_0110n,
      rsp: addressOf(s, 'pointed') + 16n,
      rbp: addressOf(s, 'bp1'),
    })
  })

  for (const bytes of [16, 240]) {
    test(`on Windows the frame pointer may be ${bytes} bytes below the saved pair`, () => {
      const s = scene({ rip: m1 + 0x200n }, chain(bytes / 8), { os: 'windows' })
      s.registers.rbp = addressOf(s, 'pointed')
      expect(walkScene(s)[1]).toMatchObject({ trust: 'frame_pointer', instruction: 0x7500_b000_010fn })
    })
  }

  test('without symbols a scan takes the first address in a module, and ignores a frame pointer below the stack', () => {
    const words: Scene['words'] = [
      ...zeros(2),
      0x7400_b000_0000n,
      0x7500_d000_0000n,
      0x7500_b000_0100n,
      ...zeros(2),
      0x7400_c000_0100n,
      0n,
    ]
    const frames = walkScene(scene({ rip: m1 + 0x200n, rbp: stackBase + 8n }, words))
    expect(frames.map((f) => [f.trust, f.instruction])).toEqual([
      ['context', m1 + 0x200n],
      ['scan', 0x7500_b000_00ffn],
      ['scan', 0x7400_c000_00ffn],
    ])
    expect(frames[2]!.registers.rbp).toBeUndefined()
  })

  test('with symbols a scan takes only addresses in functions', () => {
    const words: Scene['words'] = [
      ...zeros(2),
      0x7400_b000_0000n,
      0x7400_c000_1000n,
      0x7500_b000_aaaan,
      0x7500_b000_0110n,
      0n,
    ]
    const more = { modules: modules('FUNC 100 400 10 monotreme\n', 'FUNC 100 400 10 marsupial\n') }
    const frames = walkScene(scene({ rip: m1 + 0x200n, rbp: 1n }, words, more))
    expect(frames).toHaveLength(2)
    expect(frames[1]).toMatchObject({ trust: 'scan', function: 'marsupial', instruction: 0x7500_b000_010fn })
  })

  const cfi = [
    'FUNC 4000 1000 10 enchiridion',
    'STACK CFI INIT 4000 100 .cfa: $rsp 8 + .ra: .cfa 8 - ^',
    'STACK CFI 4001 .cfa: $rsp 16 + $rbx: .cfa 16 - ^',
    'STACK CFI 4002 $r12: $rbx',
    'STACK CFI 4003 .cfa: $rsp 40 + $r13: .cfa 32 - ^',
    'FUNC 5000 1000 10 epictetus',
    '',
  ].join('\n')

  test('call frame information restores registers from the stack and from each other', () => {
    const words: Scene['words'] = [0x5a5b_eeb3_8de2_3be8n, 0x7400_c000_5510n, ...zeros(3)]
    const registers = { rip: m1 + 0x4002n, rbx: 0xed1b_02e8_cc0f_c79cn, rbp: 5n }
    const frames = walkScene(scene(registers, words, { modules: modules(cfi) }))
    expect(frames[1]).toMatchObject({ trust: 'cfi', function: 'epictetus' })
    expect(frames[1]!.registers).toMatchObject({
      rip: 0x7400_c000_5510n,
      rsp: stackBase + 16n,
      rbx: 0x5a5b_eeb3_8de2_3be8n,
      r12: 0xed1b_02e8_cc0f_c79cn,
      rbp: 5n,
    })
  })

  test('after a reliable frame a scan searches further', () => {
    const words: Scene['words'] = [0x7400_c000_5510n, ...zeros(135), 0x7500_b000_0110n, 0n]
    const frames = walkScene(scene({ rip: m1 + 0x4000n }, words, { modules: modules(cfi) }))
    expect(frames.map((f) => f.trust)).toEqual(['context', 'cfi', 'scan'])
  })

  test('a stack at address 0 can be scanned', () => {
    const s = scene({ rip: m1 + 0x200n, rsp: 0n, rbp: 0x1000n }, [0x7500_b000_0110n, 0n], { stackBase: 0n })
    const frames = walkScene(s)
    expect(frames[1]).toMatchObject({ trust: 'scan' })
    expect(frames[1]!.registers).toEqual({ rip: 0x7500_b000_0110n, rsp: 8n })
  })

  test('a walk ends at the limit of frames, and where the stack pointer does not advance', () => {
    const loop = 'FUNC 4000 1000 0 f\nSTACK CFI INIT 4000 1000 .cfa: $rsp .ra: $rip\n'
    expect(walkScene(scene({ rip: m1 + 0x4010n }, zeros(9), { modules: modules(loop) }))).toHaveLength(1)
    const words = Array.from({ length: 100 }, () => m2 + 0x110n)
    expect(walkScene(scene({ rip: m1 + 0x200n }, words, { maxFrames: 7 }))).toHaveLength(7)
  })

  test('a walk ends in a function without a return address, and does not scan', () => {
    const entry = 'FUNC 4000 1000 0 _start\nSTACK CFI INIT 4000 1000 .cfa: $rsp 8 + .ra: .undef\n'
    expect(walkScene(scene({ rip: m1 + 0x4010n }, [m2 + 0x110n], { modules: modules(entry) }))).toHaveLength(
      1,
    )
  })

  test.each([m1 + 0x110n, m2 + 0x110n])(
    'the registers interrupted by a signal at %s come from the signal frame',
    (interrupted) => {
      const saved = Array.from({ length: 17 }, (_, i) => BigInt(0x100 + i))
      saved[15] = stackBase + 8n * 40n
      saved[16] = interrupted
      const words: Scene['words'] = [
        m1 + 0x300n,
        ...[6n, 0n, 0n, 0n, 0n],
        ...saved,
        0x202n,
        0x002b_0000_0000_0033n,
        ...zeros(20),
      ]
      const handler =
        'FUNC 200 50 0 handler\nSTACK CFI INIT 200 50 .cfa: $rsp 8 + .ra: .cfa 8 - ^\nPUBLIC 1000 0 other\n'
      const frames = walkScene(scene({ rip: m1 + 0x210n }, words, { modules: modules(handler) }))
      expect(frames[2]).toMatchObject({ trust: 'cfi', instruction: interrupted })
      expect(frames[2]!.registers).toMatchObject({ r8: 0x100n, rbx: 0x10bn, rsp: stackBase + 320n })
    },
  )
})

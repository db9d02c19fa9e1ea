// Walks of arm64 stacks, word by word.
import { describe, expect, test } from 'vitest'
import { addressOf, type Scene, walkScene } from '../walking.ts'

const stackBase = 0x8000_0000n
const zeros = (count: number) => Array.from({ length: count }, () => 0n)
const plain = [{ base: 0x4000_0000n }, { base: 0x5000_0000n }]

const chain = (first: bigint, second: bigint, fpBits = 0n, s?: Scene): Scene['words'] => {
  const words: Scene['words'] = [
    ...zeros(2),
    { label: 'fp0', word: 'fp1' },
    first,
    ...zeros(2),
    { label: 'fp1', word: 'fp2' },
    second,
    ...zeros(2),
    { label: 'fp2', word: 0n },
    0n,
    0n,
  ]
  if (s) words[2] = { label: 'fp0', word: addressOf(s, 'fp1') | fpBits }
  return words
}

function scene(
  words: Scene['words'],
  registers: Record<string, bigint> = {},
  modules: Scene['modules'] = plain,
): Scene {
  const s: Scene = {
    cpu: 'arm64',
    registers: { sp: stackBase, pc: 0x4000_0010n, ...registers },
    stackBase,
    words,
    modules,
  }
  s.registers.fp = addressOf(s, 'fp0')
  return s
}

describe('arm64', () => {
  test('frame pointers are followed, and the saved link register of the next record is known', () => {
    const s = scene(chain(0x5000_0100n, 0x5000_0900n))
    const frames = walkScene(s)
    expect(frames.map((f) => [f.trust, f.instruction])).toEqual([
      ['context', 0x4000_0010n],
      ['frame_pointer', 0x5000_00fcn],
      ['frame_pointer', 0x5000_08fcn],
    ])
    expect(frames[1]!.registers).toEqual({
      pc: 0x5000_0100n,
      fp: addressOf(s, 'fp1'),
      sp: addressOf(s, 'fp0') + 16n,
      lr: 0x5000_0900n,
    })
  })

  test('authentication codes are removed from return addresses and frame pointers', () => {
    const first = scene(chain(0n, 0n))
    const words = chain(
      0x0013_8000_0000_0000n | 0x5000_0100n,
      0x1273_8000_0000_0000n | 0x5000_0900n,
      0xa310_0000_0000_0000n,
      first,
    )
    const frames = walkScene(scene(words))
    expect(frames.map((f) => f.instruction)).toEqual([0x4000_0010n, 0x5000_00fcn, 0x5000_08fcn])
  })

  test('bits that a module needs are kept', () => {
    const high = [{ base: 0x0010_0000_0000_0000n, size: 0x1000 }, ...plain]
    const symbols = 'FUNC 4000 1000 0 f\nSTACK CFI INIT 4000 100 .cfa: sp 16 + .ra: .cfa 8 - ^\n'
    high[1] = { base: 0x4000_0000n, symbols } as (typeof high)[1]
    const words: Scene['words'] = [{ label: 'fp0', word: 0n }, 0x100d_f700_4000_5510n, ...zeros(4)]
    const frames = walkScene(scene(words, { pc: 0x4000_4000n }, high))
    expect(frames[1]!.registers.pc).toBe(0x000d_f700_4000_5510n)
    high[0] = { base: 0xa000_0000_0000_0000n, size: 0x1000 }
    expect(walkScene(scene(words, { pc: 0x4000_4000n }, high))[1]!.registers.pc).toBe(0x100d_f700_4000_5510n)
  })

  describe('a link register that only the frame pointer chain suggests', () => {
    const symbols = [
      'FUNC 1000 100 0 innermost',
      'FUNC 2000 100 0 middle',
      'STACK CFI INIT 2000 100 .cfa: sp 0 + .ra: x30',
      'FUNC 3000 100 0 outer',
      '',
    ].join('\n')
    const modules = [{ base: 0x4000_0000n, symbols }, { base: 0x5000_0000n }]

    test('is used by the rules at the address where they start', () => {
      const frames = walkScene(scene(chain(0x4000_2004n, 0x5000_0104n), { pc: 0x4000_1000n }, modules))
      expect(frames[1]).toMatchObject({ trust: 'frame_pointer', instruction: 0x4000_2000n })
      expect(frames[2]).toMatchObject({ trust: 'cfi', instruction: 0x5000_0100n })
    })

    test('is not used further into the function; the chain continues', () => {
      const frames = walkScene(scene(chain(0x4000_2044n, 0x5000_0104n), { pc: 0x4000_1000n }, modules))
      expect(frames[2]).toMatchObject({ trust: 'frame_pointer', instruction: 0x5000_0100n })
    })
  })

  test('a function without a frame loses its direct caller when neither has a name', () => {
    const frames = walkScene(scene(chain(0x5000_0100n, 0x5000_0900n), { lr: 0x5000_0500n }))
    expect(frames[1]!.instruction).toBe(0x5000_00fcn)
  })

  test('a function without a frame keeps its direct caller when both have names', () => {
    const modules = [
      { base: 0x4000_0000n, symbols: 'FUNC 0 100 0 leaf\n' },
      { base: 0x5000_0000n, symbols: 'FUNC 100 100 0 caller\nFUNC 500 100 0 direct\nFUNC 900 100 0 outer\n' },
    ]
    const frames = walkScene(scene(chain(0x5000_0104n, 0x5000_0904n), { lr: 0x5000_0504n }, modules))
    expect(frames.map((f) => f.function)).toEqual(['leaf', 'direct', 'caller', 'outer'])
  })

  test('a function without a frame keeps its direct caller in the same module', () => {
    const modules = [
      { base: 0x4000_0000n, symbols: 'FUNC 0 100 0 leaf\nFUNC 500 100 0 direct\n' },
      { base: 0x5000_0000n, symbols: 'FUNC 100 100 0 caller\nFUNC 900 100 0 outer\n' },
    ]
    const frames = walkScene(scene(chain(0x5000_0104n, 0x5000_0904n), { lr: 0x4000_0504n }, modules))
    expect(frames.map((f) => f.function)).toEqual(['leaf', 'direct', 'caller', 'outer'])
  })

  test('a function that has saved its frame is not repeated because of its link register', () => {
    const modules = [
      { base: 0x4000_0000n, symbols: 'FUNC 0 100 0 innermost\n' },
      { base: 0x5000_0000n, symbols: 'FUNC 100 100 0 caller\nFUNC 900 100 0 outer\n' },
    ]
    const frames = walkScene(scene(chain(0x5000_0104n, 0x5000_0904n), { lr: 0x5000_0104n }, modules))
    expect(frames.map((f) => [f.function, f.trust])).toEqual([
      ['innermost', 'context'],
      ['caller', 'frame_pointer'],
      ['outer', 'frame_pointer'],
    ])
  })

  describe('a signal frame', () => {
    const handler = 'FUNC 200 50 0 handler\nSTACK CFI INIT 200 50 .cfa: sp 16 + .ra: .cfa 8 - ^\n'
    const modules = [
      { base: 0x4000_0000n, symbols: handler },
      { base: 0x5000_0000n, symbols: 'PUBLIC 100 0 interrupted\n' },
    ]
    /** The kernel's data on the stack, from siginfo to the first record after the registers. */
    const frameOf = (magic: bigint, pc: bigint): Scene['words'] => {
      const words = zeros(100)
      for (let i = 0; i < 31; i++) words[39 + i] = BigInt(0x100 + i)
      words[70] = 0x8000_0000n + 8n * 85n
      words[71] = pc
      words[74] = magic
      return [0n, 0x5000_8000n, ...words]
    }
    const walk = (magic: bigint, pc = 0x5000_0140n) =>
      walkScene({
        ...scene(frameOf(magic, pc), { pc: 0x4000_0210n, sp: 0x8000_0000n, fp: 0n }, modules),
        stackBase: 0x8000_0000n,
      })

    test('yields the registers interrupted by a signal', () => {
      const [, , interrupted] = walk(0x0210_4650_8001n)
      expect(interrupted).toMatchObject({ trust: 'cfi', function: 'interrupted', instruction: 0x5000_0140n })
      expect(interrupted!.registers).toMatchObject({ x0: 0x100n, x28: 0x11cn, lr: 0x11en })
    })

    test('is not recognized where only two words match', () => {
      expect(walk(0n)[2]?.trust).not.toBe('cfi')
    })

    test('is not recognized where the interrupted code would be outside all modules', () => {
      expect(walk(0x0210_4650_8001n, 0x6000_0140n)[2]?.trust).not.toBe('cfi')
    })
  })

  const far = [{ base: 0n }, { base: (1n << 52n) - 0x8000n }, { base: 1n << 60n }]
  test.each([
    [0xfffn, false],
    [0x1000n, true],
    [(1n << 52n) - 1n, true],
    [1n << 52n, false],
  ])('a return address of %d is plausible: %s', (address, plausible) => {
    const byFramePointer = walkScene(scene(chain(address, 0n), {}, far))
    expect(byFramePointer[1]?.trust === 'frame_pointer').toBe(plausible)
    const byScan = walkScene({ ...scene([0n, address], {}, far), registers: { sp: stackBase, pc: 0x10n } })
    expect(byScan.map(({ trust }) => trust)).toEqual(plausible ? ['context', 'scan'] : ['context'])
  })
})

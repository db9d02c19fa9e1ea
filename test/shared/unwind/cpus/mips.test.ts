// Walks of MIPS stacks. Stacks and rules are those of Breakpad's tests for MIPS
// (google/breakpad, src/processor); the frames those of rust-minidump (minidump-unwind/src/mips.rs).
import { describe, expect, test } from 'vitest'
import { type Scene, walkScene } from '../walking.ts'

const stackBase = 0x8000_0000n
const zeros = (count: number) => Array.from({ length: count }, () => 0n)
const m1 = 0x40_0000n
const m2 = 0x50_0000n
const plain: Scene['modules'] = [{ base: m1 }, { base: m2 }]

const scene = (
  cpu: 'mips' | 'mips64',
  registers: Record<string, bigint>,
  words: Scene['words'],
  modules: Scene['modules'] = plain,
): Scene => ({ cpu, registers: { sp: stackBase, ...registers }, stackBase, words, modules })

const rules = [
  'FUNC 4000 1000 0 enchiridion',
  'STACK CFI INIT 4000 1000 .cfa: $sp 0 + .ra: $ra',
  'STACK CFI 4004 .cfa: $sp 32 +',
  'STACK CFI 4008 $fp: .cfa -8 + ^ .ra: .cfa -4 + ^',
  'STACK CFI 400c .cfa: $fp 32 +',
  'FUNC 5000 1000 0 epictetus',
  'FUNC 6000 1000 20 palinal',
  'STACK CFI INIT 6000 1000 .cfa: $sp 4 - .ra: $ra',
  'FUNC 7000 1000 20 rhetorical',
  'STACK CFI INIT 7000 1000 .cfa: moot .ra: ambiguous',
  '',
].join('\n')

describe.each([true, false])('mips, little endian: %s', (littleEndian) => {
  const walk = (...args: Parameters<typeof scene>) => walkScene({ ...scene(...args), littleEndian })

  test('a scan finds return addresses, after the innermost frame above the space for four arguments', () => {
    const words = [...zeros(4), 0x49_0000n, 0x60_0000n, 0n, m1 + 0x100n]
    const frames = walk('mips', { pc: m1 + 0x5510n }, [
      ...words,
      // Inside the space for arguments.
      m1 + 0x700n,
      ...zeros(3),
      0xf000_0000n,
      0xdn,
      0n,
      m1 + 0x900n,
      ...zeros(8),
    ])
    expect(frames.map((f) => [f.trust, f.instruction, f.registers.sp])).toEqual([
      ['context', m1 + 0x5510n, stackBase],
      ['scan', m1 + 0xf8n, stackBase + 32n],
      ['scan', m1 + 0x8f8n, stackBase + 64n],
    ])
    expect(Object.keys(frames[1]!.registers).sort()).toEqual(['pc', 'sp'])
  })

  test('with symbols only addresses in functions count', () => {
    const modules = [
      { base: m1, symbols: 'FUNC 100 400 10 monotreme\n' },
      { base: m2, symbols: 'FUNC 100 400 10 marsupial\n' },
    ]
    const words = [...zeros(4), m1 + 0x1000n, m2 + 0xf000n, m2 + 0x200n, ...zeros(8)]
    const frames = walk('mips', { pc: m1 + 0x200n }, words, modules)
    expect(frames.map((f) => f.function)).toEqual(['monotreme', 'marsupial'])
  })

  test.each([
    ['mips', 255, 2],
    ['mips', 256, 1],
    ['mips64', 127, 2],
    ['mips64', 128, 1],
  ] as const)('%s: a return address after %d words gives %d frames', (cpu, before, count) => {
    expect(walk(cpu, { pc: m1 + 0x10n }, [...zeros(before), m2 + 0x100n, 0n])).toHaveLength(count)
  })

  test('call frame information yields the caller and its registers', () => {
    const words = [...zeros(6), 0x8000_1000n, m1 + 0x5510n, ...zeros(40)]
    const frames = walk('mips', { pc: m1 + 0x4008n, s3: 3n, gp: 7n }, words, [{ base: m1, symbols: rules }])
    expect(frames[1]).toMatchObject({ trust: 'cfi', instruction: m1 + 0x5508n, function: 'epictetus' })
    expect(frames[1]!.registers).toMatchObject({ sp: stackBase + 32n, fp: 0x8000_1000n, s3: 3n, gp: 7n })
  })

  test('a leaf function keeps its return address in a register', () => {
    const registers = { pc: m1 + 0x4000n, ra: m1 + 0x5510n }
    const frames = walk('mips', registers, zeros(8), [{ base: m1, symbols: rules }])
    expect(frames.map((f) => f.function)).toEqual(['enchiridion', 'epictetus'])
  })

  test.each([
    ['a frame address that goes backwards', 0x6000n],
    ['rules that cannot be evaluated', 0x7000n],
  ])('%s leaves one frame', (_, at) => {
    const registers = { pc: m1 + at, ra: 0n }
    expect(walk('mips', registers, zeros(8), [{ base: m1, symbols: rules }])).toHaveLength(1)
  })

  test('mips64 scans words of 8 bytes and keeps all bits', () => {
    const base = 0xff_fff0_0000n
    const words = [0n, base + 0x108n, 0n, base + 0x908n, 0n]
    const frames = walk('mips64', { pc: base + 0x10n }, words, [{ base }])
    expect(frames.map((f) => f.instruction)).toEqual([base + 0x10n, base + 0x100n, base + 0x900n])
  })
})

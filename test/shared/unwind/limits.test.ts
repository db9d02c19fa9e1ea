// The limits of what a walk accepts: each value at the limit, and the next one beyond it.
import { describe, expect, test } from 'vitest'
import { createStackMemory, readStack, stackOffset } from '../../../shared/unwind/stack-memory.ts'
import { type Scene, type WalkedFrame, walkScene } from './walking.ts'

const zeros = (count: number) => Array.from({ length: count }, () => 0n)
const end64 = 2n ** 64n - 1n

describe('the memory of a stack', () => {
  test.each([
    ['ends before the last byte of the address space', end64 - 8n, 8, true],
    ['does not include that byte', end64 - 7n, 8, false],
    ['may be one byte', 16, 1, true],
    ['is not empty', 16, 0, false],
  ])('%s', (_, base, length, isReadable) => {
    expect(createStackMemory(base, new Uint8Array(length), true) !== null).toBe(isReadable)
  })

  test.each([
    [0xfff, -1, null],
    [0x1000, 0, 0x0403_0201],
    [0x1004, 4, 0x0807_0605],
    [0x1005, -1, null],
    [0x1008, -1, null],
  ])('of eight bytes has a word of four at %i: offset %i', (address, offset, word) => {
    const stack = createStackMemory(0x1000, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), true)!
    expect(stackOffset(stack, address, 4)).toBe(offset)
    expect(readStack(stack, address, 4)).toBe(word)
  })
})

const trusts = (frames: readonly WalkedFrame[]) => frames.map(({ trust }) => trust)

describe('the frame pointer of amd64', () => {
  const base = 0x1000_0000n
  const scene = (words: Scene['words'], more: Partial<Scene> = {}): Scene => ({
    cpu: 'amd64',
    registers: { rip: 0x4000_0010n, rsp: base, rbp: base },
    stackBase: base,
    words,
    modules: [{ base: 0x4000_0000n }],
    ...more,
  })

  test.each([
    [0x7fff_ffff_ffffn, true],
    [0x8000_0000_0000n, false],
    [0xffff_7fff_ffff_ffffn, false],
    [0xffff_8000_0000_0000n, true],
  ])('leads to the canonical address %s: %s', (word, isAccepted) => {
    const frames = walkScene(scene([base + 16n, word, 0n, 0n]))
    expect(trusts(frames)).toEqual(isAccepted ? ['context', 'frame_pointer'] : ['context'])
  })

  test.each([
    [15n, false],
    [16n, true],
    [24n, true],
    [25n, false],
  ])('leads to one %s bytes further up: %s', (distance, isAccepted) => {
    const frames = walkScene(scene([base + distance, 0x7000_0000n, 0n, 0n]))
    expect(trusts(frames)).toEqual(isAccepted ? ['context', 'frame_pointer'] : ['context'])
  })

  test.each([
    [base + 8n, true],
    [base + 16n, false],
  ])('leads above the stack pointer %s: %s', (rsp, isAccepted) => {
    const registers = { rip: 0x4000_0010n, rsp, rbp: base }
    const frames = walkScene(scene([base + 16n, 0x7000_0000n, 0n, 0n], { registers }))
    expect(trusts(frames)).toEqual(isAccepted ? ['context', 'frame_pointer'] : ['context'])
  })

  test.each([
    [240n, true],
    [256n, false],
  ])('is up to %s bytes below the saved pair on Windows: %s', (bytes, isAccepted) => {
    const pair = [base + bytes + 16n, 0x7000_0000n]
    const words = [...zeros(Number(bytes) / 8), ...pair, 0n, 0n]
    expect(trusts(walkScene(scene(words, { os: 'windows' })))).toEqual(
      isAccepted ? ['context', 'frame_pointer'] : ['context'],
    )
  })
})

describe('a scan of amd64', () => {
  const base = 0x1000_0000n
  const code = 0x4000_0101n
  const scanned = (words: Scene['words'], rbp: bigint) =>
    walkScene({
      cpu: 'amd64',
      registers: { rip: 0x4000_0010n, rsp: base, rbp },
      stackBase: base,
      words,
      modules: [{ base: 0x4000_0000n }],
    })[1]!

  // Words: padding, the saved frame pointer, the return address; the frame pointer points at the saved one.
  test.each([
    [8n, undefined],
    [9n, 9n],
    [15n, 15n],
  ])('accepts a saved frame pointer %s bytes above its slot: %s', (distance, expected) => {
    const at = base + 8n
    const found = scanned([0n, at + distance, code, ...zeros(4)], at)
    expect(found.trust).toBe('scan')
    expect(found.registers.rbp).toBe(expected === undefined ? undefined : at + expected)
  })

  test.each([
    [base + 23n, undefined],
    [base + 24n, base + 24n],
  ])('keeps a frame pointer from the stack pointer of the caller on: %s', (rbp, expected) => {
    expect(scanned([0n, 0n, code, 0n, 0n], rbp).registers.rbp).toBe(expected)
  })

  test('drops the frame pointer where the return address is the first word', () => {
    expect(scanned([code, 0n, 0n], base + 16n).registers.rbp).toBeUndefined()
  })

  test.each([
    [0x7fff_ffff_ffffn, true],
    [0x8000_0000_0000n, false],
    [0xffff_7fff_ffff_ffffn, false],
    [0xffff_8000_0000_0001n, true],
  ])('accepts the canonical address %s: %s', (word, isAccepted) => {
    const frames = walkScene({
      cpu: 'amd64',
      registers: { rip: 0x4000_0010n, rsp: base, rbp: 0n },
      stackBase: base,
      words: [0n, word, 0n],
      modules: [{ base: word - 1n, size: 8 }],
    })
    expect(trusts(frames)).toEqual(isAccepted ? ['context', 'scan'] : ['context'])
  })
})

describe('a scan', () => {
  const base = 0x1000_0000n
  const code = 0x4000_0101n
  const scanned = (cpu: Scene['cpu'], registers: Record<string, bigint>, before: number, after = 4) =>
    walkScene({
      cpu,
      registers,
      stackBase: base,
      words: [...zeros(before), code, ...zeros(after)],
      modules: [{ base: 0x4000_0000n }],
    })

  test.each([
    ['amd64', { rip: 0x4000_0010n, rsp: base }, 159],
    ['x86', { eip: 0x4000_0010n, esp: base }, 159],
    ['arm', { pc: 0x4000_0010n, sp: base }, 159],
    ['mips', { pc: 0x4000_0010n, sp: base }, 255],
    ['mips64', { pc: 0x4000_0010n, sp: base }, 127],
  ] as const)('of %s reads words up to its limit', (cpu, registers, last) => {
    expect(trusts(scanned(cpu, { ...registers }, last))).toEqual(['context', 'scan'])
    expect(trusts(scanned(cpu, { ...registers }, last + 1))).toEqual(['context'])
  })

  test.each([1, 2])('reads the last word of a stack, after %i words', (before) => {
    const registers = { eip: 0x4000_0010n, esp: base }
    expect(trusts(scanned('x86', registers, before, 0))).toEqual(['context', 'scan'])
  })

  test.each([
    ['mips', 0xfffn, false],
    ['mips', 0x1000n, true],
    ['mips64', 0xfffn, false],
    ['mips64', 0x1000n, true],
    ['riscv', 0xfffn, false],
    ['riscv', 0x1000n, true],
    ['riscv64', 0xfffn, false],
    ['riscv64', 0x1000n, true],
    ['arm64', 0xfffn, false],
    ['arm64', 0x1000n, true],
    ['arm64', 0x000f_ffff_ffff_ffffn, true],
    ['arm64', 0x0010_0000_0000_0000n, false],
  ] as const)('of %s accepts the address %s: %s', (cpu, word, isAccepted) => {
    const frames = walkScene({
      cpu,
      registers: { pc: 0x4000_0010n, sp: base },
      stackBase: base,
      words: [0n, word, 0n, 0n],
      modules: [{ base: word - 0x800n, size: 0x1000 }],
    })
    expect(trusts(frames)).toEqual(isAccepted ? ['context', 'scan'] : ['context'])
  })

  test.each([
    [1n, false],
    [2n, false],
    [4095n, false],
    [4096n, true],
  ])('of x86 takes the address %s as null: the walk ends, not %s', (word, isAccepted) => {
    const frames = walkScene({
      cpu: 'x86',
      registers: { eip: 0x4000_0010n, esp: base },
      stackBase: base,
      words: [0n, word, 0n, 0n],
      modules: [{ base: 0n }],
    })
    expect(trusts(frames)).toEqual(isAccepted ? ['context', 'scan'] : ['context'])
  })
})

describe('a frame pointer at the end of the address space', () => {
  const stackBase = 0xffff_ffcen
  test.each([
    ['x86', 0xffff_fff6n, true],
    ['x86', 0xffff_fff7n, false],
    ['arm', 0xffff_fff6n, true],
    ['arm', 0xffff_fff7n, false],
  ] as const)('of %s at %s is followed: %s', (cpu, at, isAccepted) => {
    const first = at - 40n
    const frames = walkScene({
      cpu,
      os: cpu === 'arm' ? 'ios' : 'linux',
      registers:
        cpu === 'x86'
          ? { eip: 0x4000_0010n, esp: stackBase, ebp: at }
          : { pc: 0x4000_0010n, sp: stackBase, fp: at },
      stackBase: first,
      words: [...zeros(10), 0n, 0x7000_0001n],
      modules: [{ base: 0x4000_0000n }],
    })
    expect(trusts(frames)).toEqual(isAccepted ? ['context', 'frame_pointer'] : ['context'])
  })

  test.each([
    [end64 - 17n, true],
    [end64 - 16n, false],
  ])('of arm64 at %s is followed: %s', (at, isAccepted) => {
    const frames = walkScene({
      cpu: 'arm64',
      registers: { pc: 0x4000_0010n, sp: at, fp: at },
      stackBase: at,
      words: [0n, 0x7000_2000n],
      modules: [{ base: 0x4000_0000n }],
    })
    expect(trusts(frames)).toEqual(isAccepted ? ['context', 'frame_pointer'] : ['context'])
  })
})

describe('a saved return address', () => {
  test.each([
    [0xfffn, false],
    [0x1000n, true],
    [0x000f_ffff_ffff_ffffn, true],
    [0x0010_0000_0000_0000n, false],
  ])('of arm64 may be %s: %s', (word, isAccepted) => {
    const frames = walkScene({
      cpu: 'arm64',
      os: 'mac',
      registers: { pc: 0x4000_0010n, sp: 0x1000_0000n, fp: 0x1000_0000n },
      stackBase: 0x1000_0000n,
      words: [0n, word, 0n],
      modules: [{ base: 2n ** 53n }],
    })
    expect(trusts(frames)).toEqual(isAccepted ? ['context', 'frame_pointer'] : ['context'])
  })

  test.each([
    [1n, 2n, false],
    [2n, 1n, false],
    [4088n, 1n, false],
    [4088n, 2n, true],
    [4087n, 2n, false],
  ])('of sparc may be %s with the frame pointer %s: %s', (call, savedFp, isAccepted) => {
    const frames = walkScene({
      cpu: 'sparc',
      registers: { pc: 0x4000_0010n, g_r14: 0x1000_0000n, g_r30: 0x1000_0004n },
      stackBase: 0x1000_0000n,
      words: [...zeros(15), savedFp, call, 0n],
      modules: [],
    })
    expect(trusts(frames)).toEqual(isAccepted ? ['context', 'frame_pointer'] : ['context'])
  })
})

describe('a scan of x86', () => {
  const base = 0x1000_0000n
  const gap = 128n * 1024n
  const scanned = (words: Scene['words'], ebp: bigint) =>
    walkScene({
      cpu: 'x86',
      registers: { eip: 0x4000_0010n, esp: base, ebp },
      stackBase: base,
      words,
      modules: [{ base: 0x4000_0000n }],
    })[1]!.registers.ebp

  test.each([
    [4n, undefined],
    [5n, 5n],
    [gap, gap],
    [gap + 1n, undefined],
  ])('accepts a saved frame pointer %s bytes above its slot: %s', (distance, expected) => {
    const at = base + 4n
    const words = [0n, at + distance, 0x4000_0101n, ...zeros(Number(gap) / 4 + 1)]
    expect(scanned(words, 0n)).toBe(expected === undefined ? undefined : at + expected)
  })

  test.each([
    [base + 11n, undefined],
    [base + 12n, base + 12n],
  ])('keeps a frame pointer from the stack pointer of the caller on: %s', (ebp, expected) => {
    expect(scanned([0n, 0n, 0x4000_0101n, 0n], ebp)).toBe(expected)
  })
})

test.each([
  ['riscv', 0x4000_0100n],
  ['riscv64', 0x4000_0100n],
] as const)('the frame pointer of %s leads to an address in the first module', (cpu, word) => {
  const frames = walkScene({
    cpu,
    registers: { pc: 0x4000_0010n, sp: 0x1000_0000n, s0: 0x1000_0100n },
    stackBase: 0x1000_0000n,
    words: [...zeros(0x100 / (cpu === 'riscv' ? 4 : 8) - 2), 0n, word, 0n],
    modules: [{ base: 0x4000_0000n }],
  })
  expect(trusts(frames)).toEqual(['context', 'frame_pointer'])
})

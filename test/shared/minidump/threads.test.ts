// Threads and their contexts, by synthetic dumps.
import { describe, expect, test } from 'vitest'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { type createAssembler, minidumpString } from '../../support/assembler.ts'
import type { SynthCpu } from '../../support/synth-context.ts'
import { createSynthMinidump } from '../../support/synth-minidump.ts'
import type { SynthDump } from '../../support/synth-minidump.ts'

const read = (dump: SynthDump) => readMinidump(createSynthMinidump(dump))
const orders = [
  ['little', true],
  ['big', false],
] as const

describe('readMinidump: contexts', () => {
  const cases: ReadonlyArray<[SynthCpu, Record<string, bigint>, pc: bigint, sp: bigint]> = [
    ['x86', { eip: 0xf00800n, esp: 0x1010n, ebp: 3n, edi: 4n, eflags: 5n, ecx: 6n }, 0xf00800n, 0x1010n],
    [
      'amd64',
      { rip: 0x7400_c000_0200n, rsp: 0x8000_0000_8000_0000n, rbx: 3n, r15: 4n },
      0x7400_c000_0200n,
      1n << 63n,
    ],
    ['arm', { pc: 0x40004000n, sp: 2n, lr: 3n, fp: 4n, r12: 5n, r10: 6n }, 0x40004000n, 2n],
    ['arm64', { pc: 1n << 40n, sp: 2n, lr: 3n, fp: 4n, x0: 5n, x28: 6n }, 1n << 40n, 2n],
    ['arm64-old', { pc: 1n << 40n, sp: 2n, lr: 3n, fp: 4n, x0: 5n, x28: 6n }, 1n << 40n, 2n],
    ['mips', { pc: 9n, sp: 2n, gp: 3n, fp: 4n, ra: 5n, s0: 6n, s7: 7n }, 9n, 2n],
    ['mips64', { pc: 9n, sp: 1n << 50n, gp: 3n, fp: 4n, ra: 5n, s0: 6n, s7: 7n }, 9n, 1n << 50n],
    ['ppc', { srr0: 9n, r1: 2n, r31: 3n, lr: 4n, vrsave: 5n }, 9n, 2n],
  ]
  for (const [order, littleEndian] of orders) {
    test.each(cases)(`${order} endian: %s`, (cpu, registers, pc, sp) => {
      const dump = read({ littleEndian, system: { cpu }, threads: [{ id: 1, registers }] })
      const context = dump.threads[0]!.context!
      for (const [name, value] of Object.entries(registers)) {
        expect([name, context.get(name)]).toEqual([name, name === 'rsp' ? (1n << 63n) | 0x8000_0000n : value])
      }
      expect(context.instructionPointer).toBe(pc)
      expect(context.stackPointer).toBe(cpu === 'amd64' ? sp | 0x8000_0000n : sp)
      const others = context.names.filter((name) => !(name in registers))
      expect(others.filter((name) => context.get(name) !== 0n)).toEqual([])
      expect(context.get('no such register')).toBeNull()
    })
  }

  test('registers have aliases', () => {
    const arm = read({ system: { cpu: 'arm' }, threads: [{ id: 1, registers: { fp: 11, lr: 14 } }] })
    expect(['r11', 'r14'].map((name) => arm.threads[0]!.context!.get(name))).toEqual([11n, 14n])
    const arm64 = read({ system: { cpu: 'arm64' }, threads: [{ id: 1, registers: { fp: 29, lr: 30 } }] })
    expect(['x29', 'x30'].map((name) => arm64.threads[0]!.context!.get(name))).toEqual([29n, 30n])
  })

  test.each([
    ['flags of another processor', 0x1003f, 'amd64'],
    ['flags without a processor', 0x1f, 'amd64'],
    ['an unknown processor', undefined, 'unknown'],
  ] as const)('%s: the thread has no context', (_, contextFlags, cpu) => {
    const thread = { id: 1, registers: {}, ...(contextFlags === undefined ? {} : { contextFlags }) }
    expect(read({ system: { cpu }, threads: [thread] }).threads[0]!.context).toBeNull()
  })

  test('a context is read by the architecture of the dump, so without SystemInfo there is none', () => {
    expect(read({ threads: [{ id: 1, registers: { rip: 1 } }] }).threads[0]!.context).toBeNull()
  })
})

describe('readMinidump: threads', () => {
  test.each(orders)('%s endian: stack from the thread, or from the memory list', (_, littleEndian) => {
    const { threads } = read({
      littleEndian,
      threads: [
        { id: 1, stack: { base: 0x1000, bytes: [1, 2] }, teb: 1n << 60n },
        { id: 2, stackStart: 0x5008 },
        { id: 3, stackStart: 0x9000 },
      ],
      memory: [{ base: 0x5000, bytes: new Uint8Array(16).fill(7) }],
      threadNames: [
        [1, 'main'],
        [3, ''],
      ],
    })
    expect(threads.map((t) => [t.id, t.name, t.teb])).toEqual([
      [1, 'main', 1n << 60n],
      [2, null, 0n],
      [3, '', 0n],
    ])
    expect(threads.map((t) => t.stack?.base)).toEqual([0x1000n, 0x5000n, undefined])
    expect([...threads[0]!.stack!.bytes]).toEqual([1, 2])
  })

  test('a dangling name affects only its own entry', () => {
    const dump = read({
      raw: [
        {
          type: 24,
          write: (a) =>
            a
              .u32(2, 17)
              .reference64(minidumpString('good'))
              .u32(123)
              .u64(1n << 60n),
        },
      ],
    })
    expect([...dump.threadNames]).toEqual([[17, 'good']])
    expect(dump.issues).toMatchObject([{ stream: 'ThreadNamesStream' }])
  })

  test('lists may have four bytes of padding after the count, and no other size', () => {
    const list = (padding: number) =>
      read({ raw: [{ type: 3, write: (a) => a.u32(1).zeros(padding).u32(77).zeros(44) }] })
    expect([0, 4].map((padding) => list(padding).threads.map((t) => t.id))).toEqual([[77], [77]])
    expect(list(8).threads).toEqual([])
    expect(list(8).issues).toEqual([])
  })

  test('thread information has times, start address and exit status', () => {
    const write = (a: ReturnType<typeof createAssembler>) =>
      a.u32(12, 64, 1, 5, 1, 2, 3).u64(4, 5, 6, 7, 0x7ff6_0000_1000n, 9).zeros(3)
    expect(read({ raw: [{ type: 17, write }] }).threadInfo).toEqual([
      {
        id: 5,
        dumpFlags: 1,
        dumpError: 2,
        exitStatus: 3,
        createTime: 4n,
        exitTime: 5n,
        kernelTime: 6n,
        userTime: 7n,
        startAddress: 0x7ff6_0000_1000n,
        affinity: 9n,
      },
    ])
  })
})

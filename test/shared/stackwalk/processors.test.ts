// Dumps of processors that few programs run on, from bytes to frames, in both byte orders.
import { expect, test } from 'vitest'
import { walkDump } from '../../../shared/stackwalk/walk.ts'
import { createSynthMinidump } from '../../support/synth-minidump.ts'

const base = 0x7000_0000
const code = 0x40_0000
const module = { base: code, size: 0x1_0000, name: '/bin/app' }

/** A stack of words by their place. */
function stackOf(words: Readonly<Record<number, number>>, size: 4 | 8, littleEndian: boolean) {
  const view = new DataView(new ArrayBuffer(40 * size))
  for (const [place, word] of Object.entries(words)) {
    const at = Number(place) * size
    if (size === 8) view.setBigUint64(at, BigInt(word), littleEndian)
    else view.setUint32(at, word, littleEndian)
  }
  return { base, bytes: new Uint8Array(view.buffer) }
}

const returns = { 6: code + 0x108, 20: code + 0x208 }
/** Stack pointers at the start of each frame, return addresses two words above. */
const chain = { 0: base + 32, 8: base + 64, 10: code + 0x104, 18: code + 0x204 }

test.each([
  ['mips', 4, { pc: code + 0x10, sp: base, ra: code + 0x108 }, returns, 'scan'],
  ['mips64', 8, { pc: code + 0x10, sp: base, ra: code + 0x108 }, returns, 'scan'],
  ['ppc', 4, { srr0: code + 0x10, r1: base }, chain, 'frame_pointer'],
] as const)('%s', async (cpu, size, registers, words, trust) => {
  for (const littleEndian of [true, false]) {
    const thread = { id: 1, registers, stack: stackOf(words, size, littleEndian) }
    const dump = { littleEndian, system: { cpu, os: 'linux' as const }, modules: [module], threads: [thread] }
    const { threads } = await walkDump(createSynthMinidump(dump))
    expect(threads[0]!.frames.map((frame) => [frame.trust, Number(frame.offset)])).toEqual([
      ['context', code + 0x10],
      [trust, code + 0x100],
      [trust, code + 0x200],
    ])
  }
})

// The address bits of arm64 pointers, by what a dump contains.
import { describe, expect, test } from 'vitest'
import { readMinidump } from '../../../shared/minidump/minidump.ts'
import { addressSpaceOf } from '../../../shared/stackwalk/address-space.ts'
import { walkDump } from '../../../shared/stackwalk/walk.ts'
import { createSynthMinidump, type SynthDump } from '../../support/synth-minidump.ts'

const linux = { cpu: 'arm64', os: 'linux' } as const
const android = { cpu: 'arm64', os: 'android' } as const
const mac = { cpu: 'arm64', os: 'mac' } as const
const bits = (dump: SynthDump) =>
  addressSpaceOf(readMinidump(createSynthMinidump(dump))).pointerMask.toString(2).length
const page = (base: bigint) => [{ base, bytes: new Uint8Array(16) }]
const maps = (line: string) => ({ linux: { maps: line } })

describe('the address bits of a pointer', () => {
  test.each<[string, number, SynthDump]>([
    ['macOS: 47', 47, { system: mac }],
    ['macOS, memory above', 47, { system: mac, memory: page(0x6000_0000_0000_0000n) }],
    ['Android, nothing known: 39', 39, { system: android }],
    ['Android, a stack of 39 bits', 39, { system: android, memory: page(0x7f_ffff_0000n) }],
    ['Linux, a stack of 48 bits', 48, { system: linux, memory: page(0xffff_f000_0000n) }],
    [
      'Linux, a thread of 42 bits without memory',
      42,
      { system: linux, threads: [{ id: 1, stackStart: 0x3ff_0000_0000n }] },
    ],
    ['Linux, memory of 52 bits', 52, { system: linux, memory: page(0xf_ffff_0000_0000n) }],
    ['Linux, memory up to 2^39', 39, { system: linux, memory: page(2n ** 39n - 16n) }],
    ['Linux, memory beyond 2^39', 40, { system: linux, memory: page(2n ** 39n - 15n) }],
    ['Linux, memory below 2^52', 52, { system: linux, memory: page(2n ** 52n - 17n) }],
    ['Linux, memory up to 2^52', 39, { system: linux, memory: page(2n ** 52n - 16n) }],
    ['Linux, memory of the kernel', 39, { system: linux, memory: page(0xffff_0000_0000_0000n) }],
    [
      'Linux, only the map of memory',
      48,
      { system: linux, ...maps('fffff0000000-fffff0001000 rw-p 0 00:00 0 [stack]\n') },
    ],
    [
      'Linux, only modules',
      47,
      { system: linux, modules: [{ base: 0x5555_5555_0000n, size: 0x1000, name: 'a' }] },
    ],
    ['a mask in CrashpadInfo', 36, { system: mac, crashpad: { addressMask: 0xf_ffff_ffffn } }],
    [
      'the complement in CrashpadInfo',
      36,
      { system: mac, crashpad: { addressMask: 0xffff_fff0_0000_0000n } },
    ],
    ['CrashpadInfo without mask', 47, { system: mac, crashpad: { addressMask: 0n } }],
    ['a mask that has holes', 47, { system: mac, crashpad: { addressMask: 0xff0f_ffff_ffffn } }],
  ])('%s', (_, expected, dump) => expect(bits(dump)).toBe(expected))
})

/** Return addresses in public reports, by system and highest known address. */
test.each([
  ['kstenerud/KSCrash#297', 'ios', 0x1_a3d4_a494n, 0x003b_e301_a3d4_a494n, 0x1_a3d4_a494n],
  ['kstenerud/KSCrash#297', 'ios', 0x1_a3d4_a494n, 0x0032_b301_a3d4_9b6cn, 0x1_a3d4_9b6cn],
  ['openjdk/jdk#4029', 'mac', 0x1_3800_9a5cn, 0x9221_8001_3800_9a5cn, 0x1_3800_9a5cn],
  ['openjdk/jdk#4029', 'mac', 0x1_3800_9a5cn, 0x403c_0001_3800_9a5cn, 0x1_3800_9a5cn],
  ['libunwind/libunwind#360', 'linux', 0xffff_f000_0000n, 0x005f_aaaa_e472_07ccn, 0xaaaa_e472_07ccn],
] as const)(
  'the authentication code of a return address is removed: %s, %s',
  (_, os, known, address, expected) => {
    const dump = createSynthMinidump({ system: { cpu: 'arm64', os }, memory: page(known) })
    expect(BigInt(address) & addressSpaceOf(readMinidump(dump)).pointerMask).toBe(expected)
  },
)

test('without modules and symbols, authentication codes in bits that 39-bit addresses leave free are removed', async () => {
  const stack = 0x7f_ffff_0000n
  const bytes = new Uint8Array(96)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, stack + 32n, true)
  view.setBigUint64(8, 0x006f_1a00_0000_0000n | 0x71_2345_6784n, true)
  view.setBigUint64(32, 0n, true)
  view.setBigUint64(40, 0x0023_9100_0000_0000n | 0x71_2345_9994n, true)
  const dump: SynthDump = {
    system: android,
    threads: [
      { id: 1, registers: { pc: 0x71_2345_0000n, sp: stack, fp: stack }, stack: { base: stack, bytes } },
    ],
  }
  const { threads } = await walkDump(createSynthMinidump(dump))
  expect(threads[0]!.frames.map(({ offset, trust }) => [offset, trust])).toEqual([
    ['0x0000007123450000', 'context'],
    ['0x0000007123456780', 'frame_pointer'],
    ['0x0000007123459990', 'frame_pointer'],
  ])
})

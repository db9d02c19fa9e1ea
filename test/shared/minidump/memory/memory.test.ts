// Memory regions and their permissions, by synthetic dumps.
import { describe, expect, test } from 'vitest'
import { readMinidump } from '../../../../shared/minidump/minidump.ts'
import { createSynthMinidump } from '../../../support/synth-minidump.ts'
import type { SynthDump } from '../../../support/synth-minidump.ts'

const read = (dump: SynthDump) => readMinidump(createSynthMinidump(dump))
const orders = [
  ['little', true],
  ['big', false],
] as const

describe('readMinidump: memory', () => {
  test.each(orders)('%s endian: regions, reads and overlaps', (_, littleEndian) => {
    const region = (base: bigint, size: number, fill: number) => ({
      base,
      bytes: new Uint8Array(size).fill(fill),
    })
    const { memory } = read({
      littleEndian,
      memory: [
        region(0x1000n, 0x1000, 0),
        region(0x1000n, 0x1000, 1),
        region(0x1001n, 0x1000, 2),
        region(0x1001n, 0x100, 3),
        region(0x2000n, 0x1000, 4),
        region(0xffff_ffff_ffff_ffffn, 2, 5),
      ],
    })
    expect(memory.regions.length).toBe(6)
    expect(memory.regionAt(0x1a00n)!.bytes[0]).toBe(1 - 1)
    expect(memory.regionAt(0x2a00n)!.bytes[0]).toBe(4)
    expect(memory.regionAt(0xffff_ffff_ffff_ffffn)).toBeNull()
    expect(memory.readU64(0x2ff8n)).toBe(0x0404_0404_0404_0404n)
    expect([memory.readU64(0x2ff9n), memory.readU32(0x3000n)]).toEqual([null, null])
  })

  test.each(orders)(
    '%s endian: Memory64List is preferred to MemoryList, unless it is broken',
    (_, littleEndian) => {
      const memory64 = [
        { base: 0x1000, bytes: [1, 2, 3, 4] },
        { base: 1n << 50n, bytes: [5, 6, 7, 8] },
      ]
      const both = { littleEndian, memory: [{ base: 0x1000, bytes: [9] }], memory64 }
      const bytes = createSynthMinidump(both)
      const value = littleEndian ? 0x08070605 : 0x05060708
      expect(readMinidump(bytes).memory.readU32(1n << 50n)).toBe(value)
      const cut = readMinidump(bytes.slice(0, -1))
      expect(cut.memory.readU32(1n << 50n)).toBeNull()
      expect([...cut.memory.read(0x1000n, 1)!]).toEqual([9])
      expect(cut.issues).toMatchObject([{ stream: 'Memory64ListStream' }])
    },
  )

  test.each(orders)('%s endian: memory information contains permissions', (_, littleEndian) => {
    const dump = read({
      littleEndian,
      memoryInfo: [
        { base: 0x1000, size: 0x1000, protection: 0x20 },
        { base: 0x2000, size: 0x1000, protection: 0x104 },
        { base: 0x3000, size: 0x1000, protection: 1 },
      ],
    })
    const flags = (address: bigint) => {
      const found = dump.mappedMemory!.at(address)
      return found && [found.readable, found.writable, found.executable]
    }
    expect(flags(0x1fffn)).toEqual([true, false, true])
    expect(flags(0x2000n)).toEqual([true, true, false])
    expect(flags(0x3000n)).toEqual([false, false, false])
    expect(flags(0x4000n)).toBeNull()
  })
})

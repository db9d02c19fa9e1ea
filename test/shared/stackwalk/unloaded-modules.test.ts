// Unloaded modules by address: compared with a plain scan, and with more of them than a scan per frame allows.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createUnloadedLookup } from '../../../shared/stackwalk/unloaded-modules.ts'
import { wordOf } from '../../../shared/unwind/word.ts'

const unloaded = (base: bigint, size: number, codeFile: string) => ({
  ...{ base, size, codeFile },
  ...{ checksum: 0, timestamp: 0, codeId: '' },
})
type Unloaded = ReturnType<typeof unloaded>

function plainAnswer(modules: readonly Unloaded[], address: bigint) {
  const there = modules.filter(({ base, size }) => address >= base && address < base + BigInt(size))
  const offsetsOf = (name: string) => {
    const offsets = there.filter((m) => m.codeFile === name).map(({ base }) => Number(address - base))
    return [...new Set(offsets)].sort((a, b) => a - b)
  }
  const names = [...new Set(there.map(({ codeFile }) => codeFile))].sort()
  return names.map((module) => ({ module, offsets: offsetsOf(module) }))
}

describe('createUnloadedLookup', () => {
  test('finds the first and the last address of a module, and none outside', () => {
    const at = createUnloadedLookup([unloaded(0xffff_ffff_ffff_0000n, 0x1000, 'a.dll')])
    const offsetsAt = (address: bigint) => at(wordOf(address)).map(({ offsets }) => offsets)
    expect(offsetsAt(0xffff_ffff_fffe_ffffn)).toEqual([])
    expect(offsetsAt(0xffff_ffff_ffff_0000n)).toEqual([[0]])
    expect(offsetsAt(0xffff_ffff_ffff_0fffn)).toEqual([[0xfff]])
    expect(offsetsAt(0xffff_ffff_ffff_1000n)).toEqual([])
    expect(createUnloadedLookup([])(0)).toEqual([])
  })

  test('finds the same as a scan, for any module ranges', () => {
    const start = fc.constantFrom(0n, 1n << 32n, (1n << 53n) - 20n, (1n << 64n) - 100n)
    const near = fc.tuple(start, fc.bigInt(0n, 60n)).map(([from, by]) => from + by)
    const module = fc
      .tuple(near, fc.integer({ min: 1, max: 39 }), fc.constantFrom('a', 'b', 'c', 'B'))
      .map(([base, size, name]) => unloaded(base, size, name))
    const wide = fc.constant(unloaded(0n, 0xffff_ffff, 'wide'))
    const list = fc.array(fc.oneof({ weight: 9, arbitrary: module }, { weight: 1, arbitrary: wide }))
    fc.assert(
      fc.property(list, near, (modules, address) => {
        const found = createUnloadedLookup(modules)(wordOf(address))
        expect(found).toEqual(plainAnswer(modules, address))
      }),
      { seed: 8, numRuns: 2000 },
    )
  })

  test('returns 64 ranges at one address, not thousands', () => {
    const modules = Array.from({ length: 2000 }, (_, i) => unloaded(BigInt(i), 0x10000, `${i % 100}`))
    const hits = createUnloadedLookup(modules)(wordOf(0x8000n))
    expect(hits.flatMap(({ offsets }) => offsets)).toHaveLength(64)
    expect(hits[0]).toEqual({ module: '0', offsets: [0x8000] })
  })

  test('examines few of many modules, even when one contains all the others', () => {
    let compared = 0
    const modules = Array.from({ length: 2000 }, (_, i) => unloaded(BigInt(i * 0x1000), 0x800, `${i}`))
    const at = createUnloadedLookup([unloaded(0n, 0xffff_ffff, 'wide'), ...modules])
    // A word that counts how often it is compared.
    const count = () => {
      compared++
      return 0x40_0004
    }
    const address = { [Symbol.toPrimitive]: count } as unknown as number
    expect(at(address)).toHaveLength(2)
    expect(compared).toBeLessThan(100)
  })
})

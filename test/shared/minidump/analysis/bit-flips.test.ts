// When a flipped bit may explain a crash, at the limits of distances and addresses.
import { describe, expect, test } from 'vitest'
import { findBitFlips } from '../../../../shared/minidump/analysis/bit-flips.ts'
import { createMappedMemory } from '../../../../shared/minidump/memory/permissions.ts'

type Arguments = Parameters<typeof findBitFlips>
type Range = readonly [base: bigint, size: bigint]

interface Crash {
  address: bigint
  mapped: Range
  cpu?: 'amd64' | 'ppc64'
  access?: { address: bigint; size: number }
  values?: readonly bigint[]
}

function flips({ address, mapped: [base, size], cpu = 'amd64', access, values = [] }: Crash) {
  const mappedMemory = createMappedMemory([{ base, size, protection: 2, state: 0, type: 0 }] as never, null)
  const dump = { systemInfo: { cpu }, mappedMemory } as unknown as Arguments[0]
  const found = {
    crash: { address, reason: 'SIGSEGV' },
    adjustedAddress: null,
    context: { values, get: () => null },
    analysis: access ? { accesses: [access], registers: [] } : null,
  } as unknown as Arguments[1]
  return findBitFlips(dump, found)
}
const addresses = (crash: Crash) => flips(crash).map(({ address }) => address)

describe('a flipped bit', () => {
  test.each<[string, bigint, bigint[]]>([
    ['its last byte', 0x80407n, [0x80000n]],
    ['the byte behind it', 0x80408n, []],
  ])('is looked for at the start of an access that crashed at %s', (_, address, expected) => {
    const access = { address: 0x80400n, size: 8 }
    expect(addresses({ address, access, mapped: [0x80000n, 8n] })).toEqual(expected)
  })

  test.each([
    [0x3f9n, [0x80000n]],
    [0x3fan, []],
  ])(
    'is not needed for an access that begins within its size behind memory of %s bytes',
    (size, expected) => {
      const access = { address: 0x80400n, size: 8 }
      expect(addresses({ address: 0x80400n, access, mapped: [0x80000n, size] })).toEqual(expected)
    },
  )

  test.each([
    ['amd64', 47n, true],
    ['amd64', 48n, false],
    ['ppc64', 48n, true],
    ['ppc64', 63n, true],
  ] as const)('on %s may be bit %s: %s', (cpu, bit, isFound) => {
    const meant = 0x400n | (1n << bit)
    const expected = isFound ? [0n, meant] : [0n]
    expect(addresses({ cpu, address: 0x400n, mapped: [meant, 1n] })).toEqual(expected)
  })

  test.each([
    [0x7efffn, 0],
    [0x7f000n, 1],
    [0x81000n, 1],
    [0x81001n, 0],
  ])('has the register %s nearby: %i', (value, count) => {
    const [flip] = flips({ address: 0x80400n, mapped: [0x80000n, 8n], values: [value] })
    expect(flip?.details.nearbyRegisters).toBe(count)
  })

  test.each([
    [0x2000n, 0],
    [0x2001n, 1],
  ])('of the address %s has %i registers nearby', (meant, count) => {
    const [flip] = flips({ address: meant + 0x400n, mapped: [meant, 1n], values: [meant] })
    expect(flip).toMatchObject({ address: meant, details: { nearbyRegisters: count } })
  })

  test.each([
    [0x2000n, true],
    [0x4000n, false],
  ])('of null gives the low address %s: %s', (address, isLow) => {
    const [flip] = flips({ address, mapped: [0x80000n, 8n] })
    expect(flip).toMatchObject({ address: 0n, details: { isNull: true, wasLow: isLow } })
  })
})

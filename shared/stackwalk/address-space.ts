// What a dump shows about the addresses of its process: where code is, and which bits of a pointer are its address.
import type { Minidump } from '../minidump/minidump.ts'
import type { AddressSpace } from '../unwind/frame.ts'

export function addressSpaceOf(dump: Minidump): AddressSpace {
  const mapped = dump.mappedMemory
  let mask: bigint | null = null
  return {
    isCode: (high, low) => mapped?.isCode(high, low) ?? true,
    get pointerMask() {
      mask ??= dump.crashpadInfo?.addressMask ?? pointerMaskOf(dump)
      return mask
    },
  }
}

/** The architecture has addresses of up to 52 bits; the kernel's are above. */
const maxAddress = 1n << 52n

/** Systems whose addresses have a number of bits that differs between devices: 39 to 52. */
const systemsWithFewBits: ReadonlySet<string | undefined> = new Set(['linux', 'android', 'ios'])

/**
 * The bits up to the highest address. Linux and Android have stacks and libraries at the top; other systems have 47 bits,
 * or more if a module is higher.
 */
function pointerMaskOf({ systemInfo, modules, memory, mappedMemory, threads }: Minidump): bigint {
  const hasFewBits = systemsWithFewBits.has(systemInfo?.os)
  const ends = modules.list.map(({ base, size }) => base + BigInt(size))
  if (hasFewBits) {
    const others = [
      ...memory.regions.map(({ base, bytes }) => base + BigInt(bytes.byteLength)),
      ...(mappedMemory?.ranges ?? []).map(({ last }) => last),
      ...threads.map(({ stackStart }) => stackStart),
    ]
    for (const end of others) if (end < maxAddress) ends.push(end)
  }
  let limit = 1n << (hasFewBits ? 39n : 47n)
  for (const end of ends) while (limit < end) limit <<= 1n
  return BigInt.asUintN(64, limit - 1n)
}

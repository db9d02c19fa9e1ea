// The type of the object that C++ or Rust code compiled for MSVC has thrown, where the dump holds the type's data.
// The structures are declared in the headers of the Visual C++ runtime.
import type { Minidump } from '../minidump.ts'
import type { ExceptionRecord } from '../threads.ts'

/** What `throw` passes to RaiseException. */
export const cppExceptionCode = 0xe06d_7363

/** A longer name counts as damaged. */
const maxNameBytes = 1024

/**
 * The name of the thrown type: `std::runtime_error`, `rust_panic`; decorated as the compiler wrote it when it is not a
 * plain class. Null when the dump does not hold it, and for a rethrow, which has no type.
 */
export function thrownTypeName(exception: ExceptionRecord, dump: Minidump): string | null {
  const { parameterCount, parameters } = exception
  const pointerSize = dump.systemInfo?.pointerSize
  if (!pointerSize || parameterCount < (pointerSize === 8 ? 4 : 3)) return null
  // References between the structures are relative to the module in 64-bit programs, absolute in 32-bit ones.
  const base = pointerSize === 8 ? parameters[3]! : 0n
  const follow = (address: bigint | null) => {
    const reference = address === null ? null : dump.memory.readU32(address)
    return reference ? base + BigInt(reference) : null
  }
  const throwInfo = parameters[2]! || null
  const types = follow(throwInfo && throwInfo + 12n)
  const firstType = follow(types && types + 4n)
  const descriptor = follow(firstType && firstType + 4n)
  return descriptor === null ? null : nameAt(dump, descriptor + 2n * BigInt(pointerSize))
}

function nameAt({ memory }: Minidump, address: bigint): string | null {
  const region = memory.regionAt(address)
  if (!region) return null
  const from = Number(address - region.base)
  const bytes = region.bytes.subarray(from, from + maxNameBytes)
  const end = bytes.indexOf(0)
  const name = end > 0 ? String.fromCharCode(...bytes.subarray(0, end)) : ''
  return /^[ -~]+$/.test(name) ? undecorated(name) : null
}

/** `.?AVerror@ns@@` is the class `ns::error`; templates and other types stay decorated. */
function undecorated(name: string): string {
  const plain = /^\.\?A(?:[UVT]|W4)([\w@]+)@@$/.exec(name)?.[1]
  return plain === undefined ? name : plain.split('@').reverse().join('::')
}

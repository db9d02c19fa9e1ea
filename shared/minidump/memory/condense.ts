// Dumps with all the memory of a process: reduced to the parts that a stack walk reads, so that the rest is never loaded.
import { concatBytes, sizeOfAll } from '../../bytes/concat.ts'
import { CrashError } from '../../errors.ts'
import { ascending } from '../../text/ascending.ts'
import type { Bytes } from '../../units.ts'
import { streamTypes } from '../format.ts'
import { type Minidump, readMinidump, type StreamEntry } from '../minidump.ts'

/** A dump that is read by ranges. */
export interface DumpSource {
  readonly size: Bytes
  /** @throws CrashError when the range is not inside the dump */
  read(offset: number, length: number): Uint8Array
}

/** The directory is at the start of a dump. */
const headBytes: Bytes = 64 * 1024
/** Maximum size of everything but the memory. */
const maxRest: Bytes = 512 * 1024 * 1024
/** Memory kept above each stack pointer, and around other addresses that registers contain. */
const stackBytes = 4n * 1024n * 1024n
const aroundBytes = 4096n
/** Maximum size of the memory that is kept. Deep stacks of many threads become shorter. */
const maxKept: Bytes = 256 * 1024 * 1024

/** Addresses from `from` (inclusive) to `to` (exclusive). */
interface Range {
  from: bigint
  to: bigint
}

/** A region of the process's memory, and where the dump has it. */
interface Stored extends Range {
  offset: number
}

/**
 * The same dump with only the memory at stacks and at addresses in registers. Streams after the memory are lost.
 * @throws CrashError 'bad-dump'; 'limit' if the dump is large for another reason than its Memory64List
 */
export function condenseDump(source: DumpSource): Uint8Array {
  const head = readMinidump(source.read(0, Math.min(headBytes, source.size)))
  const entry = head.streams.findLast(({ type }) => type === streamTypes.memory64List)
  if (!entry) throw new CrashError('limit', 'the dump is too large, and not because of a Memory64List')
  const { start, regions } = readRegions(source, entry, head.littleEndian)
  if (start > maxRest) throw new CrashError('limit', `the dump has ${start} bytes besides its memory`)
  const rest = source.read(0, start)
  const kept = intersect(regions, wantedRanges(readMinidump(rest)))
  const chunks = kept.map(({ from, to, offset }) => source.read(offset, Number(to - from)))
  return assemble(head, entry, rest, { kept, chunks })
}

function readRegions(source: DumpSource, { rva, size }: StreamEntry, littleEndian: boolean) {
  if (size > maxRest) throw new CrashError('limit', `the list of memory regions has ${size} bytes`)
  const bytes = source.read(rva, size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = (offset: number) => (offset + 8 <= size ? view.getBigUint64(offset, littleEndian) : 0n)
  const start = Number(at(8))
  const regions: Stored[] = []
  let offset = start
  for (let i = 16; i + 16 <= size; i += 16) {
    const [from, length] = [at(i), at(i + 8)]
    // The rest of a truncated dump is missing.
    if (offset + Number(length) > source.size) break
    regions.push({ from, to: from + length, offset })
    offset += Number(length)
  }
  return { start, regions }
}

/** What a walk may read, sorted, without overlaps. */
function wantedRanges({ threads, exception }: Minidump): Range[] {
  const limit = BigInt(Math.floor(maxKept / Math.max(1, threads.length)))
  const depth = limit < stackBytes ? limit : stackBytes
  const contexts = [...threads.map(({ context }) => context), exception?.context ?? null]
  const stacks = [
    ...threads.map(({ stackStart }) => stackStart),
    ...contexts.flatMap((context) => (context ? [context.stackPointer] : [])),
  ]
  const others = [
    ...threads.map(({ teb }) => teb),
    ...contexts.flatMap((context) => (context ? [context.instructionPointer] : [])),
    ...(exception?.context?.values ?? []),
  ]
  const around = (address: bigint, after: bigint): Range => ({
    from: address > aroundBytes ? address - aroundBytes : 0n,
    to: address + after,
  })
  const ranges = [
    ...stacks.map((address) => around(address, depth)),
    ...others.map((address) => around(address, aroundBytes)),
  ]
  return merged(ranges)
}

const byStart = (a: Range, b: Range) => ascending(a.from, b.from)

function merged(ranges: Range[]): Range[] {
  const out: Range[] = []
  for (const range of ranges.sort(byStart)) {
    const last = out.at(-1)
    if (last && range.from <= last.to) last.to = range.to > last.to ? range.to : last.to
    else out.push({ ...range })
  }
  return out
}

/** The parts of regions inside the wanted ranges, up to `maxKept` bytes. */
function intersect(regions: Stored[], wanted: readonly Range[]): Stored[] {
  const out: Stored[] = []
  let bytes = 0
  let next = 0
  for (const region of regions.sort(byStart)) {
    while (next < wanted.length && wanted[next]!.to <= region.from) next++
    for (let i = next; i < wanted.length && wanted[i]!.from < region.to; i++) {
      const from = wanted[i]!.from > region.from ? wanted[i]!.from : region.from
      const to = wanted[i]!.to < region.to ? wanted[i]!.to : region.to
      bytes += Number(to - from)
      if (bytes > maxKept) return out
      out.push({ from, to, offset: region.offset + Number(from - region.from) })
    }
  }
  return out
}

/** The rest of the dump, then the kept memory and its list, to which the directory then refers. */
function assemble(
  { header, streams, littleEndian }: Minidump,
  entry: StreamEntry,
  rest: Uint8Array,
  { kept, chunks }: { kept: readonly Stored[]; chunks: readonly Uint8Array[] },
): Uint8Array {
  const list = new DataView(new ArrayBuffer(16 + 16 * kept.length))
  list.setBigUint64(0, BigInt(kept.length), littleEndian)
  list.setBigUint64(8, BigInt(rest.length), littleEndian)
  for (const [i, { from, to }] of kept.entries()) {
    list.setBigUint64(16 + 16 * i, from, littleEndian)
    list.setBigUint64(24 + 16 * i, to - from, littleEndian)
  }
  const all = concatBytes([rest, ...chunks, new Uint8Array(list.buffer)])
  const directory = new DataView(
    all.buffer,
    all.byteOffset + header.directoryRva + 12 * streams.indexOf(entry),
  )
  directory.setUint32(4, list.byteLength, littleEndian)
  directory.setUint32(8, rest.length + sizeOfAll(chunks), littleEndian)
  return all
}

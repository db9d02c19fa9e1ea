// The streams of a PDB that describe its other streams (https://llvm.org/docs/PDB/PdbStream.html, https://llvm.org/docs/PDB/DbiStream.html).
import { ByteCursor } from '../byte-cursor.ts'
import { type ByteSource, decodeText, emptySource, partOf, textAt, withPages } from '../byte-source.ts'
import { debugIdOfGuid } from '../identity.ts'
import { DamagedError } from '../module-symbols.ts'
import { AddressMap } from './address-map.ts'
import { Msf } from './msf.ts'

export interface PdbModuleInfo {
  name: string
  stream: number
  symbolBytes: number
  oldLineBytes: number
  lineBytes: number
}

export interface PdbFile {
  msf: Msf
  debugId: string
  arch: string | null
  /** Reads the list, which may have megabytes. */
  readModules(): readonly PdbModuleInfo[]
  addresses: AddressMap
  /** Symbols of the whole program, among them the public ones. */
  symbols: ByteSource
  /** Texts by offset. */
  names: ByteSource
  /** Frame data of 32-bit programs, new and old. */
  frameData: ByteSource
  oldFrameData: ByteSource
}

const archs: ReadonlyMap<number, string> = new Map([
  [0x14c, 'x86'],
  [0x8664, 'x86_64'],
  [0x1c4, 'arm'],
  [0xaa64, 'arm64'],
])
const headerBytes = 64
/** Positions in the list of optional debug streams. */
const debugStream = { fpo: 0, omapFromSource: 4, sections: 5, newFpo: 9, originalSections: 10 } as const

/** @throws DamagedError, RangeError when the streams that everything depends on cannot be read */
export function readPdb(source: ByteSource): PdbFile {
  const msf = new Msf(source)
  const info = new ByteCursor(msf.stream(1).read(0, 1 << 20))
  if (info.end === 0) throw new DamagedError('the PDB has no info stream')
  info.at = 8
  const infoAge = info.u32()
  const guid = info.take(16)
  const streams = namedStreams(info)
  const dbi = msf.stream(3)
  const header = dbi.size >= headerBytes ? readDbiHeader(dbi) : null
  const optional = header?.optional ?? []
  const streamOf = (position: number) => {
    const index = optional[position] ?? 0xffff
    return index === 0xffff ? emptySource : msf.stream(index)
  }
  const original = streamOf(debugStream.originalSections)
  const sections = original.size > 0 ? original : streamOf(debugStream.sections)
  return {
    msf,
    debugId: debugIdOfGuid(guid, header?.age ?? infoAge),
    arch: archs.get(header?.machine ?? 0) ?? null,
    readModules: () => (header ? readModules(dbi, header.moduleBytes) : []),
    addresses: new AddressMap(sections.read(0, 40 * 4096), streamOf(debugStream.omapFromSource)),
    symbols: header ? msf.stream(header.symbolStream) : emptySource,
    names: namesOf(msf, streams),
    frameData: streamOf(debugStream.newFpo),
    oldFrameData: streamOf(debugStream.fpo),
  }
}

function readDbiHeader(dbi: ByteSource) {
  const cursor = new ByteCursor(dbi.read(0, headerBytes))
  cursor.at = 8
  const age = cursor.u32()
  cursor.at = 20
  const symbolStream = cursor.u16()
  cursor.at = 24
  const [moduleBytes, contributions, map, sources, servers] = [0, 0, 0, 0, 0].map(() => cursor.u32())
  cursor.skip(4)
  const optionalBytes = cursor.u32()
  const editBytes = cursor.u32()
  cursor.skip(2)
  const machine = cursor.u16()
  const before = headerBytes + moduleBytes! + contributions! + map! + sources! + servers! + editBytes
  const bytes = new ByteCursor(dbi.read(before, Math.min(optionalBytes, 64)))
  const optional = Array.from({ length: Math.floor(bytes.end / 2) }, () => bytes.u16())
  return { age, symbolStream, moduleBytes: moduleBytes!, machine, optional }
}

function readModules(dbi: ByteSource, size: number): PdbModuleInfo[] {
  const cursor = new ByteCursor(dbi.read(headerBytes, size))
  const modules: PdbModuleInfo[] = []
  while (cursor.at + 64 < cursor.end) {
    cursor.skip(34)
    const stream = cursor.u16()
    const [symbolBytes, oldLineBytes, lineBytes] = [cursor.u32(), cursor.u32(), cursor.u32()]
    cursor.skip(16)
    const name = decodeText(cursor.nulTerminated())
    cursor.nulTerminated()
    cursor.at = (cursor.at + 3) & ~3
    if (stream !== 0xffff) modules.push({ name, stream, symbolBytes, oldLineBytes, lineBytes })
  }
  return modules
}

/** Streams by name: a hash table of offsets into a buffer of texts. */
function namedStreams(cursor: ByteCursor): ReadonlyMap<string, number> {
  const texts = cursor.take(cursor.u32())
  cursor.skip(4)
  const capacity = cursor.u32()
  const present = Array.from({ length: cursor.u32() }, () => cursor.u32())
  cursor.skip(4 * cursor.u32())
  const streams = new Map<string, number>()
  for (let i = 0; i < Math.min(capacity, present.length * 32); i++) {
    if (((present[i >>> 5]! >>> (i & 31)) & 1) === 0) continue
    const at = cursor.u32()
    const end = texts.indexOf(0, at)
    streams.set(decodeText(texts.subarray(at, end < 0 ? texts.length : end)), cursor.u32())
  }
  return streams
}

function namesOf(msf: Msf, streams: ReadonlyMap<string, number>): ByteSource {
  const index = streams.get('/names')
  const stream = index === undefined ? emptySource : msf.stream(index)
  return stream.size < 12 ? emptySource : withPages(partOf(stream, 12, stream.size - 12))
}

export const nameAt = ({ names }: PdbFile, offset: number): string => textAt(names, offset)

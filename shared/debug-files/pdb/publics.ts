// Public symbols of a PDB: the decorated names that the linker used.
import { ByteCursor } from '../byte-cursor.ts'
import { decodeText } from '../byte-source.ts'
import type { PdbFile } from './pdb-file.ts'

export interface PublicSymbol {
  address: number
  /** As the compiler decorated it. */
  name: string
}

const publicKind = 0x110e
const chunkBytes = 1 << 20

/** Symbols in code, sorted by address. Constants among them are skipped. */
export function readPublics(pdb: PdbFile): PublicSymbol[] {
  const found: PublicSymbol[] = []
  for (let at = 0; at + 4 <= pdb.symbols.size; ) {
    const cursor = new ByteCursor(pdb.symbols.read(at, chunkBytes))
    const read = readChunk(cursor, pdb, found)
    if (read === 0) break
    at += read
  }
  return found.sort((a, b) => a.address - b.address)
}

/** Bytes of whole records. */
function readChunk(cursor: ByteCursor, { addresses }: PdbFile, found: PublicSymbol[]): number {
  let done = 0
  while (cursor.at + 4 <= cursor.end) {
    const end = cursor.at + 2 + cursor.u16()
    if (end > cursor.end) break
    if (cursor.u16() === publicKind && cursor.at + 10 < end) {
      cursor.skip(4)
      const offset = cursor.u32()
      const section = cursor.u16()
      const nul = cursor.bytes.indexOf(0, cursor.at)
      const name = decodeText(cursor.bytes.subarray(cursor.at, nul < 0 ? end : Math.min(nul, end)))
      const address =
        addresses.isCode(section) && !isConstant(name) ? addresses.address(section, offset) : null
      if (address !== null && name !== '') found.push({ address, name })
    }
    cursor.at = end
    done = end
  }
  return done
}

const isConstant = (name: string) => /^(\?\?_C@|__real@|__xmm@|__ymm@|__zmm@)/.test(name)

/** Bytes of stack parameters by the decoration of `stdcall`, `fastcall` and `vectorcall`; null for others. */
export function parameterBytes(name: string): number | null {
  const vector = /^[^?@][^?]*@@(\d+)$/.exec(name)
  if (vector) return Number(vector[1])
  const fast = /^@[^?@]+@(\d+)$/.exec(name)
  if (fast) return Math.max(0, Number(fast[1]) - 8)
  const standard = /^_[^?@]+@(\d+)$/.exec(name)
  return standard ? Number(standard[1]) : null
}

/** A C name without the marks of its calling convention on 32-bit Windows; decorated C++ names stay. */
export const plainName = (name: string): string =>
  name.startsWith('?') ? name : name.replace(/^[_@]?([^?@]+?)@{1,2}\d+$/, '$1').replace(/^_(?=[A-Za-z_])/, '')

// Symbol files of any size, made by code with the mix of records of a C++ program with inlined functions, and their
// indexes. A file of 1 GB is never in memory: its index is joined from those of its parts.
import { parseSymFile } from '../../shared/symbols/sym/parse.ts'
import { deflatePage } from '../../shared/symbols/sources/symdex-cache.node.ts'
import { decodeRoot, encodeSymdex, type StoredPage } from '../../shared/symbols/symdex/format.ts'
import { buildSymdex } from '../../shared/symbols/symdex/writer.ts'

const functionsPerPart = 2000
const functionBytes = 0x400
const linesPerFunction = 32
const inlinesPerFunction = 34
const originsPerPart = 9900
const files = 400
const partBytes = functionsPerPart * functionBytes

export interface LargeSymbols {
  symdex: Uint8Array
  textBytes: number
  /** Addresses below this have a symbol. */
  addressEnd: number
}

/** The index of a file of `parts` times about 4.6 MB of text. */
export function makeLargeSymbols(debugId: string, debugFile: string, parts: number): LargeSymbols {
  const header = `MODULE Linux x86_64 ${debugId} ${debugFile}\n`
  const encoder = new TextEncoder()
  const pages: StoredPage[] = []
  let textBytes = 0
  let info = null
  for (let part = 0; part < parts; part++) {
    const text = encoder.encode(header + partText(part))
    textBytes += text.length
    const symdex = buildSymdex(parseSymFile(text), deflatePage)
    info = decodeRoot(symdex).info
    pages.push(...pagesOf(symdex))
  }
  const symdex = encodeSymdex({ info: info!, corrupt: false, badLines: 0 }, pages)
  return { symdex, textBytes, addressEnd: parts * partBytes }
}

function pagesOf(symdex: Uint8Array): StoredPage[] {
  const { address, rawLength, offset } = decodeRoot(symdex)
  return Array.from(address, (start, page) => ({
    address: start,
    rawLength: rawLength[page]!,
    stored: symdex.slice(offset[page]!, offset[page + 1]!),
  }))
}

/** The same index for another module. */
export function forModule(symdex: Uint8Array, debugId: string, debugFile: string): Uint8Array {
  const info = { ...decodeRoot(symdex).info, debugId, debugFile }
  return encodeSymdex({ info, corrupt: false, badLines: 0 }, pagesOf(symdex))
}

/** Names are unique; the sequence is the same in every run. */
function partText(part: number): string {
  const next = sequence(part + 1)
  const out: string[] = []
  for (let i = 0; i < files; i++)
    out.push(`FILE ${i} /builds/worker/checkouts/gecko/part${part}/component${i % 40}/Source${i}.cpp`)
  for (let i = 0; i < originsPerPart; i++)
    out.push(
      `INLINE_ORIGIN ${i} mozilla::part${part}::Component${i % 300}::method_${i}(std::vector<int>&, int)`,
    )
  for (let i = 0; i < functionsPerPart; i++) {
    const start = part * partBytes + i * functionBytes
    out.push(
      `FUNC ${hex(start)} ${hex(functionBytes)} 0 mozilla::part${part}::Class${i % 200}::function_${i}(nsTArray<RefPtr<Node>> const&, bool)`,
    )
    for (let k = 0; k < inlinesPerFunction; k++) {
      const at = start + (k >> 1) * 0x38
      const size = k & 1 ? 0x10 : 0x30
      out.push(`INLINE ${k & 1} ${next(4000)} ${next(files)} ${next(originsPerPart)} ${hex(at)} ${hex(size)}`)
    }
    for (let k = 0; k < linesPerFunction; k++)
      out.push(`${hex(start + k * 0x20)} 20 ${next(4000)} ${next(files)}`)
  }
  return `${out.join('\n')}\n`
}

const hex = (value: number) => value.toString(16)

/** Numbers below a limit, the same for each seed (mulberry32). */
export function sequence(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % limit
  }
}

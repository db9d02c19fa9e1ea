// Symbols of one object file in a PDB (https://llvm.org/docs/PDB/ModiStream.html, cvinfo.h of microsoft-pdb).
import { ByteCursor } from '../byte-cursor.ts'
import { decodeText } from '../byte-source.ts'

const kinds = {
  end: 0x0006,
  thunk: 0x1102,
  block: 0x1103,
  localProcedure: 0x110f,
  globalProcedure: 0x1110,
  separatedCode: 0x1132,
  localProcedureId: 0x1146,
  globalProcedureId: 0x1147,
  inlineSite: 0x114d,
  inlineSiteEnd: 0x114e,
  procedureIdEnd: 0x114f,
  localProcedureDpc: 0x1155,
  localProcedureDpcId: 0x1156,
  inlineSite2: 0x115d,
} as const
const procedures = new Set<number>([
  kinds.localProcedure,
  kinds.globalProcedure,
  kinds.localProcedureId,
  kinds.globalProcedureId,
  kinds.localProcedureDpc,
  kinds.localProcedureDpcId,
])

export interface InlineSite {
  depth: number
  /** Position in the list of sites, or -1 for the procedure itself. */
  parent: number
  /** Index of the function's ID. */
  inlinee: number
  annotations: Uint8Array
}

export interface Procedure {
  section: number
  offset: number
  size: number
  name: string
  /** Parents come before their children. */
  sites: InlineSite[]
  /** For code that was split off: where the function is that it belongs to. */
  parent: { section: number; offset: number } | null
}

const maxDepth = 1000

/** Procedures with their inlined calls. `symbols`: the symbols of a module stream, with its signature. */
export function readProcedures(symbols: Uint8Array): Procedure[] {
  const reader = new ModuleReader(symbols)
  reader.run()
  return reader.procedures
}

class ModuleReader {
  readonly procedures: Procedure[] = []
  private readonly cursor: ByteCursor
  /** Open scopes: the position of an inline site, or -1 for others. */
  private readonly scopes: number[] = []
  private current: Procedure | null = null

  constructor(symbols: Uint8Array) {
    this.cursor = new ByteCursor(symbols)
    this.cursor.at = 4
  }

  run(): void {
    const { cursor } = this
    while (cursor.at + 4 <= cursor.end && this.scopes.length < maxDepth) {
      const end = cursor.at + 2 + cursor.u16()
      if (end > cursor.end) return
      this.record(cursor.u16(), end)
      cursor.at = end
    }
  }

  private record(kind: number, end: number): void {
    if (procedures.has(kind)) {
      this.procedure(end)
      return
    }
    switch (kind) {
      case kinds.thunk:
        this.thunk(end)
        return
      case kinds.block:
        this.scopes.push(-1)
        return
      case kinds.separatedCode:
        this.separated()
        return
      case kinds.inlineSite:
      case kinds.inlineSite2:
        this.inlineSite(kind, end)
        return
      case kinds.end:
      case kinds.inlineSiteEnd:
      case kinds.procedureIdEnd:
        this.scopes.pop()
        if (this.scopes.length === 0) this.current = null
    }
  }

  /** Procedures are not nested: scopes that damage left open belong to the one before. */
  private open(procedure: Procedure): void {
    this.scopes.splice(0, this.scopes.length, -1)
    this.procedures.push(procedure)
    this.current = procedure
  }

  private procedure(end: number): void {
    const { cursor } = this
    cursor.skip(12)
    const size = cursor.u32()
    cursor.skip(12)
    const offset = cursor.u32()
    const section = cursor.u16()
    cursor.skip(1)
    this.open({ section, offset, size, name: this.text(end), sites: [], parent: null })
  }

  private thunk(end: number): void {
    const { cursor } = this
    cursor.skip(12)
    const offset = cursor.u32()
    const section = cursor.u16()
    const size = cursor.u16()
    cursor.skip(1)
    this.open({ section, offset, size, name: this.text(end), sites: [], parent: null })
  }

  private separated(): void {
    const { cursor } = this
    cursor.skip(8)
    const size = cursor.u32()
    cursor.skip(4)
    const offset = cursor.u32()
    const parentOffset = cursor.u32()
    const section = cursor.u16()
    const parent = { section: cursor.u16(), offset: parentOffset }
    this.open({ section, offset, size, name: '', sites: [], parent })
  }

  private inlineSite(kind: number, end: number): void {
    const { cursor, current } = this
    const parent = this.scopes.findLast((scope) => scope >= 0) ?? -1
    cursor.skip(8)
    const inlinee = cursor.u32()
    if (kind === kinds.inlineSite2) cursor.skip(4)
    const depth = parent < 0 ? 0 : current!.sites[parent]!.depth + 1
    this.scopes.push(current ? current.sites.length : -1)
    current?.sites.push({ depth, parent, inlinee, annotations: cursor.bytes.subarray(cursor.at, end) })
  }

  private text(end: number): string {
    const { cursor } = this
    const nul = cursor.bytes.indexOf(0, cursor.at)
    return decodeText(cursor.bytes.subarray(cursor.at, nul < 0 ? end : Math.min(nul, end)))
  }
}

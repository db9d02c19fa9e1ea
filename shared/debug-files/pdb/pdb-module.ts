// Functions, lines, inlined calls and frame data of a PDB.

import { readableName } from '../../demangle/demangle.ts'
import { withPages } from '../byte-source.ts'
import { addCodeSymbols } from '../code-symbols.ts'
import type { ModuleIdentity, ModuleSymbols } from '../module-symbols.ts'
import { joinPath } from '../paths.ts'
import { type FrameData, readFrameData } from './frame-data.ts'
import { inlineRows } from './inline-rows.ts'
import { type LineRow, type ModuleLines, readLines, rowsWithin } from './lines.ts'
import { type Procedure, readProcedures } from './module-stream.ts'
import { nameAt, type PdbFile, type PdbModuleInfo } from './pdb-file.ts'
import { type PublicSymbol, parameterBytes, plainName, readPublics } from './publics.ts'
import { TypeNames } from './type-names.ts'

/** A PDB alone does not tell the code ID of its program. */
export const pdbIdentity = (pdb: PdbFile, fileName: string): ModuleIdentity => ({
  os: 'windows',
  arch: pdb.arch ?? 'unknown',
  debugId: pdb.debugId,
  debugFile: fileName,
  codeId: null,
  codeFile: null,
})

export interface PdbOptions {
  /** Called after each object file with how many were read, and all. */
  onProgress?: ((done: number, all: number) => void) | undefined
}

export function addPdb(module: ModuleSymbols, pdb: PdbFile, options: PdbOptions = {}): void {
  const output = new PdbOutput(module, pdb)
  module.attempt('frame data', () => output.addFrameData())
  let modules: readonly PdbModuleInfo[] = []
  module.attempt('the list of object files', () => {
    modules = pdb.readModules()
  })
  for (const [i, info] of modules.entries()) {
    module.attempt(`the symbols of ${info.name}`, () => output.addModule(info))
    options.onProgress?.(i + 1, modules.length)
  }
  module.attempt('public symbols', () => output.addPublics())
}

class PdbOutput {
  private readonly module: ModuleSymbols
  private readonly pdb: PdbFile
  private readonly types: TypeNames
  private readonly publics: readonly PublicSymbol[]
  private readonly decorated = new Map<number, string>()
  private readonly names = new Map<string, string>()
  private parametersAt: ReadonlyMap<number, number> = new Map()

  constructor(module: ModuleSymbols, pdb: PdbFile) {
    this.module = module
    this.pdb = pdb
    this.types = new TypeNames(pdb.msf)
    this.publics = readPublics(pdb)
    for (const { address, name } of this.publics)
      if (!this.decorated.has(address)) this.decorated.set(address, name)
  }

  addFrameData(): void {
    const records = readFrameData(this.pdb).sort((a, b) => a.start - b.start || b.size - a.size)
    for (const { text } of records) this.module.win.push(text)
    this.parametersAt = new Map(records.map((record: FrameData) => [record.start, record.parameterBytes]))
  }

  addModule(info: PdbModuleInfo): void {
    const stream = withPages(this.pdb.msf.stream(info.stream), { maxPages: 4 })
    const lines = readLines(stream.read(info.symbolBytes + info.oldLineBytes, info.lineBytes))
    const files = new FileNumbers(this.module, this.pdb, lines)
    for (const procedure of readProcedures(stream.read(0, info.symbolBytes)))
      this.addProcedure(procedure, lines, files)
  }

  /** Names of public symbols where no procedure is. */
  addPublics(): void {
    const symbols = this.publics.map(({ address, name }) => ({ address, size: 0, name: plainName(name) }))
    addCodeSymbols(this.module, symbols)
  }

  private addProcedure(procedure: Procedure, lines: ModuleLines, files: FileNumbers): void {
    const { section, offset, size } = procedure
    const original = this.pdb.addresses.original(section, offset)
    if (original === null || size === 0) return
    const ranges = this.pdb.addresses.ranges(original, size)
    const name = this.nameOf(procedure)
    const contents = ranges.length > 0 ? new ProcedureLines(procedure, lines) : null
    for (const range of ranges) {
      const shift = range.start - (offset + (range.original - original))
      const record = {
        start: range.start,
        size: range.size,
        name,
        parameterSize: this.parameters(range.start),
      }
      if (!this.module.addFunction(record)) continue
      const from = offset + (range.original - original)
      contents!.add({
        from,
        to: from + range.size,
        shift,
        module: this.module,
        files,
        nameOf: this.inlineeName,
      })
    }
  }

  private readonly inlineeName = (inlinee: number): string => this.types.functionName(inlinee)

  private parameters(address: number): number {
    if (this.pdb.arch !== 'x86') return 0
    const name = this.decorated.get(address)
    return (name && parameterBytes(name)) || (this.parametersAt.get(address) ?? 0)
  }

  private nameOf({ name, parent, section, offset }: Procedure): string {
    const key = `${section}:${offset}`
    if (name !== '') this.names.set(key, name)
    if (name !== '' || !parent) return readableName(name)
    return this.names.get(`${parent.section}:${parent.offset}`) ?? ''
  }
}

/** Numbers of files in the symbol file. */
class FileNumbers {
  private readonly module: ModuleSymbols
  private readonly pdb: PdbFile
  private readonly lines: ModuleLines
  private readonly known = new Map<number, number>()

  constructor(module: ModuleSymbols, pdb: PdbFile, lines: ModuleLines) {
    this.module = module
    this.pdb = pdb
    this.lines = lines
  }

  of(file: number): number {
    let number = this.known.get(file)
    if (number === undefined) {
      const at = this.lines.fileName(file)
      const path = at === undefined ? '' : joinPath([nameAt(this.pdb, at)])
      number = this.module.files.numberOf(path || '<unknown>')
      this.known.set(file, number)
    }
    return number
  }
}

interface RangeOutput {
  /** Offsets in the section. */
  from: number
  to: number
  /** What turns an offset into an address. */
  shift: number
  module: ModuleSymbols
  files: FileNumbers
  nameOf(inlinee: number): string
}

/** Rows of one procedure: its own, and those of every inlined call. */
class ProcedureLines {
  private readonly own: LineRow[]
  private readonly sites: { depth: number; parent: number; inlinee: number; rows: LineRow[] }[]
  private readonly innermost: readonly LineRow[]

  constructor({ section, offset, size, sites }: Procedure, lines: ModuleLines) {
    const end = offset + size
    this.own = rowsWithin(lines.rows.get(section) ?? [], offset, end)
    this.sites = sites.map(({ depth, parent, inlinee, annotations }) => {
      const source = lines.inlinees.get(inlinee) ?? { file: -1, line: 0 }
      return { depth, parent, inlinee, rows: inlineRows(annotations, { start: offset, end, ...source }) }
    })
    this.innermost = this.innermostRows()
  }

  /** Adds inlined calls, and lines that name the innermost place. */
  add(output: RangeOutput): void {
    const { from, to, shift, module, files } = output
    module.spend(this.sites.length)
    for (const site of this.sites) {
      const ranges = joined(site.rows.filter((row) => row.end > from && row.start < to))
      if (ranges.length === 0) continue
      const caller = this.rowAt(site.parent, ranges[0]!)
      module.addInline({
        depth: site.depth,
        callLine: caller?.line ?? 0,
        callFile: files.of(caller?.file ?? -1),
        origin: module.originOf(output.nameOf(site.inlinee)),
        ranges: ranges.map((value, i) => (i % 2 === 0 ? value + shift : value)),
      })
    }
    for (const row of rowsWithin(this.innermost, from, to))
      if (row.line > 0)
        module.addLine({
          start: row.start + shift,
          size: row.end - row.start,
          line: row.line,
          file: files.of(row.file),
        })
  }

  /** The line of the caller at the first byte of a call. */
  private rowAt(parent: number, offset: number): LineRow | undefined {
    const rows = parent < 0 ? this.own : this.sites[parent]!.rows
    return rows.find((row) => row.start <= offset && offset < row.end)
  }

  /** Deeper calls cover what is above them. */
  private innermostRows(): LineRow[] {
    const byDepth = Map.groupBy(this.sites, ({ depth }) => depth)
    let rows = this.own
    for (const depth of [...byDepth.keys()].sort((a, b) => a - b)) {
      const upper = byDepth.get(depth)!.flatMap((site) => site.rows)
      rows = covered(
        rows,
        upper.sort((a, b) => a.start - b.start),
      )
    }
    return merged(rows)
  }
}

/** Pairs of start and size; touching rows are one range. */
function joined(rows: readonly LineRow[]): number[] {
  const ranges: number[] = []
  for (const { start, end } of rows) {
    const last = ranges.length - 2
    if (last >= 0 && ranges[last]! + ranges[last + 1]! >= start)
      ranges[last + 1] = Math.max(ranges[last + 1]!, end - ranges[last]!)
    else ranges.push(start, end - start)
  }
  return ranges
}

/** `lower` where `upper` has nothing; both sorted. */
function covered(lower: readonly LineRow[], upper: readonly LineRow[]): LineRow[] {
  const result: LineRow[] = []
  let next = 0
  for (const row of lower) {
    let at = row.start
    while (next < upper.length && upper[next]!.end <= at) next++
    for (let i = next; i < upper.length && upper[i]!.start < row.end; i++) {
      if (upper[i]!.start > at) result.push({ ...row, start: at, end: upper[i]!.start })
      at = Math.max(at, upper[i]!.end)
    }
    if (at < row.end) result.push({ ...row, start: at })
  }
  return [...result, ...upper].sort((a, b) => a.start - b.start)
}

/** Touching rows of one line become one. */
function merged(rows: readonly LineRow[]): LineRow[] {
  const result: LineRow[] = []
  for (const row of rows) {
    const last = result.at(-1)
    if (last && last.end === row.start && last.line === row.line && last.file === row.file) last.end = row.end
    else result.push({ ...row })
  }
  return result
}

// Abbreviation tables (DWARF 5 §7.5.3): which attributes the entries of a kind have.
import { ByteCursor } from '../byte-cursor.ts'
import type { ByteSource } from '../byte-source.ts'
import { form, type UnitEncoding } from './forms.ts'

export interface Abbreviation {
  tag: number
  hasChildren: boolean
  attributes: readonly number[]
  forms: readonly number[]
  /** Values of the form implicit_const, at the position of the attribute. */
  constants: readonly number[]
  /** Made when the first entry is read. */
  plan: AttributePlan | null
}

/** How the attributes of an abbreviation are read in units of one encoding: see `Entry`. */
export interface AttributePlan {
  readonly steps: readonly number[]
  /** False: attributes of the entry are of no interest. */
  readonly readsFields: boolean
  fits(encoding: UnitEncoding): boolean
}

export type AbbreviationTable = ReadonlyMap<number, Abbreviation>

const maxTables = 256
const readBytes = 1 << 20

/** Tables by offset in `.debug_abbrev`, shared by units. */
export class Abbreviations {
  private readonly section: ByteSource
  private readonly littleEndian: boolean
  private readonly spend: (work: number) => void
  private readonly tables = new Map<number, AbbreviationTable>()

  constructor(section: ByteSource, options: { littleEndian: boolean; spend: (work: number) => void }) {
    this.section = section
    this.littleEndian = options.littleEndian
    this.spend = options.spend
  }

  /** @throws RangeError when the table is damaged */
  tableAt(offset: number): AbbreviationTable {
    const known = this.tables.get(offset)
    if (known) return known
    const table = this.read(offset)
    if (this.tables.size >= maxTables) this.tables.delete(this.tables.keys().next().value!)
    this.tables.set(offset, table)
    return table
  }

  private read(offset: number): AbbreviationTable {
    for (let length = 4096; ; length *= 8) {
      const bytes = this.section.read(offset, length)
      this.spend(Math.floor(bytes.length / 64))
      try {
        return readTable(new ByteCursor(bytes, this.littleEndian))
      } catch (error) {
        if (!(error instanceof RangeError) || bytes.length < length || length >= readBytes * 64) throw error
      }
    }
  }
}

function readTable(cursor: ByteCursor): AbbreviationTable {
  const table = new Map<number, Abbreviation>()
  for (let code = cursor.uleb(); code !== 0; code = cursor.uleb()) {
    const tag = cursor.uleb()
    const hasChildren = cursor.u8() !== 0
    const attributes: number[] = []
    const forms: number[] = []
    const constants: number[] = []
    for (;;) {
      const attribute = cursor.uleb()
      const code = cursor.uleb()
      if (attribute === 0 && code === 0) break
      attributes.push(attribute)
      forms.push(code)
      constants.push(code === form.implicitConst ? cursor.sleb() : 0)
    }
    table.set(code, { tag, hasChildren, attributes, forms, constants, plan: null })
  }
  return table
}

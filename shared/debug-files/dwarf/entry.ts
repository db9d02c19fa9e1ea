// One debugging information entry: the attributes that symbol files need.
import type { ByteCursor } from '../byte-cursor.ts'
import type { Abbreviation } from './abbreviations.ts'
import { form, readForm, skipForm, type UnitEncoding } from './forms.ts'

/** Tags that matter here (DWARF 5 §7.5.3). */
export const tag = {
  classType: 0x02,
  enumerationType: 0x04,
  lexicalBlock: 0x0b,
  compileUnit: 0x11,
  structureType: 0x13,
  unionType: 0x17,
  inlinedSubroutine: 0x1d,
  module: 0x1e,
  subprogram: 0x2e,
  interfaceType: 0x38,
  namespace: 0x39,
  partialUnit: 0x3c,
  skeletonUnit: 0x4a,
} as const

/** Fields by attribute (DWARF 5 §7.5.4, and GNU extensions). */
const fields = {
  3: 'name',
  16: 'lineProgram',
  17: 'lowPc',
  18: 'highPc',
  19: 'language',
  27: 'directory',
  49: 'abstractOrigin',
  71: 'specification',
  85: 'ranges',
  88: 'callFile',
  89: 'callLine',
  110: 'linkageName',
  114: 'strOffsetsBase',
  115: 'addrBase',
  116: 'rangeListsBase',
  118: 'dwoName',
  8199: 'linkageName',
  8496: 'dwoName',
  8497: 'dwoId',
  8498: 'rangesBase',
  8499: 'addrBase',
} as const

export type Field = (typeof fields)[keyof typeof fields]

const fieldList = [...new Set(Object.values(fields))]
const fieldCount = fieldList.length
const indexOfField = Object.fromEntries(fieldList.map((field, i) => [field, i])) as Record<Field, number>
const fieldOf = new Map<number, number>(
  Object.entries(fields).map(([attribute, field]) => [Number(attribute), indexOfField[field]]),
)

/** Too long for a number: its position in the unit. */
const dwoId = indexOfField.dwoId

/** Reused for every entry of a walk. An absent attribute has form 0. */
export class Entry {
  /** In `.debug_info`. */
  offset = 0
  tag = 0
  hasChildren = false
  private readonly forms = new Uint16Array(fieldCount)
  private readonly values = new Float64Array(fieldCount)

  has(field: Field): boolean {
    return this.forms[indexOfField[field]] !== 0
  }

  form(field: Field): number {
    return this.forms[indexOfField[field]]!
  }

  value(field: Field): number {
    return this.values[indexOfField[field]]!
  }

  /** Reads the attributes of an entry after its abbreviation code. */
  read(cursor: ByteCursor, abbreviation: Abbreviation, unit: UnitEncoding): void {
    this.tag = abbreviation.tag
    this.hasChildren = abbreviation.hasChildren
    this.forms.fill(0)
    const { attributes, forms, constants } = abbreviation
    for (let i = 0; i < attributes.length; i++) {
      const field = fieldOf.get(attributes[i]!)
      let code = forms[i]!
      if (field === undefined) {
        skipForm(cursor, code, unit)
        continue
      }
      if (code === form.indirect) code = cursor.uleb()
      this.forms[field] = code
      if (field === dwoId) {
        this.values[field] = cursor.at
        skipForm(cursor, code, unit)
      } else this.values[field] = code === form.implicitConst ? constants[i]! : readForm(cursor, code, unit)
    }
  }
}

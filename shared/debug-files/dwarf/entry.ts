// One debugging information entry: the attributes that symbol files need.
import type { ByteCursor } from '../byte-cursor.ts'
import type { Abbreviation, AttributePlan } from './abbreviations.ts'
import { form, readForm, sizeOfForm, skipForm, type UnitEncoding } from './forms.ts'

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

/** Tags of which attributes are read; those of other entries are skipped. */
const readTags: ReadonlySet<number> = new Set(
  Object.values(tag).filter((value) => value !== tag.lexicalBlock),
)

/** What a step of a plan does; from 0: reads the field of this index. */
const skipBytes = -1
const skipValue = -2

/**
 * How the attributes of an abbreviation are read in units of one encoding, in steps of three numbers: a field's index,
 * the form and the implicit constant, or a constant of above and the number of bytes or the form to skip.
 */
class EntryPlan implements AttributePlan {
  readonly steps: readonly number[]
  readonly readsFields: boolean
  private readonly encoding: UnitEncoding

  constructor({ tag, attributes, forms, constants }: Abbreviation, unit: UnitEncoding) {
    this.encoding = unit
    const reads = readTags.has(tag)
    const steps: number[] = []
    for (const [i, attribute] of attributes.entries()) {
      const code = forms[i]!
      const field = reads ? fieldOf.get(attribute) : undefined
      const size = field === undefined ? sizeOfForm(code, unit) : -1
      if (field !== undefined) steps.push(field, code, constants[i]!)
      else if (size < 0) steps.push(skipValue, code, 0)
      else if (steps.at(-3) === skipBytes) steps[steps.length - 2]! += size
      else steps.push(skipBytes, size, 0)
    }
    this.steps = steps
    this.readsFields = reads
  }

  fits({ version, addressSize, offsetSize }: UnitEncoding): boolean {
    const own = this.encoding
    return own.version === version && own.addressSize === addressSize && own.offsetSize === offsetSize
  }
}

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

  /** Reads the attributes of an entry after its abbreviation code, those of interest. */
  read(cursor: ByteCursor, abbreviation: Abbreviation, unit: UnitEncoding): void {
    this.tag = abbreviation.tag
    this.hasChildren = abbreviation.hasChildren
    let { plan } = abbreviation
    if (!plan?.fits(unit)) plan = abbreviation.plan = new EntryPlan(abbreviation, unit)
    if (plan.readsFields) this.forms.fill(0)
    const { steps } = plan
    for (let i = 0; i < steps.length; i += 3) {
      const step = steps[i]!
      if (step === skipBytes) cursor.skip(steps[i + 1]!)
      else if (step === skipValue) skipForm(cursor, steps[i + 1]!, unit)
      else this.readField(step, { cursor, code: steps[i + 1]!, constant: steps[i + 2]!, unit })
    }
  }

  private readField(
    field: number,
    {
      cursor,
      code,
      constant,
      unit,
    }: { cursor: ByteCursor; code: number; constant: number; unit: UnitEncoding },
  ): void {
    const actual = code === form.indirect ? cursor.uleb() : code
    this.forms[field] = actual
    if (field === dwoId) {
      this.values[field] = cursor.at
      skipForm(cursor, actual, unit)
    } else this.values[field] = actual === form.implicitConst ? constant : readForm(cursor, actual, unit)
  }
}

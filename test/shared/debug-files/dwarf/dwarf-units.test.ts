// Units of DWARF, their entries, and the names of their functions.
import { describe, expect, test } from 'vitest'
import { sourceOfBytes } from '../../../../shared/debug-files/byte-source.ts'
import { SymbolIndex } from '../../../../shared/debug-files/code-symbols.ts'
import { addDwarf } from '../../../../shared/debug-files/dwarf/dwarf-symbols.ts'
import { Dwarf } from '../../../../shared/debug-files/dwarf/dwarf.ts'
import type { Unit } from '../../../../shared/debug-files/dwarf/unit.ts'
import { readFirstEntry, readUnits } from '../../../../shared/debug-files/dwarf/unit-reader.ts'
import { type ModuleIdentity, ModuleSymbols } from '../../../../shared/debug-files/module-symbols.ts'
import { createAssembler, fromHex } from '../../../support/assembler.ts'

const identity: ModuleIdentity = {
  ...{ os: 'Linux', arch: 'x86_64', debugId: null, debugFile: 'a', codeId: null, codeFile: null },
}

type Sections = Readonly<Record<string, Uint8Array>>

const imageOf = (sections: Sections, isCode = (_: number) => true) =>
  ({
    ...{ littleEndian: true, base: { high: 0, low: 0 }, arch: 'x86_64', isCode },
    addressSize: 8,
    debugSection: (name: string) => (name in sections ? sourceOfBytes(sections[name]!) : null),
  }) as const
const dwarfOf = (sections: Sections) => new Dwarf(imageOf(sections), () => undefined)

interface Header {
  version: number
  wide?: boolean
  type?: number
  id?: string
  abbreviationsAt?: number
  entries?: Uint8Array
}

function unitBytes({
  version,
  wide = false,
  type = 1,
  id = '',
  abbreviationsAt = 0,
  entries,
}: Header): Uint8Array {
  const body = createAssembler()
  const offset = () => (wide ? body.u64(abbreviationsAt) : body.u32(abbreviationsAt))
  body.u16(version)
  if (version >= 5) body.u8(type, 8)
  offset()
  if (version < 5) body.u8(8)
  body.bytes(fromHex(id)).bytes(entries ?? new Uint8Array(1))
  const bytes = body.finish()
  const a = createAssembler()
  if (wide) a.u32(0xffff_ffff).u64(bytes.length)
  else a.u32(bytes.length)
  return a.bytes(bytes).finish()
}

const unitsIn = (...units: Uint8Array[]) => readUnits(dwarfOf({ info: Buffer.concat(units) }))

describe('the header of a unit', () => {
  const id = '0102030405060708'
  test.each<[Header, Partial<Unit>]>([
    [{ version: 2 }, { entriesAt: 11, offsetSize: 4, strOffsetsBase: 0, addrBase: 0, dwoId: '' }],
    [
      { version: 4, abbreviationsAt: 7 },
      { entriesAt: 11, abbreviationsAt: 7, addressSize: 8 },
    ],
    [
      { version: 4, wide: true, abbreviationsAt: 7 },
      { entriesAt: 23, offsetSize: 8, abbreviationsAt: 7 },
    ],
    [{ version: 5 }, { entriesAt: 12, strOffsetsBase: 8, addrBase: 8, addressSize: 8, rangeListsBase: 0 }],
    [
      { version: 5, wide: true },
      { entriesAt: 24, strOffsetsBase: 16, addrBase: 16 },
    ],
    [
      { version: 5, type: 3 },
      { entriesAt: 12, dwoId: '' },
    ],
    [
      { version: 5, type: 4, id },
      { entriesAt: 20, dwoId: '0807060504030201' },
    ],
    [
      { version: 5, type: 5, id },
      { entriesAt: 20, dwoId: '0807060504030201' },
    ],
  ])('as in %j', (header, expected) => {
    const { units, isComplete } = unitsIn(unitBytes(header))
    expect(isComplete).toBe(true)
    expect(units).toHaveLength(1)
    const defaults = { offset: 0, version: header.version, isTypes: false, lowPc: null, dwoName: null }
    expect(units[0]).toMatchObject({
      ...defaults,
      lineProgram: null,
      name: '',
      isPartial: false,
      ...expected,
    })
  })

  test.each<Header>([{ version: 1 }, { version: 6 }, { version: 5, type: 2 }, { version: 5, type: 6 }])(
    'as in %j is skipped',
    (header) => {
      const { units, isComplete } = unitsIn(unitBytes({ ...header, id }), unitBytes({ version: 4 }))
      expect([units.length, units[0]!.version, isComplete]).toEqual([1, 4, true])
    },
  )

  test('that is cut ends the list', () => {
    const unit = unitBytes({ version: 4 })
    expect(unitsIn(unit, unit.subarray(0, 11))).toMatchObject({ units: [{}], isComplete: false })
    expect(unitsIn(unit, unit.subarray(0, 10))).toMatchObject({ units: [{}], isComplete: true })
    const short = (length: number) => {
      const bytes = new Uint8Array(16)
      bytes.set([length, 0, 0, 0, 4])
      return unitsIn(bytes)
    }
    expect(short(6)).toMatchObject({ units: [], isComplete: false })
    expect(short(7)).toMatchObject({ units: [{}], isComplete: true })
    expect(short(12)).toMatchObject({ units: [{}], isComplete: true })
    expect(short(13)).toMatchObject({ units: [], isComplete: false })
  })
})

/** An attribute of an entry: its number, form and data. */
type Attribute = readonly [number, number, string]
interface Node {
  tag: number
  attributes: readonly Attribute[]
  children?: readonly Node[]
}

const hexOf = (text: string) => Buffer.from(`${text}\0`).toString('hex')
const word = (value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(value))
  return bytes.toString('hex')
}
const name = (text: string): Attribute => [3, 8, hexOf(text)]
const linkage = (text: string): Attribute => [110, 8, hexOf(text)]
const range = (start: number, size: number): Attribute[] => [
  [17, 1, word(start)],
  [18, 11, size.toString(16).padStart(2, '0')],
]
/** To the position of an entry: see `build`. */
const refer = (attribute: number, at: number): Attribute => [attribute, 0x13, word(at).slice(0, 8)]

/** The sections of units of version 4 or 5, and the offset of each entry by its number, depth first. */
function build(roots: readonly Node[], version = 4): { sections: Sections; offsets: number[] } {
  const abbreviations = createAssembler()
  const offsets: number[] = []
  const units: Uint8Array[] = []
  let code = 0
  let before = 0
  for (const root of roots) {
    const a = createAssembler()
    const headerBytes = version >= 5 ? 12 : 11
    const write = ({ tag, attributes, children }: Node) => {
      abbreviations.u8(++code, tag, children ? 1 : 0)
      for (const [attribute, form] of attributes) {
        if (attribute >= 0x80) abbreviations.u8((attribute & 0x7f) | 0x80, attribute >> 7)
        else abbreviations.u8(attribute)
        abbreviations.u8(form)
      }
      abbreviations.u8(0, 0)
      offsets.push(before + headerBytes + a.size)
      a.u8(code)
      for (const [, , hex] of attributes) a.bytes(fromHex(hex))
      for (const child of children ?? []) write(child)
      if (children) a.u8(0)
    }
    write(root)
    const bytes = unitBytes({ version, entries: a.finish() })
    before += bytes.length
    units.push(bytes)
  }
  return { sections: { info: Buffer.concat(units), abbrev: abbreviations.u8(0).finish() }, offsets }
}

interface Options {
  symbols?: [address: number, size: number, name: string][]
  isCode?: (address: number) => boolean
  version?: number
  more?: Sections
}

/** Functions with their ranges, inlined calls below them, and warnings. */
function linesOf(roots: readonly Node[], { symbols = [], isCode, version, more }: Options = {}): string[] {
  const module = new ModuleSymbols(identity, 0)
  const index = new SymbolIndex(symbols.map(([address, size, text]) => ({ address, size, name: text })))
  const { sections } = build(roots, version)
  addDwarf(module, imageOf({ ...sections, ...more }, isCode), { symbols: index })
  const lines: string[] = []
  const { functions, inlines, ranges } = module
  for (let i = 0; i < functions.rows; i++) {
    lines.push(`${functions.get(i, 0)}+${functions.get(i, 1)} ${module.names.get(i)}`)
    for (let call = functions.get(i, 4); call < functions.getOr(i + 1, 4, inlines.rows); call++) {
      const places: string[] = []
      for (let at = inlines.get(call, 4); at < inlines.getOr(call + 1, 4, ranges.rows); at++)
        places.push(`${ranges.get(at, 0)}+${ranges.get(at, 1)}`)
      const [depth, line, file] = [0, 1, 2].map((column) => inlines.get(call, column))
      const origin = module.origins.list[inlines.get(call, 3)]
      lines.push(`  ${depth} ${places.join(' ')} ${origin} from ${module.files.list[file!]}:${line}`)
    }
  }
  return [...lines, ...module.warnings]
}

const language = (number: number): Attribute => [19, 11, number.toString(16).padStart(2, '0')]
const unit = (children: readonly Node[], attributes: readonly Attribute[] = [language(4)]): Node => ({
  ...{ tag: 0x11, attributes, children },
})
const subprogram = (attributes: readonly Attribute[], children?: readonly Node[]): Node => ({
  ...{ tag: 0x2e, attributes },
  ...(children ? { children } : {}),
})
const scope = (tag: number, text: string | null, children: readonly Node[]): Node => ({
  ...{ tag, attributes: text === null ? [] : [name(text)], children },
})

describe('the name of a function', () => {
  const f = subprogram([name('f'), ...range(16, 8)])

  test.each([
    [[0, 0x04, 0x1a, 0x21, 0x2b, 0x3a, 0x11, 0x10, 0x1c], '16+8 n::f'],
    [[0x13, 0x1e, 0x0b, 0x27], '16+8 n.f'],
    [[0x01, 0x02, 0x0c, 0x1d, 0x16, 0x03, 0x2c], '16+8 f'],
  ])('of the languages %j is %s', (numbers, line) => {
    for (const number of numbers)
      expect(linesOf([unit([scope(0x39, 'n', [f])], [language(number)])])).toEqual([line])
  })

  test.each([
    [0x02, 'class'],
    [0x04, 'enumeration'],
    [0x13, 'structure'],
    [0x17, 'union'],
    [0x1e, 'module'],
    [0x38, 'interface'],
    [0x39, 'namespace'],
  ])('has the scope of tag %i, a %s', (tag) => {
    expect(linesOf([unit([scope(tag, 's', [f])])])).toEqual(['16+8 s::f'])
  })

  test.each<[string, Node[], string[]]>([
    ['has no scope of other entries', [scope(0x0b, 's', [f])], ['16+8 f']],
    ['has all scopes', [scope(0x39, 'a', [scope(0x13, 'b', [f])])], ['16+8 a::b::f']],
    [
      'has a scope without a name for a namespace',
      [scope(0x39, null, [f])],
      ['16+8 (anonymous namespace)::f'],
    ],
    ['has no scope for a class without a name', [scope(0x13, null, [f])], ['16+8 f']],
    ['has the function that it is in', [subprogram([name('outer')], [f])], ['16+8 outer::f']],
    [
      'is that of its linkage',
      [subprogram([name('f'), linkage('_ZN1a1fEi'), ...range(16, 8)])],
      ['16+8 a::f(int)'],
    ],
    [
      'is its own before a linkage that is not mangled',
      [subprogram([name('f'), linkage('x'), ...range(16, 8)])],
      ['16+8 f'],
    ],
    [
      'is a linkage that is not mangled, without another',
      [subprogram([linkage('x'), ...range(16, 8)])],
      ['16+8 x'],
    ],
    ['is omitted', [subprogram(range(16, 8))], ['16+8 <name omitted>']],
    ['is omitted when it is empty', [subprogram([name(''), ...range(16, 8)])], ['16+8 <name omitted>']],
  ])('%s', (_, children, lines) => {
    expect(linesOf([unit(children)])).toEqual(lines)
  })

  test.each([
    [49, 'abstract origin'],
    [71, 'specification'],
  ])('is that of the entry by the attribute %i, the %s', (attribute) => {
    const declaration = scope(0x39, 'n', [subprogram([name('f')])])
    const at = build([unit([declaration])]).offsets[2]!
    const copy = subprogram([refer(attribute, at), ...range(16, 8)])
    expect(linesOf([unit([declaration, copy])])).toEqual(['16+8 n::f'])
    const other = subprogram([[attribute, 0x10, word(at).slice(0, 8)], ...range(32, 8)])
    expect(linesOf([unit([declaration]), unit([other])])).toEqual(['32+8 n::f'])
    const self = subprogram([refer(attribute, 13), ...range(16, 8)])
    expect(linesOf([unit([self])])).toEqual(['16+8 <name omitted>'])
    const nowhere = subprogram([refer(attribute, 5000), ...range(16, 8)])
    expect(linesOf([unit([nowhere])])).toEqual(['16+8 <name omitted>'])
  })

  test.each<[string, Attribute[], string, string]>([
    ['is that of the symbol with scopes', [name('f')], '_ZN1n1fEv', 'n::f()'],
    ['with template arguments, too', [name('f<a::b>')], '_ZN1n1fIiEEvv', 'void n::f<int>()'],
    ['is not that of another function', [name('g')], '_ZN1n1fEv', 'g'],
    ['is not that of a symbol that is not mangled', [name('f')], 'f.cold', 'f'],
    ['is that of the symbol without another', [], '_ZN1n1fEv', 'n::f()'],
    ['is its own with scopes', [linkage('_ZN1m1fEv')], '_ZN1n1fEv', 'm::f()'],
    ['is its own with parameters', [name('f(int)')], '_ZN1n1fEv', 'f(int)'],
    ['may be the operator >', [name('operator>(int)')], '_ZN1ngtEi', 'operator>(int)'],
    ['may be an operator', [name('operator()')], '_ZN1nclEv', 'n::operator()()'],
  ])('%s', (_, attributes, symbol, text) => {
    const lines = linesOf([unit([subprogram([...attributes, ...range(16, 8)])])], {
      symbols: [[16, 8, symbol]],
    })
    expect(lines).toEqual([`16+8 ${text}`])
  })
})

test('names follow at most 31 references, and have at most 32 scopes', () => {
  const copies = (count: number) => {
    const nodes = [subprogram([name('f')])]
    for (let i = 1; i <= count; i++) {
      const before = refer(49, build([unit(nodes)]).offsets.at(-1)!)
      nodes.push(subprogram(i === count ? [before, ...range(16, 8)] : [before]))
    }
    return linesOf([unit(nodes)])
  }
  expect([copies(31), copies(32)]).toEqual([['16+8 f'], ['16+8 <name omitted>']])
  let node = subprogram([name('f'), ...range(16, 8)])
  for (let i = 0; i < 33; i++) node = scope(0x39, 'n', [node])
  expect(linesOf([unit([node])])).toEqual([`16+8 ${'n::'.repeat(32)}f`])
})

describe('inlined calls', () => {
  const inlined = (attributes: readonly Attribute[], children?: readonly Node[]): Node => ({
    ...{ tag: 0x1d, attributes },
    ...(children ? { children } : {}),
  })
  const declared = subprogram([name('g')])
  const declaredAt = build([unit([declared])]).offsets[1]!
  const origin = refer(49, declaredAt)
  const line: Attribute = [89, 11, '07']

  test.each<[string, Node[], string[]]>([
    ['with their line', [inlined([origin, line, ...range(18, 2)])], ['  0 18+2 g from <unknown>:7']],
    ['without a line', [inlined([origin, ...range(18, 2)])], ['  0 18+2 g from <unknown>:0']],
    ['without an origin', [inlined([line, ...range(18, 2)])], ['  0 18+2 <name omitted> from <unknown>:7']],
    ['clipped to the function', [inlined([origin, ...range(8, 32)])], ['  0 16+8 g from <unknown>:0']],
    ['outside of the function', [inlined([origin, ...range(24, 2)])], []],
    ['without a range', [inlined([origin, line])], []],
    [
      'in each other, and in blocks',
      [inlined([origin, ...range(16, 6)], [scope(0x0b, null, [inlined([origin, ...range(17, 1)])])])],
      ['  0 16+6 g from <unknown>:0', '  1 17+1 g from <unknown>:0'],
    ],
    [
      'below one without a range',
      [inlined([origin], [inlined([origin, ...range(17, 1)])])],
      ['  0 17+1 g from <unknown>:0'],
    ],
  ])('%s', (_, children, lines) => {
    const outer = subprogram([name('f'), ...range(16, 8)], children)
    expect(linesOf([unit([declared, outer])])).toEqual(['16+8 f', ...lines])
  })

  test('are not outside of functions', () => {
    expect(linesOf([unit([declared, inlined([origin, ...range(18, 2)])])])).toEqual([])
  })
})

describe('a unit', () => {
  test('has no functions where there is no code', () => {
    const f = subprogram([name('f'), ...range(16, 8)])
    const g = subprogram([name('g'), ...range(32, 8)])
    expect(linesOf([unit([f, g])], { isCode: (address) => address !== 16 })).toEqual(['32+8 g'])
  })

  test('with damage costs only itself', () => {
    const good = unit([subprogram([name('f'), ...range(16, 8)])])
    const bad = unit([subprogram([[3, 2, '00']])])
    expect(linesOf([bad, good])).toEqual([
      '16+8 f',
      'the unit at 0x0 of .debug_info is damaged: unknown form 0x2',
    ])
  })

  test('has entries nested at most a thousand deep, and may end before their lists do', () => {
    const abbrev = fromHex('01 11 01 0000 02 0b 01 0000 03 2e 00 0308 1101 120b 0000 00')
    const nested = (depth: number) => {
      const entries = fromHex(`01 ${'02'.repeat(depth)} 03 6600 ${word(16)} 08`)
      const module = new ModuleSymbols(identity, 0)
      addDwarf(module, imageOf({ info: unitBytes({ version: 4, entries }), abbrev }))
      return [module.functions.rows, ...module.warnings]
    }
    expect(nested(999)).toEqual([1])
    const warning = 'the unit at 0x0 of .debug_info is damaged: entries are nested too deeply'
    expect(nested(1000)).toEqual([0, warning])
  })

  test('without functions has those of the symbol table in its lines', () => {
    const program = '00 09 02 1000000000000000 01 02 20 00 01 01'
    const header = createAssembler()
      .u8(1, 1, 1, 0xfd, 12, 10)
      .bytes(fromHex('000101010100000001 00 612e6300 00 00 00 00'))
    const [head, body] = [header.finish(), fromHex(program)]
    const line = createAssembler()
      .u32(head.length + body.length + 6)
      .u16(4)
      .u32(head.length)
      .bytes(head)
      .bytes(body)
    const attributes: Attribute[] = [language(4), [16, 0x17, '00000000'], [17, 1, word(16)]]
    const symbols: Options['symbols'] = [
      [8, 4, 'before'],
      [16, 8, 'first'],
      [16, 8, 'again'],
      [24, 0, 'empty'],
      [40, 64, 'long'],
      [48, 8, 'after'],
    ]
    const options = { symbols, more: { line: line.finish() } }
    const declared = [subprogram([name('f')])]
    for (const children of [[], declared])
      expect(linesOf([unit(children, attributes)], options)).toEqual(['16+8 first', '40+8 long'])
    expect(linesOf([unit([], attributes.slice(0, 2))], options)).toEqual([])
    expect(linesOf([{ tag: 0x3c, attributes, children: [] }], options)).toEqual([])
  })

  test.each([
    [1, 'x.dwo', '1 units have their functions in files that were not found: x.dwo'],
    [3, 'a.dwo', '3 units have their functions in files that were not found: a.dwo, b.dwo, c.dwo'],
    [
      5,
      'a.dwo',
      '5 units have their functions in files that were not found: a.dwo, b.dwo, c.dwo, and 2 others',
    ],
  ])('in each of %i other files is missing', (count, first, warning) => {
    const names = Array.from({ length: count }, (_, i) => (count === 1 ? first : `${'abcde'[i]}.dwo`))
    const roots = names.map((file) => unit([], [[118, 8, hexOf(file)]]))
    expect(linesOf(roots, { version: 5 })).toEqual([warning])
  })

  test('has the attributes of its first entry', () => {
    const attributes: Attribute[] = [
      name('a.c'),
      [27, 8, hexOf('/src')],
      [16, 0x17, '05000000'],
      [17, 1, word(16)],
      language(0x21),
      ...[114, 115, 116].map((attribute, i): Attribute => [attribute, 0x17, `${i + 1}0000000`]),
      [118, 8, hexOf('a.dwo')],
    ]
    const { sections } = build([unit([], attributes)], 5)
    const dwarf = dwarfOf(sections)
    const [found] = readUnits(dwarf).units
    readFirstEntry(dwarf, found!)
    expect(found).toMatchObject({
      ...{ name: 'a.c', directory: '/src', lineProgram: 5, lowPc: 16, language: 0x21, dwoName: 'a.dwo' },
      ...{ strOffsetsBase: 16, addrBase: 32, rangeListsBase: 48, isPartial: false },
    })
  })
})

describe('a text', () => {
  const sections = {
    str: new TextEncoder().encode('zero\0one\0'),
    line_str: new TextEncoder().encode('lines\0'),
    str_offsets: createAssembler().u32(0, 0, 0, 5).finish(),
    info: new TextEncoder().encode('xx\0yy\0'),
  }
  const place = { offset: 1, offsetSize: 4, strOffsetsBase: 8 } as Unit

  test.each([
    [0x08, 2, 'yy'],
    [0x0e, 5, 'one'],
    [0x0e, 500, ''],
    [0x1f, 0, 'lines'],
    [0x1a, 1, 'one'],
    [0x1a, 0, 'zero'],
    [0x1a, 2, null],
    [0x25, 1, 'one'],
    [0x26, 1, 'one'],
    [0x27, 1, 'one'],
    [0x28, 1, 'one'],
    [0x1f02, 1, 'one'],
    [0x1f21, 0, null],
    [0x1d, 0, null],
    [0x0b, 0, null],
  ])('of the form %i and the value %i is %j', (form, value, text) => {
    expect(dwarfOf(sections).text(place, form, value)).toBe(text)
  })

  test('of a supplement', () => {
    const supplement = imageOf({ str: new TextEncoder().encode('other\0') })
    const dwarf = new Dwarf(imageOf(sections), () => undefined, { supplement })
    expect([0x1f21, 0x1d, 0x0e].map((form) => dwarf.text(place, form, 0))).toEqual(['other', 'other', 'zero'])
  })
})

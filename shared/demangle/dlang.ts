// Demangles names of D (`_D…`). https://dlang.org/spec/abi.html#name_mangling
import { own } from '../own.ts'
import { Cursor, orNull } from './cursor.ts'

/** The name with parameters, as binutils prints it; null if the text is not a mangled name of D. */
export function demangleD(name: string): string | null {
  const found = /^_{1,2}D(?=\d|main$|_)/.exec(name)?.[0]
  if (found === undefined) return null
  const rest = name.slice(found.length)
  return rest === 'main' ? 'D main' : orNull(() => new Reader(rest).symbol())
}

const basicTypes: Readonly<Record<string, string>> = {
  a: 'char',
  b: 'bool',
  c: 'creal',
  d: 'double',
  e: 'real',
  f: 'float',
  g: 'byte',
  h: 'ubyte',
  i: 'int',
  j: 'ireal',
  k: 'uint',
  l: 'long',
  m: 'ulong',
  n: 'typeof(null)',
  o: 'ifloat',
  p: 'idouble',
  q: 'cfloat',
  r: 'cdouble',
  s: 'short',
  t: 'ushort',
  u: 'wchar',
  v: 'void',
  w: 'dchar',
}

const conventions: Readonly<Record<string, string>> = {
  F: '',
  R: 'extern(C++) ',
  U: 'extern(C) ',
  V: 'extern(Pascal) ',
  W: 'extern(Windows) ',
  Y: 'extern(Objective-C) ',
}

const attributes: Readonly<Record<string, string>> = {
  a: 'pure',
  b: 'nothrow',
  c: 'ref',
  d: '@property',
  e: '@trusted',
  f: '@safe',
  i: '@nogc',
  j: 'return',
  l: 'scope',
  m: '@live',
}

/** Names that the compiler gives; those of data end the symbol with `Z`. */
const methods: Readonly<Record<string, string>> = {
  __ctor: 'this',
  __dtor: '~this',
  __postblit: 'this(this)',
}
const data: Readonly<Record<string, string>> = {
  __Class: 'ClassInfo for ',
  __Interface: 'Interface for ',
  __ModuleInfo: 'ModuleInfo for ',
  __init: 'initializer for ',
  __vtbl: 'vtable for ',
}

const wrappers: Readonly<Record<string, string>> = { O: 'shared', x: 'const', y: 'immutable' }
const storage: Readonly<Record<string, string>> = { I: 'in', J: 'out', K: 'ref', L: 'lazy', M: 'scope' }
const literalSuffixes: Readonly<Record<string, string>> = { h: 'u', k: 'u', l: 'L', m: 'uL', t: 'u' }
const quotes: Readonly<Record<string, string>> = { a: '', d: 'd', w: 'w' }

class Reader extends Cursor {
  /** What the symbol is, if it is data about its name. */
  #about = ''

  symbol(): string {
    const name = this.#qualified(true)
    if (!this.take('Z') && !this.isAtEnd) this.#type()
    return this.isAtEnd ? this.bounded(`${this.#about}${name}`) : this.fail()
  }

  /** The distance of a back reference: digits of base 26, the last of them in lower case. */
  #distance(): number {
    let value = 0
    for (;;) {
      const c = this.next()
      if (c >= 'a' && c <= 'z') return value * 26 + c.charCodeAt(0) - 97
      if (c < 'A' || c > 'Z' || value > 100_000) this.fail()
      value = value * 26 + c.charCodeAt(0) - 65
    }
  }

  #backReference<T>(read: () => T): T {
    const start = this.at
    this.expect('Q')
    const target = start - this.#distance()
    if (target >= start || target < 0) this.fail()
    const after = this.at
    this.at = target
    const value = this.nested(read)
    this.at = after
    return value
  }

  #isSymbolName(): boolean {
    if (/\d/.test(this.peek()) || this.looksAt('__T') || this.looksAt('__U')) return true
    if (this.peek() !== 'Q') return false
    const start = this.at
    this.at++
    const target = start - this.#distance()
    this.at = start
    return /\d/.test(this.text[target] ?? '')
  }

  /** `withQualifiers`: those of a method's `this` follow its parameters. */
  #qualified(withQualifiers = false): string {
    return this.nested(() => {
      const parts: string[] = []
      do {
        while (this.take('0')) this.step()
        const name = this.#identifier()
        const call = this.#callOfScope(withQualifiers)
        if (name !== '') parts.push(name === methods.__postblit ? name : `${name}${call}`)
      } while (this.#isSymbolName())
      return this.bounded(parts.join('.'))
    })
  }

  /** The parameters of a function that is a scope, or whose type follows; empty if none do. */
  #callOfScope(withQualifiers: boolean): string {
    if (this.peek() !== 'M' && own(conventions, this.peek()) === undefined) return ''
    const start = this.at
    try {
      const qualifiers = this.take('M') ? this.#thisQualifiers() : ''
      const { parameters } = this.#functionStart()
      if (!this.isAtEnd) return `${parameters}${withQualifiers ? qualifiers : ''}`
    } catch {
      // It was the type of a variable.
    }
    this.at = start
    return ''
  }

  #thisQualifiers(): string {
    let text = ''
    for (;;) {
      if (this.take('x')) return `${text} const`
      if (this.take('y')) return `${text} immutable`
      if (this.take('O')) text += ' shared'
      else if (this.take('Ng')) text += ' inout'
      else return text
    }
  }

  #identifier(): string {
    if (this.looksAt('Q')) return this.#backReference(() => this.#identifier())
    if (this.looksAt('__T') || this.looksAt('__U')) return this.#template()
    const length = this.number()
    if (length === null || length === 0) this.fail()
    const end = this.at + length!
    if (end > this.text.length) this.fail()
    if (this.looksAt('__T') || this.looksAt('__U')) {
      const name = this.#template()
      return this.at === end ? name : this.fail()
    }
    const name = this.slice(length!)
    if (/^__S\d+$/.test(name)) return '' // A scope that the compiler numbered.
    const about = this.looksAt('Z') ? own(data, name) : undefined
    if (about === undefined) return own(methods, name) ?? name
    this.#about = about
    return ''
  }

  #template(): string {
    this.at += 3
    const name = this.#identifier()
    const args: string[] = []
    while (!this.take('Z')) args.push(this.nested(() => this.#argument()))
    return this.bounded(`${name}!(${args.join(', ')})`)
  }

  #argument(): string {
    this.take('H')
    if (this.take('T')) return this.#type()
    if (this.take('S')) return this.#symbolArgument()
    if (this.take('X')) return this.slice(this.number() ?? this.fail())
    this.expect('V')
    const kind = this.peek() === 'Q' ? this.#referredKind() : this.peek()
    const type = this.#type()
    return this.#value(kind, type)
  }

  #symbolArgument(): string {
    if (this.looksAt('_D')) {
      this.at += 2
      return this.#mangled()
    }
    if (!/\d/.test(this.peek())) return this.#qualified()
    // Old compilers put the length of the mangled name in front.
    const start = this.at
    const length = this.number()!
    const end = this.at + length
    if (this.looksAt('_D')) {
      this.at += 2
      const name = this.#mangled()
      if (this.at === end) return name
    }
    this.at = start
    return this.#qualified()
  }

  #mangled(): string {
    const name = this.#qualified(true)
    if (!this.take('Z')) this.#type()
    return name
  }

  #referredKind(): string {
    const start = this.at
    const kind = this.#backReference(() => this.peek())
    this.at = start
    return kind
  }

  #type(): string {
    return this.nested(() => {
      const c = this.peek()
      const basic = own(basicTypes, c)
      if (basic !== undefined) {
        this.at++
        return basic
      }
      const wrapper = own(wrappers, c)
      if (wrapper !== undefined) {
        this.at++
        return this.bounded(`${wrapper}(${this.#type()})`)
      }
      return this.#compound()
    })
  }

  #compound(): string {
    if (own(conventions, this.peek()) !== undefined) return this.#functionType()
    switch (this.next()) {
      case 'A':
        return this.bounded(`${this.#type()}[]`)
      case 'G': {
        const size = this.number() ?? this.fail()
        return this.bounded(`${this.#type()}[${size}]`)
      }
      case 'H': {
        const key = this.#type()
        return this.bounded(`${this.#type()}[${key}]`)
      }
      case 'P':
        if (own(conventions, this.peek()) !== undefined) return `${this.#functionType()}function`
        return this.bounded(`${this.#type()}*`)
      case 'D':
        return this.#delegate()
      case 'N':
        return this.#extended()
      case 'C':
      case 'S':
      case 'E':
      case 'T':
      case 'I':
        return this.#qualified()
      case 'B':
        return this.#tuple()
      case 'z':
        return this.take('k') ? 'ucent' : this.take('i') ? 'cent' : this.fail()
      case 'Q':
        this.at--
        return this.#backReference(() => this.#type())
      default:
        return this.fail()
    }
  }

  #extended(): string {
    const kind = this.next()
    if (kind === 'g') return this.bounded(`inout(${this.#type()})`)
    if (kind === 'h') return this.bounded(`__vector(${this.#type()})`)
    return kind === 'n' ? 'typeof(*null)' : this.fail()
  }

  #tuple(): string {
    const count = this.number() ?? this.fail()
    this.step(count)
    return this.bounded(`Tuple!(${Array.from({ length: count }, () => this.#type()).join(', ')})`)
  }

  #delegate(): string {
    const qualifiers = this.#thisQualifiers()
    const read = () => this.#functionType()
    const text = this.looksAt('Q') ? this.#backReference(read) : read()
    return `${text}delegate${qualifiers}`
  }

  #functionType(): string {
    const { convention, parameters, attributes: marks } = this.#functionStart()
    return this.bounded(
      `${convention}${this.#type()}${parameters} ${marks.map((mark) => `${mark} `).join('')}`,
    )
  }

  /** A function type without its result. */
  #functionStart(): { convention: string; parameters: string; attributes: string[] } {
    const convention = own(conventions, this.next()) ?? this.fail()
    const marks: string[] = []
    for (; this.peek() === 'N'; this.at += 2) {
      const mark = own(attributes, this.peek(1))
      if (mark === undefined) break
      marks.push(mark)
    }
    return { convention, parameters: `(${this.#parameters()})`, attributes: marks }
  }

  #parameters(): string {
    const list: string[] = []
    for (;;) {
      this.step()
      if (this.take('X')) return `${list.join(', ')}...`
      if (this.take('Y')) return [...list, '...'].join(', ')
      if (this.take('Z')) return list.join(', ')
      list.push(this.#parameter())
    }
  }

  #parameter(): string {
    const marks: string[] = []
    for (let more = true; more; ) {
      more = true
      const mark = own(storage, this.peek())
      if (this.take('Nk')) marks.push('return')
      else if (mark !== undefined) {
        this.at++
        marks.push(mark)
      } else more = false
    }
    return [...marks, this.#type()].join(' ')
  }

  /** `kind`: the letter of the type. */
  #value(kind: string, type: string): string {
    const c = this.peek()
    if (this.take('n')) return 'null'
    if (c >= '0' && c <= '9') return this.#integer(kind)
    this.at++
    switch (c) {
      case 'N':
        return `-${this.#integer(kind)}`
      case 'i':
        return this.#integer(kind)
      case 'e':
        return this.#real()
      case 'c': {
        const real = this.#real()
        this.expect('c')
        return `${real}+${this.#real()}i`
      }
      case 'a':
      case 'w':
      case 'd':
        return this.#string(quotes[c]!)
      case 'A':
        return this.#array(kind)
      case 'S':
        return this.#struct(type)
      case 'f':
        this.expect('_D')
        return this.#mangled()
      default:
        return this.fail()
    }
  }

  #integer(kind: string): string {
    const digits = /^\d{1,40}/.exec(this.text.slice(this.at, this.at + 40))?.[0] ?? this.fail()
    this.at += digits.length
    if (kind === 'b') return digits === '0' ? 'false' : 'true'
    if (/[auw]/.test(kind)) return this.#character(kind, Number(digits))
    return `${digits}${own(literalSuffixes, kind) ?? ''}`
  }

  #character(kind: string, code: number): string {
    if (kind === 'a' && code >= 0x20 && code < 0x7f) return `'${String.fromCharCode(code)}'`
    const [mark, width] = kind === 'a' ? ['x', 2] : kind === 'u' ? ['u', 4] : ['U', 8]
    return `'\\${mark}${code.toString(16).padStart(width as number, '0')}'`
  }

  #real(): string {
    const found = /^(?:NAN|N?INF|N?[0-9A-F]+PN?\d+)/.exec(this.text.slice(this.at, this.at + 60))?.[0]
    if (found === undefined) this.fail()
    this.at += found!.length
    if (/NAN|INF/.test(found!))
      return found!.replace(/^NAN$/, 'NaN').replace('NINF', '-Inf').replace('INF', 'Inf')
    const [, sign, first, rest, exponent] = /^(N?)(.)(.*)P(N?\d+)$/.exec(found!)!
    return `${sign ? '-' : ''}0x${first}.${rest}p${exponent!.replace('N', '-')}`
  }

  #string(suffix: string): string {
    const length = this.number() ?? this.fail()
    this.expect('_')
    const hex = this.slice(length * 2)
    if (!/^[0-9a-f]*$/i.test(hex)) this.fail()
    const bytes = (hex.match(/../g) ?? []).map((pair) => {
      const code = Number.parseInt(pair, 16)
      const escaped = own({ 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r' }, String(code))
      return escaped ?? (code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : `\\x${pair}`)
    })
    return this.bounded(`"${bytes.join('')}"${suffix}`)
  }

  #array(kind: string): string {
    const count = this.number() ?? this.fail()
    this.step(count)
    const value = () => this.nested(() => this.#value('', ''))
    const isMap = kind === 'H'
    const items = Array.from({ length: count }, () => (isMap ? `${value()}:${value()}` : value()))
    return this.bounded(`[${items.join(', ')}]`)
  }

  #struct(type: string): string {
    const count = this.number() ?? this.fail()
    this.step(count)
    const values = Array.from({ length: count }, () => this.nested(() => this.#value('', '')))
    return this.bounded(`${type}(${values.join(', ')})`)
  }
}

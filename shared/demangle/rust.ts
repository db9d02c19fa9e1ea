// Demangles names of Rust: legacy (`_ZN…17h…E`) and v0 (`_R…`), without hashes of crates and functions.
// https://doc.rust-lang.org/rustc/symbol-mangling/v0.html
import { own } from '../own.ts'
import { Cursor, orNull } from './cursor.ts'
import { decodePunycode } from './punycode.ts'

/** Compilers and linkers add these. */
const suffix = /(?:\.(?:llvm|cold|lto_priv|constprop|isra|part|warm|\d+)[.\w@]*)+$/

/** The name of a mangled Rust function as Rust writes it, or null. */
export function demangleRust(symbol: string): string | null {
  const text = symbol.replace(/^_{0,2}(?=_R|_ZN)/, '').replace(suffix, '')
  if (/^_ZN.*17h[0-9a-f]{16}E$/.test(text)) return orNull(() => new LegacyReader(text, 3).name())
  if (!/^_R[A-Z]/.test(text)) return null
  return orNull(() => new Reader(text.slice(2)).symbol())
}

const escapes: Readonly<Record<string, string>> = {
  BP: '*',
  C: ',',
  GT: '>',
  LP: '(',
  LT: '<',
  RF: '&',
  RP: ')',
  SP: '@',
}

/** `_$LT$alloc..vec..Vec$LT$T$GT$$GT$::new` to `<alloc::vec::Vec<T>>::new`. */
export const unescapeRust = (name: string): string =>
  name
    .replace(/(^|::)_(?=\$)/g, '$1')
    .replace(/\$(?:([A-Z]{1,2})|u([0-9a-f]{2,5}))\$/g, (all, code: string | undefined, point: string) =>
      code === undefined ? String.fromCodePoint(Number.parseInt(point, 16)) : (own(escapes, code) ?? all),
    )
    .replaceAll('..', '::')

class LegacyReader extends Cursor {
  name(): string {
    const parts: string[] = []
    while (!this.take('E')) {
      const length = this.number()
      if (length === null) this.fail()
      parts.push(unescapeRust(this.slice(length!)))
    }
    return this.isAtEnd && parts.length > 1 ? parts.slice(0, -1).join('::') : this.fail()
  }
}

const basicTypes: Readonly<Record<string, string>> = {
  a: 'i8',
  b: 'bool',
  c: 'char',
  d: 'f64',
  e: 'str',
  f: 'f32',
  h: 'u8',
  i: 'isize',
  j: 'usize',
  l: 'i32',
  m: 'u32',
  n: 'i128',
  o: 'u128',
  p: '_',
  s: 'i16',
  t: 'u16',
  u: '()',
  v: '...',
  x: 'i64',
  y: 'u64',
  z: '!',
}

const base62 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** Reads v0 names; texts of nested parts are returned. */
class Reader extends Cursor {
  /** Lifetimes bound by the enclosing `for<…>`. */
  #lifetimes = 0

  symbol(): string {
    const name = this.#path(true)
    // The crate that the function was instantiated for.
    if (!this.isAtEnd) this.#path(false)
    return this.isAtEnd ? name : this.fail()
  }

  /** A number in base 62, ended by `_`. */
  #base62(): number {
    if (this.take('_')) return 0
    let value = 0
    for (let c = this.next(); c !== '_'; c = this.next()) {
      const digit = base62.indexOf(c)
      if (digit < 0) this.fail()
      // Hashes of crates are larger than numbers are exact; only small ones are used.
      value = value * 62 + digit
    }
    return value + 1
  }

  #optional(letter: string): number {
    return this.take(letter) ? this.#base62() + 1 : 0
  }

  #identifier(): string {
    const isPunycode = this.take('u')
    const length = this.peek() === '0' ? Number(this.next()) : this.number()
    if (length === null) this.fail()
    this.take('_')
    const name = this.slice(length!)
    if (!isPunycode) return name
    const separator = name.lastIndexOf('_')
    const digits = 'abcdefghijklmnopqrstuvwxyz0123456789'
    const decoded = decodePunycode(name.slice(0, Math.max(separator, 0)), name.slice(separator + 1), digits)
    return decoded ?? `punycode{${name}}`
  }

  /** What follows a back reference, read at its target. */
  #backReference(read: () => string): string {
    const start = this.at - 1
    const target = this.#base62()
    if (target >= start) this.fail()
    const after = this.at
    this.at = target
    const text = this.nested(read)
    this.at = after
    return text
  }

  /** `isValue`: arguments follow `::`, as in expressions. */
  #path(isValue: boolean): string {
    return this.nested(() => {
      const kind = this.next()
      switch (kind) {
        case 'C':
          this.#optional('s')
          return this.#identifier()
        case 'B':
          return this.#backReference(() => this.#path(isValue))
        case 'N':
          return this.#nestedName(isValue)
        case 'M':
        case 'X':
        case 'Y':
          return this.#implementation(kind)
        case 'I':
          return this.#generic(isValue)
        default:
          return this.fail()
      }
    })
  }

  #nestedName(isValue: boolean): string {
    const space = this.next()
    if (!/[A-Za-z]/.test(space)) this.fail()
    const outer = this.#path(isValue)
    const number = this.#optional('s')
    const name = this.#identifier()
    if (space === 'C') return this.bounded(`${outer}::{closure${name && ':'}${name}#${number}}`)
    if (space === 'S') return this.bounded(`${outer}::{shim${name && ':'}${name}#${number}}`)
    if (space <= 'Z') return this.bounded(`${outer}::{${space}${name && ':'}${name}#${number}}`)
    return name === '' ? outer : this.bounded(`${outer}::${name}`)
  }

  #implementation(kind: string): string {
    if (kind !== 'Y') {
      this.#optional('s')
      this.#path(false) // The place of the impl.
    }
    const self = this.#type()
    return kind === 'M' ? `<${self}>` : this.bounded(`<${self} as ${this.#path(false)}>`)
  }

  #generic(isValue: boolean): string {
    const path = this.#path(isValue)
    const list = this.#untilE(() => this.#argument()).join(', ')
    return this.bounded(`${path}${isValue ? '::' : ''}<${list}>`)
  }

  #untilE(read: () => string): string[] {
    const parts: string[] = []
    while (!this.take('E')) parts.push(read())
    return parts
  }

  #argument(): string {
    if (this.take('L')) return this.#lifetime(this.#base62())
    return this.take('K') ? this.#constant(true) : this.#type()
  }

  #lifetime(index: number): string {
    if (index === 0) return "'_"
    const depth = this.#lifetimes - index
    if (depth < 0) this.fail()
    return depth < 26 ? `'${String.fromCharCode(97 + depth)}` : `'_${depth}`
  }

  /** Reads what a `for<…>` with `G` binds. */
  #binder(read: (binder: string) => string): string {
    const count = this.#optional('G')
    if (count > 1000) this.fail()
    const outer = this.#lifetimes
    this.#lifetimes += count
    const names = Array.from({ length: count }, (_, i) => this.#lifetime(count - i))
    const text = read(count > 0 ? `for<${names.join(', ')}> ` : '')
    this.#lifetimes = outer
    return text
  }

  #type(): string {
    return this.nested(() => {
      const kind = this.next()
      const basic = own(basicTypes, kind)
      if (basic !== undefined) return basic
      switch (kind) {
        case 'B':
          return this.#backReference(() => this.#type())
        case 'A':
          return this.bounded(`[${this.#type()}; ${this.#constant(true)}]`)
        case 'S':
          return this.bounded(`[${this.#type()}]`)
        case 'R':
        case 'Q':
          return this.#reference(kind === 'Q' ? 'mut ' : '')
        case 'P':
          return this.bounded(`*const ${this.#type()}`)
        case 'O':
          return this.bounded(`*mut ${this.#type()}`)
        case 'T':
          return this.#tuple(this.#untilE(() => this.#type()))
        case 'F':
          return this.#binder((binder) => this.#functionType(binder))
        case 'D':
          return this.#dynamicType()
        default:
          this.at--
          return this.#path(false)
      }
    })
  }

  #reference(mark: string): string {
    const lifetime = this.take('L') ? this.#base62() : 0
    const name = lifetime > 0 ? `${this.#lifetime(lifetime)} ` : ''
    return this.bounded(`&${name}${mark}${this.#type()}`)
  }

  #tuple = (parts: readonly string[]): string =>
    this.bounded(parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(', ')})`)

  #functionType(binder: string): string {
    const unsafe = this.take('U') ? 'unsafe ' : ''
    let abi = ''
    if (this.take('K')) abi = `extern "${this.take('C') ? 'C' : this.#identifier().replaceAll('_', '-')}" `
    const parameters = this.#untilE(() => this.#type()).join(', ')
    const result = this.#type()
    return this.bounded(`${binder}${unsafe}${abi}fn(${parameters})${result === '()' ? '' : ` -> ${result}`}`)
  }

  #dynamicType(): string {
    const traits = this.#binder(
      (binder) => `${binder}${this.#untilE(() => this.#dynamicTrait()).join(' + ')}`,
    )
    if (!this.take('L')) this.fail()
    const lifetime = this.#base62()
    return this.bounded(`dyn ${traits}${lifetime > 0 ? ` + ${this.#lifetime(lifetime)}` : ''}`)
  }

  #dynamicTrait(): string {
    const path = this.#path(false)
    const bindings: string[] = []
    while (this.take('p')) bindings.push(`${this.#identifier()} = ${this.#type()}`)
    if (bindings.length === 0) return path
    const list = bindings.join(', ')
    return this.bounded(path.endsWith('>') ? `${path.slice(0, -1)}, ${list}>` : `${path}<${list}>`)
  }

  /** `isOuter`: the value of an argument; only there compound values are in braces. */
  #constant(isOuter: boolean): string {
    return this.nested(() => {
      const kind = this.next()
      if (kind === 'B') return this.#backReference(() => this.#constant(isOuter))
      if (kind === 'p') return '_'
      if (/[hmtjoyailnsx]/.test(kind)) return this.#integer()
      if (kind === 'b') return this.#hex() === '1' ? 'true' : 'false'
      if (kind === 'c') return this.#character()
      const text = this.#compoundConstant(kind)
      return isOuter && kind !== 'e' ? `{${text}}` : text
    })
  }

  #hex(): string {
    const start = this.at
    while (/[0-9a-f]/.test(this.peek())) this.next()
    const text = this.text.slice(start, this.at)
    this.expect('_')
    return text === '' || text.length > 32 ? this.fail() : text.replace(/^0+(?=.)/, '')
  }

  #integer(): string {
    const sign = this.take('n') ? '-' : ''
    const hex = this.#hex()
    return `${sign}${hex.length > 16 ? `0x${hex}` : BigInt(`0x${hex}`)}`
  }

  #character(): string {
    const code = Number.parseInt(this.#hex(), 16)
    if (code > 0x10_ffff || (code >= 0xd800 && code < 0xe000)) this.fail()
    return `'${String.fromCodePoint(code)}'`
  }

  #compoundConstant(kind: string): string {
    if (kind === 'e') return `*${this.#string()}`
    if (kind === 'R' && this.take('e')) return this.#string()
    if (kind === 'R') return `&${this.#constant(false)}`
    if (kind === 'Q') return `&mut ${this.#constant(false)}`
    if (kind === 'A') return `[${this.#untilE(() => this.#constant(false)).join(', ')}]`
    if (kind === 'T') return this.#tuple(this.#untilE(() => this.#constant(false)))
    if (kind !== 'V') this.fail()
    const path = this.#path(true)
    const form = this.next()
    if (form === 'U') return path
    if (form === 'T') return `${path}(${this.#untilE(() => this.#constant(false)).join(', ')})`
    if (form !== 'S') this.fail()
    const fields = this.#untilE(() => {
      this.#optional('s')
      return `${this.#identifier()}: ${this.#constant(false)}`
    })
    return `${path} { ${fields.join(', ')} }`
  }

  #string(): string {
    const start = this.at
    while (/[0-9a-f]/.test(this.peek())) this.next()
    const hex = this.text.slice(start, this.at)
    this.expect('_')
    const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
    return JSON.stringify(new TextDecoder().decode(bytes))
  }
}

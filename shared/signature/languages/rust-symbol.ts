// Demangles names of Rust: legacy (`_ZN…17h…E`) and v0 (`_R…`).
// https://doc.rust-lang.org/rustc/symbol-mangling/v0.html
import { own } from '../../own.ts'

/** The name of a mangled Rust function, or null. Types and lifetimes are only as exact as signatures need. */
export function demangleRust(symbol: string): string | null {
  const text = symbol.replace(/^_{0,2}(?=_R|_ZN)/, '').replace(/\.(?:llvm|cold)[.\w@]*$/, '')
  if (/^_ZN.*17h[0-9a-f]{16}E$/.test(text)) return demangleLegacy(text)
  if (!/^_R[A-Z]/.test(text)) return null
  try {
    return new Reader(text.slice(2)).path(0)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

function demangleLegacy(text: string): string | null {
  const parts: string[] = []
  let at = 3
  while (text[at] !== 'E') {
    const digits = /^\d{1,4}/.exec(text.slice(at, at + 4))?.[0]
    if (!digits) return null
    at += digits.length + Number(digits)
    if (at >= text.length) return null
    parts.push(text.slice(at - Number(digits), at))
  }
  return parts.join('::')
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
/** Nesting and steps of one symbol; back references could repeat parts without end. */
const maxDepth = 100
const maxSteps = 5000

class Reader {
  readonly #text: string
  #at = 0
  #steps = 0

  constructor(text: string) {
    this.#text = text
  }

  #fail(): never {
    throw new SyntaxError('not a mangled name')
  }

  #next(): string {
    if (++this.#steps > maxSteps) this.#fail()
    return this.#text[this.#at++] ?? this.#fail()
  }

  #take(letter: string): boolean {
    if (this.#text[this.#at] !== letter) return false
    this.#at++
    return true
  }

  /** A number in base 62, ended by `_`. */
  #number(): number {
    if (this.#take('_')) return 0
    let value = 0
    for (let c = this.#next(); c !== '_'; c = this.#next()) {
      const digit = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.indexOf(c)
      if (digit < 0) this.#fail()
      value = value * 62 + digit
    }
    return value + 1
  }

  #identifier(): string {
    if (this.#take('s')) this.#number()
    const puny = this.#take('u')
    const digits = /^\d{1,5}/.exec(this.#text.slice(this.#at, this.#at + 5))?.[0] ?? this.#fail()
    const length = Number(digits[0] === '0' ? '0' : digits)
    this.#at += digits[0] === '0' ? 1 : digits.length
    this.#take('_')
    const name = this.#text.slice(this.#at, this.#at + length)
    if (name.length < length) this.#fail()
    this.#at += length
    return puny ? `punycode{${name}}` : name
  }

  /** What follows a back reference, read at its target. */
  #backReference(read: () => string): string {
    const start = this.#at - 1
    const target = this.#number()
    if (target >= start) this.#fail()
    const after = this.#at
    this.#at = target
    const text = read()
    this.#at = after
    return text
  }

  path(depth: number): string {
    if (depth > maxDepth) this.#fail()
    const kind = this.#next()
    if (kind === 'C') return this.#identifier()
    if (kind === 'B') return this.#backReference(() => this.path(depth + 1))
    if (kind === 'N') return this.#nested(depth)
    if (kind === 'M' || kind === 'X') {
      if (this.#take('s')) this.#number()
      this.path(depth + 1) // The path of the impl.
    }
    if (kind === 'M') return `<${this.#type(depth + 1)}>`
    if (kind === 'X' || kind === 'Y') {
      const self = this.#type(depth + 1)
      return `<${self} as ${this.path(depth + 1)}>`
    }
    if (kind !== 'I') return this.#fail()
    const path = this.path(depth + 1)
    while (!this.#take('E')) this.#argument(depth + 1)
    return `${path}<T>`
  }

  #nested(depth: number): string {
    const space = this.#next()
    const outer = this.path(depth + 1)
    const name = this.#identifier()
    if (space === 'C') return `${outer}::{{closure}}`
    if (/[A-Z]/.test(space)) return `${outer}::{{${name === '' ? 'shim' : name}}}`
    return name === '' ? outer : `${outer}::${name}`
  }

  #argument(depth: number): void {
    if (this.#take('L')) this.#number()
    else if (this.#take('K')) this.#constant(depth)
    else this.#type(depth)
  }

  #constant(depth: number): string {
    if (this.#take('B')) return this.#backReference(() => this.#constant(depth + 1))
    if (this.#take('p')) return '_'
    this.#type(depth + 1)
    while (!this.#take('_')) this.#next()
    return '_'
  }

  #type(depth: number): string {
    if (depth > maxDepth) this.#fail()
    const kind = this.#next()
    const basic = own(basicTypes, kind)
    if (basic) return basic
    if (kind === 'B') return this.#backReference(() => this.#type(depth + 1))
    if (kind === 'A') {
      const item = this.#type(depth + 1)
      this.#constant(depth + 1)
      return `[${item}]`
    }
    if (kind === 'S') return `[${this.#type(depth + 1)}]`
    if (kind === 'R' || kind === 'Q') {
      if (this.#take('L')) this.#number()
      return `&${this.#type(depth + 1)}`
    }
    if (kind === 'P' || kind === 'O') return `*${this.#type(depth + 1)}`
    if (kind === 'T') return this.#list(depth)
    if (kind === 'F') return this.#functionType(depth)
    if (kind === 'D') return this.#dynamicType(depth)
    this.#at--
    return this.path(depth + 1)
  }

  #list(depth: number): string {
    while (!this.#take('E')) this.#type(depth + 1)
    return '(..)'
  }

  #functionType(depth: number): string {
    if (this.#take('G')) this.#number()
    this.#take('U')
    if (this.#take('K') && !this.#take('C')) this.#identifier()
    this.#list(depth)
    this.#type(depth + 1)
    return 'fn'
  }

  #dynamicType(depth: number): string {
    if (this.#take('G')) this.#number()
    const traits: string[] = []
    while (!this.#take('E')) {
      traits.push(this.path(depth + 1))
      while (this.#take('p')) {
        this.#identifier()
        this.#type(depth + 1)
      }
    }
    if (this.#take('L')) this.#number()
    return `dyn ${traits.join(' + ')}`
  }
}

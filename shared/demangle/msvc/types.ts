// Types and scopes in Microsoft's C++ names.
import { own } from '../../own.ts'
import { Cursor } from '../cursor.ts'
import { arrayOf, functionOf, type Part, plain, pointerTo, qualified, referenceTo, textOf } from '../part.ts'
import { builtinTypes } from './tables.ts'

/** Names and parameter types that a digit refers to: at most ten of each. */
interface Known {
  names: string[]
  types: Part[]
}
const maxKnown = 10

/** `a>` to `a> >`, as for the Itanium ABI. */
const bracketed = (inside: string): string => (inside.endsWith('>') ? `<${inside} >` : `<${inside}>`)

/** Reads types; symbols are read by a class that extends it. */
export abstract class TypeReader extends Cursor {
  protected known: Known = { names: [], types: [] }

  protected abstract symbolText(): string
  /** `&` and the name of a function or variable. */
  protected abstract addressText(): string
  /** The name of a function that is a code, after `?`. */
  protected abstract specialName(): string

  protected remember(name: string): string {
    const { names } = this.known
    if (names.length < maxKnown && !names.includes(name)) names.push(name)
    return name
  }

  /** Text up to `@`. */
  protected simpleName(): string {
    const end = this.text.indexOf('@', this.at)
    if (end <= this.at) this.fail()
    const name = this.text.slice(this.at, end)
    this.at = end
    this.expect('@')
    return name
  }

  protected knownName(): string {
    return this.known.names[Number(this.next())] ?? this.fail()
  }

  protected isDigit(): boolean {
    return this.peek() >= '0' && this.peek() <= '9'
  }

  /** A number: a digit is one less, else letters from A are hexadecimal digits, ended by `@`. */
  protected integer(): bigint {
    const sign = this.take('?') ? -1n : 1n
    if (this.isDigit()) return sign * (BigInt(this.next()) + 1n)
    let value = 0n
    for (let c = this.next(); c !== '@'; c = this.next()) {
      if (c < 'A' || c > 'P' || value > 2n ** 64n) this.fail()
      value = value * 16n + BigInt(c.charCodeAt(0) - 65)
    }
    return sign * value
  }

  /** The name of a class or enum in its scopes. */
  protected typeName(): string {
    let name: string
    if (this.isDigit()) name = this.knownName()
    else if (this.looksAt('?$')) name = this.remember(this.template())
    else if (this.looksAt('?')) return this.scoped(this.scopePiece())
    else name = this.remember(this.simpleName())
    return this.scoped(name)
  }

  /** The name in the scopes that follow, up to `@`. */
  protected scoped(name: string): string {
    return this.bounded([...this.scopes(), name].join('::'))
  }

  /** Outermost first. */
  protected scopes(): string[] {
    const scopes: string[] = []
    while (!this.take('@')) scopes.unshift(this.nested(() => this.scopePiece()))
    return scopes
  }

  private scopePiece(): string {
    if (this.isDigit()) return this.knownName()
    if (this.looksAt('?$')) return this.remember(this.template())
    if (this.looksAt('?A')) {
      this.at += 2
      if (!this.take('@')) this.simpleName()
      return this.remember('(anonymous namespace)')
    }
    if (this.looksAt('?')) return this.localScope()
    return this.remember(this.simpleName())
  }

  /** A block in a function: only the function is printed. */
  private localScope(): string {
    this.expect('?')
    if (this.looksAt('?')) return this.nested(() => this.symbolText())
    this.integer()
    this.expect('?')
    return this.nested(() => this.symbolText())
  }

  /** `Foo<int>`; what digits refer to inside is known only there. */
  protected template(): string {
    this.expect('?$')
    return this.nested(() => {
      const outer = this.known
      this.known = { names: [], types: [] }
      const name = this.take('?') ? this.specialName() : this.remember(this.simpleName())
      const args = this.templateArguments()
      this.known = outer
      const gap = name.endsWith('<') ? ' ' : ''
      return this.bounded(`${name}${gap}${bracketed(args.join(', '))}`)
    })
  }

  private templateArguments(): string[] {
    const args: string[] = []
    while (!this.take('@')) {
      this.step()
      if (this.take('$$V') || this.take('$$Z') || this.take('$$$V') || this.take('$S')) continue
      args.push(this.templateArgument())
    }
    return args
  }

  private templateArgument(): string {
    if (this.take('$$Y')) return this.typeName()
    if (this.take('$$B')) return textOf(this.type())
    if (this.take('$$C')) return textOf(qualified(this.qualifiedType(), ''))
    if (this.take('$M')) this.type() // The type of a parameter that is `auto`.
    if (!this.looksAt('$') || this.looksAt('$$')) return textOf(this.type())
    this.expect('$')
    const kind = this.next()
    switch (kind) {
      case '0':
        return String(this.integer())
      case '1':
        return this.take('@') ? '0' : this.addressText()
      case 'E':
        return this.symbolText()
      case 'H':
      case 'I':
      case 'J':
      case 'F':
      case 'G':
        return this.memberValue(kind)
      case '2':
        return `${this.integer()}.0e${this.integer()}`
      default:
        return this.fail()
    }
  }

  /** The value of a pointer to a member: the function, if it is one, and offsets. */
  private memberValue(kind: string): string {
    const isFunction = kind === 'H' || kind === 'I' || kind === 'J'
    const parts = isFunction ? [this.addressText()] : []
    const count = own({ H: 1, I: 2, J: 3, F: 2, G: 3 }, kind)!
    for (let i = 0; i < count; i++) parts.push(String(this.integer()))
    return isFunction ? parts[0]! : `{${parts.join(', ')}}`
  }

  type(): Part {
    return this.nested(() => {
      const code = this.peek() === '_' ? this.text.slice(this.at, this.at + 2) : this.peek()
      const builtin = own(builtinTypes, code)
      if (builtin !== undefined) {
        this.at += code.length
        return plain(builtin)
      }
      return this.compound(this.next())
    })
  }

  private compound(kind: string): Part {
    switch (kind) {
      case 'T':
      case 'U':
      case 'V':
        return plain(this.typeName())
      case 'W':
        this.next() // The type that it is stored as.
        return plain(this.typeName())
      case 'P':
      case 'Q':
      case 'R':
      case 'S':
        return qualified(
          this.pointer('*'),
          ['', ' const', ' volatile', ' const volatile']['PQRS'.indexOf(kind)]!,
        )
      case 'A':
      case 'B':
        return this.pointer('&')
      case 'Y':
        return this.array()
      case '?':
        return plain(this.customType())
      case '$':
        return this.extended()
      default:
        return this.fail()
    }
  }

  /** `<auto>@@`: a type that is not a class, such as one still to be deduced. */
  private customType(): string {
    const name = this.isDigit() ? this.knownName() : this.remember(this.simpleName())
    this.expect('@')
    return name.replace(/^<(.*)>$/, '$1')
  }

  private extended(): Part {
    this.expect('$')
    if (this.take('T')) return plain('decltype(nullptr)')
    if (this.take('Q') || this.take('R')) return this.pointer('&&')
    if (this.take('C')) return this.qualifiedType()
    if (this.take('B')) return this.type()
    if (this.take('A6')) return this.functionType('')
    if (this.take('A8@@')) return this.functionType(this.thisQualifiers())
    return this.fail()
  }

  /** A type after its qualifiers. */
  protected qualifiedType(): Part {
    const qualifiers = this.qualifiers() ?? this.fail()
    return qualified(this.type(), qualifiers.text)
  }

  /** `A` to `D`, or `Q` to `T` for members. */
  private qualifiers(): { text: string; isMember: boolean } | null {
    const at = 'ABCDQRST'.indexOf(this.peek() || '-')
    if (at < 0) return null
    this.next()
    return { text: ['', ' const', ' volatile', ' const volatile'][at % 4]!, isMember: at >= 4 }
  }

  /** Marks of 64 bits, alignment and restrict say nothing. */
  protected skipMarks(): void {
    while (/[EFI]/.test(this.peek())) this.next()
  }

  private pointer(mark: '*' | '&' | '&&'): Part {
    const point = (target: Part) => (mark === '*' ? pointerTo(target, '*') : referenceTo(target, mark))
    if (this.take('6')) return point(this.functionType(''))
    this.skipMarks()
    if (this.take('6')) return point(this.functionType(''))
    if (this.take('8')) {
      const owner = this.typeName()
      return pointerTo(this.functionType(this.thisQualifiers()), `${owner}::*`)
    }
    const { text, isMember } = this.qualifiers() ?? this.fail()
    const owner = isMember ? this.typeName() : ''
    const target = qualified(this.type(), text)
    return isMember ? pointerTo(target, `${owner}::*`) : point(target)
  }

  private array(): Part {
    const count = Number(this.integer())
    if (count < 1 || count > 100) this.fail()
    const sizes = Array.from({ length: count }, () => this.integer())
    const element = this.take('$$C') ? this.qualifiedType() : this.type()
    return sizes.reduceRight<Part>((part, size) => arrayOf(part, size === 0n ? '' : String(size)), element)
  }

  /** Qualifiers of `this`, as text after the parameters. */
  protected thisQualifiers(): string {
    this.skipMarks()
    const reference = this.take('G') ? ' &' : this.take('H') ? ' &&' : ''
    this.skipMarks()
    const { text } = this.qualifiers() ?? this.fail()
    return `${text}${reference}`
  }

  /** A function after its access: convention, result, parameters, exceptions. */
  protected functionType(after: string): Part {
    const { result, parameters, exceptions } = this.signature()
    return functionOf(result ?? plain(''), `${parameters}${after}${exceptions}`)
  }

  protected signature(): { result: Part | null; parameters: string; exceptions: string } {
    if (!/[A-Zw]/.test(this.next())) this.fail()
    const result = this.take('@') ? null : this.take('?') ? this.qualifiedType() : this.type()
    const parameters = `(${this.parameters().join(', ')})`
    if (this.take('_E')) return { result, parameters, exceptions: ' noexcept' }
    return this.take('Z') ? { result, parameters, exceptions: '' } : this.fail()
  }

  private parameters(): string[] {
    if (this.take('X')) return []
    const parameters: string[] = []
    while (!this.take('@')) {
      if (this.looksAt('Z')) {
        this.next()
        return [...parameters, '...']
      }
      parameters.push(textOf(this.parameter()))
      this.step()
    }
    return parameters
  }

  private parameter(): Part {
    if (this.isDigit()) return this.known.types[Number(this.next())] ?? this.fail()
    const start = this.at
    const type = this.type()
    if (this.at - start > 1 && this.known.types.length < maxKnown) this.known.types.push(type)
    return type
  }
}
